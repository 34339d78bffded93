"""In whole rehearsals every response that a function gets is one of its service's model, every error one
that the service has; and the twin answers every operation of WorkSpaces that a function may call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.model import Shape

from infra.freshness import template_for_rehearsal
from infra.function_table import FUNCTIONS
from rehearsal.call_record import RESPONSE_LOST, CallRecord
from rehearsal.faults import parse_faults
from rehearsal.run import Task, Watcher, rehearse
from rehearsal.twin import parse_fleet
from rehearsal.twin.shapes import service_model
from tests.twin_bench import bench, model_faults
from tests.workflow.test_rehearse_command import small_fleet, the_input

COMMON_ERRORS = {"ThrottlingException", "InternalServerException"}
"""Errors that services send without modelling them."""

FAULTS = [
    {"operation": "DescribeWorkspacesConnectionStatus", "emptyPage": True},
    {"operation": "DescribeWorkspaces", "error": "ThrottlingException", "times": 2},
    {"operation": "MigrateWorkspace", "lostResponse": True},
    {"operation": "MigrateWorkspace", "hideTargetSeconds": 60},
    {"operation": "TransactWriteItems", "error": "TransactionCanceledException", "times": 3},
    {"operation": "UpdateItem", "delaySeconds": 1, "probability": 0.5},
]


def seen(tmp_path: Path, given: dict[str, Any], faults: list[dict[str, Any]]) -> list[str]:
    """What is wrong with the responses of a rehearsal; each call is looked at as it is made."""
    behaviours = ("migrates", "rolls-back", "never-starts", "sticks", "lost", "migrates", "migrates")
    fleet = small_fleet(*behaviours, "refuses:OperationNotSupportedException")
    wrong: list[str] = []
    operations: set[str] = set()

    def look(call: CallRecord) -> None:
        operations.add(call.operation)
        wrong.extend(f"{call.service} {call.operation}: {fault}" for fault in faults_of(call))

    task = Task(
        template_for_rehearsal("dev"),
        parse_fleet(fleet),
        [given],
        [tmp_path / "input.json"],
        parse_faults(faults),
        1,
        0.0,
        tmp_path / "out",
    )
    (run,) = rehearse(task, Watcher(on_call=look))
    assert run.report is not None
    assert operations >= {"DescribeWorkspaces", "PutObject", "Publish"}
    return wrong


def faults_of(call: CallRecord) -> Iterator[str]:
    model = service_model(call.service).operation_model(call.operation)
    if call.error not in (None, RESPONSE_LOST):
        modelled = {shape.metadata.get("error", {}).get("code", shape.name) for shape in model.error_shapes}
        modelled |= {shape.name for shape in model.error_shapes}
        if call.error not in modelled | COMMON_ERRORS:
            yield f"the error {call.error} is none of {sorted(modelled)}"
    if call.result is None:
        return
    shape: Shape | None = model.output_shape
    if shape is None:
        if call.result:
            yield f"{sorted(call.result)} where nothing is answered"
        return
    yield from model_faults(dict(call.result), shape)


@pytest.mark.parametrize("dry", [True, False])
def test_every_response_is_one_of_the_model_and_every_error(dry: bool, tmp_path: Path) -> None:
    given = the_input(dryRun=dry, abortAtFailurePercent=100)
    assert seen(tmp_path, given, [] if dry else FAULTS) == []


def test_the_twin_answers_whatever_a_function_may_call() -> None:
    granted = {
        action.partition(":")[2]
        for function in FUNCTIONS
        for grant in function.grants
        for action in grant.actions
        if action.startswith("workspaces:")
    }
    with bench() as on:
        assert granted
        assert granted - on.twin.operations == set()
