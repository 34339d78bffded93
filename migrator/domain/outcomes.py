"""How a run ended for one WorkSpace: a closed set, and what each means for the verdict."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """Every WorkSpace a run matched, and every id it named in vain, ends with exactly one."""

    MIGRATED = "Migrated"
    ROLLED_BACK = "RolledBack"
    """The target is gone, the source is back in its old bundle."""
    NEVER_STARTED = "NeverStarted"
    """The guide's silent failure: the bundle is still the same an hour after the attempt."""
    REFUSED = "Refused"
    """The API said no; the reason is its error code."""
    STUCK = "Stuck"
    """Past the limit, source and target both exist."""
    LOST = "Lost"
    """Neither source nor target is found."""
    INELIGIBLE = "Ineligible"
    """A rule blocks, and waiting would not help."""
    DEFERRED = "Deferred"
    """Could go, not now."""
    PLANNED = "Planned"
    """Would go: a dry run."""


FAILURES = frozenset(
    {
        Outcome.ROLLED_BACK,
        Outcome.NEVER_STARTED,
        Outcome.REFUSED,
        Outcome.STUCK,
        Outcome.LOST,
    }
)
"""Migrations that were tried and did not succeed: what the brake counts."""

ALARMING = frozenset({Outcome.STUCK, Outcome.LOST})
"""Outcomes after which a run never ends green."""
