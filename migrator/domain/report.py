"""The report of a run, as its readers get it: report.json, and what pages and tables are made from."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
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

Money = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
"""US dollars; to the cent, but for rates an hour."""


class Verdict(StrEnum):
    """A run in one word."""

    MIGRATED = "migrated"
    """Everything that was to migrate did."""
    NOTHING = "nothing-to-migrate"
    """No WorkSpace was to migrate: rules keep all of them out, or the selection matched none."""
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


class WorkspaceCost(_Document):
    """What one WorkSpace costs before and after; None where `unknown` says why nobody can tell."""

    monthly_fee: Money | None = None
    new_monthly_fee: Money | None = None
    monthly_difference: Money | None = None
    """Each month after the migration."""
    old_in_month: Money | None = None
    """In the month of the migration, for the days up to and with it."""
    new_in_month: Money | None = None
    """For the days after it."""
    hourly_rate: Money | None = None
    """Of an AUTO_STOP WorkSpace, for each hour it runs."""
    new_hourly_rate: Money | None = None
    uncounted_gib: int = 0
    """Of the volumes before, what the fee does not include and no price is known of."""
    new_uncounted_gib: int = 0
    unknown: str = ""


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
    cost: WorkspaceCost | None = None


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
    migrated_by_run: str | None = None
    """Another run, where that one migrated it."""
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
    object_sid: str | None = None
    domain_controller: str | None = None
    """Which one was asked."""
    read_at: Moment | None = None
    """When it told what the decision rests on."""
    record: str | None = None
    """The key of the object's LDIF in the runs bucket; None where nothing was to be changed."""


LEFT_TO_A_PERSON = frozenset({"reported", "refused", "failed"})
"""Results of the clean-up that leave the computer object where it is."""


class BundleLine(_Document):
    """What became of a bundle that WorkSpaces of the run left."""

    bundle_id: str
    name: str | None
    """None where it is none of the account's own."""
    image_id: str | None
    left: int
    """WorkSpaces of this run that left it."""
    still_on_it: int
    """WorkSpaces of the account and Region that are on it when the run ends."""
    more_on_it: bool
    """There are more than were counted."""
    pools: int | None = None
    """WorkSpaces Pools made from it; None where the service did not say."""
    to_delete: bool
    """It is a custom bundle, no WorkSpace is on it, and no WorkSpaces Pool is made from it."""
    image_to_delete: str | None
    """Its image, where no other bundle is made from that."""
    next_step: str


class Failure(_Document):
    """Why the run itself died."""

    error: str
    cause: str


class PriceSource(_Document):
    """Which prices were used."""

    source: str
    region: str
    as_of: date | None
    """The day of which they are; None where there are none."""
    notes: list[str] = Field(default_factory=list)


class FleetCost(_Document):
    """The WorkSpaces' own cost, added up over those that have a price. US dollars.

    A forecast counts those that would go, as if all went on the day the run began; otherwise those that
    did migrate, each on its own day.
    """

    forecast: bool
    workspaces: int
    priced: int
    unpriced: dict[str, int]
    """Why the others have no price, and how many each reason has."""
    month: str
    """Of the migrations, such as 2026-11; two where a run spans both."""
    old_in_month: Money
    new_in_month: Money
    total_in_month: Money
    monthly_fees: Money
    """Of a whole month on the old bundles."""
    new_monthly_fees: Money
    monthly_difference: Money
    by_the_hour: int
    """How many of those priced are AUTO_STOP: their hours come on top."""
    hourly_rates: dict[str, int]
    """"0.30 -> 0.47": how many pay which rate an hour, before and after."""
    uncounted_gib: int
    """Of the volumes before, what the fees do not include and no price is known of."""
    new_uncounted_gib: int
    basis: list[str]
    """How it is counted."""


class Cost(_Document):
    """Money, in US dollars."""

    state_transitions: int | None = None
    """Of the execution and its batches, retries included; of batches that died, none."""
    state_machine_usd: Money | None = None
    """What these transitions cost."""
    transitions_per_workspace: float | None = None
    """For each one that migrated."""
    prices: PriceSource | None = None
    fleet: FleetCost | None = None


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
    permits: dict[str, int] | None = None
    """What each directory could have in flight when the run was planned; None where it was dry."""
    bundles: list[BundleLine] | None = None
    """The bundles that WorkSpaces left, those to delete first; None where the service was not asked."""
    cost: Cost = Cost()
    consequences: CommonConsequences | None = None
    """Told in a dry run: what holds for every migration."""
    failure: Failure | None = None
    approval: Approval | None = None
    """None where the run needed none, or got none."""
    execution_arn: str | None = None
