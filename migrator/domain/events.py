"""What a run tells the event bus: four kinds of events, their details and their ids.

Delivery is at least once. Equal ids mean the same happening, so that a consumer can drop what it has seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from migrator.domain.outcomes import Outcome
from migrator.domain.records import MigrationRecord, RunRecord
from migrator.domain.report import Moment, RunReport, Verdict, WorkspaceLine
from migrator.domain.verdicts import ends_green

SOURCE = "workspaces-fleet-migrator"
"""The events' `source`."""

SCHEMA_VERSION: Literal["1"] = "1"
"""Rises when a field goes or changes its meaning; a new field leaves it as it is."""


class Detail(BaseModel):
    """What the details of all events have."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)

    detail_type: ClassVar[str]
    """The event's `detail-type`."""

    schema_version: Literal["1"] = Field(
        default="1", description="Rises when a field goes or changes its meaning."
    )
    event_id: str = Field(description="Equal in repeats of an event: drop what you have seen.")
    at: Moment = Field(description="When it happened.")
    run_id: str = Field(description="The execution's name.")
    stage: str = Field(description="The stage of the deployment.")
    dry_run: bool = Field(description="Whether nothing was touched.")


class RunStarted(Detail):
    """The fleet is assessed and the plan is written."""

    detail_type: ClassVar[str] = "Run Started"

    execution_arn: str = Field(description="The execution in Step Functions.")
    planned: int = Field(ge=0, description="WorkSpaces that planning lets go; in a dry run those that would.")
    counts: dict[Outcome, int] = Field(description="WorkSpaces that planning gave an outcome, by outcome.")


class WorkspaceFinished(Detail):
    """A WorkSpace has its outcome in this run. Dry runs put none."""

    detail_type: ClassVar[str] = "WorkSpace Finished"

    workspace_id: str = Field(description="The WorkSpace before the migration.")
    target_workspace_id: str | None = Field(description="The new WorkSpace's id, where the service gave one.")
    directory_id: str | None = Field(description="Its directory.")
    source_bundle_id: str | None = Field(description="The bundle it was on.")
    target_bundle_id: str | None = Field(description="The bundle it was to go to.")
    batch_id: str | None = Field(description="Its batch; null where planning kept it from going.")
    outcome: Outcome = Field(description="How it ended; docs/reasons.md.")
    reason: str | None = Field(description="A rule's id, a reason of the run or an error code.")
    explanation: str = Field(description="One plain sentence for the administrator.")
    next_step: str = Field(description="What to do about it; empty where nothing is to be done.")
    started_at: Moment | None = Field(description="When its migration was called for.")
    migrated_by_run: str | None = Field(
        description="The overlapping run that had it in hand, and whose outcome this is."
    )


class BatchFinished(Detail):
    """Every WorkSpace of a batch has its outcome. Dry runs put none."""

    detail_type: ClassVar[str] = "Batch Finished"

    batch_id: str = Field(description="Canary batches begin with canary.")
    directory_id: str | None = Field(description="The directory of all its WorkSpaces.")
    counts: dict[Outcome, int] = Field(description="Its WorkSpaces by outcome.")
    started_at: Moment | None = Field(description="When the first of them started; null where none did.")


class RunFinished(Detail):
    """The run is over and its report is written."""

    detail_type: ClassVar[str] = "Run Finished"

    execution_arn: str | None = Field(description="The execution in Step Functions.")
    verdict: Verdict = Field(description="The run in one word.")
    green: bool = Field(
        description="Whether the execution ends as succeeded; where its notice could not be sent it fails "
        "all the same."
    )
    headline: str = Field(description="One sentence that tells how it went.")
    counts: dict[Outcome, int] = Field(description="Its WorkSpaces by outcome.")
    started_at: Moment = Field(description="When the execution started.")
    failure: str | None = Field(description="The error's name, where the run itself died.")
    files: dict[str, str] = Field(
        description="Where the report's files are, by their name; none where it could not be written "
        "(failure `ReportFailed`), and then another event may follow after a redrive."
    )


EVENTS: tuple[type[Detail], ...] = (RunStarted, WorkspaceFinished, BatchFinished, RunFinished)


