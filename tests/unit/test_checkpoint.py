"""What one turn of AssessFleet leaves for the next comes back as it was."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any, cast

from migrator.adapters.runs import Runs
from migrator.domain.facts import Connection
from migrator.domain.outcomes import Outcome
from migrator.domain.plan import Candidate
from migrator.domain.report import WorkspaceLine
from migrator.domain.systems import System
from migrator.steps.checkpoint import Checkpoint, Reading, load
from migrator.steps.parts import Look, Parts, Planned
from tests.samples import NOW, WORKSPACE


class Shelf:
    """Objects of runs, in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, str] = {}

    def write_json(self, run_id: str, name: str, document: Any) -> str:
        self.objects[f"{run_id}/{name}"] = json.dumps(document)
        return name

    def write_lines(self, run_id: str, name: str, documents: Iterable[Any]) -> str:
        self.objects[f"{run_id}/{name}"] = "".join(json.dumps(one) + "\n" for one in documents)
        return name

    def read_json(self, run_id: str, name: str) -> Any:
        text = self.objects.get(f"{run_id}/{name}")
        return None if text is None else json.loads(text)

    def read_lines(self, run_id: str, name: str) -> Iterable[Any]:
        return map(json.loads, self.objects.get(f"{run_id}/{name}", "").splitlines())

    def reading(self, *_: str) -> AbstractContextManager[None]:
        return nullcontext()


def parts() -> Parts:
    return Parts(cast(Runs, Shelf()), "run-1")


LOOKS = {
    "ws-1": Look(NOW, Connection("DISCONNECTED", NOW), (NOW,)),
    "ws-2": Look(NOW, Connection("UNKNOWN", None), ()),
    "ws-3": Look(NOW, None, ()),
}


def test_a_checkpoint_comes_back_as_it_was() -> None:
    checkpoint = Checkpoint(
        readings=[Reading(ids=["ws-1"]), Reading(directory_id="d-1", token="t")],
        named=["ws-1", "ws-2"],
        strangers=["ana"],
        targets={"ws-1": "wsb-1"},
        criteria={"workspace_ids": ["ws-1"], "tagged_ids": None},
        elsewhere={"ws-3": "eu-west-1"},
        fleet=["ws-1", "ws-4"],
        parts=1,
        directories=["d-1"],
        running={"wsb-1": ["WINDOWS_10"]},
        unfamiliar=["wsb-2"],
        seen=["ws-1"],
        users={"d-1#ana": {"ws-1": True}},
        user_readings=[Reading(directory_id="d-1", user_name="ana")],
        asked_parts=1,
        asked=["ws-1"],
        with_office={"ws-1": True},
        looked_parts=2,
        looks=LOOKS,
        judged_parts=1,
        planned_parts=1,
        counts={"Ineligible": 3},
    )
    assert load(checkpoint.dump()) == checkpoint
    assert checkpoint.missing() == ["ws-2"]
    begun = Checkpoint([], [], [], {}, {})
    assert load(begun.dump()) == begun


def test_a_part_of_the_fleet_comes_back_as_it_was() -> None:
    workspaces = [
        WORKSPACE,
        replace(WORKSPACE, os=System.WINDOWS_10, protocols=("WSP", "PCOIP"), has_standby=True),
        replace(WORKSPACE, unfamiliar_os="WINDOWS_12", modifying=True, nested_virtualization=True),
    ]
    shelf = parts()
    shelf.write_fleet(7, workspaces)
    assert shelf.fleet(7) == workspaces
    shelf.write_looks(7, LOOKS)
    assert shelf.looks(7) == LOOKS
    assert shelf.looks(8) == {}


def test_verdicts_and_candidates_are_there_once_planning_is_over() -> None:
    shelf = parts()
    one = Planned(Candidate("ws-1", "d-1", "ana", "wsb-1", "wsb-2", 80, None, ("ws-9",)), ["a"], [["1"]])
    other = Planned(Candidate("ws-2", "d-1", "ben", "wsb-1", "wsb-2"), [], None)
    shelf.write_planned(1, [one])
    shelf.write_planned(2, [other])
    line = WorkspaceLine(workspace_id="ws-3", outcome=Outcome.INELIGIBLE, reason="linux")
    shelf.write_verdicts(1, [line.model_dump(mode="json", by_alias=True)])
    assert list(shelf.planned(2)) == [one, other]
    assert (list(shelf.planned()), list(shelf.verdicts())) == ([], [])
    shelf.write_index(verdicts=1, planned=2)
    assert list(shelf.planned()) == [one, other]
    assert list(shelf.verdicts()) == [line]
