"""The run's input: what an administrator or a schedule gives an execution (design: contract)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from migrator.domain.bundle_names import Edition
from migrator.domain.bundles import Licence, StatedFacts
from migrator.domain.input_faults import faults_of
from migrator.domain.input_types import BundleId, DirectoryId, Moment, Text, Whole, WorkspaceId
from migrator.domain.rule_ids import RuleId
from migrator.domain.severity import Severity
from migrator.domain.systems import System


class InvalidInput(Exception):
    """The run's input is wrong; `faults` names every fault by its JSON path, with the remedy."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, strict=True)


class Inventory(_Part):
    """A CSV in S3 with a WorkspaceId column, optionally TargetBundleId and Region."""

    bucket: Text = Field(description="Bucket that holds the inventory.")
    key: Annotated[str, StringConstraints(min_length=1, max_length=1024)] = Field(
        description="Key of the inventory, a CSV file."
    )


class Selection(_Part):
    """Which WorkSpaces a run considers: all the criteria that are given must hold."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["workspaceIds"], "properties": {"workspaceIds": {"minItems": 1}}},
                {"required": ["directoryIds"], "properties": {"directoryIds": {"minItems": 1}}},
                {"required": ["sourceBundleIds"], "properties": {"sourceBundleIds": {"minItems": 1}}},
                {"required": ["userNames"], "properties": {"userNames": {"minItems": 1}}},
                {"required": ["tags"], "properties": {"tags": {"minProperties": 1}}},
                {"required": ["inventory"], "properties": {"inventory": {"type": "object"}}},
            ]
        }
    )

    workspace_ids: list[WorkspaceId] = Field(default=[], description="WorkSpaces by id.")
    directory_ids: list[DirectoryId] = Field(default=[], description="WorkSpaces of these directories.")
    source_bundle_ids: list[BundleId] = Field(
        default=[], description="WorkSpaces now on one of these bundles."
    )
    user_names: list[Text] = Field(default=[], description="WorkSpaces of these users.")
    tags: dict[Text, str] = Field(default={}, description="WorkSpaces that carry all of these tags.")
    inventory: Inventory | None = Field(default=None, description="WorkSpaces listed in a CSV in S3.")

    @model_validator(mode="after")
    def _something_is_selected(self) -> Selection:
        if not any(getattr(self, name) for name in type(self).model_fields):
            raise ValueError(
                "names nothing; give at least one of workspaceIds, directoryIds, sourceBundleIds, "
                "userNames, tags, inventory (everything is never the default)"
            )
        return self


_ONE_TARGET = "needs exactly one of bundleId and byBundle"


class Target(_Part):
    """Where they go: one bundle for all, or a bundle for each source bundle."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["bundleId"], "properties": {"bundleId": {"type": "string"}}},
                {"required": ["byBundle"], "properties": {"byBundle": {"type": "object"}}},
            ]
        }
    )

    bundle_id: BundleId | None = Field(default=None, description="The bundle all go to.")
    by_bundle: dict[BundleId, BundleId] | None = Field(
        default=None, min_length=1, description="Source bundle id to target bundle id."
    )

    @model_validator(mode="after")
    def _exactly_one(self) -> Target:
        if (self.bundle_id is None) == (self.by_bundle is None):
            raise ValueError(_ONE_TARGET)
        return self

    def for_source(self, source_bundle_id: str) -> str | None:
        """The target of a WorkSpace on that bundle; None where byBundle does not name it."""
        if self.bundle_id is not None:
            return self.bundle_id
        return (self.by_bundle or {}).get(source_bundle_id)

    def all_bundle_ids(self) -> set[str]:
        """Every bundle a WorkSpace could be sent to."""
        return {self.bundle_id} if self.bundle_id else set((self.by_bundle or {}).values())


class Window(_Part):
    """When the run must be over."""

    closes_at: Moment = Field(
        description="Nothing starts after this moment, or when it could not finish by then."
    )


