"""Reasons of outcomes that are no rule's: why a run, rather than a rule, kept a WorkSpace from migrating."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from migrator.domain.outcomes import Outcome


class RunReason(StrEnum):
    """Reasons that a run gives beside its rules."""

    BRAKE = "brake"
    WINDOW = "window"
    APPROVAL = "approval"
    RUN_ENDED = "run-ended"


@dataclass(frozen=True, slots=True)
class Explained:
    """What such a reason means, and what to do."""

    outcome: Outcome
    meaning: str
    remedy: str


RUN_REASONS: dict[RunReason, Explained] = {
    RunReason.BRAKE: Explained(
        Outcome.DEFERRED,
        "New starts were stopped: more than abortAtFailurePercent of the planned migrations (or of the "
        "canary) failed, or an operator halted the run.",
        "Find out why, then start a new run with the same input: it does what is left.",
    ),
    RunReason.WINDOW: Explained(
        Outcome.DEFERRED,
        "It could not be seen to its end (polling.failedAfterMinutes) before window.closesAt.",
        "Run again in the next window.",
    ),
    RunReason.APPROVAL: Explained(
        Outcome.DEFERRED,
        "The run needed a person's approval (requireApproval), and was refused or not answered within a day.",
        "Start a new run and have it approved.",
    ),
    RunReason.RUN_ENDED: Explained(
        Outcome.DEFERRED,
        "The run ended, or died, before its turn came or before its outcome was known.",
        "Start a new run with the same input: it looks at the service first.",
    ),
}
