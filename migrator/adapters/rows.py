"""Rows of the ledger: their keys, and a migration's record as a row and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, get_args, get_type_hints

from migrator.adapters.clear_answers import UNLIKE, UnclearAnswer
from migrator.domain.moments import iso, moment
from migrator.domain.outcomes import Outcome
from migrator.domain.records import Glimpse, LastMigration, MigrationRecord, Permits, RunRecord, Stage
from migrator.domain.watch import Watch

Read = TypeVar("Read")

_MOMENTS = {"not_before", "started_at", "throttled_since", "target_absent_since", "ended_at"}
_TUPLES = ("warnings", "tags", "other_workspaces")
_FIELDS = tuple(field.name for field in fields(MigrationRecord))
GLIMPSED = tuple(field.name for field in fields(Glimpse))
"""Attributes of a migration's row that make a glimpse of it."""
_OF_A_RUN = tuple(field.name for field in fields(RunRecord) if field.name != "run_id")
_ALWAYS = {
    RunRecord: {*_OF_A_RUN} - {"braked", "brake_told"},
    MigrationRecord: {"stage", "sent", "tries", "target_seen", "addressed"},
    Glimpse: {"stage", "sent", "target_seen"},
}
"""Attributes that a row has from the beginning and decisions rest on: a counter that is missing would disarm
the brake, a call that is not said to have been sent would be made again."""
_OF_A_WATCH = tuple(field.name for field in fields(Watch))
_OF_A_HOLDER = tuple(field.name for field in fields(LastMigration))
FOR_A_POLL = ("pk", "sk", *dict.fromkeys((*_OF_A_RUN, *_OF_A_WATCH, *GLIMPSED)))
"""Attributes of the rows that a poll begins with: its run, the watch, its migrations."""


_ONE_OF = {float: (float, int), datetime: (str,), Stage: (str,), Outcome: (str,), tuple: (list,)}
"""What a row has in the place of a type that DynamoDB does not know."""


def _kinds(record: type) -> dict[str, tuple[type, ...]]:
    """By attribute, the exact types of the values that a row of such records has."""
    found = {}
    for name, hint in get_type_hints(record).items():
        # A tuple[str, ...] has arguments, too, and is no choice between them.
        options = [hint] if getattr(hint, "__origin__", None) is tuple else get_args(hint) or [hint]
        plain = [getattr(one, "__origin__", one) for one in options]
        found[name] = tuple(kind for one in plain for kind in _ONE_OF.get(one, (one,)))
    return found


_KINDS: Mapping[type, Mapping[str, tuple[type, ...]]] = {
    record: _kinds(record) for record in (RunRecord, Watch, Glimpse, MigrationRecord, LastMigration, Permits)
}


def _told(record: type, names: Iterable[str], row: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the attributes that the row has.

    Raises KeyError for one that every such row has and this one has not, TypeError for a value of another
    type (text in the place of a number, or of a yes or no, would be taken for one), and ValueError for a
    number below nothing: all are counts, and permits are reckoned of them.
    """
    kinds = _KINDS[record]
    values = {name: row[name] for name in names if name in row}
    if missing := _ALWAYS.get(record, set()) - values.keys():
        raise KeyError(", ".join(sorted(missing)))
    for name, value in values.items():
        if type(value) not in kinds[name]:
            raise TypeError(f"{name} is {type(value).__name__}")
        if type(value) is list and not all(type(one) is str for one in value):
            raise TypeError(f"{name} has what is no text")
        if type(value) in (int, float) and value < 0:
            raise ValueError(f"{name} is {value}")
    return values


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
    values = _told(MigrationRecord, _FIELDS, row)
    for name in _MOMENTS & values.keys():
        values[name] = moment(values[name])
    values["stage"] = Stage(values["stage"])
    if "outcome" in values:
        values["outcome"] = Outcome(values["outcome"])
    for name in _TUPLES:
        values[name] = tuple(values.get(name, ()))
    record = MigrationRecord(**values)
    if record.under_way and record.started_at is None:
        raise KeyError("started_at")
    if record.stage is Stage.ENDED and (record.outcome is None or record.ended_at is None):
        raise KeyError("outcome, ended_at")
    return record


@_or_damaged
def glimpse_of(row: dict[str, Any]) -> Glimpse:
    """So much of a migration's row."""
    values = _told(Glimpse, GLIMPSED, row)
    for name in ("not_before", "started_at"):
        if name in values:
            values[name] = moment(values[name])
    values["stage"] = Stage(values["stage"])
    return Glimpse(**values)


@_or_damaged
def run_of(row: dict[str, Any]) -> RunRecord:
    """The record of a run's row."""
    values = _told(RunRecord, _OF_A_RUN, row)
    values["started_at"] = moment(values["started_at"])
    return RunRecord(row["pk"].removeprefix("run#"), **values)


@_or_damaged
def watch_of(row: dict[str, Any]) -> Watch:
    """The watch that a row tells."""
    values = _told(Watch, _OF_A_WATCH, row)
    for name in ("look_at", "until"):
        values[name] = moment(values[name])
    return Watch(**values)


@_or_damaged
def transitions_of(row: dict[str, Any]) -> int:
    """The state transitions that a batch's row tells."""
    transitions = row["transitions"]
    if type(transitions) is not int or transitions < 0:
        raise ValueError(f"transitions is {transitions!r}")
    return transitions


@_or_damaged
def permits_of(row: dict[str, Any]) -> Permits:
    """The counter of a directory's row. What was never counted is missing, but not what is in flight."""
    counts = _told(Permits, ("in_flight", "addressed", "addressed_gone"), row)
    permits = Permits(**{"addressed": 0, **counts})
    if permits.addressed > permits.in_flight:
        raise ValueError(f"{permits.addressed} have their address, of {permits.in_flight} in flight")
    return permits


@_or_damaged
def last_migration_of(row: dict[str, Any]) -> LastMigration:
    """Who holds a WorkSpace, and how its last migration ended."""
    values = _told(LastMigration, _OF_A_HOLDER, row)
    return LastMigration(
        values.get("holder"),
        values.get("run_id"),
        values.get("target_bundle_id"),
        Outcome(values["outcome"]) if "outcome" in values else None,
        moment(values["ended_at"]) if "ended_at" in values else None,
    )


@_or_damaged
def flight_of(row: dict[str, Any]) -> tuple[str, str]:
    """The run and the WorkSpace that hold a permit."""
    run_id, workspace_id = row["run_id"], row["workspace_id"]
    if type(run_id) is not str or type(workspace_id) is not str:
        raise TypeError("its run or its WorkSpace is no text")
    return run_id, workspace_id
