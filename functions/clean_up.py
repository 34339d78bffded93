"""CleanUpDirectory."""

from __future__ import annotations

from collections import Counter

from functions.entry import Context, Event, known_run, logger, seconds_left
from migrator.services import services
from migrator.steps.clean_up import clean_up


def handler(event: Event, context: Context) -> Event:
    """Deal with the computer objects that migrations left behind."""
    adapters = services()
    run, given = known_run(adapters, event["runId"])
    lines = clean_up(adapters, run.run_id, given, lambda: seconds_left(context))
    for line in lines:
        logger.info("computer object", run_id=run.run_id, **line.model_dump(mode="json"))
    results = dict(Counter(line.result for line in lines))
    logger.info("directory cleaned up", run_id=run.run_id, results=results)
    return results
