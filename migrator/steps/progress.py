"""What a batch does next, and when: the payload between StartMigrations and PollMigrations."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from migrator.domain.durations import Durations
from migrator.domain.records import Glimpsed, Stage
from migrator.domain.run_input import Polling
from migrator.steps.room import Room
from migrator.steps.watching import Standing

IDS_PER_MIGRATION = 2
"""A poll asks for source and target."""

POLL_SHARE = 0.5
"""At most this share of the API's budget goes into polling."""

_SHORTEST_SLEEP = 30.0
_LONGEST_TURN = 300.0
_LONGEST_SLEEP = 600.0
"""Seconds. A batch that does not have the watch wakes so often, should its guess have been wrong."""

_EARLY = 0.8
"""A batch wakes after this share of the time in which its turn is expected."""


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


def age_of(record: Glimpsed, now: datetime) -> float:
    """Seconds since the call."""
    return (now - record.started_at).total_seconds() if record.started_at else 0.0


def startable(ids: Iterable[str], records: Mapping[str, Glimpsed], now: datetime) -> int:
    """How many of these only want a permit: nothing passing blocks them."""
    return sum(1 for wait in _waits(ids, records, now) if wait <= 0)


def _waits(ids: Iterable[str], records: Mapping[str, Glimpsed], now: datetime) -> list[float]:
    """Seconds until each that waits may be looked at."""
    return [
        _until(records[one].not_before, now) if one in records else 0.0
        for one in ids
        if one not in records or records[one].stage is Stage.WAITING
    ]


def what_next(
    ids: Iterable[str],
    records: Mapping[str, Glimpsed],
    now: datetime,
    durations: Durations,
    room: Room,
    held: Standing,
    interval: float,
    *,
    looks_for_others: bool = False,
) -> Progress:
    """What the batch does next.

    `room` is the directory's, over all runs; `interval` is between polls. A batch that has the watch and
    is done itself goes on while it `looks_for_others`: they sleep.
    """
    under_way = [record for record in records.values() if record.under_way]
    waits = _waits(ids, records, now)
    if not under_way and not waits and not looks_for_others:
        return Progress("done", 0, 0, 0)
    ready = sum(1 for wait in waits if wait <= 0)
    # Without a permit and with nothing in flight there is no address: then that is what is judged.
    may_start = room.permits > held.ahead or (not room.permits and not room.in_flight)
    unsent = [_until(record.not_before, now) for record in under_way if not record.to_be_looked_at]
    ages = [age_of(record, now) for record in under_way if record.to_be_looked_at]
    moments = list(unsent)
    if waits and (may_start or not ready):
        moments.append(min(waits))
    if held.mine:
        moments.append(_until(held.watch.look_at, now))
        if ready and not may_start:
            moments.append(interval)  # Other runs hold all permits, and give some back.
    else:
        if ages:
            asleep = _until_all_ended(durations, ages)
            # Nobody waits for a start any more: the run ends when its last batch wakes.
            moments.append(asleep if held.watch.startable else min(asleep, interval))
        if ready and not may_start:
            moments.append(_until_turn(durations, room, held))
    starts = 0.0 in unsent or (may_start and ready > 0)
    follows: Literal["start", "poll"] = "start" if starts else "poll"
    return Progress(follows, max(1, math.ceil(min(moments))), len(under_way), len(waits))


def _until_turn(durations: Durations, room: Room, held: Standing) -> float:
    """Seconds to sleep until the permits that come free are this batch's."""
    ends_per_second = max(1, room.in_flight) / durations.mean_seconds
    expected = _EARLY * held.ahead / ends_per_second
    return min(_LONGEST_TURN, max(_SHORTEST_SLEEP, expected))


def _until_all_ended(durations: Durations, ages: list[float]) -> float:
    """Seconds to sleep until the batch's own are likely to have ended: others look after them."""
    seconds = _SHORTEST_SLEEP
    while seconds < _LONGEST_SLEEP and len(ages) - durations.expected_ends(ages, seconds) > 0.5:
        seconds += _SHORTEST_SLEEP
    return seconds


def _until(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max(0.0, (moment - now).total_seconds())