def run_started(run: RunRecord, counts: Mapping[Outcome, int], *, stage: str, dry_run: bool) -> RunStarted:
    """The event of a run that was planned.

    A function that died is planned after once more, and may come to something else: so its id has to do
    with the plan.
    """
    return RunStarted(
        event_id=f"{run.run_id}/started/{_digest(f'{run.planned} {dict(counts)}')}",
        at=run.started_at,
        run_id=run.run_id,
        stage=stage,
        dry_run=dry_run,
        execution_arn=run.execution_arn,
        planned=run.planned,
        counts=dict(counts),
    )


def record_finished(run_id: str, record: MigrationRecord, *, stage: str) -> WorkspaceFinished:
    """The event of a record that has just ended. Raises ValueError for one that has not."""
    if record.outcome is None or record.ended_at is None:
        raise ValueError(f"{record.workspace_id} has no outcome")
    return WorkspaceFinished(
        event_id=workspace_event_id(run_id, record.workspace_id, record.outcome, record.reason),
        at=record.ended_at,
        run_id=run_id,
        stage=stage,
        dry_run=False,
        workspace_id=record.workspace_id,
        target_workspace_id=record.target_workspace_id,
        directory_id=record.directory_id,
        source_bundle_id=record.source_bundle_id,
        target_bundle_id=record.target_bundle_id,
        batch_id=record.batch_id,
        outcome=record.outcome,
        reason=record.reason,
        explanation=record.detail,
        next_step=record.next_step,
        started_at=record.started_at,
        migrated_by_run=record.held_by,
    )


def line_finished(run_id: str, line: WorkspaceLine, at: Moment, *, stage: str) -> WorkspaceFinished:
    """The event of a report's line: planning kept it from going, or its batch died. `at` is for a line
    without an end of its own."""
    return WorkspaceFinished(
        event_id=workspace_event_id(run_id, line.workspace_id, line.outcome, line.reason),
        at=line.ended_at or at,
        run_id=run_id,
        stage=stage,
        dry_run=False,
        workspace_id=line.workspace_id,
        target_workspace_id=line.target_workspace_id,
        directory_id=line.directory_id,
        source_bundle_id=line.source_bundle_id,
        target_bundle_id=line.target_bundle_id,
        batch_id=line.batch_id,
        outcome=line.outcome,
        reason=line.reason,
        explanation=line.detail,
        next_step=line.next_step,
        started_at=line.started_at,
        migrated_by_run=line.migrated_by_run,
    )


def batch_finished(
    run_id: str, batch_id: str, members: Iterable[MigrationRecord | WorkspaceLine], at: Moment, *, stage: str
) -> BatchFinished:
    """The event of a batch whose members all have their outcome."""
    counts: dict[Outcome, int] = {}
    starts, directory_id = [], None
    for one in members:
        if one.outcome is not None:
            counts[one.outcome] = counts.get(one.outcome, 0) + 1
        if one.started_at is not None:
            starts.append(one.started_at)
        directory_id = one.directory_id
    return BatchFinished(
        event_id=batch_event_id(run_id, batch_id),
        at=at,
        run_id=run_id,
        stage=stage,
        dry_run=False,
        batch_id=batch_id,
        directory_id=directory_id,
        counts={outcome: counts[outcome] for outcome in Outcome if outcome in counts},
        started_at=min(starts, default=None),
    )


def run_finished(report: RunReport, files: Mapping[str, str]) -> RunFinished:
    """The event of a run that has been reported on.

    A redriven run ends once more, and otherwise, as does one whose report could be written only later: so its
    id has to do with what it came to.
    """
    counts = {outcome: count for outcome, count in report.counts.items() if count}
    failure = report.failure.error if report.failure else None
    came_to = _digest(f"{report.verdict} {counts} {failure} {bool(files)}")
    return RunFinished(
        event_id=f"{report.run_id}/finished/{came_to}",
        at=report.ended_at,
        run_id=report.run_id,
        stage=report.stage,
        dry_run=report.dry_run,
        execution_arn=report.execution_arn,
        verdict=report.verdict,
        green=ends_green(report),
        headline=report.headline,
        counts=counts,
        started_at=report.started_at,
        failure=failure,
        files=dict(files),
    )


def _digest(told: str) -> str:
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def workspace_event_id(run_id: str, workspace_id: str, outcome: Outcome, reason: str | None) -> str:
    """Of the event that says this outcome and its reason: a redriven run, or a planning that is repeated, may
    come to another."""
    came_to = outcome if reason is None else f"{outcome}/{reason}"
    return f"{run_id}/workspace/{workspace_id}/{came_to}"


def batch_event_id(run_id: str, batch_id: str) -> str:
    return f"{run_id}/batch/{batch_id}"
