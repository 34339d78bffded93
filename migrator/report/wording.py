"""The words that page and notices share."""

from __future__ import annotations

from datetime import datetime

from migrator.domain.outcomes import Outcome
from migrator.domain.report import Verdict

ORDER = (
    Outcome.MIGRATED,
    Outcome.PLANNED,
    Outcome.DEFERRED,
    Outcome.INELIGIBLE,
    Outcome.ROLLED_BACK,
    Outcome.NEVER_STARTED,
    Outcome.REFUSED,
    Outcome.STUCK,
    Outcome.LOST,
)
"""How outcomes are lined up: what is well first, what is worst last."""

MEANINGS = {
    Outcome.MIGRATED: "on the target bundle, and verified",
    Outcome.PLANNED: "would go: a dry run",
    Outcome.DEFERRED: "could go, not now",
    Outcome.INELIGIBLE: "a rule blocks it",
    Outcome.ROLLED_BACK: "back in its old bundle",
    Outcome.NEVER_STARTED: "unchanged an hour after the attempt",
    Outcome.REFUSED: "the service said no",
    Outcome.STUCK: "source and target both exist",
    Outcome.LOST: "neither source nor target is found",
}

VERDICTS = {
    Verdict.MIGRATED: "Migrated",
    Verdict.NOTHING: "Nothing to migrate",
    Verdict.PLANNED: "Planned",
    Verdict.INCOMPLETE: "Incomplete",
    Verdict.BRAKE_PULLED: "Brake pulled",
    Verdict.FAILED: "Run failed",
}


def plural(count: int, one: str, many: str) -> str:
    """A count with its noun: 1 WorkSpace, 2,000 WorkSpaces."""
    return f"{count:,} {one if count == 1 else many}"


def when(moment: datetime) -> str:
    """A moment to the minute, in UTC: 2026-11-21 20:05Z."""
    return moment.strftime("%Y-%m-%d %H:%MZ")


def duration(seconds: float) -> str:
    """A length of time in the two units that matter: 45 s, 12 min, 3 h 5 min, 2 d 4 h."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    hours = round(minutes / 60)
    return f"{hours // 24} d {hours % 24} h"
