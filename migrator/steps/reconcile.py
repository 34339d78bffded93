"""Putting right what a run that died or was stopped left in the ledger.

What is held is held for a migration. So each hold of a run that gives no sign of life is looked at as its
own run would look at it: a migration that has ended gets its outcome, and its permit goes back; one that is
under way keeps it. A run that is alive loses nothing by being taken for a dead one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from migrator.domain.records import MigrationRecord, RunRecord, Stage
from migrator.domain.run_input import Polling
from migrator.services import Services
from migrator.steps.calling import leave_to_polling
from migrator.steps.choosing import worth_a_look
from migrator.steps.given import input_of
from migrator.steps.seeing import LOOK_AT_ONCE, look

_UNSENT_FOR = timedelta(hours=1)
"""A call that did not act is repeated within minutes; after this long its run is dead."""

_TIME_FOR_ONE_LOOK = 30.0


def reconcile_all(services: Services, seconds_left: Callable[[], float]) -> dict[str, int]:
    """Put right every directory of the account and Region; how many are still held, by directory."""
    left: dict[str, int] = {}
    for directory_id in services.workspaces.directory_ids():
        if still := reconcile(services, directory_id, services.holds.held(directory_id), seconds_left):
            left[directory_id] = still
    return left


def reconcile(
    services: Services,
    directory_id: str,
    held: Mapping[str, Sequence[str]],
    seconds_left: Callable[[], float],
    *,
    likely: bool = False,
) -> int:
    """Look at what dead runs hold in the directory, `likely`: only at what has probably ended; how many
    WorkSpaces are still held. `held` are those that are, by run."""
    left = 0
    for run_id, workspace_ids in sorted(held.items()):
        run = services.ledger.run(run_id)
        if run is None or _alive(services, run_id, directory_id):
            left += len(workspace_ids)
            continue
        records = list(services.ledger.migrations(run_id, workspace_ids).values())
        left += _put_right(services, run, records, seconds_left, likely=likely)
    return left


def _alive(services: Services, run_id: str, directory_id: str) -> bool:
    watch = services.ledger.watch(run_id, directory_id)
    return watch is not None and watch.until >= services.clock.now()


def _put_right(
    services: Services,
    run: RunRecord,
    records: Sequence[MigrationRecord],
    seconds_left: Callable[[], float],
    *,
    likely: bool,
) -> int:
    polling = input_of(run).polling
    under_way = [record for record in records if record.to_be_looked_at]
    due = _likely(services, run, polling, under_way) if likely else under_way
    left = len(under_way) - len(due)
    for start in range(0, len(due), LOOK_AT_ONCE):
        if seconds_left() < _TIME_FOR_ONE_LOOK:
            left += len(due) - start
            break
        after = look(services, run, polling, due[start : start + LOOK_AT_ONCE])
        left += sum(1 for record in after if record.under_way)
    for record in records:
        if not _abandoned(services, record):
            continue
        if record.doubtful:
            leave_to_polling(services, run.run_id, record)
            left += 1
        else:
            services.holds.give_back(run.run_id, record, not_before=None)
    return left


def _likely(
    services: Services, run: RunRecord, polling: Polling, under_way: Sequence[MigrationRecord]
) -> list[MigrationRecord]:
    return worth_a_look(under_way, polling, run.durations, services.clock.now())


def _abandoned(services: Services, record: MigrationRecord) -> bool:
    return (
        record.stage is Stage.CALLING
        and not record.sent
        and record.started_at is not None
        and services.clock.now() - record.started_at > _UNSENT_FOR
    )
