"""What one turn of AssessFleet leaves for the next, in the runs bucket.

The fleet itself lies there in parts (migrator/steps/parts.py): the checkpoint holds how far each phase
has come, and of the fleet no more than ids.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from migrator.steps.parts import Look, look_document, look_from


@dataclass
class Reading:
    """WorkSpaces still to be read: by ids, of a directory, of its user, on a bundle, or all."""

    ids: list[str] = field(default_factory=list)
    directory_id: str | None = None
    bundle_id: str | None = None
    user_name: str | None = None
    token: str | None = None
    pages: int = 0
    """Pages read so far."""
    barren: int = 0
    """How many of the last of them, one after another, were empty."""


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
    fleet: list[str] = field(default_factory=list)
    """Ids of what matched."""
    parts: int = 0
    """Parts of the fleet that are written."""
    directories: list[str] = field(default_factory=list)
    """The fleet's."""
    running: dict[str, list[str]] = field(default_factory=dict)
    """Operating systems that the fleet's WorkSpaces report, by bundle."""
    unfamiliar: list[str] = field(default_factory=list)
    """Bundles of which a WorkSpace reports a system that this version does not know."""
    seen: list[str] = field(default_factory=list)
    """Named ids that exist, whether they matched or not."""
    users: dict[str, dict[str, bool]] = field(default_factory=dict)
    """WorkSpaces by directory and user, for those that were read; whether each is at rest."""
    user_readings: list[Reading] | None = None
    """What is still to be read of those users; None before that is known."""
    asked_parts: int = 0
    """Parts whose WorkSpaces were asked for their applications, where that decides."""
    asked: list[str] = field(default_factory=list)
    """Those asked of the part it is at."""
    with_office: dict[str, bool] = field(default_factory=dict)
    """Of those asked, the ones that have Microsoft Office."""
    looked_parts: int = 0
    """Parts that a dry run has taken its second look at."""
    looks: dict[str, Look] = field(default_factory=dict)
    """What it saw of the part it is at."""
    judged_parts: int = 0
    planned_parts: int = 0
    """Parts with the candidates of those judged."""
    counts: dict[str, int] = field(default_factory=dict)
    """Verdicts of planning, by outcome."""

    def missing(self) -> list[str]:
        """Named ids that do not exist."""
        seen = set(self.seen)
        return [one for one in self.named if one not in seen]

    def dump(self) -> str:
        document = {name.name: getattr(self, name.name) for name in fields(self)}
        for name in ("readings", "user_readings"):
            if document[name] is not None:
                document[name] = [asdict(one) for one in document[name]]
        document["looks"] = {one: look_document(look) for one, look in self.looks.items()}
        return json.dumps(document)


def load(text: str) -> Checkpoint:
    """The checkpoint that `dump` wrote."""
    document: dict[str, Any] = json.loads(text)
    for name in ("readings", "user_readings"):
        if document[name] is not None:
            document[name] = [Reading(**one) for one in document[name]]
    document["looks"] = {one: look_from(look) for one, look in document["looks"].items()}
    return Checkpoint(**document)
