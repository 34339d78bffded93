"""Targets that a rollback left in ERROR: whether one may be terminated.

TerminateWorkspaces destroys both volumes and cannot be undone. So it needs the input's word, and every one
of these guards; what cannot be told is a no.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from migrator.domain.facts import Connection, Workspace
from migrator.domain.outcomes import Outcome
from migrator.domain.records import MigrationRecord

_AT_REST = frozenset({"AVAILABLE", "STOPPED"})


@dataclass(frozen=True, slots=True)
class Around:
    """What the service shows of a failed migration just before its target is terminated."""

    source: Workspace | None
    target: Workspace | None
    connection: Connection | None
    """The target's row; a WorkSpace in ERROR may have none."""


def left_in_error(record: MigrationRecord) -> bool:
    """Whether the run saw its migration fail and the target stay behind."""
    return (
        record.outcome is Outcome.ROLLED_BACK
        and record.reason == "ERROR"
        and record.target_workspace_id is not None
        and record.held_by is None
    )


def objections(record: MigrationRecord, around: Around) -> Iterable[str]:
    """Each reason not to terminate the record's target; none where every guard holds."""
    source, target = around.source, around.target
    if not left_in_error(record):
        yield "the run did not see its migration fail with a target left in ERROR"
    if record.target_workspace_id in (record.workspace_id, *record.other_workspaces):
        yield "its id is that of a WorkSpace the user had before"
    if target is None or target.workspace_id != record.target_workspace_id:
        yield "the service does not return it"
    else:
        yield from _of_the_target(record, target)
    if source is None or source.workspace_id != record.workspace_id:
        yield "the service does not return the original"
    else:
        if source.state not in _AT_REST:
            yield f"the original is {source.state}, neither AVAILABLE nor STOPPED"
        if source.bundle_id != record.source_bundle_id:
            yield f"the original is on bundle {source.bundle_id}, not on {record.source_bundle_id}"
    if around.connection is not None and (
        around.connection.state == "CONNECTED" or around.connection.last_connected_at is not None
    ):
        yield "somebody has been connected to it"


def _of_the_target(record: MigrationRecord, target: Workspace) -> Iterable[str]:
    if target.state != "ERROR":
        yield f"it is {target.state}, not in ERROR"
    if target.bundle_id != record.target_bundle_id:
        yield f"it is on bundle {target.bundle_id}, not on {record.target_bundle_id}"
    if target.directory_id != record.directory_id:
        yield f"it is in directory {target.directory_id}"
    if target.user_name.casefold() != record.user_name.casefold():
        yield "it is another user's"
