"""PollMigrations."""

from __future__ import annotations

from functions.entry import Context, Event, known, logger, seconds_left
from migrator.domain.plan import batch_from
from migrator.domain.transitions import BATCH_DONE, POLL
from migrator.services import services
from migrator.steps.poll import poll
from migrator.steps.telling import tell_flight, tell_step


def handler(event: Event, context: Context) -> Event:
    """Look at what is due in a batch."""
    adapters = services()
    batch = batch_from(event["batch"])
    ids = [one.workspace_id for one in batch.candidates]
    view = adapters.ledger.view(event["runId"], batch.directory_id, ids)
    run, given = known(view.run, event["runId"])
    progress = poll(adapters, run, given, batch, view, lambda: seconds_left(context))
    tell_step(adapters, lambda: seconds_left(context), batch=(run, batch, progress))
    tell_flight(adapters, run.run_id)
    logger.info("poll", run_id=run.run_id, batch_id=batch.batch_id, **progress.document())
    transitions = event["transitions"] + event["retries"] + POLL
    if progress.next == "done":
        adapters.ledger.count_transitions(run.run_id, batch.batch_id, transitions + BATCH_DONE)
    return progress.document() | {"transitions": transitions}
