"""Just before the start of each WorkSpace: what has changed since it was planned keeps it where it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.workflow.test_hostile_service import STRANGE, Spoil, changed, migrated, row, run
from tests.workflow.test_rehearse_command import NEW, Rehearse, rehearse, small_fleet, the_input

__all__ = ["rehearse"]

OTHERS = {"ws-000000002", "ws-000000003"}


def since_the_plan(change: Spoil) -> Spoil:
    """Says so of one WorkSpace from the second answer about it on: planning has had the first."""
    asked: list[int] = []

    def spoil(answer: dict[str, Any]) -> None:
        if any(one.get("WorkspaceId") == STRANGE for one in answer.get("Workspaces", ())):
            asked.append(1)
        if len(asked) > 1:
            change(answer)

    return spoil


def gone(answer: dict[str, Any]) -> None:
    answer["Workspaces"] = [one for one in answer["Workspaces"] if one["WorkspaceId"] != STRANGE]


CHANGES: dict[str, tuple[Spoil, str, str]] = {
    "on another bundle": (
        row("Workspaces", lambda one: changed(one, {"BundleId": "wsb-rebuilt00"})),
        "modification-in-progress",
        "Its bundle is wsb-rebuilt00 now; it was planned from",
    ),
    "on the target already": (
        row("Workspaces", lambda one: changed(one, {"BundleId": NEW})),
        "same-bundle",
        f"Its bundle is {NEW} now; it was planned from",
    ),
    "gone": (gone, "not-found", "It was there when the run was planned and is gone now."),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_not_as_it_was_planned_is_not_started(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, reason, detail = CHANGES[what]
    ended, calls, errors = run(tmp_path, monkeypatch, "DescribeWorkspaces", since_the_plan(change))
    assert not errors
    assert migrated(calls).keys() == OTHERS
    assert ended.report is not None
    outcomes = {one["workspaceId"]: one for one in ended.report["workspaces"]}
    assert (outcomes[STRANGE]["outcome"], outcomes[STRANGE]["reason"]) == ("Ineligible", reason)
    assert outcomes[STRANGE]["detail"].startswith(detail)
    assert {outcomes[one]["outcome"] for one in OTHERS} == {"Migrated"}


def test_who_waits_for_their_user_when_the_brake_is_pulled_is_told_of_the_brake(rehearse: Rehearse) -> None:
    fleet = small_fleet("rolls-back", "rolls-back", "migrates")
    fleet["ConnectionStatus"] = [{"WorkspaceId": "ws-000000003", "ConnectionState": "CONNECTED"}]

    ran = rehearse(fleet, the_input(abortAtFailurePercent=0))

    assert ran.code == 4
    assert ran.outcomes["ws-000000003"] == ("Deferred", "brake")
