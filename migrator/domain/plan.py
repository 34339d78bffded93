"""The plan of a run: who goes, in which batch; a batch never spans directories."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any


@dataclass(frozen=True, slots=True)
class Candidate:
    """A WorkSpace that planning lets go, with the target it goes to."""

    workspace_id: str
    directory_id: str
    user_name: str
    source_bundle_id: str
    target_bundle_id: str
    expected_root_gib: int | None = None
    """Size of the root volume after the migration, by the guide's rule."""
    expected_user_gib: int | None = None
    other_workspaces: tuple[str, ...] = ()
    """Other WorkSpaces the user had when it was planned: never taken for its target."""


@dataclass(frozen=True, slots=True)
class Batch:
    """At most 25 migrations of one directory: one child execution (the guide, Best Practices)."""

    batch_id: str
    directory_id: str
    subnet_ids: tuple[str, ...]
    """Where the directory's WorkSpaces get their addresses."""
    candidates: tuple[Candidate, ...]
    place: int = 0
    """How many batches of its directory come before it: permits go to them first."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Canary batches go first, alone."""

    canary: tuple[Batch, ...]
    batches: tuple[Batch, ...]

    @property
    def size(self) -> int:
        return sum(len(batch.candidates) for batch in self.canary + self.batches)


def make_plan(
    candidates: Sequence[Candidate],
    subnets: Mapping[str, Sequence[str]],
    *,
    batch_size: int,
    canary: int,
) -> Plan:
    """The candidates in batches, in the order given, directories taken in turn.

    Taking directories in turn keeps every directory's permits in use from the start, and puts
    some of each into the canary.
    """
    queues: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        queues.setdefault(candidate.directory_id, []).append(candidate)
    chosen = _take_in_turn(queues, canary)
    first = {candidate.workspace_id for candidate in chosen}
    rest = {
        directory: [one for one in queue if one.workspace_id not in first]
        for directory, queue in queues.items()
    }
    early: dict[str, list[Candidate]] = {}
    for candidate in chosen:
        early.setdefault(candidate.directory_id, []).append(candidate)
    return Plan(
        tuple(_batches(early, subnets, batch_size, "canary")),
        tuple(_batches(rest, subnets, batch_size, "batch")),
    )


def _take_in_turn(queues: dict[str, list[Candidate]], count: int) -> list[Candidate]:
    turns = [iter(queue) for queue in queues.values()]
    chosen: list[Candidate] = []
    while turns and len(chosen) < count:
        for turn in list(turns):
            if len(chosen) == count:
                break
            taken = next(turn, None)
            if taken is None:
                turns.remove(turn)
            else:
                chosen.append(taken)
    return chosen


def _batches(
    queues: dict[str, list[Candidate]],
    subnets: Mapping[str, Sequence[str]],
    size: int,
    prefix: str,
) -> Iterable[Batch]:
    turns = {directory: iter(queue) for directory, queue in queues.items()}
    places = dict.fromkeys(queues, 0)
    number = 0
    while turns:
        for directory, turn in list(turns.items()):
            members = tuple(islice(turn, size))
            if not members:
                del turns[directory]
                continue
            number += 1
            subnet_ids = tuple(subnets.get(directory, ()))
            yield Batch(f"{prefix}-{number:04d}", directory, subnet_ids, members, places[directory])
            places[directory] += 1


def batch_document(batch: Batch) -> dict[str, Any]:
    """A batch as an item of the Distributed Map."""
    return {
        "batchId": batch.batch_id,
        "directoryId": batch.directory_id,
        "subnetIds": list(batch.subnet_ids),
        "place": batch.place,
        "workspaces": [
            {
                "workspaceId": one.workspace_id,
                "userName": one.user_name,
                "sourceBundleId": one.source_bundle_id,
                "targetBundleId": one.target_bundle_id,
                "expectedRootGib": one.expected_root_gib,
                "expectedUserGib": one.expected_user_gib,
                "otherWorkspaces": list(one.other_workspaces),
            }
            for one in batch.candidates
        ],
    }


def batch_text(batch: Batch) -> str:
    """The same as JSON."""
    return json.dumps(batch_document(batch))


def batch_from(document: Mapping[str, Any]) -> Batch:
    """The batch of an item. Raises KeyError for a document that is none."""
    directory_id = document["directoryId"]
    return Batch(
        document["batchId"],
        directory_id,
        tuple(document["subnetIds"]),
        tuple(
            Candidate(
                one["workspaceId"],
                directory_id,
                one["userName"],
                one["sourceBundleId"],
                one["targetBundleId"],
                one["expectedRootGib"],
                one["expectedUserGib"],
                tuple(one["otherWorkspaces"]),
            )
            for one in document["workspaces"]
        ),
        document["place"],
    )
