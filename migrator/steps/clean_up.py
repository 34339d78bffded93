"""CleanUpDirectory: computer objects that failed migrations left behind, and former computers'."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from migrator.adapters.directory import DirectoryUnavailable
from migrator.domain.computers import Orphan, Role
from migrator.domain.outcomes import Outcome
from migrator.domain.records import MigrationRecord
from migrator.domain.report import DirectoryLine
from migrator.domain.run_input import CleanUpMode, DirectoryCleanUp, RunInput
from migrator.services import Services
from migrator.steps.living import LivingComputers
from migrator.steps.removing import Remover, line_for

FAILED_WITH_TARGET = frozenset({Outcome.ROLLED_BACK})
"""Failures after which the target is gone. A stuck target still exists, and its object with it; of a
lost one nobody knows."""

LEFT_BEHIND = "directory.json"
_BEGUN = "directory/begun.json"

_WAIT_SECONDS = 60.0
_MOST_WAITS = 5
"""A target that rolled back shows as TERMINATING for some minutes, and its object is not touched before."""
_TIME_TO_WAIT = 180.0
"""Seconds of the invocation that must be left for another wait."""


def orphans_of(records: Iterable[MigrationRecord]) -> list[Orphan]:
    """The computers that migrations are known to have left without a WorkSpace."""
    return [orphan for record in records if (orphan := _orphan(record)) is not None]


def _orphan(record: MigrationRecord) -> Orphan | None:
    if record.outcome in FAILED_WITH_TARGET:
        role, name = Role.FAILED_TARGET, record.target_computer_name
    elif record.outcome is Outcome.MIGRATED:
        role, name = Role.FORMER_COMPUTER, record.computer_name
    else:
        return None
    if not name or record.started_at is None or record.ended_at is None or record.held_by is not None:
        return None
    return Orphan(record.workspace_id, record.directory_id, name, role, record.started_at, record.ended_at)


def clean_up(
    services: Services, run_id: str, given: RunInput, seconds_left: Callable[[], float]
) -> list[DirectoryLine]:
    """Deal with each orphan as the input says; what was done, or why not, for the report."""
    orphans = orphans_of(services.ledger.all_migrations(run_id))
    again = services.runs.read(run_id, _BEGUN) is not None
    if not again:
        services.runs.write_json(run_id, _BEGUN, {"orphans": len(orphans)})
    lines: list[DirectoryLine] = []
    for directory_id in sorted({orphan.directory_id for orphan in orphans}):
        # Targets first: they are what this step is for, whatever time is left.
        mine = sorted(
            (orphan for orphan in orphans if orphan.directory_id == directory_id),
            key=lambda orphan: (orphan.role is not Role.FAILED_TARGET, orphan.workspace_id),
        )
        modes = given.directory_clean_up
        lines += deal_with(services, run_id, directory_id, mine, modes, seconds_left, again=again)
    document: list[Any] = [line.model_dump(mode="json", by_alias=True) for line in lines]
    services.runs.write_json(run_id, LEFT_BEHIND, document)
    return lines


def deal_with(
    services: Services,
    run_id: str,
    directory_id: str,
    orphans: Sequence[Orphan],
    modes: DirectoryCleanUp,
    seconds_left: Callable[[], float],
    *,
    again: bool,
) -> list[DirectoryLine]:
    """Deal with orphans of one directory, in their order."""
    try:
        directory = services.directories.open(directory_id)
    except DirectoryUnavailable as fault:
        return _unavailable(orphans, modes, f"{fault}.")
    if directory is None:
        return [_unconfigured(orphan) for orphan in orphans if orphan.role is Role.FAILED_TARGET]
    living = LivingComputers(services, directory_id, seconds_left)
    remover = Remover(services, run_id, directory, living, seconds_left, again)
    try:
        dealt = [remover.deal(orphan, mode_of(orphan, modes), patient=True) for orphan in orphans]
        for looks_left in reversed(range(_MOST_WAITS)):
            if not remover.leaving:
                break
            if seconds_left() > _TIME_TO_WAIT:
                services.clock.sleep(_WAIT_SECONDS)
                living.forget()
            leaving, remover.leaving = remover.leaving, []
            patient = looks_left > 0 and seconds_left() > _TIME_TO_WAIT
            dealt += [remover.deal(orphan, mode_of(orphan, modes), patient=patient) for orphan in leaving]
    finally:
        directory.close()
    if remover.decisions:
        services.runs.write_json(run_id, f"directory/decisions-{directory_id}.json", remover.decisions)
    return [line for line in dealt if line is not None]


def mode_of(orphan: Orphan, modes: DirectoryCleanUp) -> CleanUpMode:
    """What the input says of such computers."""
    if orphan.role is Role.FORMER_COMPUTER:
        return modes.former_computers
    return modes.failed_targets


def _unavailable(orphans: Sequence[Orphan], modes: DirectoryCleanUp, why: str) -> list[DirectoryLine]:
    """Each that was to be dealt with; of the others, to whom nothing would have happened, the first."""
    wanted = [one for one in orphans if one.role is Role.FAILED_TARGET or modes.former_computers != "report"]
    if len(wanted) < len(orphans):
        spared = [one for one in orphans if one not in wanted]
        why_others = f"{why} {len(spared)} former computers were not looked for."
        return [
            *(line_for(orphan, mode_of(orphan, modes), "failed", why) for orphan in wanted),
            line_for(spared[0], "report", "failed", why_others),
        ]
    return [line_for(orphan, mode_of(orphan, modes), "failed", why) for orphan in wanted]


def _unconfigured(orphan: Orphan) -> DirectoryLine:
    return line_for(
        orphan,
        "report",
        "reported",
        "This deployment has no access to the directory: look for the object and remove it by hand.",
    )
