"""What the Step Functions console shows: states that explain themselves, failures that say what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.freshness import template_for_rehearsal
from infra.sources import DEFINITION, PROJECT
from rehearsal.faults import parse_faults
from rehearsal.run import Rehearsed, Task, rehearse
from rehearsal.twin import load_fleet
from tests.workflow.test_rehearse_command import small_fleet, the_input

Json = dict[str, Any]
Run = Callable[..., Rehearsed]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Rehearse one input on a small fleet, and give the execution as the console has it."""

    def execute(behaviours: list[str], faults: list[Json] | None = None, **fields: Any) -> Rehearsed:
        fleet = tmp_path / "fleet.json"
        fleet.write_text(json.dumps(small_fleet(*behaviours)), encoding="utf-8")
        given = the_input(**fields)
        [ended] = rehearse(
            Task(
                template=template_for_rehearsal("dev"),
                fleet=load_fleet(fleet),
                inputs=[given],
                input_paths=[tmp_path / "input.json"],
                faults=parse_faults(faults or []),
                seed=0,
                stagger_seconds=0,
                out=tmp_path / "out",
            )
        )
        return ended

    return execute


def states(machine: Json) -> Iterator[tuple[str, Json]]:
    for name, state in machine["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


def test_every_state_says_what_it_is_for() -> None:
    definition = json.loads((PROJECT / DEFINITION).read_text(encoding="utf-8"))
    found = list(states(definition))
    assert len(found) > 20
    for name, state in found:
        assert re.fullmatch(r"([A-Z][a-z]+)+", name), name
        assert state.get("Comment", "").endswith("."), name


def test_a_refused_input_s_cause_is_its_faults_and_nothing_else(run: Run) -> None:
    ended = run(["migrates"], select={"userNames": ["nobody"]})
    assert (ended.status, ended.error) == ("FAILED", "InvalidInput")
    assert ended.cause == "$.select: matches no WorkSpace; nothing was touched"


def test_an_inventory_that_may_not_be_read_is_a_fault_of_the_input(run: Run) -> None:
    denied = {"function": "assess", "operation": "GetObject", "error": "AccessDenied"}
    ended = run(["migrates"], [denied], select={"inventory": {"bucket": "elsewhere", "key": "1.csv"}})
    assert (ended.status, ended.error) == ("FAILED", "InvalidInput")
    assert str(ended.cause).startswith("$.select.inventory: s3://elsewhere/1.csv may not be read")
    assert "inventoryBuckets" in str(ended.cause)


@pytest.mark.parametrize(
    ("behaviours", "fields", "error", "told"),
    [
        (["sticks", "migrates"], {"abortAtFailurePercent": 100}, "incomplete", "Contact AWS Support"),
        (["lost", "migrates"], {"abortAtFailurePercent": 100}, "incomplete", "Contact AWS Support"),
        (["never-starts"] * 3 + ["migrates"] * 3, {"canary": 3}, "brake-pulled", "start a new execution"),
    ],
)
def test_a_failed_execution_says_what_to_do_and_where_the_report_is(
    run: Run, behaviours: list[str], fields: Json, error: str, told: str
) -> None:
    ended = run(behaviours, **fields)
    assert (ended.status, ended.error) == ("FAILED", error)
    assert ended.cause is not None
    assert told in ended.cause
    assert ended.cause.endswith("Report: runs/rehearsal-1/report.html in the runs bucket.")


def test_a_run_that_died_says_so(run: Run) -> None:
    dead = {"function": "clean_up", "crashBefore": "Query", "times": 40}
    ended = run(["rolls-back"], [dead], abortAtFailurePercent=100)
    assert (ended.status, ended.error) == ("FAILED", "failed")
    assert "start a new execution" in str(ended.cause)


def test_a_report_that_cannot_be_written_says_that_redriving_tries_again(run: Run) -> None:
    denied = {"function": "report", "operation": "PutObject", "error": "AccessDenied", "probability": 1}
    ended = run(["migrates"], [denied])
    assert (ended.status, ended.error) == ("FAILED", "ReportFailed")
    assert "redrive this execution" in str(ended.cause)
    assert "AccessDenied" in str(ended.cause)


def test_a_ledger_out_of_reach_for_an_hour_says_that_redriving_tries_again(run: Run) -> None:
    """Nor can the bus be told, for that asks the ledger what was told: which is not all one must read."""
    out = {"service": "dynamodb", "error": "ThrottlingException", "afterSeconds": 600, "forSeconds": 3600}
    ended = run(["migrates"], [out])
    assert (ended.status, ended.error) == ("FAILED", "ReportFailed")
    assert "redrive this execution" in str(ended.cause)
    assert "could not be told either" in str(ended.cause)


def test_a_run_whose_report_cannot_be_written_is_over_for_the_bus_too_and_once(
    run: Run, tmp_path: Path
) -> None:
    # Its topic is broken besides: events are then all that anybody hears.
    denied = {"function": "report", "operation": "PutObject", "error": "AccessDenied", "probability": 1}
    assert run(["migrates", "rolls-back"], [denied], abortAtFailurePercent=100).error == "ReportFailed"
    events = [json.loads(line) for line in (tmp_path / "out" / "events.jsonl").read_text().splitlines()]
    [over] = [one["detail"] for one in events if one["detail-type"] == "Run Finished"]
    assert (over["verdict"], over["green"], over["failure"]) == ("failed", False, "ReportFailed")
    assert over["counts"] == {"Migrated": 1, "RolledBack": 1}
    assert over["files"] == {}


def test_a_report_whose_notice_cannot_be_sent_is_not_called_unwritten(run: Run, tmp_path: Path) -> None:
    denied = {"function": "report", "operation": "Publish", "error": "AuthorizationError", "probability": 1}
    ended = run(["migrates"], [denied])
    assert (ended.status, ended.error) == ("FAILED", "NoticeNotSent")
    assert "The report is written: runs/rehearsal-1/report.html" in str(ended.cause)
    assert "redrive this execution" in str(ended.cause)
    assert ended.report is not None
    assert ended.report["verdict"] == "migrated"
    events = [json.loads(line) for line in (tmp_path / "out" / "events.jsonl").read_text().splitlines()]
    [over] = [one["detail"] for one in events if one["detail-type"] == "Run Finished"]
    assert over["verdict"] == "migrated"
    assert "report.html" in over["files"]
    log = [json.loads(line) for line in (tmp_path / "out" / "log.jsonl").read_text().splitlines()]
    assert any(line.get("NoticesNotSent") for line in log), "the alarm NotTold"


def test_a_fleet_that_may_not_be_migrated_says_that_permissions_are_missing(run: Run, tmp_path: Path) -> None:
    ended = run(["refuses:AccessDeniedException"] * 3, abortAtFailurePercent=100)
    assert ended.report is not None
    assert ended.report["headline"].startswith("Permissions are missing")
    assert {line["nextStep"][:23] for line in ended.report["workspaces"]} == {"A permission is missing"}
    sent = [json.loads(line) for line in (tmp_path / "out" / "notifications.jsonl").read_text().splitlines()]
    assert sent[-1]["subject"].startswith("Incomplete: permissions are missing, 0 of 3 WorkSpaces migrated")


def test_a_report_that_works_when_it_is_tried_again_is_told_once(run: Run, tmp_path: Path) -> None:
    # Seven invocations of the first state; the last try then succeeds.
    fault = {"function": "report", "operation": "PutObject", "error": "AccessDenied", "times": 7}
    assert run(["migrates"], [fault]).status == "SUCCEEDED"
    events = [json.loads(line) for line in (tmp_path / "out" / "events.jsonl").read_text().splitlines()]
    [over] = [one["detail"] for one in events if one["detail-type"] == "Run Finished"]
    assert over["verdict"] == "migrated"


def test_a_clean_up_that_died_stands_in_the_report_in_plain_words(run: Run) -> None:
    dead = {"function": "clean_up", "crashBefore": "Query", "times": 40}
    ended = run(["rolls-back"], [dead], abortAtFailurePercent=100)
    assert ended.report is not None
    cause = ended.report["failure"]["cause"]
    assert cause.startswith("CleanUpDirectory died, so computer objects may be left over: ")
    assert "{" not in cause


def test_a_report_that_is_repeated_counts_the_run_once(run: Run, tmp_path: Path) -> None:
    crash = {"function": "report", "crashAfter": "PutEvents", "skip": 1}
    assert run(["migrates"], [crash]).status == "SUCCEEDED"
    lines = [json.loads(line) for line in (tmp_path / "out" / "log.jsonl").read_text().splitlines()]
    assert sum(1 for line in lines if line["message"] == "run finished") == 1


def test_a_run_in_which_nothing_is_stuck_or_lost_is_green(run: Run) -> None:
    assert run(["migrates", "rolls-back"], abortAtFailurePercent=100).status == "SUCCEEDED"
