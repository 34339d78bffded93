"""The ledger: every migration of every run, and the permits, in one DynamoDB table.

Rows: run#<run> / run, the run; run#<run> / workspace#<id>, a migration of the run;
directory#<d> / workspace#<id>, who holds the WorkSpace and how its last migration ended;
directory#<d> / permits, the counter. A start and an end each write all their rows in one
transaction, so that the counter cannot drift from what is held.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from migrator.adapters.clock import Clock
from migrator.adapters.items import from_item, to_item
from migrator.adapters.witness import Witness
from migrator.domain.migration import Ending
from migrator.domain.moments import iso, moment
from migrator.domain.outcomes import FAILURES, Outcome
from migrator.domain.pages import pages
from migrator.domain.records import LastMigration, MigrationRecord, Permits, RunRecord, Stage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_MOMENTS = {"not_before", "started_at", "target_absent_since", "ended_at"}
_BATCH_GET = 100
_CONFLICT_PAUSE_SECONDS = 0.05
_CONFLICT_TRIES = 40


class Claim(Enum):
    """What came of asking for a WorkSpace and a permit."""

    GRANTED = auto()
    NO_PERMIT = auto()
    HELD = auto()
    """Another run is migrating it, or has done so since this run began."""
    KNOWN = auto()
    """This run has it already."""


class Ledger:
    """Reads are consistent; writes are conditional."""

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        clock: Clock,
        *,
        retention_days: int,
        witness: Witness | None = None,
    ) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._retention = timedelta(days=retention_days)
        self._witness = witness

    def _expiry(self) -> dict[str, int]:
        """The TTL attribute of a row that is written now."""
        return {"expiresAt": int((self._clock.now() + self._retention).timestamp())}

    # Runs

    def open_run(self, run: RunRecord) -> None:
        """Write the run's row unless it is there: a repeat must not reset what was counted."""
        row = (
            _run_key(run.run_id)
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
            | self._expiry()
        )
        self._unless_refused(
            lambda: self._client.put_item(
                TableName=self._table,
                Item=to_item(row),
                ConditionExpression="attribute_not_exists(pk)",
            )
        )

    def run(self, run_id: str) -> RunRecord | None:
        """The run's row; None where planning never finished."""
        row = self._get(_run_key(run_id))
        if row is None:
            return None
        return RunRecord(
            run_id,
            row["execution_arn"],
            moment(row["started_at"]),
            row["input_json"],
            row["planned"],
            row["canary_planned"],
            row["failed"],
            row["canary_failed"],
            row["migrated"],
            row["log_seconds"],
            row["halted"],
            row.get("braked"),
        )

    def pull_brake(self, run_id: str, why: str) -> None:
        """Record that starts were withheld; the first reason stays."""
        pulled = self._unless_refused(
            lambda: self._client.update_item(
                TableName=self._table,
                Key=to_item(_run_key(run_id)),
                UpdateExpression="SET braked = :why",
                ConditionExpression="attribute_exists(pk) AND attribute_not_exists(braked)",
                ExpressionAttributeValues=to_item({":why": why}),
            )
        )
        if pulled and self._witness is not None:
            self._witness.brake_pulled(run_id, why)

    # Migrations of a run

    def migrations(self, run_id: str, workspace_ids: Sequence[str]) -> dict[str, MigrationRecord]:
        """The run's records of these WorkSpaces; what was never looked at has none."""
        found: dict[str, MigrationRecord] = {}
        for ids in pages(list(workspace_ids), _BATCH_GET):
            keys = [to_item(_migration_key(run_id, one)) for one in ids]
            while keys:
                answer = self._client.batch_get_item(
                    RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}}
                )
                for item in answer["Responses"].get(self._table, []):
                    record = _record(from_item(item))
                    found[record.workspace_id] = record
                left = answer.get("UnprocessedKeys", {}).get(self._table)
                keys = list(left["Keys"]) if left else []
        return found

    def all_migrations(self, run_id: str) -> Iterator[MigrationRecord]:
        """Every record of the run, by WorkSpace id."""
        paginator = self._client.get_paginator("query")
        for page in paginator.paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :run AND begins_with(sk, :workspace)",
            ExpressionAttributeValues=to_item({":run": f"run#{run_id}", ":workspace": "workspace#"}),
            ConsistentRead=True,
        ):
            for item in page["Items"]:
                yield _record(from_item(item))

    def write(self, run_id: str, record: MigrationRecord) -> None:
        """Write a record that holds no permit, unless the run has begun or ended it meanwhile."""
        written = self._unless_refused(
            lambda: self._client.put_item(
                TableName=self._table,
                Item=self._item(run_id, record),
                ConditionExpression="attribute_not_exists(pk) OR stage = :waiting",
                ExpressionAttributeValues=to_item({":waiting": Stage.WAITING.value}),
            )
        )
        if written and record.stage is Stage.ENDED and self._witness is not None:
            self._witness.outcome_written(run_id, record)

    def note(self, run_id: str, record: MigrationRecord, **changes: Any) -> MigrationRecord:
        """Change fields of a record that is under way; its stage may only go on."""
        changed = replace(record, **changes)
        values = {name: _row(changed).get(name) for name in changes}
        self._client.update_item(
            TableName=self._table,
            Key=to_item(_migration_key(run_id, record.workspace_id)),
            **_update(values, "stage <> :ended", {":ended": Stage.ENDED.value}),
        )
        return changed

    # Permits

    def permits(self, directory_id: str) -> Permits:
        """The directory's counter."""
        row = self._get(_permits_key(directory_id)) or {}
        return Permits(row.get("in_flight", 0), row.get("addressed", 0))

    def last_migration(self, directory_id: str, workspace_id: str) -> LastMigration | None:
        """Who holds the WorkSpace, and how its last migration ended, over all runs."""
        row = self._get(_holder_key(directory_id, workspace_id))
        if row is None:
            return None
        return LastMigration(
            row.get("holder"),
            row.get("run_id"),
            row.get("target_bundle_id"),
            Outcome(row["outcome"]) if "outcome" in row else None,
            moment(row["ended_at"]) if "ended_at" in row else None,
        )

    def held(self, directory_id: str) -> dict[str, list[str]]:
        """The WorkSpaces of the directory that are held, by the run that holds them."""
        found: dict[str, list[str]] = {}
        paginator = self._client.get_paginator("query")
        for page in paginator.paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :directory AND begins_with(sk, :workspace)",
            FilterExpression="attribute_exists(holder)",
            ExpressionAttributeValues=to_item(
                {":directory": f"directory#{directory_id}", ":workspace": "workspace#"}
            ),
            ConsistentRead=True,
        ):
            for item in map(from_item, page["Items"]):
                found.setdefault(item["holder"], []).append(item["sk"].partition("#")[2])
        return found

    def claim(
        self, run: RunRecord, record: MigrationRecord, limit: int, now: datetime
    ) -> tuple[Claim, MigrationRecord]:
        """Take the WorkSpace and a permit, and write the intent to call, all or nothing."""
        if limit <= 0:
            return Claim.NO_PERMIT, record
        intent = replace(record, stage=Stage.CALLING, sent=True, started_at=now, not_before=None)
        migration = {
            "Put": {
                "TableName": self._table,
                "Item": self._item(run.run_id, intent),
                "ConditionExpression": "attribute_not_exists(pk) OR stage = :waiting",
                "ExpressionAttributeValues": to_item({":waiting": Stage.WAITING.value}),
            }
        }
        holder = {
            "Update": {
                "TableName": self._table,
                "Key": to_item(_holder_key(record.directory_id, record.workspace_id)),
                "UpdateExpression": "SET holder = :run, target_bundle_id = :target REMOVE expiresAt",
                "ConditionExpression": "attribute_not_exists(holder) AND "
                "(attribute_not_exists(ended_at) OR ended_at < :began OR run_id = :run)",
                "ExpressionAttributeValues": to_item(
                    {
                        ":run": run.run_id,
                        ":target": record.target_bundle_id,
                        ":began": iso(run.started_at),
                    }
                ),
            }
        }
        permit = {
            "Update": {
                "TableName": self._table,
                "Key": to_item(_permits_key(record.directory_id)),
                "UpdateExpression": "ADD in_flight :one",
                "ConditionExpression": "attribute_not_exists(in_flight) OR in_flight < :limit",
                "ExpressionAttributeValues": to_item({":one": 1, ":limit": limit}),
            }
        }
        refused = self._transact([migration, holder, permit])
        for index, claim in enumerate((Claim.KNOWN, Claim.HELD, Claim.NO_PERMIT)):
            if index in refused:
                return claim, record
        return Claim.GRANTED, intent

    def give_back(self, run_id: str, record: MigrationRecord, **changes: Any) -> MigrationRecord:
        """Back to waiting, without its permit: the service said not now."""
        back = replace(record, stage=Stage.WAITING, sent=False, started_at=None, addressed=False, **changes)
        self._transact(
            [
                {
                    "Put": {
                        "TableName": self._table,
                        "Item": self._item(run_id, back),
                        "ConditionExpression": "stage = :calling AND addressed = :addressed",
                        "ExpressionAttributeValues": to_item(
                            {":calling": Stage.CALLING.value, ":addressed": record.addressed}
                        ),
                    }
                },
                self._let_go(run_id, record, {}),
                self._return_permit(record),
            ]
        )
        return back

    def address_seen(self, run_id: str, record: MigrationRecord, **changes: Any) -> MigrationRecord:
        """The target was seen with its address for the first time."""
        seen = replace(record, addressed=True, **changes)
        self._transact(
            [
                {
                    "Put": {
                        "TableName": self._table,
                        "Item": self._item(run_id, seen),
                        "ConditionExpression": "stage = :started AND addressed = :no",
                        "ExpressionAttributeValues": to_item({":started": Stage.STARTED.value, ":no": False}),
                    }
                },
                {
                    "Update": {
                        "TableName": self._table,
                        "Key": to_item(_permits_key(record.directory_id)),
                        "UpdateExpression": "ADD addressed :one",
                        "ExpressionAttributeValues": to_item({":one": 1}),
                    }
                },
            ]
        )
        return seen

    def end(self, run_id: str, record: MigrationRecord, ending: Ending, now: datetime) -> MigrationRecord:
        """The outcome, the permit's return and the run's count, all or nothing.

        Does nothing for a record that has ended, or that was read before its address was seen: the
        counter would drift.
        """
        ended = concluded(record, ending, now)
        canary = record.batch_id.startswith("canary")
        failed = 1 if ending.outcome in FAILURES else 0
        took: float | None = None
        if ending.outcome is Outcome.MIGRATED and record.started_at is not None:
            took = max(1.0, (now - record.started_at).total_seconds())
        refused = self._transact(
            [
                {
                    "Put": {
                        "TableName": self._table,
                        "Item": self._item(run_id, ended),
                        "ConditionExpression": "stage IN (:calling, :started) AND addressed = :addressed",
                        "ExpressionAttributeValues": to_item(
                            {
                                ":calling": Stage.CALLING.value,
                                ":started": Stage.STARTED.value,
                                ":addressed": record.addressed,
                            }
                        ),
                    }
                },
                self._let_go(
                    run_id,
                    record,
                    {"run_id": run_id, "outcome": ending.outcome.value, "ended_at": iso(now)}
                    | self._expiry(),
                ),
                self._return_permit(record),
                {
                    "Update": {
                        "TableName": self._table,
                        "Key": to_item(_run_key(run_id)),
                        "UpdateExpression": "ADD failed :failed, canary_failed :canary, "
                        "migrated :migrated, log_seconds :log_seconds",
                        "ExpressionAttributeValues": to_item(
                            {
                                ":failed": failed,
                                ":canary": failed if canary else 0,
                                ":migrated": 0 if took is None else 1,
                                ":log_seconds": 0 if took is None else round(math.log(took), 4),
                            }
                        ),
                    }
                },
            ]
        )
        if not refused and self._witness is not None:
            self._witness.outcome_written(run_id, ended)
        return ended

    def _let_go(self, run_id: str, record: MigrationRecord, remembered: dict[str, Any]) -> dict[str, Any]:
        sets = ", ".join(f"{name} = :{name}" for name in remembered)
        values = {f":{name}": value for name, value in remembered.items()} | {":run": run_id}
        return {
            "Update": {
                "TableName": self._table,
                "Key": to_item(_holder_key(record.directory_id, record.workspace_id)),
                "UpdateExpression": (f"SET {sets} " if sets else "") + "REMOVE holder",
                "ConditionExpression": "holder = :run",
                "ExpressionAttributeValues": to_item(values),
            }
        }

    def _return_permit(self, record: MigrationRecord) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self._table,
                "Key": to_item(_permits_key(record.directory_id)),
                "UpdateExpression": "ADD in_flight :less, addressed :addressed",
                "ExpressionAttributeValues": to_item(
                    {":less": -1, ":addressed": -1 if record.addressed else 0}
                ),
            }
        }

    # DynamoDB

    def _item(self, run_id: str, record: MigrationRecord) -> dict[str, Any]:
        return to_item(_migration_key(run_id, record.workspace_id) | _row(record) | self._expiry())

    def _get(self, key: dict[str, str]) -> dict[str, Any] | None:
        item = self._client.get_item(TableName=self._table, Key=to_item(key), ConsistentRead=True).get("Item")
        return from_item(item) if item else None

    def _unless_refused(self, write: Any) -> bool:
        try:
            write()
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _transact(self, writes: list[Any]) -> set[int]:
        """Indices of the writes whose condition refused; empty when all was written."""
        for _ in range(_CONFLICT_TRIES):
            try:
                self._client.transact_write_items(TransactItems=writes)
            except ClientError as error:
                if error.response["Error"]["Code"] != "TransactionCanceledException":
                    raise
                reasons: Any = error.response.get("CancellationReasons", [])
                codes = [reason.get("Code") for reason in reasons]
                refused = {i for i, code in enumerate(codes) if code == "ConditionalCheckFailed"}
                if refused:
                    return refused
                if not any(code in ("TransactionConflict", "ThrottlingError") for code in codes):
                    raise
                self._clock.sleep(_CONFLICT_PAUSE_SECONDS)
            else:
                return set()
        raise TimeoutError("the ledger's transaction kept conflicting with others")


