"""The report of a run, as its readers get it: report.json, and what pages and tables are made from."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel

from migrator.domain.moments import iso
from migrator.domain.outcomes import Outcome

Moment = Annotated[
    datetime,
    PlainSerializer(iso, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]


class Verdict(StrEnum):
    """A run in one word."""

    MIGRATED = "migrated"
    """Everything that was to migrate did."""
    PLANNED = "planned"
    """A dry run: nothing was touched."""
    INCOMPLETE = "incomplete"
    """Some that were to migrate did not."""
    BRAKE_PULLED = "brake-pulled"
    """Too many failures, or an operator's halt: new starts were stopped."""
    FAILED = "failed"
    """The run itself died; what it knew is in the report."""


class _Document(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class Consequences(_Document):
    """What a migration would do to one WorkSpace. Sizes are GiB, None where they cannot be told."""

    root_volume_gib: int | None
    new_root_volume_gib: int | None
    user_volume_gib: int | None
    new_user_volume_gib: int | None
    user_volume_as_of: Moment | None
    """The last snapshot: drive D comes back as it was then. The real run takes the last one of its time."""
    lost: list[str]
    old_profile: str
    """Where files of the old profile stay that are not moved to the new one."""


class CommonConsequences(_Document):
    """What every migration does alike."""

    lost: list[str]
    renewed: list[str]
    kept: list[str]
    moved_folders: list[str]
    """Folders of the old profile whose files are moved to the new one."""
    old_profile: str
    log: str
    billing: str
    before: str


class WorkspaceLine(_Document):
    """One WorkSpace of the run, with its one outcome."""

    workspace_id: str
    target_workspace_id: str | None = None
    user_name: str | None = None
    directory_id: str | None = None
    source_bundle_id: str | None = None
    target_bundle_id: str | None = None
    outcome: Outcome
    reason: str | None = None
    """A rule's id or the API's error code; None where nothing needs a reason."""
    detail: str = ""
    """One plain sentence for the administrator."""
    next_step: str = ""
    warnings: list[str] = Field(default_factory=list)
    started_at: Moment | None = None
    ended_at: Moment | None = None
    batch_id: str | None = None
    computer_name: str | None = None
    target_computer_name: str | None = None
    ip_address: str | None = None
    target_ip_address: str | None = None
    consequences: Consequences | None = None
    """Told in a dry run, of those that would go or could later."""


class DirectoryLine(_Document):
    """What was done, or left, about one computer object."""

    computer_name: str
    directory_id: str
    workspace_id: str
    action: str
    """report, disable or delete."""
    result: str
    """deleted, disabled, reported, already-gone, refused or failed."""
    reason: str
    """Why: a safety rule's id or one sentence."""
    distinguished_name: str | None = None
    object_guid: str | None = None


class Failure(_Document):
    """Why the run itself died."""

    error: str
    cause: str


class Cost(_Document):
    """Money, in US dollars."""

    state_transitions: int | None = None
    transitions_per_workspace: float | None = None


class Approval(_Document):
    """Who let the plan go, and when."""

    approved_by: str
    approved_at: Moment


class RunReport(_Document):
    """report.json."""

    schema_version: str = "1"
    run_id: str
    stage: str
    dry_run: bool
    verdict: Verdict
    headline: str
    """One sentence that tells how it went."""
    started_at: Moment
    ended_at: Moment
    virtual_seconds: float
    """From the execution's start to the report, in seconds of the run's own clock."""
    counts: dict[Outcome, int]
    """Every outcome of the closed set, zero where there is none."""
    workspaces: list[WorkspaceLine]
    directory: list[DirectoryLine] = Field(default_factory=list)
    cost: Cost = Cost()
    consequences: CommonConsequences | None = None
    """Told in a dry run: what holds for every migration."""
    failure: Failure | None = None
    approval: Approval | None = None
    """None where the run needed none, or got none."""
    execution_arn: str | None = None
