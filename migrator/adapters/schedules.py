"""How the deployment's own schedules stand: whether they will start anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient

GONE = "gone"
"""How a schedule stands that does not exist any more."""


class Schedules:
    """Schedules of EventBridge Scheduler, each as "group/name"."""

    def __init__(self, client: EventBridgeSchedulerClient) -> None:
        self._client = client

    def standing(self, schedule: str) -> str:
        """ENABLED, DISABLED, or GONE. Raises ClientError where it cannot be told."""
        group, _, name = schedule.partition("/")
        try:
            return self._client.get_schedule(GroupName=group, Name=name)["State"]
        except self._client.exceptions.ResourceNotFoundException:
            return GONE
