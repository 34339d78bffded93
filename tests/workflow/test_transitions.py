"""The state transitions that a report counts are those that the engine counts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.workflow.test_rehearse_command import Rehearse, rehearse, small_fleet, the_input

__all__ = ["rehearse"]

FLEET = ("migrates", "rolls-back", "never-starts", "sticks", "refuses:OperationNotSupportedException", "lost")


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        pytest.param({"dryRun": True}, [], id="dry run"),
        pytest.param({"canary": 0, "batchSize": 2}, [], id="batches"),
        pytest.param({"canary": 1, "maxInFlight": 1}, [], id="one permit"),
        pytest.param({"requireApproval": True}, [], id="approval"),
        pytest.param({"canary": 3, "abortAtFailurePercent": 1}, [], id="brake"),
        pytest.param({}, [{"function": "start", "crashAfter": "MigrateWorkspace"}], id="retries"),
    ],
)
def test_the_report_counts_what_the_engine_counts(
    rehearse: Rehearse, fields: dict[str, Any], faults: list[dict[str, Any]]
) -> None:
    ran = rehearse(small_fleet(*FLEET), the_input(**fields), faults=faults)

    found = re.search(r"(\d+)\s+state\s+transitions", ran.stdout)
    assert found is not None
    cost = ran.report["cost"]
    assert cost["stateTransitions"] == int(found[1])
    assert cost["stateMachineUsd"] == pytest.approx(int(found[1]) * 25e-6)
