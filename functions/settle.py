"""SettleRun."""

from __future__ import annotations

from functions.entry import Context, Event, known_run, logger, seconds_left
from migrator.services import services
from migrator.steps.settle import settle
from migrator.steps.telling import tell_step


def handler(event: Event, context: Context) -> Event:
    """Give every planned WorkSpace its outcome."""
    adapters = services()
    run, given = known_run(adapters, event["runId"])
    approved = "notApproved" not in event["state"]
    settlement = settle(adapters, run, given, lambda: seconds_left(context), approved=approved)
    tell_step(adapters, lambda: seconds_left(context))
    logger.info("settlement", run_id=run.run_id, **settlement.document())
    earlier = event["state"].get("settled", {}).get("settlement", {}).get("rounds", 0)
    return settlement.document() | {"rounds": earlier + 1}
