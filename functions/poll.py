"""PollMigrations."""

from __future__ import annotations

from functions.entry import Context, Event, known_run, logger
from migrator.domain.plan import batch_from
from migrator.services import services
from migrator.steps.poll import poll


def handler(event: Event, _: Context) -> Event:
    """Look at what is due in a batch."""
    adapters = services()
    run, given = known_run(adapters, event["runId"])
    batch = batch_from(event["batch"])
    progress = poll(adapters, run, given, batch)
    logger.info("poll", run_id=run.run_id, batch_id=batch.batch_id, **progress.document())
    return progress.document()
