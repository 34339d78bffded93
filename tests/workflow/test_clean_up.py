"""The clean-up within a run: what it waits for, and what it does with former computers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflow.test_rehearse_command import Rehearse, rehearse, small_fleet, the_input

__all__ = ["rehearse"]


def directory(report: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(line["workspaceId"], line["result"], line["reason"]) for line in report["directory"]]


@pytest.mark.parametrize("seed", ["1", "2"])
def test_a_target_on_its_way_out_is_waited_for(rehearse: Rehearse, seed: str) -> None:
    """The run is over when its one target rolls back, and the service shows that for minutes."""
    ran = rehearse(small_fleet("rolls-back"), the_input(abortAtFailurePercent=100), more=("--seed", seed))
    assert directory(ran.report) == [("ws-000000001", "deleted", "Its WorkSpace is gone.")]


@pytest.mark.parametrize(
    ("mode", "result"), [("report", "reported"), ("disable", "disabled"), ("delete", "deleted")]
)
def test_former_computers_are_dealt_with_as_the_input_says(
    rehearse: Rehearse,
    mode: str,
    result: str,
) -> None:
    # The one that never starts keeps the run going until the others' sources are gone.
    fleet = small_fleet("migrates", "migrates+leaves-computer", "never-starts")
    given = the_input(abortAtFailurePercent=100, directoryCleanUp={"formerComputers": mode})
    ran = rehearse(fleet, given)
    assert [(one, found) for one, found, _ in directory(ran.report)] == [("ws-000000002", result)]
