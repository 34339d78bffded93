"""A target left in ERROR is terminated only if every guard holds; and what is left after all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from migrator.domain.facts import Connection, Workspace
from migrator.domain.failed_targets import Around, objections
from migrator.domain.left_over import Owned, surprises
from migrator.domain.outcomes import Outcome
from migrator.domain.records import MigrationRecord, Stage
from tests.samples import NOW, SOURCE_ID, TARGET_ID, WORKSPACE

FAILED = MigrationRecord(
    WORKSPACE.workspace_id,
    WORKSPACE.directory_id,
    "ana",
    SOURCE_ID,
    TARGET_ID,
    "batch-0001",
    Stage.ENDED,
    target_workspace_id="ws-target001",
    other_workspaces=("ws-other0001",),
    outcome=Outcome.ROLLED_BACK,
    reason="ERROR",
)
TARGET = replace(WORKSPACE, workspace_id="ws-target001", bundle_id=TARGET_ID, state="ERROR")
ROW = Connection("DISCONNECTED", None)


def changed(workspace: Workspace, **fields: Any) -> Workspace:
    return replace(workspace, **fields)


@pytest.mark.parametrize("row", [ROW, None, Connection("UNKNOWN", None)])
@pytest.mark.parametrize("state", ["AVAILABLE", "STOPPED"])
def test_it_goes_when_every_guard_holds(row: Connection | None, state: str) -> None:
    assert list(objections(FAILED, Around(changed(WORKSPACE, state=state), TARGET, row))) == []


@pytest.mark.parametrize(
    ("record", "around", "why"),
    [
        ({"outcome": Outcome.STUCK}, {}, "did not see its migration fail"),
        ({"outcome": Outcome.MIGRATED}, {}, "did not see its migration fail"),
        ({"reason": None}, {}, "did not see its migration fail"),
        ({"held_by": "run-0"}, {}, "did not see its migration fail"),
        ({"target_workspace_id": None}, {}, "did not see its migration fail"),
        ({"other_workspaces": ("ws-target001",)}, {}, "had before"),
        ({"target_workspace_id": WORKSPACE.workspace_id}, {}, "had before"),
        ({"target_workspace_id": "ws-another01"}, {}, "does not return it"),
        ({}, {"target": None}, "does not return it"),
        ({}, {"target": changed(TARGET, state="AVAILABLE")}, "it is AVAILABLE, not in ERROR"),
        ({}, {"target": changed(TARGET, state="PENDING")}, "it is PENDING, not in ERROR"),
        ({}, {"target": changed(TARGET, bundle_id=SOURCE_ID)}, f"on bundle {SOURCE_ID}"),
        ({}, {"target": changed(TARGET, directory_id="d-other")}, "in directory d-other"),
        ({}, {"target": changed(TARGET, user_name="ben")}, "another user's"),
        ({}, {"source": None}, "does not return the original"),
        ({}, {"source": changed(WORKSPACE, workspace_id="ws-x")}, "does not return the original"),
        ({}, {"source": changed(WORKSPACE, state="ERROR")}, "the original is ERROR"),
        ({}, {"source": changed(WORKSPACE, state="TERMINATING")}, "the original is TERMINATING"),
        ({}, {"source": changed(WORKSPACE, bundle_id=TARGET_ID)}, f"the original is on bundle {TARGET_ID}"),
        ({}, {"connection": Connection("CONNECTED", None)}, "connected to it"),
        ({}, {"connection": Connection("DISCONNECTED", NOW)}, "connected to it"),
    ],
)
def test_each_guard_alone_keeps_it(record: dict[str, Any], around: dict[str, Any], why: str) -> None:
    all_well: dict[str, Any] = {"source": WORKSPACE, "target": TARGET, "connection": ROW}

    found = list(objections(replace(FAILED, **record), Around(**all_well | around)))

    assert any(why in one for one in found), found


MIGRATED = replace(FAILED, outcome=Outcome.MIGRATED, reason=None)
NEW = Owned("ws-target001", "AVAILABLE")


@pytest.mark.parametrize(
    ("owned", "targets", "told"),
    [
        ([NEW], {}, []),
        ([NEW, Owned("ws-other0001", "STOPPED")], {}, []),
        ([NEW, Owned("ws-other0001", "MAINTENANCE")], {}, ["ws-other0001 (MAINTENANCE)"]),
        ([NEW, Owned("ws-other0new", "STOPPED")], {"ws-other0001": "ws-other0new"}, []),
        ([NEW, Owned("ws-other0new", "STOPPED")], {}, ["ws-other0new (STOPPED)"]),
        ([NEW, Owned("ws-000000001", "AVAILABLE")], {}, ["ws-000000001 (AVAILABLE)"]),
        ([], {}, ["ws-target001 was not among"]),
    ],
)
def test_what_is_left_of_a_user(owned: list[Owned], targets: dict[str, str | None], told: list[str]) -> None:
    found = list(surprises(MIGRATED, owned, targets))

    assert len(found) == len(told)
    assert all(want in one for want, one in zip(told, found, strict=True))
