"""SettleRun."""

from __future__ import annotations

from functions.entry import Context, Event, known_run, logger, seconds_left
from migrator.domain.approvals import not_asked
from migrator.domain.migration import Ending
from migrator.services import services
from migrator.steps.settle import NOT_APPROVED, NOT_REACHED, not_requested, settle
from migrator.steps.telling import tell_step


def handler(event: Event, context: Context) -> Event:
    """Give every planned WorkSpace its outcome."""
    adapters = services()
    run, given = known_run(adapters, event["runId"])
    settlement = settle(
        adapters, run, given, lambda: seconds_left(context), unstarted=_unstarted(event["state"])
    )
    tell_step(adapters, lambda: seconds_left(context))
    logger.info("settlement", run_id=run.run_id, **settlement.document())
    earlier = event["state"].get("settled", {}).get("settlement", {}).get("rounds", 0)
    return settlement.document() | {"rounds": earlier + 1}


def _unstarted(state: Event) -> Ending:
    """The outcome of what was planned and never looked at."""
    failure = not_asked(state)
    if failure is not None:
        logger.error("approval could not be requested", error=failure.error, why=failure.cause)
        return not_requested(failure.cause)
    return NOT_APPROVED if "notApproved" in state else NOT_REACHED
