"""PollMigrations."""

from __future__ import annotations

from functions.entry import Context, Event, known_run, logger, seconds_left
from migrator.domain.plan import batch_from
from migrator.domain.transitions import BATCH_DONE, POLL
from migrator.services import services
from migrator.steps.poll import poll
from migrator.steps.telling import tell_flight, tell_step


def handler(event: Event, context: Context) -> Event:
    """Look at what is due in a batch."""
    adapters = services()
    run, given = known_run(adapters, event["runId"])
    batch = batch_from(event["batch"])
    progress = poll(adapters, run, given, batch, lambda: seconds_left(context))
    tell_step(adapters, lambda: seconds_left(context), batch=(run, batch, progress))
    tell_flight(adapters, run.run_id, batch.directory_id)
    logger.info("poll", run_id=run.run_id, batch_id=batch.batch_id, **progress.document())
    transitions = event["transitions"] + event["retries"] + POLL
    if progress.next == "done":
        adapters.ledger.count_transitions(run.run_id, batch.batch_id, transitions + BATCH_DONE)
    return progress.document() | {"transitions": transitions}
