"""Sweep, by a schedule or by hand."""

from __future__ import annotations

from collections import Counter

from functions.entry import Context, Event, logger, seconds_left
from migrator.domain.sweep import SweepInput
from migrator.services import services
from migrator.steps.sweep import sweep


def handler(event: Event, context: Context) -> Event:
    """Report or disable computer objects that migrations left, and no WorkSpace has any more."""
    given = SweepInput.model_validate(event)
    sweep_id, lines = sweep(services(), given, lambda: seconds_left(context))
    for line in lines:
        logger.info("computer object", run_id=sweep_id, **line.model_dump(mode="json"))
    results = dict(Counter(line.result for line in lines))
    logger.info("directories swept", run_id=sweep_id, results=results)
    return {"sweepId": sweep_id, "results": results}
