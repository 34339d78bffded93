"""Schedule expressions of EventBridge Scheduler, checked before they are deployed.

No tool looks into one before the service does: a bad one fails the deployment, and one that means something
else fails nothing at all. The form is the one in the EventBridge Scheduler User Guide, "Schedule types".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@dataclass(frozen=True)
class _Field:
    """One of the six fields of a cron expression."""

    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()
    special: str = r"(?!)"
    """A pattern of further forms."""


_FIELDS = (
    _Field("minutes", 0, 59),
    _Field("hours", 0, 23),
    _Field("day of month", 1, 31, special=r"\?|L|LW|([1-9]|[12]\d|3[01])W"),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 1, 7, _DAYS, special=rf"\?|L|([1-7]|{'|'.join(_DAYS)})(L|#[1-5])"),
    _Field("year", 1970, 2199),
)


def faults_of_expression(expression: object) -> list[str]:
    """What is wrong with a `cron(...)` or `at(...)`, each with its remedy; empty when nothing is."""
    if not isinstance(expression, str):
        return [f"must be a text such as cron(0 22 ? * SAT *), not {expression!r}"]
    if once := re.fullmatch(r"at\((.*)\)", expression):
        return [] if _moment(once[1]) else ["at(...) takes a moment such as at(2026-11-28T22:00:00)"]
    found = re.fullmatch(r"cron\((.*)\)", expression)
    if found is None:
        return [f"must be cron(...) or at(...), not {expression!r}"]
    parts = found[1].split(" ")
    if len(parts) != len(_FIELDS):
        names = ", ".join(field.name for field in _FIELDS)
        return [f"cron(...) has {len(parts)} fields; give six, one space apart: {names}"]
    return [*_faults(parts)]


def once_at(expression: str) -> datetime | None:
    """The moment of an `at(...)`, without its time zone; None for a `cron(...)`."""
    found = re.fullmatch(r"at\((.*)\)", expression)
    return _moment(found[1]) if found else None


def _moment(text: str) -> datetime | None:
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _faults(parts: list[str]) -> Iterator[str]:
    for field, text in zip(_FIELDS, parts, strict=True):
        for part in text.split(","):
            if not _fits(field, part):
                told = f" or {', '.join(field.names)}" if field.names else ""
                yield f"{field.name} {text!r} is none; it takes {field.least} to {field.most}{told}"
                break
    if (parts[2] == "?") == (parts[4] == "?"):
        yield "one of day of month and day of week must be ?, and only one: they contradict each other"


def _fits(field: _Field, part: str) -> bool:
    if part == "*" or re.fullmatch(field.special, part):
        return True
    found = re.fullmatch(r"(?P<first>\w+|\*)(-(?P<last>\w+))?(/(?P<step>[1-9]\d*))?", part)
    if found is None or (found["first"] == "*" and (found["last"] or not found["step"])):
        return False
    ends = [one for one in (found["first"], found["last"]) if one not in (None, "*")]
    values = [_value(field, one) for one in ends]
    if any(value is None for value in values):
        return False
    return len(values) < 2 or (values[0] or 0) <= (values[1] or 0)


def _value(field: _Field, text: str) -> int | None:
    if text in field.names:
        return field.names.index(text) + 1
    if not text.isascii() or not text.isdigit():
        return None
    value = int(text)
    return value if field.least <= value <= field.most else None
