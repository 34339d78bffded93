"""The ledger: every run, and every migration of every run.

Rows: run#<run> / run, the run; run#<run> / workspace#<id>, a migration of the run;
run#<run> / watch#<directory>, which batch looks after the run's migrations there. Who holds a
WorkSpace and a permit is in holds.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from migrator.adapters.rows import (
    FOR_A_POLL,
    GLIMPSED,
    glimpse_of,
    migration_key,
    record_of,
    row_of,
    run_key,
    run_of,
    transitions_of,
    watch_key,
    watch_of,
)
from migrator.adapters.table import Table
from migrator.adapters.witness import Witness
from migrator.domain.moments import iso
from migrator.domain.records import Glimpse, MigrationRecord, RunRecord, Stage
from migrator.domain.watch import Watch


@dataclass(frozen=True, slots=True)
class View:
    """What a poll begins with."""

    run: RunRecord | None
    """None where planning never finished."""
    watch: Watch | None
    """None before the first start."""
    migrations: dict[str, Glimpse]
    """Those of the batch; what was never looked at has none."""


class Ledger:
    """Runs and migrations."""

    def __init__(self, table: Table, witness: Witness | None = None) -> None:
        self._table = table
        self._witness = witness

    # Runs

    def open_run(self, run: RunRecord) -> None:
        """Write the run's row unless it is there: a repeat must not reset what was counted."""
        row = (
            run_key(run.run_id)
            | {
                "execution_arn": run.execution_arn,
                "started_at": iso(run.started_at),
                "input_json": run.input_json,
                "planned": run.planned,
                "canary_planned": run.canary_planned,
                "failed": 0,
                "canary_failed": 0,
                "migrated": 0,
                "log_seconds": 0,
                "halted": False,
            }
            | self._table.expiry()
        )
        self._table.put(row, "attribute_not_exists(pk)")

    def run(self, run_id: str) -> RunRecord | None:
        """The run's row; None where planning never finished."""
        row = self._table.get(run_key(run_id))
        return None if row is None else run_of(row)

    def pull_brake(self, run_id: str, why: str) -> None:
        """Record that starts were withheld; the first reason stays."""
        pulled = self._table.update(
            run_key(run_id),
            "SET braked = :why",
            "attribute_exists(pk) AND attribute_not_exists(braked)",
            {":why": why},
        )
        if pulled and self._witness is not None:
            self._witness.brake_pulled(run_id, why)

    def brake_told(self, run_id: str) -> None:
        """Record that people know of the brake."""
        self._table.update(run_key(run_id), "SET brake_told = :yes", "attribute_exists(pk)", {":yes": True})

    def view(self, run_id: str, directory_id: str, workspace_ids: Sequence[str]) -> View:
        """The run, the watch over its migrations in the directory, and these of them, in one read."""
        run, watch = run_key(run_id), watch_key(run_id, directory_id)
        keys = [run, watch, *(migration_key(run_id, one) for one in workspace_ids)]
        rows = {row["sk"]: row for row in self._table.get_all(keys, FOR_A_POLL)}
        run_row, watch_row = rows.pop(run["sk"], None), rows.pop(watch["sk"], None)
        glimpses = map(glimpse_of, rows.values())
        return View(
            None if run_row is None else run_of(run_row),
            None if watch_row is None else watch_of(watch_row),
            {glimpse.workspace_id: glimpse for glimpse in glimpses},
        )

    # Migrations of a run

    def glimpses(self, run_id: str, workspace_ids: Sequence[str]) -> dict[str, Glimpse]:
        """So much of the run's records of these WorkSpaces as says which are worth a look."""
        rows = self._table.get_all([migration_key(run_id, one) for one in workspace_ids], GLIMPSED)
        return {glimpse.workspace_id: glimpse for glimpse in map(glimpse_of, rows)}

    def migrations(self, run_id: str, workspace_ids: Sequence[str]) -> dict[str, MigrationRecord]:
        """The run's records of these WorkSpaces; what was never looked at has none."""
        rows = self._table.get_all([migration_key(run_id, one) for one in workspace_ids])
        return {record.workspace_id: record for record in map(record_of, rows)}

    def all_migrations(self, run_id: str) -> Iterator[MigrationRecord]:
        """Every record of the run, by WorkSpace id."""
        return map(record_of, self._table.below(f"run#{run_id}", "workspace#"))

    def every_migration(self) -> Iterator[MigrationRecord]:
        """Every record of every run the table still has, in no order."""
        return map(record_of, self._table.every("run#", "workspace#"))

    def write(self, run_id: str, record: MigrationRecord) -> None:
        """Write a record that holds no permit, unless the run has begun or ended it meanwhile."""
        written = self._table.put(
            migration_key(run_id, record.workspace_id) | row_of(record) | self._table.expiry(),
            "attribute_not_exists(pk) OR stage = :waiting",
            {":waiting": Stage.WAITING.value},
        )
        if written and record.stage is Stage.ENDED and self._witness is not None:
            self._witness.outcome_written(run_id, record)

    def note(self, run_id: str, record: MigrationRecord, **changes: Any) -> MigrationRecord:
        """Change fields of a record that is under way; the record as the ledger has it after.

        One that has ended meanwhile, seen by another batch's look, stays as it is.
        """
        changed = replace(record, **changes)
        row = row_of(changed)
        values = {name: row.get(name) for name in changes}
        noted = self._table.update(
            migration_key(run_id, record.workspace_id),
            _expression(values),
            "stage <> :ended",
            {f":{name}": value for name, value in values.items()} | {":ended": Stage.ENDED.value},
            ExpressionAttributeNames={f"#{name}": name for name in values},
        )
        if noted:
            return changed
        now = self._table.get(migration_key(run_id, record.workspace_id))
        return record if now is None else record_of(now)

    # What a run costs

    def count_transitions(self, run_id: str, batch_id: str, transitions: int) -> None:
        """The state transitions of a batch's child, at its end; a repeat writes the same."""
        key = {"pk": f"run#{run_id}", "sk": f"batch#{batch_id}"}
        self._table.write(key | {"transitions": transitions} | self._table.expiry())

    def transitions(self, run_id: str) -> int:
        """Of all batches that came to their end."""
        return sum(transitions_of(row) for row in self._table.below(f"run#{run_id}", "batch#"))

    # The watch

    def watch(self, run_id: str, directory_id: str) -> Watch | None:
        """Which batch looks after the run's migrations in the directory; None before the first."""
        row = self._table.get(watch_key(run_id, directory_id))
        return None if row is None else watch_of(row)

    def keep_watch(self, run_id: str, directory_id: str, watch: Watch, seen: Watch | None) -> bool:
        """Take the watch, or go on with it; False where it is not as it was seen any more."""
        row = (
            watch_key(run_id, directory_id)
            | {
                "batch_id": watch.batch_id,
                "place": watch.place,
                "startable": watch.startable,
                "look_at": iso(watch.look_at),
                "until": iso(watch.until),
            }
            | self._table.expiry()
        )
        if seen is None:
            return self._table.put(row, "attribute_not_exists(pk)")
        return self._table.put(
            row,
            "batch_id = :batch AND #until = :until",
            {":batch": seen.batch_id, ":until": iso(seen.until)},
            ExpressionAttributeNames={"#until": "until"},
        )


def _expression(values: dict[str, Any]) -> str:
    sets = [f"#{name} = :{name}" for name, value in values.items() if value is not None]
    removes = [f"#{name}" for name, value in values.items() if value is None]
    set_clause = "SET " + ", ".join(sets) if sets else ""
    remove_clause = "REMOVE " + ", ".join(removes) if removes else ""
    return f"{set_clause} {remove_clause}".strip()
