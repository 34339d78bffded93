"""How many state transitions a run takes: what Step Functions charges for.

Each state that is entered counts, and each retry of one. A batch's child counts its own as it goes along;
what the parent enters follows from the way it took. The definition is statemachines/migrate_fleet.asl.json;
a test compares both with what the engine counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

PRICE_PER_TRANSITION = Decimal("0.000025")
"""US dollars in us-east-1 (AWS Step Functions pricing, standard workflows, as of November 2026)."""

START = 1
"""StartMigrations."""

POLL = 3
"""WaitForMigrations, PollMigrations, ChooseNextStep."""

BATCH_DONE = 1


@dataclass(frozen=True, slots=True)
class ParentPath:
    """The way of the parent execution, up to the report."""

    turns: int
    """Invocations that the assessment took."""
    asked: bool = False
    """Approval was asked for."""
    approved: bool = False
    """It was given."""
    canary: bool = False
    migrated: bool = False
    """It came to migrate."""
    settlements: int = 0
    """Invocations that settling took; none where there was nothing to migrate."""

    @property
    def transitions(self) -> int:
        """OpenRun, AssessFleet and its choice, ... Report, ChooseEnding and the end."""
        before = 1 + 2 * self.turns + int(self.asked) + int(self.approved)
        migrating = (2 + int(self.canary)) if self.migrated else 0
        settling = 3 * self.settlements - 1 if self.settlements else 0
        cleaning = 1 if self.settlements else 0
        return before + migrating + settling + cleaning + 3


def dollars(transitions: int) -> Decimal:
    """What that many transitions cost."""
    return transitions * PRICE_PER_TRANSITION
