"""What was measured of one way to migrate the fleet."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rehearsal.call_record import CallRecord


@dataclass(frozen=True, slots=True)
class Result:
    """Seconds are virtual, but for those that say real (other work on the machine is in them) or CPU."""

    name: str
    makespan_seconds: float
    """From the beginning until all is over and known, or, where nobody looks, until it truly is."""
    migrated: int
    refused: int
    """Calls that the service refused for another reason than its rate."""
    most_in_flight: int
    outcomes_known: int
    workspaces_calls: int
    throttled: int
    real_seconds: float
    cpu_seconds: float
    transitions: int = 0
    dollars: float = 0.0
    more: dict[str, Any] = field(default_factory=dict)

    def document(self, ideal: float) -> dict[str, Any]:
        each = max(1, self.migrated)
        return {
            "name": self.name,
            "makespanSeconds": round(self.makespan_seconds, 3),
            "timesTheIdeal": round(self.makespan_seconds / ideal, 3) if ideal else None,
            "migrated": self.migrated,
            "refused": self.refused,
            "mostInFlight": self.most_in_flight,
            "outcomesKnown": self.outcomes_known,
            "workspacesCalls": self.workspaces_calls,
            "callsPerMigrated": round(self.workspaces_calls / each, 3),
            "throttledCalls": self.throttled,
            "transitions": self.transitions,
            "transitionsPerMigrated": round(self.transitions / each, 3),
            "dollars": round(self.dollars, 6),
            "dollarsPerMigrated": round(self.dollars / each, 6),
            "realSeconds": self.real_seconds,
            "cpuSeconds": self.cpu_seconds,
            **self.more,
        }


class Tally:
    """Counts what passes: calls, and what truly happens in the twin."""

    def __init__(self) -> None:
        self.calls: Counter[tuple[str, str]] = Counter()
        self.throttled = 0
        self.refused = 0
        self.started: list[str] = []
        self.migrated = 0
        self.most_in_flight = 0
        self.last_end: datetime | None = None
        self._in_flight = 0

    def called(self, call: CallRecord) -> None:
        self.calls[call.service, call.operation] += 1
        if call.service == "workspaces" and call.error == "ThrottlingException":
            self.throttled += 1

    def happened(self, event: dict[str, Any]) -> None:
        if event["what"] == "started":
            self.started.append(event["workspaceId"])
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
        elif event["what"] == "finished":
            self.migrated += 1
            self._in_flight -= 1
            self.last_end = datetime.fromisoformat(event["at"])
        elif event["what"] == "refused":
            self.refused += 1

    @property
    def workspaces_calls(self) -> int:
        """All calls of the WorkSpaces API, those that were throttled too."""
        return sum(count for (service, _), count in self.calls.items() if service == "workspaces")
