"""PollMigrations: look at what is due in the run, and say what comes next for the batch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta

from migrator.adapters.ledger import View
from migrator.domain.plan import Batch
from migrator.domain.records import Glimpsed, MigrationRecord, RunRecord, Stage
from migrator.domain.run_input import Polling, RunInput
from migrator.services import Services
from migrator.steps.choosing import worth_a_look
from migrator.steps.progress import Progress, age_of, poll_interval, startable, what_next
from migrator.steps.reconcile import reconcile
from migrator.steps.room import Room, room_in
from migrator.steps.seeing import look
from migrator.steps.watching import Standing, keep, standing

_CALL_IS_OVER = 330.0
"""Seconds after which the function that made a call has answered or is dead."""


def poll(
    services: Services,
    run: RunRecord,
    given: RunInput,
    batch: Batch,
    view: View,
    seconds_left: Callable[[], float],
) -> Progress:
    """Look at the migrations that are likely to have ended.

    `view` is the ledger's, of a moment ago. A batch that has the watch looks at all of the run's in the
    directory, and at those of runs that died: they hold permits.
    """
    ids = [one.workspace_id for one in batch.candidates]
    records: Mapping[str, Glimpsed] = view.migrations
    held = standing(services, run, given, batch, view.watch, lambda now: startable(ids, view.migrations, now))
    look_at = held.watch.look_at
    if held.mine and look_at <= services.clock.now():
        in_flight = services.holds.held(batch.directory_id)
        others = [one for one in in_flight.pop(run.run_id, []) if one not in records]
        pool: dict[str, Glimpsed] = {**records, **services.ledger.glimpses(run.run_id, others)}
        pool |= _look(services, run, given.polling, pool.values(), ids)
        records = {one: pool[one] for one in ids if one in pool}
        reconcile(services, batch.directory_id, in_flight, seconds_left, likely=True)
        look_at = _next_look(services, given.polling, pool)
    return progress_of(services, run, given, batch, records, held, look_at)


def _look(
    services: Services,
    run: RunRecord,
    polling: Polling,
    pool: Iterable[Glimpsed],
    own: Collection[str],
) -> dict[str, MigrationRecord]:
    now = services.clock.now()
    chosen = worth_a_look(
        # A call of another batch may be on its way.
        [
            record
            for record in pool
            if record.stage is Stage.STARTED
            or record.workspace_id in own
            or age_of(record, now) >= _CALL_IS_OVER
        ],
        polling,
        run.durations,
        now,
    )
    if not chosen:
        return {}
    records = services.ledger.migrations(run.run_id, [one.workspace_id for one in chosen])
    due = [records[one.workspace_id] for one in chosen if records[one.workspace_id].to_be_looked_at]
    return records | {record.workspace_id: record for record in look(services, run, polling, due)}


def _next_look(services: Services, polling: Polling, pool: Mapping[str, Glimpsed]) -> datetime:
    """When to look again: as often as the input says while something may end, and nothing is looked at
    before its first look is due."""
    now = services.clock.now()
    ages = [age_of(record, now) for record in pool.values() if record.to_be_looked_at]
    first_due = polling.first_after_seconds - max(ages, default=0.0)
    interval = poll_interval(polling, len(ages), services.settings.api_rate_per_second)
    return now + timedelta(seconds=max(first_due, interval))


def progress_of(
    services: Services,
    run: RunRecord,
    given: RunInput,
    batch: Batch,
    records: Mapping[str, Glimpsed],
    held: Standing,
    look_at: datetime,
) -> Progress:
    """How the batch stands, and what it does next; keeps the watch if the batch has it."""
    ids = [one.workspace_id for one in batch.candidates]
    waits = any(one not in records or records[one].stage is Stage.WAITING for one in ids)
    room = room_in(services, batch, given.max_in_flight) if waits else Room(0, 0)
    now = services.clock.now()
    interval = poll_interval(given.polling, room.in_flight, services.settings.api_rate_per_second)
    done = not waits and not any(record.under_way for record in records.values())
    others = done and held.mine and bool(services.holds.held_by(run.run_id, batch.directory_id))
    progress = what_next(
        ids,
        records,
        now,
        run.durations,
        room,
        held.looking_at(look_at),
        interval,
        looks_for_others=others,
    )
    if held.mine:
        keep(
            services,
            run,
            batch,
            held,
            startable=startable(ids, records, now),
            look_at=look_at,
            # Done itself, it looks only until one that is not wakes: that one then ends the run at once.
            wait_seconds=None if done else progress.wait_seconds,
        )
    return progress
