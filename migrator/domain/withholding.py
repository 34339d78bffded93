"""Whether a run may start anything more: the brake, an operator's halt, the window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from migrator.domain.brake import brake_due
from migrator.domain.moments import iso
from migrator.domain.reasons import RunReason
from migrator.domain.records import RunRecord
from migrator.domain.run_input import RunInput


@dataclass(frozen=True, slots=True)
class Withheld:
    """Why nothing more starts."""

    reason: str
    """brake or window."""
    detail: str
    next_step: str
    brake: str | None = None
    """Why the brake is pulled; None for the window."""


def withheld(run: RunRecord, given: RunInput, *, in_canary: bool, now: datetime) -> Withheld | None:
    """Why nothing more may start; None when it may.

    The canary has a brake of its own: the rest goes only if the canary stayed under the threshold.
    """
    percent = given.abort_at_failure_percent
    if run.halted:
        return _braked("an operator halted the run")
    if brake_due(failed=run.failed, planned=run.planned, abort_at_failure_percent=percent):
        return _braked(f"{run.failed} of {run.planned} planned migrations failed")
    if not in_canary and brake_due(
        failed=run.canary_failed, planned=run.canary_planned, abort_at_failure_percent=percent
    ):
        return _braked(f"{run.canary_failed} of {run.canary_planned} failed in the canary")
    return window_closed(given, now)


def window_closed(given: RunInput, now: datetime) -> Withheld | None:
    """Whether a start at that moment could not finish before the window closes."""
    closes_at = given.closes_at()
    if closes_at is None or now + given.polling.failed_after <= closes_at:
        return None
    return Withheld(
        RunReason.WINDOW.value,
        f"It could not finish before the window closes at {iso(closes_at)}.",
        "Run again in the next window.",
    )


def _braked(why: str) -> Withheld:
    return Withheld(
        RunReason.BRAKE.value,
        f"New starts were stopped: {why}.",
        "Find out why, then start a new run with the same input: it does what is left.",
        why,
    )
