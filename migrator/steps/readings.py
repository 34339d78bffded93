"""What AssessFleet asks the service for, planned beforehand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from migrator.domain.facts import Workspace
from migrator.domain.selection import Criteria
from migrator.steps.checkpoint import Reading
from migrator.steps.known_bundles import ASKABLE

_DIRECTORY = re.compile(r"^(d|wsd)-[0-9a-z]{8,63}$")
"""Ids of which a directory can be: the API refuses to be asked about any other."""

FEW_IN_A_DIRECTORY = 20
"""Up to this many WorkSpaces, asking for each user's others is cheaper than reading a directory."""


def fleet_readings(wanted: Criteria, named: Sequence[str]) -> Iterable[Reading]:
    """The cheapest way to read what can match, and every id that is named, whether it can or not."""
    if wanted.workspace_ids is not None or wanted.tagged_ids is not None:
        if ids := {*named, *(wanted.tagged_ids or ())}:
            yield Reading(ids=sorted(ids))
    elif wanted.directory_ids is not None:
        yield from (
            Reading(directory_id=one) for one in sorted(wanted.directory_ids) if _DIRECTORY.match(one)
        )
    elif wanted.source_bundle_ids is not None:
        bundles = filter(ASKABLE.match, sorted(wanted.source_bundle_ids))
        yield from (Reading(bundle_id=one) for one in bundles)
    else:
        yield Reading()


def user_readings(
    wanted: Mapping[str, Sequence[str] | None], fleet: Iterable[Workspace]
) -> Iterable[Reading]:
    """What must still be read to know every WorkSpace of the fleet's users; `wanted` are the criteria."""
    by_id = wanted["workspace_ids"] is not None or wanted["tagged_ids"] is not None
    if not by_id and (wanted["directory_ids"] or not wanted["source_bundle_ids"]):
        return  # Whole directories were read already.
    members: dict[str, dict[str, None]] = {}
    for workspace in fleet:
        names = members.setdefault(workspace.directory_id, {})
        if len(names) <= FEW_IN_A_DIRECTORY:
            names[workspace.user_name] = None
    for directory_id, names in members.items():
        if len(names) > FEW_IN_A_DIRECTORY:
            yield Reading(directory_id=directory_id)
        else:
            yield from (Reading(directory_id=directory_id, user_name=name) for name in names)
