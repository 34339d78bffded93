"""CleanUpDirectory."""

from __future__ import annotations

from collections import Counter

from functions.entry import Context, Event, known_run, logger
from migrator.services import services
from migrator.steps.clean_up import clean_up


def handler(event: Event, _: Context) -> Event:
    """Deal with the computer objects that failed migrations left behind."""
    adapters = services()
    run, given = known_run(adapters, event["runId"])
    lines = clean_up(adapters, run.run_id, given)
    results = dict(Counter(line.result for line in lines))
    logger.info("directory cleaned up", run_id=run.run_id, results=results)
    return results
