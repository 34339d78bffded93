"""What is rehearsed: the input as it is, and with one thing changed at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scenario:
    """An input under a name that says what is different."""

    name: str
    given: Document


AS_GIVEN = "as given"


def scenarios(given: Document, in_flight: Sequence[int], closes_at: Sequence[str]) -> list[Scenario]:
    """The input as given first; then each other maxInFlight, then each other end of the window.

    All of them migrate, and none waits for a person: that takes as long as the person does.
    """
    base = given | {"dryRun": False, "requireApproval": False}
    found = [Scenario(AS_GIVEN, base)]
    found += [
        Scenario(f"maxInFlight {number}", base | {"maxInFlight": number})
        for number in in_flight
        if number != base.get("maxInFlight", 100)
    ]
    for moment in closes_at:
        window = base.get("window") or {}
        if window.get("closesAt") != moment:
            found.append(Scenario(f"closes {moment}", base | {"window": window | {"closesAt": moment}}))
    return found


def usual_alternatives(given: Document) -> list[int]:
    """Half of the input's maxInFlight and twice as many, for whoever names none."""
    planned = given.get("maxInFlight", 100)
    return sorted({max(1, planned // 2), min(1000, planned * 2)} - {planned})
