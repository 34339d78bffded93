"""Rows of the ledger: their keys, and a migration's record as a row and back."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from migrator.domain.moments import iso, moment
from migrator.domain.outcomes import Outcome
from migrator.domain.records import Glimpse, MigrationRecord, RunRecord, Stage
from migrator.domain.watch import Watch

_MOMENTS = {"not_before", "started_at", "target_absent_since", "ended_at"}
_TUPLES = ("warnings", "tags", "other_workspaces")
_FIELDS = tuple(field.name for field in fields(MigrationRecord))
GLIMPSED = tuple(field.name for field in fields(Glimpse))
"""Attributes of a migration's row that make a glimpse of it."""
_OF_A_RUN = tuple(field.name for field in fields(RunRecord) if field.name != "run_id")
_OF_A_WATCH = tuple(field.name for field in fields(Watch))
FOR_A_POLL = ("pk", "sk", *dict.fromkeys((*_OF_A_RUN, *_OF_A_WATCH, *GLIMPSED)))
"""Attributes of the rows that a poll begins with: its run, the watch, its migrations."""


def run_key(run_id: str) -> dict[str, str]:
    return {"pk": f"run#{run_id}", "sk": "run"}


def migration_key(run_id: str, workspace_id: str) -> dict[str, str]:
    return {"pk": f"run#{run_id}", "sk": f"workspace#{workspace_id}"}


def watch_key(run_id: str, directory_id: str) -> dict[str, str]:
    return {"pk": f"run#{run_id}", "sk": f"watch#{directory_id}"}


def holder_key(directory_id: str, workspace_id: str) -> dict[str, str]:
    return {"pk": f"directory#{directory_id}", "sk": f"workspace#{workspace_id}"}


def permits_key(directory_id: str) -> dict[str, str]:
    return {"pk": f"directory#{directory_id}", "sk": "permits"}


def flights_of(directory_id: str) -> str:
    """The partition that has a row for each permit held."""
    return f"flights#{directory_id}"


def flight_key(run_id: str, directory_id: str, workspace_id: str) -> dict[str, str]:
    return {"pk": flights_of(directory_id), "sk": f"run#{run_id}#{workspace_id}"}


def row_of(record: MigrationRecord) -> dict[str, Any]:
    """The attributes of a migration's row, without its key."""
    row: dict[str, Any] = {}
    for name in _FIELDS:
        value = getattr(record, name)
        if name in _MOMENTS:
            value = iso(value) if value else None
        elif isinstance(value, tuple):
            value = list(value)
        elif isinstance(value, (Stage, Outcome)):
            value = value.value
        row[name] = value
    return row


def record_of(row: dict[str, Any]) -> MigrationRecord:
    """The record of a row."""
    values = {name: row[name] for name in _FIELDS if name in row}
    for name in _MOMENTS & values.keys():
        values[name] = moment(values[name])
    values["stage"] = Stage(values["stage"])
    if "outcome" in values:
        values["outcome"] = Outcome(values["outcome"])
    for name in _TUPLES:
        values[name] = tuple(values.get(name, ()))
    return MigrationRecord(**values)


def glimpse_of(row: dict[str, Any]) -> Glimpse:
    """So much of a migration's row."""
    values = {name: row[name] for name in GLIMPSED if name in row}
    for name in ("not_before", "started_at"):
        if name in values:
            values[name] = moment(values[name])
    values["stage"] = Stage(values["stage"])
    return Glimpse(**values)


def run_of(row: dict[str, Any]) -> RunRecord:
    """The record of a run's row."""
    values = {name: row[name] for name in _OF_A_RUN if name in row}
    values["started_at"] = moment(values["started_at"])
    return RunRecord(row["pk"].removeprefix("run#"), **values)


def watch_of(row: dict[str, Any]) -> Watch:
    """The watch that a row tells."""
    values = {name: row[name] for name in _OF_A_WATCH}
    for name in ("look_at", "until"):
        values[name] = moment(values[name])
    return Watch(**values)
