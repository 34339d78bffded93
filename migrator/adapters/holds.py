"""Who holds what: a WorkSpace and a permit for each migration in flight, over all runs.

Rows: directory#<d> / workspace#<id>, who holds the WorkSpace and how its last migration ended;
directory#<d> / permits, the counter; flights#<d> / run#<run>#<id>, one for each permit held. A start and
an end each write all their rows in one transaction, so that the counter cannot drift from what is held.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from enum import Enum, auto
from typing import Any

from migrator.adapters.rows import (
    flight_key,
    flight_of,
    flights_of,
    holder_key,
    last_migration_of,
    migration_key,
    permits_key,
    permits_of,
    record_of,
    row_of,
    run_key,
)
from migrator.adapters.table import Row, Table
from migrator.adapters.witness import Witness
from migrator.domain.migration import Ending
from migrator.domain.moments import iso
from migrator.domain.outcomes import FAILURES, Outcome
from migrator.domain.records import LastMigration, MigrationRecord, Permits, RunRecord, Stage, concluded


class Claim(Enum):
    """What came of asking for a WorkSpace and a permit."""

    GRANTED = auto()
    NO_PERMIT = auto()
    HELD = auto()
    """Another run is migrating it, or has done so since this run began."""
    KNOWN = auto()
    """This run has it already."""


class Holds:
    """Takes and gives back. What returns a record returns it as the ledger has it after."""

    def __init__(self, table: Table, witness: Witness | None = None) -> None:
        self._table = table
        self._witness = witness
        self.changed: set[str] = set()
        """Directories in which a permit was taken or given back."""

    def permits(self, directory_id: str) -> Permits:
        """The directory's counter."""
        row = self._table.get(permits_key(directory_id))
        return Permits(0, 0) if row is None else permits_of(row)

    def last_migration(self, directory_id: str, workspace_id: str) -> LastMigration | None:
        """Who holds the WorkSpace, and how its last migration ended, over all runs."""
        row = self._table.get(holder_key(directory_id, workspace_id))
        return None if row is None else last_migration_of(row)

    def held(self, directory_id: str) -> dict[str, list[str]]:
        """The WorkSpaces of the directory that are held, by the run that holds them."""
        found: dict[str, list[str]] = {}
        for row in self._table.below(flights_of(directory_id), "run#"):
            run_id, workspace_id = flight_of(row)
            found.setdefault(run_id, []).append(workspace_id)
        return found

    def held_by(self, run_id: str, directory_id: str) -> list[str]:
        """The WorkSpaces of the directory that the run holds."""
        return [flight_of(row)[1] for row in self._table.below(flights_of(directory_id), f"run#{run_id}#")]

    def claim(
        self, run: RunRecord, record: MigrationRecord, limit: int, now: datetime, addressed_gone: int = 0
    ) -> tuple[Claim, MigrationRecord]:
        """Take the WorkSpace and a permit, and write the intent to call, all or nothing.

        `limit` is what was reckoned from the counter when it said `addressed_gone`. A target that has given
        its permit back since then keeps its address, which the limit took for its permit's: no permit then.
        """
        if limit <= 0:
            return Claim.NO_PERMIT, record
        table = self._table
        intent = replace(record, stage=Stage.CALLING, sent=True, started_at=now, not_before=None)
        flight = flight_key(run.run_id, record.directory_id, record.workspace_id)
        refused = table.transact(
            [
                table.putting(
                    self._row(run.run_id, intent),
                    "attribute_not_exists(pk) OR stage = :waiting",
                    {":waiting": Stage.WAITING.value},
                ),
                table.updating(
                    holder_key(record.directory_id, record.workspace_id),
                    "SET holder = :run, target_bundle_id = :target REMOVE expiresAt",
                    {
                        ":run": run.run_id,
                        ":target": record.target_bundle_id,
                        ":began": iso(run.started_at),
                    },
                    "attribute_not_exists(holder) AND "
                    "(attribute_not_exists(ended_at) OR ended_at < :began OR run_id = :run)",
                ),
                table.updating(
                    permits_key(record.directory_id),
                    "ADD in_flight :one",
                    {":one": 1, ":limit": limit, ":gone": addressed_gone},
                    "(attribute_not_exists(in_flight) OR in_flight < :limit) AND "
                    "(attribute_not_exists(addressed_gone) OR addressed_gone = :gone)",
                ),
                table.updating(
                    flight,
                    "SET run_id = :run, workspace_id = :workspace",
                    {":run": run.run_id, ":workspace": record.workspace_id},
                ),
            ]
        )
        for index, claim in enumerate((Claim.KNOWN, Claim.HELD, Claim.NO_PERMIT)):
            if index in refused:
                return claim, record
        self.changed.add(record.directory_id)
        return Claim.GRANTED, intent

    def give_back(self, run_id: str, record: MigrationRecord, **changes: Any) -> MigrationRecord:
        """Back to waiting, without its permit: the service said not now."""
        back = replace(record, stage=Stage.WAITING, sent=False, started_at=None, addressed=False, **changes)
        refused = self._table.transact(
            [
                self._table.putting(
                    self._row(run_id, back),
                    "stage = :calling AND addressed = :addressed",
                    {":calling": Stage.CALLING.value, ":addressed": record.addressed},
                ),
                *self._letting_go(run_id, record, {}),
            ]
        )
        if refused:
            return self._now(run_id, record)
        self.changed.add(record.directory_id)
        return back

    def address_seen(self, run_id: str, record: MigrationRecord, **changes: Any) -> MigrationRecord:
        """The target was seen with its address for the first time."""
        seen = replace(record, addressed=True, **changes)
        refused = self._table.transact(
            [
                self._table.putting(
                    self._row(run_id, seen),
                    "stage = :started AND addressed = :no",
                    {":started": Stage.STARTED.value, ":no": False},
                ),
                self._table.updating(permits_key(record.directory_id), "ADD addressed :one", {":one": 1}),
            ]
        )
        return self._now(run_id, record) if refused else seen

    def end(self, run_id: str, record: MigrationRecord, ending: Ending, now: datetime) -> MigrationRecord:
        """The outcome, the permit's return and the run's count, all or nothing.

        Does nothing for a record that has ended, or that was read before its address was seen: the
        counter would drift.
        """
        ended = concluded(record, ending, now)
        refused = self._table.transact(
            [
                self._table.putting(
                    self._row(run_id, ended),
                    "stage IN (:calling, :started) AND addressed = :addressed",
                    {
                        ":calling": Stage.CALLING.value,
                        ":started": Stage.STARTED.value,
                        ":addressed": record.addressed,
                    },
                ),
                *self._letting_go(
                    run_id,
                    record,
                    {"run_id": run_id, "outcome": ending.outcome.value, "ended_at": iso(now)}
                    | self._table.expiry(),
                ),
                self._counting(run_id, ended),
            ]
        )
        if refused:
            return self._now(run_id, record)
        self.changed.add(record.directory_id)
        if self._witness is not None:
            self._witness.outcome_written(run_id, ended)
        return ended

    def _letting_go(self, run_id: str, record: MigrationRecord, remembered: Row) -> list[Row]:
        """The WorkSpace is free, the permit goes back."""
        sets = ", ".join(f"{name} = :{name}" for name in remembered)
        table = self._table
        return [
            table.updating(
                holder_key(record.directory_id, record.workspace_id),
                (f"SET {sets} " if sets else "") + "REMOVE holder",
                {f":{name}": value for name, value in remembered.items()} | {":run": run_id},
                "holder = :run",
            ),
            table.updating(
                permits_key(record.directory_id),
                "ADD in_flight :less, addressed :addressed, addressed_gone :gone",
                {
                    ":less": -1,
                    ":addressed": -1 if record.addressed else 0,
                    ":gone": 1 if record.addressed else 0,
                },
            ),
            table.deleting(flight_key(run_id, record.directory_id, record.workspace_id)),
        ]

    def _counting(self, run_id: str, ended: MigrationRecord) -> Row:
        """What the run counts of an end: failures for its brake, durations for its polling."""
        canary = ended.batch_id.startswith("canary")
        failed = 1 if ended.outcome in FAILURES else 0
        took: float | None = None
        if ended.outcome is Outcome.MIGRATED and ended.started_at and ended.ended_at:
            took = max(1.0, (ended.ended_at - ended.started_at).total_seconds())
        return self._table.updating(
            run_key(run_id),
            "ADD failed :failed, canary_failed :canary, migrated :migrated, log_seconds :log_seconds",
            {
                ":failed": failed,
                ":canary": failed if canary else 0,
                ":migrated": 0 if took is None else 1,
                ":log_seconds": 0 if took is None else round(math.log(took), 4),
            },
        )

    def _now(self, run_id: str, record: MigrationRecord) -> MigrationRecord:
        row = self._table.get(migration_key(run_id, record.workspace_id))
        return record if row is None else record_of(row)

    def _row(self, run_id: str, record: MigrationRecord) -> Row:
        return migration_key(run_id, record.workspace_id) | row_of(record) | self._table.expiry()
