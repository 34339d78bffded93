"""The bus that gets the runs' events."""

from __future__ import annotations

from aws_cdk import aws_events as events
from constructs import Construct


class RunEvents(Construct):
    """A bus of its own: who may put on it is this stack's roles only, and a rule on it sees nothing else."""

    def __init__(self, scope: Construct, id: str, *, name: str) -> None:
        super().__init__(scope, id)
        self.bus = events.EventBus(
            self,
            "Bus",
            event_bus_name=name,
            description="What the fleet migrator's runs tell; docs/events.md",
        )
