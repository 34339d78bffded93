"""StartMigrations."""

from __future__ import annotations

from functions.entry import Context, Event, known_run, logger, seconds_left
from migrator.domain.plan import batch_from
from migrator.domain.transitions import START
from migrator.services import services
from migrator.steps.start import Starter
from migrator.steps.telling import tell_flight, tell_step


def handler(event: Event, context: Context) -> Event:
    """Start as many of a batch as there are permits."""
    adapters = services()
    run, given = known_run(adapters, event["runId"])
    batch = batch_from(event["batch"])
    starter = Starter(adapters, run, given, batch, lambda: seconds_left(context))
    progress = starter.start()
    tell_step(
        adapters,
        lambda: seconds_left(context),
        batch=(run, batch, progress),
        repeated=event["retries"] > 0,
    )
    tell_flight(adapters, run.run_id)
    logger.info("starts", run_id=run.run_id, batch_id=batch.batch_id, **progress.document())
    return progress.document() | {"transitions": event["transitions"] + event["retries"] + START}
