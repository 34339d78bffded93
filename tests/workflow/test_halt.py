"""Operators halt runs: one that is under way, with the command of the runbook; one that waits for approval,
as its execution."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.freshness import template_for_rehearsal
from rehearsal.call_record import CallRecord
from rehearsal.faults import parse_faults
from rehearsal.run import Task, Watcher, rehearse
from rehearsal.twin import load_fleet
from tests.workflow.test_rehearse_command import small_fleet, the_input

AFTER_STARTS = 4


class Operator:
    """Sends the runbook's update when so many have started."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.halted = False
        self.ledger = ""

    def hear(self, call: CallRecord) -> None:
        """Every call of the functions: those to the ledger name it."""
        self.ledger = call.parameters.get("TableName", self.ledger)

    def see(self, event: dict[str, Any]) -> None:
        if event["what"] != "started":
            return
        self.started.append(event["workspaceId"])
        if len(self.started) == AFTER_STARTS:
            boto3.client("dynamodb").update_item(
                TableName=self.ledger,
                Key={"pk": {"S": "run#rehearsal-1"}, "sk": {"S": "run"}},
                UpdateExpression="SET halted = :yes",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":yes": {"BOOL": True}},
            )
            self.halted = True


def test_nothing_more_starts_and_what_is_in_flight_is_seen_to_its_end(tmp_path: Path) -> None:
    fleet = tmp_path / "fleet.json"
    fleet.write_text(json.dumps(small_fleet(*["migrates"] * 30)), encoding="utf-8")
    operator = Operator()

    [ended] = rehearse(
        Task(
            template=template_for_rehearsal("dev"),
            fleet=load_fleet(fleet),
            inputs=[the_input()],
            input_paths=[tmp_path / "input.json"],
            faults=parse_faults([]),
            seed=0,
            stagger_seconds=0,
            out=tmp_path / "out",
        ),
        Watcher(on_event=operator.see, on_call=operator.hear),
    )

    assert operator.halted, ended
    assert ended.report is not None
    counts = ended.report["counts"]
    # Between the update and the next look at the run one call was on its way.
    assert AFTER_STARTS <= len(operator.started) <= AFTER_STARTS + 1
    assert counts["Migrated"] == len(operator.started)
    assert counts["Deferred"] == 30 - len(operator.started)
    assert {line["reason"] for line in ended.report["workspaces"] if line["outcome"] == "Deferred"} == {
        "brake"
    }
    assert ended.report["verdict"] == "brake-pulled"
    assert ended.report["virtualSeconds"] < timedelta(hours=2).total_seconds()


@pytest.mark.parametrize("redriven", [True, False])
def test_an_answer_to_a_halted_request_is_nobodys_death(tmp_path: Path, redriven: bool) -> None:
    fleet = tmp_path / "fleet.json"
    fleet.write_text(json.dumps(small_fleet("migrates", "migrates")), encoding="utf-8")
    halt = {"haltAfterSeconds": 120, "runId": "rehearsal-1"}
    waiting = the_input() | {"requireApproval": True}
    runs = rehearse(
        Task(
            template=template_for_rehearsal("dev"),
            fleet=load_fleet(fleet),
            inputs=[waiting, waiting],  # the second is what goes on when the first is halted for good
            input_paths=[tmp_path / "input.json"] * 2,
            faults=parse_faults([halt | ({"redriveAfterSeconds": 60} if redriven else {})]),
            seed=0,
            stagger_seconds=300,
            out=tmp_path / "out",
        )
    )
    assert [run.status for run in runs] == ["SUCCEEDED" if redriven else "ABORTED", "SUCCEEDED"]
    migrated = [run.report["counts"]["Migrated"] for run in runs if run.report is not None]
    assert max(migrated) == 2
