"""What a batch does next, and when: the payload between StartMigrations and PollMigrations."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from migrator.domain.durations import Durations, pause
from migrator.domain.records import MigrationRecord, Stage
from migrator.domain.run_input import Polling

IDS_PER_MIGRATION = 2
"""A poll asks for source and target."""

POLL_SHARE = 0.5
"""At most this share of the API's budget goes into polling."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`next` is what follows the wait's poll: another start, another wait, or the batch's end."""

    next: Literal["start", "poll", "done"]
    wait_seconds: int
    under_way: int
    waiting: int

    def document(self) -> dict[str, Any]:
        return {
            "next": self.next,
            "waitSeconds": self.wait_seconds,
            "underWay": self.under_way,
            "waiting": self.waiting,
        }


def poll_interval(polling: Polling, in_flight: int, rate: float) -> float:
    """Seconds between polls: as the input says, longer when so many are in flight that polling
    would take more than its share of the budget."""
    calls = in_flight * IDS_PER_MIGRATION / 25
    return max(float(polling.every_seconds), calls / (rate * POLL_SHARE))


def age_of(record: MigrationRecord, now: datetime) -> float:
    """Seconds since the call."""
    return (now - record.started_at).total_seconds() if record.started_at else 0.0


def what_next(
    ids: Iterable[str],
    records: Mapping[str, MigrationRecord],
    now: datetime,
    polling: Polling,
    durations: Durations,
    *,
    in_flight: int,
    permits: int,
    rate: float,
) -> Progress:
    """What the batch does next. `in_flight` and `permits` are the directory's, over all runs."""
    under_way = [record for record in records.values() if record.under_way]
    waiting = [one for one in ids if one not in records or records[one].stage is Stage.WAITING]
    if not under_way and not waiting:
        return Progress("done", 0, 0, 0)
    interval = poll_interval(polling, in_flight, rate)
    moments: list[float] = []
    ages = [age_of(record, now) for record in under_way if record.to_be_looked_at]
    if ages:
        first_due = polling.first_after_seconds - max(ages)
        moments.append(max(first_due, pause(durations, ages, interval)))
    unsent = [record for record in under_way if not record.to_be_looked_at]
    moments += [_until(record.not_before, now) for record in unsent]
    startable = [_until(records[one].not_before, now) if one in records else 0.0 for one in waiting]
    can_start = bool(startable) and (permits > 0 or in_flight == 0)
    if can_start:
        moments.append(min(startable))
    elif startable and not ages:
        moments.append(max(min(startable), interval))
    starts = bool(unsent) or (can_start and min(startable) <= 0)
    follows: Literal["start", "poll"] = "start" if starts else "poll"
    return Progress(follows, max(1, math.ceil(min(moments))), len(under_way), len(waiting))


def _until(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max(0.0, (moment - now).total_seconds())
