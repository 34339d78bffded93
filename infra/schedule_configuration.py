"""The schedules of a stage in cdk.json: when which run starts by itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from infra.cron import faults_of_expression, once_at
from migrator.domain.moments import iso
from migrator.domain.run_input import InvalidInput, RunInput, parse_run_input

LONGEST_NAME = 40
"""Characters: an execution's name is the schedule's with an id behind it, 80 in all."""

LONGEST_FLEXIBILITY = 1440
"""Minutes: what EventBridge Scheduler takes."""


@dataclass(frozen=True)
class Schedule:
    """A run that starts by itself. In cdk.json an entry of `schedules`, by its name."""

    name: str
    expression: str
    """`cron(...)` or `at(...)`, as EventBridge Scheduler writes them."""
    time_zone: str
    """A name of the tz database, such as Europe/Berlin: its clock changes are the schedule's."""
    input_json: str
    """The run's input; checked."""
    flexible_minutes: int = 0
    """It starts somewhere within so many minutes; 0: at the minute."""
    enabled: bool = True
    """Whether it starts anything; false keeps it for later."""


def load_schedules(value: object, path: str, faults: list[str]) -> tuple[Schedule, ...]:
    """The schedules below `path`; every fault is added to `faults` with its path and remedy."""
    if not isinstance(value, Mapping):
        faults.append(f"{path}: must be an object, schedules by their names")
        return ()
    loaded = (_load(str(name), one, f"{path}.{name}", faults) for name, one in value.items())
    return tuple(schedule for schedule in loaded if schedule is not None)


def _load(name: str, value: object, path: str, faults: list[str]) -> Schedule | None:
    if not isinstance(value, Mapping):
        faults.append(f"{path}: must be an object")
        return None
    found = [*_faults(name, value)]
    faults.extend(f"{path}{fault}" for fault in found)
    if found:
        return None
    return Schedule(
        name=name,
        expression=value["expression"],
        time_zone=value["timeZone"],
        input_json=json.dumps(value["input"]),
        flexible_minutes=value.get("flexibleMinutes", 0),
        enabled=value.get("enabled", True),
    )


def _faults(name: str, value: Mapping[str, Any]) -> Iterator[str]:
    """Each begins with the path below the schedule's."""
    if not re.fullmatch(rf"[a-z][a-z0-9-]{{0,{LONGEST_NAME - 1}}}", name):
        yield f": a schedule's name is lower-case letters, digits and hyphens, at most {LONGEST_NAME}"
    for key in value:
        if key not in _CHECKS:
            yield f".{key}: unknown key; valid keys are {', '.join(sorted(_CHECKS))}"
    sound = True
    for key, check in _CHECKS.items():
        if key in value:
            for fault in check(value[key]):
                sound = False
                yield f".{key}: {fault}"
        elif key in _REQUIRED:
            sound = False
            yield f".{key}: is required"
    if sound:
        yield from _contradictions(value)


def _contradictions(value: Mapping[str, Any]) -> Iterator[str]:
    """What each field by itself does not show."""
    given = parse_run_input(value["input"])
    at, closes_at = once_at(value["expression"]), given.closes_at()
    if closes_at is None:
        return
    if at is None:
        yield (
            ".input: $.window.closesAt is one moment, and the schedule recurs: after it nothing would ever "
            "start; leave the window out, or schedule it once with at(...)"
        )
    elif _latest_start(value, at) + given.polling.failed_after > closes_at:
        yield (
            f".input: $.window.closesAt {iso(closes_at)} is less than an hour "
            f"(polling.failedAfterMinutes) after the latest start, {iso(_latest_start(value, at))}: "
            "nothing would start"
        )


def _latest_start(value: Mapping[str, Any], at: datetime) -> datetime:
    local = at.replace(tzinfo=ZoneInfo(value["timeZone"]))
    return datetime.fromtimestamp(local.timestamp() + 60 * value.get("flexibleMinutes", 0), UTC)


def _time_zone(value: object) -> Iterator[str]:
    if not isinstance(value, str) or value not in available_timezones():
        yield f"must be a time zone such as Europe/Berlin or UTC, not {value!r}"


def _flexibility(value: object) -> Iterator[str]:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not 0 <= int(str(value)) <= LONGEST_FLEXIBILITY:
        yield f"must be a whole number of minutes, 0 to {LONGEST_FLEXIBILITY}, not {value!r}"


def _enabled(value: object) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"must be true or false, not {value!r}"


def _input(value: object) -> Iterator[str]:
    try:
        parse_run_input(value)
    except InvalidInput as invalid:
        yield from invalid.faults
        return
    if isinstance(value, Mapping) and "dryRun" not in value:
        # Whoever reads cdk.json must see which schedules migrate.
        yield "$.dryRun: a schedule says it; true to plan only, false to migrate"


_CHECKS: dict[str, Callable[[object], Iterator[str]]] = {
    "expression": lambda value: iter(faults_of_expression(value)),
    "timeZone": _time_zone,
    "flexibleMinutes": _flexibility,
    "enabled": _enabled,
    "input": _input,
}
_REQUIRED = ("expression", "timeZone", "input")


def inventory_bucket(schedule: Schedule) -> str | None:
    """The bucket that the schedule's input names, which the stage must let its runs read."""
    given: RunInput = parse_run_input(json.loads(schedule.input_json))
    return given.select.inventory.bucket if given.select.inventory else None
