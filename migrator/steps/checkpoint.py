"""What one turn of AssessFleet leaves for the next, in the runs bucket."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from migrator.domain.facts import Connection, Workspace
from migrator.domain.moments import iso, moment
from migrator.domain.systems import System


@dataclass
class Reading:
    """WorkSpaces still to be read: by ids, of a directory, of its user, on a bundle, or all."""

    ids: list[str] = field(default_factory=list)
    directory_id: str | None = None
    bundle_id: str | None = None
    user_name: str | None = None
    token: str | None = None


@dataclass
class Checkpoint:
    """The assessment so far."""

    readings: list[Reading]
    """What is still to be read."""
    named: list[str]
    """Ids the input names: each that is not found is accounted for."""
    strangers: list[str]
    """Named ids and inventory rows that are no id of the service."""
    targets: dict[str, str]
    """Targets the inventory gives."""
    criteria: dict[str, list[str] | None]
    elsewhere: dict[str, str] = field(default_factory=dict)
    """WorkSpaces the inventory lists in another Region, and that Region."""
    workspaces: list[Workspace] = field(default_factory=list)
    """The fleet: what matched."""
    seen: list[str] = field(default_factory=list)
    """Named ids that exist, whether they matched or not."""
    users: dict[str, list[str]] = field(default_factory=dict)
    """WorkSpaces at rest by directory and user, for those that were read."""
    user_readings: list[Reading] | None = None
    """What is still to be read of those users; None before that is known."""
    connections: dict[str, Connection] = field(default_factory=dict)
    snapshots: dict[str, list[datetime]] = field(default_factory=dict)
    looked_at: dict[str, datetime] = field(default_factory=dict)
    """When each was looked at: a large fleet's second look takes hours."""
    to_look_at: list[str] | None = None
    """What a dry run still has to look at; None before that is known."""

    def missing(self) -> list[str]:
        """Named ids that do not exist."""
        seen = set(self.seen)
        return [one for one in self.named if one not in seen]

    def dump(self) -> str:
        return json.dumps(asdict(self), default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"no JSON for {value!r}")


def load(text: str) -> Checkpoint:
    """The checkpoint that `dump` wrote."""
    document = json.loads(text)
    checkpoint = Checkpoint(**{name.name: document[name.name] for name in fields(Checkpoint)})
    checkpoint.readings = [Reading(**one) for one in document["readings"]]
    if document["user_readings"] is not None:
        checkpoint.user_readings = [Reading(**one) for one in document["user_readings"]]
    checkpoint.workspaces = [_workspace(one) for one in document["workspaces"]]
    checkpoint.connections = {
        key: Connection(one["state"], moment(one["last_connected_at"]) if one["last_connected_at"] else None)
        for key, one in document["connections"].items()
    }
    checkpoint.looked_at = {key: moment(time) for key, time in document["looked_at"].items()}
    checkpoint.snapshots = {
        key: [moment(time) for time in times] for key, times in document["snapshots"].items()
    }
    return checkpoint


def _workspace(document: dict[str, Any]) -> Workspace:
    return Workspace(
        **document
        | {
            "protocols": tuple(document["protocols"]),
            "os": System(document["os"]) if document["os"] else None,
        }
    )
