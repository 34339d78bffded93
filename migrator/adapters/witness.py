"""Sees what an invocation writes into the ledger: each outcome and the brake, when they are written.

Each outcome gives one line with its metric at once, so that one of a function that dies is not lost; what is
to be told to others is kept until the step is done.
"""

from __future__ import annotations

from typing import Any

from migrator.adapters.measures import Measures
from migrator.domain.metrics import Metric
from migrator.domain.outcomes import Outcome
from migrator.domain.records import MigrationRecord


class Witness:
    """Of one invocation."""

    def __init__(self, measures: Measures, *, names_users: bool) -> None:
        self._measures = measures
        self._names_users = names_users
        self.ended: list[tuple[str, MigrationRecord]] = []
        """Runs and their records that were given an outcome."""
        self.braked: list[tuple[str, str]] = []
        """Runs whose brake was pulled, and why."""

    def outcome_written(self, run_id: str, record: MigrationRecord) -> None:
        """The ledger has a new outcome."""
        self.ended.append((run_id, record))
        metrics: dict[str, float] = {}
        seconds: float | None = None
        if record.started_at is not None and record.ended_at is not None:
            seconds = (record.ended_at - record.started_at).total_seconds()
        if record.held_by is not None:
            metrics[Metric.ADOPTED] = 1
        elif record.outcome is not None:
            metrics[record.outcome.value] = 1
            if record.outcome is Outcome.MIGRATED and seconds is not None:
                metrics[Metric.MIGRATION_SECONDS] = seconds
        self._measures.record(
            "WorkSpace decided",
            metrics,
            dry_run=False,
            runId=run_id,
            batchId=record.batch_id,
            workspaceId=record.workspace_id,
            targetWorkspaceId=record.target_workspace_id,
            directoryId=record.directory_id,
            sourceBundleId=record.source_bundle_id,
            targetBundleId=record.target_bundle_id,
            outcome=record.outcome,
            reason=record.reason,
            byRun=record.held_by,
            seconds=seconds,
            **self.user(record.user_name),
        )

    def brake_pulled(self, run_id: str, why: str) -> None:
        """The ledger has the run's brake."""
        self.braked.append((run_id, why))
        self._measures.record("brake pulled", {Metric.BRAKES_PULLED: 1}, dry_run=False, runId=run_id, why=why)

    def user(self, name: str | None) -> dict[str, Any]:
        """The field with the user's name, where the stage wants names in its logs."""
        return {"userName": name} if self._names_users and name else {}