def concluded(record: MigrationRecord, ending: Ending, now: datetime) -> MigrationRecord:
    """The record with its outcome."""
    return replace(
        record,
        stage=Stage.ENDED,
        outcome=ending.outcome,
        reason=ending.reason,
        detail=ending.detail,
        next_step=ending.next_step,
        warnings=record.warnings + ending.warnings,
        ended_at=now,
        not_before=None,
    )


def _run_key(run_id: str) -> dict[str, str]:
    return {"pk": f"run#{run_id}", "sk": "run"}


def _migration_key(run_id: str, workspace_id: str) -> dict[str, str]:
    return {"pk": f"run#{run_id}", "sk": f"workspace#{workspace_id}"}


def _holder_key(directory_id: str, workspace_id: str) -> dict[str, str]:
    return {"pk": f"directory#{directory_id}", "sk": f"workspace#{workspace_id}"}


def _permits_key(directory_id: str) -> dict[str, str]:
    return {"pk": f"directory#{directory_id}", "sk": "permits"}


def _row(record: MigrationRecord) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if field.name in _MOMENTS:
            value = iso(value) if value else None
        elif isinstance(value, tuple):
            value = list(value)
        elif isinstance(value, (Stage, Outcome)):
            value = value.value
        row[field.name] = value
    return row


def _record(row: dict[str, Any]) -> MigrationRecord:
    values = {field.name: row[field.name] for field in fields(MigrationRecord) if field.name in row}
    for name in _MOMENTS & values.keys():
        values[name] = moment(values[name])
    values["stage"] = Stage(values["stage"])
    if "outcome" in values:
        values["outcome"] = Outcome(values["outcome"])
    for name in ("warnings", "tags"):
        values[name] = tuple(values.get(name, ()))
    return MigrationRecord(**values)


def _update(values: dict[str, Any], condition: str, extra: dict[str, Any]) -> dict[str, Any]:
    sets = [f"#{name} = :{name}" for name, value in values.items() if value is not None]
    removes = [f"#{name}" for name, value in values.items() if value is None]
    expression = ("SET " + ", ".join(sets) if sets else "") + (
        " REMOVE " + ", ".join(removes) if removes else ""
    )
    return {
        "UpdateExpression": expression.strip(),
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {f"#{name}": name for name in values},
        "ExpressionAttributeValues": to_item({f":{name}": value for name, value in values.items()} | extra),
    }
