"""CleanUpDirectory: computer objects that failed migrations left behind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from migrator.adapters.directory import Directory
from migrator.domain.computers import ComputerObject, Orphan, Refusal, examine
from migrator.domain.outcomes import Outcome
from migrator.domain.records import MigrationRecord
from migrator.domain.report import DirectoryLine
from migrator.domain.run_input import CleanUpMode, RunInput
from migrator.services import Services

FAILED_WITH_TARGET = frozenset({Outcome.ROLLED_BACK})
"""Failures after which the target is gone. A stuck target still exists, and its object with it."""

LEFT_BEHIND = "directory.json"


def orphans_of(records: Iterable[MigrationRecord]) -> list[Orphan]:
    """The computers that failed migrations are known to have had."""
    return [
        Orphan(
            record.workspace_id,
            record.directory_id,
            record.target_computer_name,
            record.started_at,
            record.ended_at,
        )
        for record in records
        if record.outcome in FAILED_WITH_TARGET
        and record.target_computer_name
        and record.started_at is not None
        and record.ended_at is not None
        and record.held_by is None
    ]


def clean_up(services: Services, run_id: str, given: RunInput) -> list[DirectoryLine]:
    """Deal with each orphan as the input says; what was done, or why not, for the report."""
    orphans = orphans_of(services.ledger.all_migrations(run_id))
    lines: list[DirectoryLine] = []
    for directory_id in sorted({orphan.directory_id for orphan in orphans}):
        mine = [orphan for orphan in orphans if orphan.directory_id == directory_id]
        directory = services.directories.open(directory_id)
        if directory is None:
            lines += [_unconfigured(orphan) for orphan in mine]
            continue
        live = _live_computers(services, directory_id)
        mode = given.directory_clean_up.failed_targets
        lines += [_one(services, run_id, directory, orphan, live, mode) for orphan in mine]
    document: list[Any] = [line.model_dump(mode="json", by_alias=True) for line in lines]
    services.runs.write_json(run_id, LEFT_BEHIND, document)
    return lines


def _live_computers(services: Services, directory_id: str) -> set[str]:
    names: set[str] = set()
    token: str | None = None
    while True:
        page, token = services.workspaces.page(directory_id=directory_id, bundle_id=None, token=token)
        names.update(one.computer_name for one in page if one.computer_name)
        if token is None:
            return names


def _one(
    services: Services,
    run_id: str,
    directory: Directory,
    orphan: Orphan,
    live: set[str],
    mode: CleanUpMode,
) -> DirectoryLine:
    found = directory.find(orphan.computer_name)
    if not found:
        return _line(orphan, mode, "already-gone", "The directory has no such object.", None)
    if not live:
        refusal: Refusal | None = Refusal("in-use", "the service returned no WorkSpace at all")
    else:
        children = directory.children(found[0].object_guid) if len(found) == 1 else {}
        refusal = examine(orphan, found, live, children)
    computer = found[0]
    if refusal is not None:
        return _line(orphan, mode, "refused", f"{refusal.rule}: {refusal.detail}", computer)
    if mode == "report":
        return _line(orphan, mode, "reported", "Left for a person to remove.", computer)
    services.runs.write(
        run_id,
        f"directory/{computer.object_guid}.ldif",
        directory.record(computer),
        "text/plain; charset=utf-8",
    )
    if mode == "disable":
        directory.disable(computer)
        return _line(orphan, mode, "disabled", "Its WorkSpace is gone.", computer)
    directory.delete(computer.object_guid)
    return _line(orphan, mode, "deleted", "Its WorkSpace is gone.", computer)


def _unconfigured(orphan: Orphan) -> DirectoryLine:
    return _line(
        orphan,
        "report",
        "reported",
        "This deployment has no access to the directory: look for the object and remove it by hand.",
        None,
    )


def _line(
    orphan: Orphan, action: str, result: str, reason: str, computer: ComputerObject | None
) -> DirectoryLine:
    return DirectoryLine(
        computer_name=orphan.computer_name,
        directory_id=orphan.directory_id,
        workspace_id=orphan.workspace_id,
        action=action,
        result=result,
        reason=reason,
        distinguished_name=computer.distinguished_name if computer else None,
        object_guid=computer.object_guid if computer else None,
    )
