"""PollMigrations: look at what is due in a batch, and say what comes next."""

from __future__ import annotations

from migrator.domain.plan import Batch
from migrator.domain.records import MigrationRecord, RunRecord
from migrator.domain.run_input import RunInput
from migrator.services import Services
from migrator.steps.progress import Progress, poll_due
from migrator.steps.seeing import LOOK_AT_ONCE, look
from migrator.steps.start import progress_of


def poll(services: Services, run: RunRecord, given: RunInput, batch: Batch) -> Progress:
    """Look at the migrations whose first look is due, and at younger ones where a page has room."""
    candidates = {one.workspace_id: one for one in batch.candidates}
    records = services.ledger.migrations(run.run_id, list(candidates))
    under_way = sorted(
        (record for record in records.values() if record.to_be_looked_at),
        key=lambda record: (record.started_at is None, record.started_at),
    )
    chosen = due_now(services, given, under_way)
    if chosen:
        after = look(services, run.run_id, given.polling, chosen, candidates)
        records |= {record.workspace_id: record for record in after}
    return progress_of(services, batch, given, records)


def due_now(services: Services, given: RunInput, under_way: list[MigrationRecord]) -> list[MigrationRecord]:
    """Those to look at now, oldest first."""
    now = services.clock.now()
    due = [
        record for record in under_way if (first := poll_due(record, given.polling)) is None or first <= now
    ]
    if not due:
        return []
    unseen = [record for record in under_way if record not in due and not record.target_seen]
    spare = -len(due) % LOOK_AT_ONCE
    return due + unseen[:spare]
