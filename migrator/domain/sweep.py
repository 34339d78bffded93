"""A sweep: computers that the ledger knows as ours, and that no WorkSpace has had for a while."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from migrator.domain.computers import Orphan, Role
from migrator.domain.outcomes import Outcome
from migrator.domain.records import MigrationRecord

_TARGET_IS_GONE = frozenset({Outcome.ROLLED_BACK, Outcome.NEVER_STARTED, Outcome.STUCK, Outcome.LOST})


class SweepInput(BaseModel):
    """What the schedule, or an administrator, gives the function. A sweep never deletes."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, populate_by_name=True)

    after_days: int = Field(
        default=30, ge=1, le=365, description="Days since the migration that left the computer ended."
    )
    mode: Literal["report", "disable"] = Field(
        default="report", description="What happens to its computer object."
    )


def swept(
    records: Iterable[MigrationRecord], directory_ids: Iterable[str], now: datetime, after_days: int
) -> list[Orphan]:
    """Computers of these directories whose migration ended so long ago, by directory and name.

    A name that several migrations knew is judged by the last of them. Which of these computers a
    WorkSpace has after all is not known here.
    """
    wanted = frozenset(directory_ids)
    last: dict[tuple[str, str], Orphan] = {}
    for record in records:
        orphan = _left(record) if record.directory_id in wanted else None
        if orphan is None:
            continue
        key = (orphan.directory_id, orphan.computer_name.casefold())
        if key not in last or last[key].ended_at < orphan.ended_at:
            last[key] = orphan
    latest = now - timedelta(days=after_days)
    return [orphan for _, orphan in sorted(last.items()) if orphan.ended_at <= latest]


def _left(record: MigrationRecord) -> Orphan | None:
    if record.outcome is Outcome.MIGRATED:
        role, name = Role.FORMER_COMPUTER, record.computer_name
    elif record.outcome in _TARGET_IS_GONE:
        role, name = Role.FAILED_TARGET, record.target_computer_name
    else:
        return None
    if not name or record.started_at is None or record.ended_at is None or record.held_by is not None:
        return None
    return Orphan(record.workspace_id, record.directory_id, name, role, record.started_at, record.ended_at)
