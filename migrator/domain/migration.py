"""Deciding how a migration stands from what the service shows (the API reports no state for it).

There is no MIGRATING state and no event: a migration is judged by looking at its source and its
target. The guide, Migration Limits, sets the hour after which an unchanged bundle means failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from migrator.domain.facts import Workspace
from migrator.domain.outcomes import Outcome
from migrator.domain.run_input import Polling

_AT_REST = frozenset({"AVAILABLE", "STOPPED"})
GONE = frozenset({"TERMINATING", "TERMINATED"})
"""States of a WorkSpace that is no more, or will not be."""


@dataclass(frozen=True, slots=True)
class UnderWay:
    """What the ledger knows of a migration whose call was made, or may have been."""

    workspace_id: str
    target_workspace_id: str | None
    """None: the call may have been made, its answer was lost."""
    source_bundle_id: str
    target_bundle_id: str
    started_at: datetime
    target_seen: bool
    target_absent_since: datetime | None = None
    """First look that no longer showed a target that had been seen."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended, with one sentence and the next step for the administrator."""

    outcome: Outcome
    reason: str | None
    detail: str
    next_step: str
    warnings: tuple[str, ...] = ()


ABSENCE_CONFIRMED_AFTER = timedelta(seconds=60)
"""One answer without the target may be a page gone missing; two, this far apart, are not."""

_SUPPORT = "Contact AWS Support with both ids"


def decide(
    migration: UnderWay,
    source: Workspace | None,
    target: Workspace | None,
    now: datetime,
    limits: Polling,
) -> Ending | None:
    """How the migration ended; None while it is under way.

    `source` and `target` are None where DescribeWorkspaces did not return the id. A target whose
    bundle is not the target's is none of ours.
    """
    age = now - migration.started_at
    failed = age >= limits.failed_after
    stuck = age >= limits.stuck_after

    if source is None or source.state in GONE:
        if target is not None and target.state not in GONE:
            return _left_with_target(target, stuck)
        doubtful = migration.target_seen and target is None and not _absence_confirmed(migration, now)
        return _lost(migration) if failed and not doubtful else None
    if target is None or target.state in GONE:
        return _left_with_source(migration, source, target, now, limits)
    if target.state == "ERROR" and failed:
        return Ending(
            Outcome.ROLLED_BACK,
            target.state,
            f"The target {target.workspace_id} is in ERROR, the original is {source.state} in its "
            "old bundle.",
            f"Terminate {target.workspace_id} when you are sure that nobody needs it.",
            (f"target {target.workspace_id} left in ERROR",),
        )
    if stuck:
        return Ending(
            Outcome.STUCK,
            target.state,
            f"After {limits.stuck_after_minutes} minutes source ({source.state}) and target "
            f"({target.state}) both exist.",
            f"{_SUPPORT}; terminate neither before they answer.",
        )
    return None


def _left_with_target(target: Workspace, stuck: bool) -> Ending | None:
    if target.state in _AT_REST:
        return Ending(Outcome.MIGRATED, None, "", "")
    if not stuck:
        return None
    return Ending(
        Outcome.STUCK,
        target.state,
        f"The original is gone and the target is still {target.state}.",
        f"{_SUPPORT}; the user has no desktop until it is AVAILABLE.",
    )


def _left_with_source(
    migration: UnderWay,
    source: Workspace,
    target: Workspace | None,
    now: datetime,
    limits: Polling,
) -> Ending | None:
    failed = now - migration.started_at >= limits.failed_after
    if migration.target_seen or target is not None:
        if target is None and not _absence_confirmed(migration, now):
            return None
        if source.state not in _AT_REST and source.state != "ERROR" and not failed:
            return None
        return Ending(
            Outcome.ROLLED_BACK,
            None,
            f"The migration failed: the target is gone, the original is {source.state} in its old bundle.",
            "Look at the original, then run again; if it fails again, contact AWS Support.",
        )
    if not failed:
        return None
    detail = (
        "An hour on nothing has happened: no target was ever seen, the bundle is still the old one."
        if migration.target_workspace_id
        else "The answer to the call was lost, and nothing has happened since."
    )
    return Ending(
        Outcome.NEVER_STARTED,
        None,
        detail,
        "Run again; if it fails again, contact AWS Support (the guide, Migration Limits).",
    )


def _absence_confirmed(migration: UnderWay, now: datetime) -> bool:
    since = migration.target_absent_since
    return since is not None and now - since >= ABSENCE_CONFIRMED_AFTER


def _lost(migration: UnderWay) -> Ending:
    target = migration.target_workspace_id or "unknown"
    return Ending(
        Outcome.LOST,
        None,
        f"Neither the original nor the target ({target}) is found, and the user has no WorkSpace "
        "of the target bundle.",
        "Contact AWS Support at once; the user has no desktop.",
    )
