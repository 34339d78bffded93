"""One rehearsal of a forecast, in a process of its own, and the little of it that is kept."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from migrator.domain.run_input import InvalidInput
from rehearsal.run import Task, Watcher, rehearse
from rehearsal.twin import Fleet, Twin, load_fleet


@dataclass(frozen=True, slots=True)
class Job:
    """Scenario and seed, and where everything is."""

    scenario: str
    given: Mapping[str, Any]
    seed: int
    template: Path
    fleet: Path
    input: Path


@dataclass(frozen=True, slots=True)
class Ending:
    """How one rehearsal ended."""

    scenario: str
    seed: int
    seconds: float
    ended_at: str
    outcomes: dict[tuple[str, str], int]
    """How many have which outcome for which reason (an empty text: for none)."""
    braked: bool
    addresses: dict[str, tuple[int, int]]
    """By directory: the most addresses that were taken at once beyond those at the beginning, and how many
    were free then."""
    cost: Mapping[str, Any] | None
    """The report's `cost.fleet`."""
    failure: str | None = None
    """Why there is no report; then nothing else here is of use."""
    invalid: tuple[str, ...] = ()
    """What planning found wrong with the input, of this fleet."""


def try_once(job: Job) -> Ending:
    """Rehearse it. Whatever goes wrong is told, not raised: not every exception passes between processes."""
    try:
        return _rehearsed(job)
    except InvalidInput as fault:
        return Ending(job.scenario, job.seed, 0.0, "", {}, False, {}, None, invalid=tuple(fault.faults))
    except Exception as error:  # noqa: BLE001 - told with its reproducer
        failure = f"{type(error).__name__}: {error}"
        return Ending(job.scenario, job.seed, 0.0, "", {}, False, {}, None, failure)


def _rehearsed(job: Job) -> Ending:
    fleet = _fleet(job.fleet)
    addresses = _Addresses()
    with tempfile.TemporaryDirectory(prefix="forecast-") as place:
        task = Task(
            job.template,
            fleet,
            [dict(job.given)],
            [job.input],
            (),
            job.seed,
            0.0,
            Path(place),
            keep_calls=False,
        )
        watcher = Watcher(on_begin=addresses.begin, on_event=addresses.happened)
        (run,) = rehearse(task, watcher)
    report = run.report
    if run.error == "InvalidInput":
        raise InvalidInput((run.cause or "").splitlines())
    if report is None or report["verdict"] == "failed":
        raise RuntimeError(f"{run.error}: {run.cause}")
    lines = report["workspaces"]
    return Ending(
        job.scenario,
        job.seed,
        report["virtualSeconds"],
        report["endedAt"],
        dict(Counter((line["outcome"], line["reason"] or "") for line in lines)),
        report["verdict"] == "brake-pulled",
        addresses.needed(),
        (report.get("cost") or {}).get("fleet"),
    )


@lru_cache(maxsize=1)
def _fleet(path: Path) -> Fleet:
    return load_fleet(path)


@dataclass
class _Addresses:
    """Watches how many addresses are free in the subnets of each directory that has WorkSpaces."""

    _twin: Twin | None = None
    _used: set[str] = field(default_factory=set)
    _free: dict[str, int] = field(default_factory=dict)
    _least: dict[str, int] = field(default_factory=dict)

    def begin(self, twin: Twin) -> None:
        self._twin = twin
        self._used = {desktop.directory_id for desktop in twin.account.desktops}
        self._free = self._now()
        self._least = dict(self._free)

    def happened(self, event: Mapping[str, Any]) -> None:
        if event["what"] == "started":
            for directory_id, free in self._now().items():
                self._least[directory_id] = min(self._least[directory_id], free)

    def needed(self) -> dict[str, tuple[int, int]]:
        return {one: (free - self._least[one], free) for one, free in sorted(self._free.items())}

    def _now(self) -> dict[str, int]:
        if self._twin is None:
            return {}
        subnets = self._twin.subnets
        return {
            directory_id: sum(subnets[one].free for one in row["SubnetIds"])
            for directory_id, row in self._twin.account.directories.items()
            if directory_id in self._used
        }
