"""Putting right what a run that died or was stopped left in the ledger.

What is held is held for a migration. So each hold is looked at as its own run would look at it: a migration
that has ended gets its outcome, and its permit goes back; one that is under way keeps it. A run that is alive
loses nothing by being looked after twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

from migrator.domain.records import MigrationRecord, Stage
from migrator.domain.run_input import parse_run_input
from migrator.services import Services
from migrator.steps.seeing import LOOK_AT_ONCE, look

_UNSENT_FOR = timedelta(hours=1)
"""A call that did not act is repeated within minutes; after this long its run is dead."""

_TIME_FOR_ONE_LOOK = 30.0


def reconcile(services: Services, directory_id: str, seconds_left: Callable[[], float]) -> int:
    """Look at every hold in the directory; how many are still held."""
    left = 0
    for run_id, workspace_ids in sorted(services.holds.held(directory_id).items()):
        run = services.ledger.run(run_id)
        if run is None:
            left += len(workspace_ids)
            continue
        polling = parse_run_input(json.loads(run.input_json)).polling
        records = list(services.ledger.migrations(run_id, workspace_ids).values())
        under_way = [record for record in records if record.to_be_looked_at]
        for start in range(0, len(under_way), LOOK_AT_ONCE):
            page = under_way[start : start + LOOK_AT_ONCE]
            if seconds_left() < _TIME_FOR_ONE_LOOK:
                left += len(under_way) - start
                break
            after = look(services, run, polling, page)
            left += sum(1 for record in after if record.under_way)
        for record in records:
            if _abandoned(services, record):
                services.holds.give_back(run_id, record, not_before=None)
    return left


def _abandoned(services: Services, record: MigrationRecord) -> bool:
    return (
        record.stage is Stage.CALLING
        and not record.sent
        and record.started_at is not None
        and services.clock.now() - record.started_at > _UNSENT_FOR
    )
