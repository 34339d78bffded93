"""Schedules that will start nothing, because somebody disabled or deleted them outside the configuration.

Scheduler itself says nothing of such a schedule: it has no figures for what does not fire.
"""

from __future__ import annotations

from migrator.domain.metrics import Metric
from migrator.services import Services

_ENABLED = "ENABLED"


def tell_asleep(services: Services) -> list[str]:
    """The schedules that the stage has enabled and that are not, told in the log and as a metric."""
    expected = services.settings.schedules
    standing = {one: services.schedules.standing(one) for one in expected}
    asleep = {one: how for one, how in standing.items() if how != _ENABLED}
    if expected:
        services.measures.record(
            "schedules looked at",
            {Metric.SCHEDULES_ASLEEP: len(asleep)},
            dry_run=False,
            asleep=asleep,
        )
    return sorted(asleep)