class Polling(_Part):
    """How often the service is asked, and when a migration counts as failed or stuck."""

    first_after_seconds: Whole = Field(
        default=600,
        ge=1,
        le=3600,
        description="First look after a start; not later than failedAfterMinutes.",
    )
    every_seconds: Whole = Field(
        default=40,
        ge=1,
        le=3600,
        description="Least time between later looks; it grows with the load.",
    )
    failed_after_minutes: Whole = Field(
        default=60,
        ge=1,
        le=1440,
        description="Still the old bundle after this long: unsuccessful.",
    )
    stuck_after_minutes: Whole = Field(
        default=90,
        ge=1,
        le=2880,
        description="Both still there after this long: stuck. Not less than failedAfterMinutes.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Polling:
        if self.stuck_after_minutes < self.failed_after_minutes:
            raise ValueError("stuckAfterMinutes must not be less than failedAfterMinutes")
        if self.first_after_seconds > self.failed_after_minutes * 60:
            raise ValueError("firstAfterSeconds must not be later than failedAfterMinutes")
        return self

    @property
    def failed_after(self) -> timedelta:
        return timedelta(minutes=self.failed_after_minutes)

    @property
    def stuck_after(self) -> timedelta:
        return timedelta(minutes=self.stuck_after_minutes)


class StatedBundleFacts(_Part):
    """What the operator states about a bundle whose facts cannot be told from outside."""

    os: System | None = Field(default=None, description="Operating system, by the API's name.")
    edition: Edition | None = Field(default=None, description="With Office (plus) or without.")
    licence: Licence | None = Field(default=None, description="included, or byol.")
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}_[A-Z]{2}$")] | None = Field(
        default=None, description="Language of the image, such as ja_JP."
    )
    protocol: Literal["PCOIP", "WSP", "BYOP"] | None = Field(default=None, description="Streaming protocol.")

    def as_facts(self) -> StatedFacts:
        return StatedFacts(self.os, self.edition, self.licence, self.language, self.protocol)


CleanUpMode = Literal["report", "disable", "delete"]


class DirectoryCleanUp(_Part):
    """What happens to computer objects that nobody needs any more."""

    failed_targets: CleanUpMode = Field(
        default="delete", description="Objects of targets whose migration failed."
    )
    former_computers: CleanUpMode = Field(
        default="report", description="Objects of the former computers of migrated WorkSpaces."
    )


class RunInput(_Part):
    """Input of one execution. Only select and target are required."""

    select: Selection = Field(description="Which WorkSpaces; all given criteria must hold.")
    target: Target = Field(description="The bundle they move to.")
    dry_run: bool = Field(default=True, description="Look and report, touch nothing; only false migrates.")
    require_approval: bool = Field(default=False, description="Wait for a person's approval after planning.")
    batch_size: Whole = Field(default=25, ge=1, le=25, description="Migrations in a batch, 25 at most.")
    max_in_flight: Whole = Field(
        default=100,
        ge=1,
        le=1000,
        description="Migrations under way at once in a directory, over all runs.",
    )
    canary: Whole = Field(default=0, ge=0, le=1000, description="Migrations that go first, alone.")
    abort_at_failure_percent: float = Field(
        default=10,
        ge=0,
        le=100,
        description="The brake: beyond this share of failures nothing more starts.",
    )
    window: Window | None = Field(default=None, description="When the run must be over.")
    polling: Polling = Field(
        default=Polling(),
        description="How often to look, and what counts as failed or stuck.",
    )
    rules: dict[RuleId, Severity] = Field(
        default={}, description="Severity of single rules, by id: block, warn or off (docs/reasons.md)."
    )
    max_snapshot_age_hours: float = Field(
        default=13,
        gt=0,
        le=720,
        description="A newest user-volume snapshot older than this defers a WorkSpace.",
    )
    bundle_facts: dict[BundleId, StatedBundleFacts] = Field(
        default={}, description="Facts of bundles, by bundle id, that their names do not tell."
    )
    directory_clean_up: DirectoryCleanUp = Field(
        default=DirectoryCleanUp(), description="What happens to computer objects nobody needs any more."
    )
    terminate_failed_targets: bool = Field(
        default=False, description="Terminate targets left in ERROR after a rollback."
    )

    def stated(self) -> dict[str, StatedFacts]:
        return {key: facts.as_facts() for key, facts in self.bundle_facts.items()}

    def closes_at(self) -> datetime | None:
        return self.window.closes_at if self.window else None


def parse_run_input(document: Any) -> RunInput:
    """The input, a decoded JSON document, as a model.

    Types are taken strictly: "false" is no boolean, and never starts a run that was to be dry.
    Raises InvalidInput with every fault at once, each as "$.path: what is wrong; remedy".
    """
    try:
        text = json.dumps(document, allow_nan=False)
    except ValueError:
        raise InvalidInput(["$: NaN and Infinity are no numbers of JSON; give a number"]) from None
    try:
        return RunInput.model_validate_json(text)
    except ValidationError as error:
        raise InvalidInput(
            [*dict.fromkeys((*faults_of(error, RunInput), *_between_fields(document)))]
        ) from None


def _between_fields(document: Any) -> Iterable[str]:
    """Faults between fields, which are looked for only where each field by itself is right."""
    target = document.get("target") if isinstance(document, dict) else None
    if isinstance(target, dict) and None not in (target.get("bundleId"), target.get("byBundle")):
        yield f"$.target: {_ONE_TARGET}"
