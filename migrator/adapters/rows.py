"""Rows of the ledger: their keys, and a migration's record as a row and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import wraps
from typing import Any, TypeVar

from migrator.adapters.clear_answers import UNLIKE, UnclearAnswer
from migrator.domain.moments import iso, moment
from migrator.domain.outcomes import Outcome
from migrator.domain.records import Glimpse, LastMigration, MigrationRecord, Permits, RunRecord, Stage
from migrator.domain.watch import Watch

Read = TypeVar("Read")

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


def damaged(row: Mapping[str, Any], fault: Exception) -> UnclearAnswer:
    """The error for a row that something else wrote, or that somebody changed by hand."""
    return UnclearAnswer(
        f"The ledger's row {row.get('pk')} / {row.get('sk')} is not what this product writes there "
        f"({type(fault).__name__}: {fault}). Nothing is concluded from it. Mend it, or restore the table to "
        "a moment before (docs/runbook.md)."
    )


def _or_damaged(read: Callable[[dict[str, Any]], Read]) -> Callable[[dict[str, Any]], Read]:
    """The reader, with UnclearAnswer in the place of whatever it raises for a row that is none."""

    @wraps(read)
    def understood(row: dict[str, Any]) -> Read:
        try:
            return read(row)
        except UNLIKE as fault:
            raise damaged(row, fault) from fault

    return understood


@_or_damaged
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


@_or_damaged
def glimpse_of(row: dict[str, Any]) -> Glimpse:
    """So much of a migration's row."""
    values = {name: row[name] for name in GLIMPSED if name in row}
    for name in ("not_before", "started_at"):
        if name in values:
            values[name] = moment(values[name])
    values["stage"] = Stage(values["stage"])
    return Glimpse(**values)


@_or_damaged
def run_of(row: dict[str, Any]) -> RunRecord:
    """The record of a run's row."""
    values = {name: row[name] for name in _OF_A_RUN if name in row}
    values["started_at"] = moment(values["started_at"])
    return RunRecord(row["pk"].removeprefix("run#"), **values)


@_or_damaged
def watch_of(row: dict[str, Any]) -> Watch:
    """The watch that a row tells."""
    values = {name: row[name] for name in _OF_A_WATCH}
    for name in ("look_at", "until"):
        values[name] = moment(values[name])
    return Watch(**values)


@_or_damaged
def transitions_of(row: dict[str, Any]) -> int:
    """The state transitions that a batch's row tells."""
    return int(row["transitions"])


@_or_damaged
def permits_of(row: dict[str, Any]) -> Permits:
    """The counter of a directory's row; an empty row is one that was never written."""
    counts = (int(row.get(name, 0)) for name in ("in_flight", "addressed", "addressed_gone"))
    return Permits(*counts)


@_or_damaged
def last_migration_of(row: dict[str, Any]) -> LastMigration:
    """Who holds a WorkSpace, and how its last migration ended."""
    return LastMigration(
        row.get("holder"),
        row.get("run_id"),
        row.get("target_bundle_id"),
        Outcome(row["outcome"]) if "outcome" in row else None,
        moment(row["ended_at"]) if "ended_at" in row else None,
    )


@_or_damaged
def flight_of(row: dict[str, Any]) -> tuple[str, str]:
    """The run and the WorkSpace that hold a permit."""
    return row["run_id"], row["workspace_id"]
