"""Reconcile: every hour, whatever runs there are or should have been."""

from __future__ import annotations

from functions.entry import Context, Event, logger, seconds_left
from migrator.services import services
from migrator.steps.asleep import tell_asleep
from migrator.steps.reconcile import reconcile_all
from migrator.steps.telling import tell_step


def handler(_: Event, context: Context) -> Event:
    """Give back what dead runs hold, and see whether the schedules will start theirs."""
    adapters = services()
    left = reconcile_all(adapters, lambda: seconds_left(context))
    tell_step(adapters, lambda: seconds_left(context))
    asleep = tell_asleep(adapters)
    logger.info("reconciled", held=left)
    return {"held": left, "asleep": asleep}
