"""After the migrations: each user has the new WorkSpace, and no other that was not there before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from migrator.domain.outcomes import Outcome
from migrator.domain.passing_rules import STARTABLE_STATES
from migrator.domain.records import MigrationRecord


@dataclass(frozen=True, slots=True)
class Owned:
    """A WorkSpace that a user has, and is not about to lose."""

    workspace_id: str
    state: str


def migrated_here(records: Iterable[MigrationRecord]) -> list[MigrationRecord]:
    """Those that the run itself saw migrate."""
    return [record for record in records if record.outcome is Outcome.MIGRATED and record.held_by is None]


def surprises(
    record: MigrationRecord, owned: Sequence[Owned], targets: Mapping[str, str | None]
) -> Iterable[str]:
    """What is not as a migration should leave it. `targets`: of the run's other migrations, by source."""
    expected = {
        record.target_workspace_id,
        *(targets.get(one) for one in record.other_workspaces),
    }
    if record.target_workspace_id not in {one.workspace_id for one in owned}:
        yield f"{record.target_workspace_id} was not among its user's WorkSpaces when the run ended"
    for one in owned:
        # Those at rest the rule duplicate-user has looked at when the run was planned.
        judged = one.workspace_id in record.other_workspaces and one.state in STARTABLE_STATES
        if one.workspace_id not in expected and not judged:
            yield f"its user has another WorkSpace, {one.workspace_id} ({one.state})"
