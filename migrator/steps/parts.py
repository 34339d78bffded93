"""A large fleet in parts, as JSON Lines in the runs bucket: no function ever holds all of it.

    assessment/fleet-00001.jsonl     WorkSpaces as they were read
    assessment/looks-00001.jsonl     what a dry run's second look saw of them
    verdicts/00001.jsonl             report lines of those that stay; in a dry run, of all
    planned/00001.jsonl              those that go, with their warnings and fees
    parts.json                       how many of the last two there are, once planning is over

A turn that is repeated writes the same parts again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from migrator.adapters.runs import Runs
from migrator.domain.facts import Connection, Workspace
from migrator.domain.moments import iso, moment
from migrator.domain.plan import Candidate
from migrator.domain.report import WorkspaceLine
from migrator.domain.systems import System

PART = 1000
"""WorkSpaces in a part: 40 pages of the API."""

_INDEX = "parts.json"


@dataclass(frozen=True, slots=True)
class Look:
    """What the second look saw of one WorkSpace."""

    at: datetime
    """A large fleet's second look takes hours."""
    connection: Connection | None
    snapshots: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """One that goes."""

    candidate: Candidate
    warnings: list[str]
    fees: list[Any] | None
    """As migrator.steps.pricing writes them; None in a dry run, whose lines have their cost."""


class Parts:
    """The parts of one run, numbered from 1."""

    def __init__(self, runs: Runs, run_id: str) -> None:
        self._runs = runs
        self._run_id = run_id

    def write_fleet(self, number: int, workspaces: Sequence[Workspace]) -> None:
        self._write(f"assessment/fleet-{number:05d}.jsonl", [_workspace_row(one) for one in workspaces])

    def fleet(self, number: int) -> list[Workspace]:
        name = f"assessment/fleet-{number:05d}.jsonl"
        with self._runs.reading(self._run_id, name):
            return [_workspace(row) for row in self._runs.read_lines(self._run_id, name)]

    def write_looks(self, number: int, looks: dict[str, Look]) -> None:
        rows = [[one, *look_document(look)] for one, look in looks.items()]
        self._write(f"assessment/looks-{number:05d}.jsonl", rows)

    def looks(self, number: int) -> dict[str, Look]:
        name = f"assessment/looks-{number:05d}.jsonl"
        with self._runs.reading(self._run_id, name):
            return {one: look_from(look) for one, *look in self._runs.read_lines(self._run_id, name)}

    def write_verdicts(self, number: int, lines: Sequence[dict[str, Any]]) -> None:
        self._write(f"verdicts/{number:05d}.jsonl", lines)

    def write_planned(self, number: int, planned: Sequence[Planned]) -> None:
        self._write(f"planned/{number:05d}.jsonl", [_planned_row(one) for one in planned])

    def write_index(self, *, verdicts: int, planned: int) -> None:
        """Planning is over."""
        self._runs.write_json(self._run_id, _INDEX, {"verdicts": verdicts, "planned": planned})

    def verdicts(self) -> Iterator[WorkspaceLine]:
        """All report lines; none where planning never finished."""
        for number in range(1, self._count("verdicts") + 1):
            name = f"verdicts/{number:05d}.jsonl"
            with self._runs.reading(self._run_id, name):
                yield from map(WorkspaceLine.model_validate, self._runs.read_lines(self._run_id, name))

    def planned(self, count: int | None = None) -> Iterator[Planned]:
        """All that go, of the first `count` parts or, once planning is over, of all."""
        for number in range(1, (self._count("planned") if count is None else count) + 1):
            name = f"planned/{number:05d}.jsonl"
            with self._runs.reading(self._run_id, name):
                yield from map(_planned, self._runs.read_lines(self._run_id, name))

    def _count(self, kind: str) -> int:
        index = self._runs.read_json(self._run_id, _INDEX)
        with self._runs.reading(self._run_id, _INDEX):
            return 0 if index is None else int(index[kind])

    def _write(self, name: str, rows: Sequence[Any]) -> None:
        self._runs.write_lines(self._run_id, name, rows)


_FIELDS = tuple(one.name for one in fields(Workspace))
_SHARED = frozenset({"directory_id", "bundle_id", "state", "running_mode", "compute_type"})
"""Texts that many WorkSpaces have in common: held once."""


def _workspace_row(workspace: Workspace) -> list[Any]:
    return [getattr(workspace, name) for name in _FIELDS]


def _workspace(row: list[Any]) -> Workspace:
    values = dict(zip(_FIELDS, row, strict=True))
    for name in _SHARED:
        values[name] = _shared(values[name])
    system = values["os"]
    values |= {"protocols": tuple(values["protocols"]), "os": System(system) if system else None}
    return Workspace(**values)


def _shared(text: Any) -> Any:
    return sys.intern(text) if isinstance(text, str) else text


def look_document(look: Look) -> list[Any]:
    """A look as JSON has it."""
    connection = look.connection
    return [
        iso(look.at),
        None
        if connection is None
        else [connection.state, iso(connection.last_connected_at) if connection.last_connected_at else None],
        [iso(one) for one in look.snapshots],
    ]


def look_from(document: list[Any]) -> Look:
    """The look that `look_document` wrote."""
    at, connection, snapshots = document
    return Look(
        moment(at),
        None
        if connection is None
        else Connection(connection[0], moment(connection[1]) if connection[1] else None),
        tuple(moment(one) for one in snapshots),
    )


def _planned_row(one: Planned) -> list[Any]:
    candidate = one.candidate
    return [
        [
            candidate.workspace_id,
            candidate.directory_id,
            candidate.user_name,
            candidate.source_bundle_id,
            candidate.target_bundle_id,
            candidate.expected_root_gib,
            candidate.expected_user_gib,
            list(candidate.other_workspaces),
        ],
        one.warnings,
        one.fees,
    ]


def _planned(row: list[Any]) -> Planned:
    (one, directory, user, source, target, root, user_gib, others), warnings, fees = row
    candidate = Candidate(
        one, _shared(directory), user, _shared(source), _shared(target), root, user_gib, tuple(others)
    )
    return Planned(candidate, warnings, fees)
