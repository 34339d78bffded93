"""Reconcile: every hour, whatever runs there are."""

from __future__ import annotations

from functions.entry import Context, Event, logger, seconds_left
from migrator.services import services
from migrator.steps.reconcile import reconcile_all
from migrator.steps.telling import tell_step


def handler(_: Event, context: Context) -> Event:
    """Give back what dead runs hold."""
    adapters = services()
    left = reconcile_all(adapters, lambda: seconds_left(context))
    tell_step(adapters, lambda: seconds_left(context))
    logger.info("reconciled", held=left)
    return {"held": left}
