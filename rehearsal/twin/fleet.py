"""The fleet file: what the AWS CLI prints about an account's WorkSpaces, merged, and how the twin is to
behave.

`load_fleet` reads one and reports every fault at once, each by its JSON path and with a remedy. It changes
nothing but the timestamps; what the file leaves out is filled in by rehearsal.twin.account.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator
from pydantic.alias_generators import to_camel

from migrator.domain.documents import NoDocument, document_from
from rehearsal.twin.behaviour import MIGRATES, Behaviour, parse_behaviour
from rehearsal.twin.fleet_checks import (
    LISTS,
    address_faults,
    association_faults,
    association_shape,
    content_faults,
    reference_faults,
    row_shape,
    section_faults,
    snapshots_shape,
)
from rehearsal.twin.habits import Habits, Session, session_faults
from rehearsal.twin.prices import price_faults, product_from
from rehearsal.twin.shapes import known_members, member_path, parse_timestamp

DEFAULT_NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""When a rehearsal begins if neither the Twin section nor any timestamp of the file tells."""


class FleetFault(Exception):
    """A fleet file that cannot be used. `faults` names each thing wrong: "JSON path: what is wrong;
    remedy"."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(self.faults))


Moment = Annotated[datetime, BeforeValidator(parse_timestamp)]


LONGEST_MINUTES = 60 * 24 * 31
"""Nothing in a rehearsal takes longer than a month."""


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class Durations(_Settings):
    """How long a migration takes: log-normal, in minutes.

    The guide says up to one hour; `maxMinutes` keeps a draw from the far tail out. Left out, it is one hour
    or 2.4 times the median, whichever is more (2.4 times 25 minutes is the guide's hour).
    """

    median_minutes: float = Field(default=25.0, gt=0, le=LONGEST_MINUTES)
    sigma: float = Field(default=0.35, ge=0, le=3)
    max_minutes: float | None = Field(default=None, gt=0, le=LONGEST_MINUTES)

    @property
    def longest_minutes(self) -> float:
        """The longest a migration may take, in minutes."""
        return max(60.0, 2.4 * self.median_minutes) if self.max_minutes is None else self.max_minutes

    @field_validator("max_minutes")
    @classmethod
    def _above_the_median(cls, value: float | None, info: Any) -> float | None:
        if value is not None and value < info.data.get("median_minutes", 0):
            raise ValueError("less than medianMinutes")
        return value


class TwinSettings(_Settings):
    """The "Twin" section: when, where, how long, and what becomes of which WorkSpace."""

    now: Moment | None = None
    taken_at: Moment | None = None
    region: str = Field(default="us-east-1", pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")
    durations: Durations = Durations()
    behaviour: dict[str, Behaviour] = Field(default_factory=dict)
    no_connection_row: frozenset[str] = frozenset()
    users: Habits | None = None
    sessions: dict[str, tuple[Session, ...]] = Field(default_factory=dict)

    @field_validator("taken_at")
    @classmethod
    def _before_the_rehearsal(cls, value: datetime | None, info: Any) -> datetime | None:
        now = info.data.get("now")
        if value is not None and now is not None and value > now:
            raise ValueError("later than now, when the rehearsal begins")
        return value

    @field_validator("behaviour", mode="before")
    @classmethod
    def _parsed(cls, value: Any) -> Any:
        # A bad one is reported by its own path in _behaviour_faults; here only what can be read is kept.
        if not isinstance(value, dict):
            return value
        return {
            key: text if isinstance(text, Behaviour) else _behaviour_or_default(text)
            for key, text in value.items()
        }


@dataclass(frozen=True)
class Fleet:
    """A checked fleet file. Lists and members are named as the service names them; timestamps are aware UTC.

    `images`, `subnets` and `connection_status` are None when the file does not have the section; `snapshots`
    holds only the WorkSpaces that the file speaks of.
    """

    workspaces: list[dict[str, Any]]
    bundles: list[dict[str, Any]]
    directories: list[dict[str, Any]]
    images: list[dict[str, Any]] | None
    subnets: list[dict[str, Any]] | None
    tags: dict[str, dict[str, str]]
    snapshots: dict[str, dict[str, Any]]
    connection_status: list[dict[str, Any]] | None
    twin: TwinSettings
    now: datetime
    taken_at: datetime
    """When the account was as the file says; the rehearsal begins then or later."""
    prices: list[Mapping[str, Any]] = field(default_factory=list)
    """Products of the AWS Price List."""
    applications: list[dict[str, Any]] = field(default_factory=list)
    associations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Applications on bundles and WorkSpaces, by their ids."""
    pools: list[dict[str, Any]] = field(default_factory=list)
    """WorkSpaces Pools of the account."""

    @property
    def region(self) -> str:
        """The AWS Region everything of the fleet is in."""
        return self.twin.region

    def behaviour(self, workspace_id: str) -> Behaviour:
        """What becomes of this WorkSpace when it is migrated."""
        return self.twin.behaviour.get(workspace_id, MIGRATES)


def load_fleet(path: Path) -> Fleet:
    """Reads a fleet file. Raises FleetFault with everything that is wrong in it."""
    try:
        document = document_from(path.read_bytes())
    except OSError as reason:
        raise FleetFault([f"$: {path} cannot be read ({reason}); name a file that exists"]) from None
    except NoDocument as reason:
        raise FleetFault(
            [f"$: not JSON: {reason}; write what the AWS CLI prints with --output json"]
        ) from None
    return parse_fleet(document)


def parse_fleet(document: object) -> Fleet:
    """A Fleet from the parsed JSON of a fleet file. Raises FleetFault with everything that is wrong in it."""
    if not isinstance(document, dict):
        raise FleetFault(
            ['$: not an object; write {"Workspaces": [...], "Bundles": [...], "Directories": [...]}']
        )
    faults = [*section_faults(document), *content_faults(document)]
    faults += [
        *price_faults(document.get("Prices", [])),
        *association_faults(document.get("Associations", {})),
    ]
    twin, twin_faults = _twin_settings(document)
    faults += twin_faults
    if not faults:
        faults += [*reference_faults(document), *address_faults(document), *session_faults(document)]
    if faults or twin is None:
        raise FleetFault(faults)
    lists = {section: _rows(document, section) for section in LISTS}
    snapshots = {
        key: known_members(value, snapshots_shape()) for key, value in document.get("Snapshots", {}).items()
    }
    now = twin.now or twin.taken_at or _latest_moment(snapshots, lists["ConnectionStatus"]) or DEFAULT_NOW
    return Fleet(
        workspaces=lists["Workspaces"] or [],
        bundles=lists["Bundles"] or [],
        directories=lists["Directories"] or [],
        images=lists["Images"],
        subnets=lists["Subnets"],
        connection_status=lists["ConnectionStatus"],
        tags={
            key: {tag["Key"]: tag.get("Value", "") for tag in tags}
            for key, tags in document.get("Tags", {}).items()
        },
        snapshots=snapshots,
        twin=twin,
        applications=lists["Applications"] or [],
        pools=lists["WorkspacesPools"] or [],
        associations={
            key: [known_members(row, association_shape(key)) for row in rows]
            for key, rows in document.get("Associations", {}).items()
        },
        prices=[product_from(entry) for entry in document.get("Prices", [])],
        now=now,
        taken_at=twin.taken_at or now,
    )


def _rows(document: Mapping[str, Any], section: str) -> list[dict[str, Any]] | None:
    if section not in document:
        return None
    shape = row_shape(section)
    return [known_members(row, shape) for row in document[section]]


def _twin_settings(document: Mapping[str, Any]) -> tuple[TwinSettings | None, list[str]]:
    section = document.get("Twin", {})
    faults = list(_behaviour_faults(section))
    try:
        return TwinSettings.model_validate(section), faults
    except ValidationError as error:
        for fault in error.errors():
            path = "$.Twin"
            for step in fault["loc"]:
                path = f"{path}[{step}]" if isinstance(step, int) else member_path(path, str(step))
            faults.append(f"{path}: {_plain(fault['msg'], fault['type'], fault['loc'])}")
        return None, faults


_SECTIONS: dict[int | str, type[BaseModel]] = {
    "durations": Durations,
    "users": Habits,
    "sessions": Session,
}


def _plain(message: str, kind: str, steps: tuple[int | str, ...]) -> str:
    message = re.sub(r"^Value error, ", "", message)
    message = message[:1].lower() + message[1:]
    if kind == "extra_forbidden":
        of = _SECTIONS.get(steps[0], TwinSettings) if len(steps) > 1 else TwinSettings
        known = ", ".join(sorted(field.alias or name for name, field in of.model_fields.items()))
        return f"no setting of the twin; leave it out (the settings here are {known})"
    return f"{message}; correct the value"


def _behaviour_faults(section: object) -> Iterator[str]:
    behaviours = section.get("behaviour") if isinstance(section, dict) else None
    if not isinstance(behaviours, dict):
        return
    for key, text in behaviours.items():
        try:
            parse_behaviour(text)
        except ValueError as reason:
            yield f"{member_path('$.Twin.behaviour', key)}: {reason}"


def _behaviour_or_default(text: object) -> Behaviour:
    try:
        return parse_behaviour(text)
    except ValueError:
        return MIGRATES  # never used: the same fault is reported by its path and the file is rejected


def _latest_moment(snapshots: Mapping[str, Any], rows: list[dict[str, Any]] | None) -> datetime | None:
    moments = [
        entry["SnapshotTime"]
        for lists in snapshots.values()
        for entries in lists.values()
        for entry in entries
        if "SnapshotTime" in entry
    ]
    for row in rows or []:
        moments += [value for value in row.values() if isinstance(value, datetime)]
    return max(moments, default=None)
