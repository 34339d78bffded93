"""What one turn of AssessFleet leaves for the next comes back as it was."""

from __future__ import annotations

from dataclasses import replace

from migrator.domain.facts import Connection
from migrator.domain.systems import System
from migrator.steps.checkpoint import Checkpoint, Reading, load
from tests.samples import NOW, WORKSPACE


def test_a_checkpoint_comes_back_as_it_was() -> None:
    workspaces = [
        WORKSPACE,
        replace(WORKSPACE, os=System.WINDOWS_10, protocols=("WSP", "PCOIP"), has_standby=True),
        replace(WORKSPACE, unfamiliar_os="WINDOWS_12", modifying=True, nested_virtualization=True),
    ]
    checkpoint = Checkpoint(
        readings=[Reading(ids=["ws-1"]), Reading(directory_id="d-1", token="t")],
        named=["ws-1", "ws-2"],
        strangers=["ana"],
        targets={"ws-1": "wsb-1"},
        criteria={"workspace_ids": ["ws-1"], "tagged_ids": None},
        elsewhere={"ws-3": "eu-west-1"},
        workspaces=workspaces,
        seen=["ws-1"],
        users={"d-1#ana": ["ws-1"]},
        user_readings=[Reading(directory_id="d-1", user_name="ana")],
        connections={"ws-1": Connection("DISCONNECTED", NOW), "ws-2": Connection("UNKNOWN", None)},
        snapshots={"ws-1": [NOW], "ws-2": []},
        looked_at={"ws-1": NOW},
        to_look_at=["ws-2"],
    )
    assert load(checkpoint.dump()) == checkpoint
    assert checkpoint.missing() == ["ws-2"]
    begun = Checkpoint([], [], [], {}, {})
    assert load(begun.dump()) == begun
