"""When the users of a fleet work: what a fleet file's "Twin" says, and the sessions it comes to.

Nobody works unless the file says so. `sessions` states them one by one; `users` draws them for everybody
who has none stated, by the seed, the WorkSpace and the day alone, whatever else happens.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from math import log
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from rehearsal.twin.shapes import parse_timestamp

LONGEST_AT_NIGHT = timedelta(hours=1)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


Moment = Annotated[datetime, BeforeValidator(parse_timestamp)]


class Session(_Settings):
    """A user connects at one time and disconnects at another."""

    begins: Moment = Field(alias="from")
    ends: Moment = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Session:
        if self.ends <= self.begins:
            raise ValueError("ends before it begins; write from before to")
        return self


class Habits(_Settings):
    """How likely a user is to connect, on a working day and outside working hours. Hours are UTC."""

    on_working_days: float = Field(default=0.85, ge=0, le=1)
    outside_hours: float = Field(default=0.02, ge=0, le=1)
    working_days: tuple[str, ...] = _WEEKDAYS[:5]
    hours_from: time = Field(default=time(8), alias="from")
    hours_to: time = Field(default=time(18), alias="to")
    median_minutes: float = Field(default=240, gt=0, le=60 * 24 * 31)

    @model_validator(mode="after")
    def _possible(self) -> Habits:
        unknown = sorted(set(self.working_days) - set(_WEEKDAYS))
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no day; use {', '.join(_WEEKDAYS)}")
        if self.hours_to <= self.hours_from:
            raise ValueError("the day ends before it begins; write from before to")
        return self


@dataclass(frozen=True)
class Calendar:
    """The sessions of every user, day by day."""

    habits: Habits | None
    stated: Mapping[str, tuple[Session, ...]]
    seed: int

    def on(self, day: date, workspace_id: str) -> Iterator[tuple[datetime, datetime]]:
        """The sessions that begin on a day, in order, by the WorkSpace that the fleet file has for the
        user."""
        if workspace_id in self.stated:
            for each in sorted(self.stated[workspace_id], key=lambda one: one.begins):
                if each.begins.date() == day:
                    yield each.begins, each.ends
        elif self.habits is not None:
            yield from sorted(self._drawn(self.habits, day, workspace_id))

    def _drawn(self, habits: Habits, day: date, workspace_id: str) -> Iterator[tuple[datetime, datetime]]:
        draw = random.Random(f"{self.seed}:sessions:{workspace_id}:{day}")
        opens, closes = (datetime.combine(day, at, UTC) for at in (habits.hours_from, habits.hours_to))
        working, outside = draw.random() < habits.on_working_days, draw.random() < habits.outside_hours
        if working and _WEEKDAYS[day.weekday()] in habits.working_days:
            begins = opens + (closes - opens) * draw.betavariate(1, 4)
            minutes = draw.lognormvariate(log(habits.median_minutes), 0.5)
            yield _whole(begins), min(_whole(begins + timedelta(minutes=minutes)), closes)
        if outside:
            midnight = datetime.combine(day, time(), UTC)
            before = opens - LONGEST_AT_NIGHT - midnight
            after = midnight + timedelta(days=1) - LONGEST_AT_NIGHT - closes
            place = (max(before, timedelta()) + max(after, timedelta())) * draw.random()
            begins = midnight + place if place < before else closes + (place - max(before, timedelta()))
            yield _whole(begins), _whole(begins + LONGEST_AT_NIGHT * draw.uniform(0.1, 1))

    @property
    def empty(self) -> bool:
        """Whether nobody ever works."""
        return self.habits is None and not self.stated


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def session_faults(document: Mapping[str, Any]) -> Iterator[str]:
    """Stated sessions of one WorkSpace that overlap."""
    for key, rows in document.get("Twin", {}).get("sessions", {}).items():
        spans = sorted((parse_timestamp(row["from"]), parse_timestamp(row["to"])) for row in rows)
        for (_, ended), (begins, _) in pairwise(spans):
            if begins < ended:
                yield f"$.Twin.sessions['{key}']: sessions overlap at {begins:%Y-%m-%dT%H:%M:%SZ}; join them"
