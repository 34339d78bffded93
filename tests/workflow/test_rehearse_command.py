"""rehearse run, as the design's contract has it: outcomes, files, exit codes, the same bytes again."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rehearsal.cli import main
from rehearsal.twin.paging import LISTS_BY_OPERATION

EXAMPLES = Path(__file__).parents[2] / "examples"
DIRECTORY = "d-9067b2d8e5"
OLD, NEW = "wsb-6p1s3k9xq", "wsb-2t22dcv5r"

Json = dict[str, Any]


@dataclass(frozen=True)
class Ran:
    """A finished command."""

    code: int
    out: Path
    stdout: str
    stderr: str

    @property
    def report(self) -> Json:
        document: Json = json.loads((self.out / "report.json").read_text())
        return document

    def lines(self, name: str) -> list[Json]:
        return [json.loads(line) for line in (self.out / name).read_text().splitlines()]

    @property
    def outcomes(self) -> dict[str, tuple[str, str | None]]:
        return {one["workspaceId"]: (one["outcome"], one["reason"]) for one in self.report["workspaces"]}


Rehearse = Callable[..., Ran]


@pytest.fixture
def rehearse(tmp_path: Path) -> Rehearse:
    """Write fleet, input and faults into files and run the command on them."""

    def run(fleet: Json, *inputs: Json, faults: list[Json] | None = None, more: tuple[str, ...] = ()) -> Ran:
        place = tmp_path / f"run-{len(list(tmp_path.iterdir()))}"
        place.mkdir()
        arguments = ["run", "--fleet", _written(place / "fleet.json", fleet), "--out", str(place / "out")]
        for number, given in enumerate(inputs):
            arguments += ["--input", _written(place / f"input-{number}.json", given)]
        if faults is not None:
            arguments += ["--faults", _written(place / "faults.json", faults)]
        result = CliRunner().invoke(main, [*arguments, *more])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, place / "out", result.stdout, result.stderr)

    return run


def _written(path: Path, document: Any) -> str:
    path.write_text(json.dumps(document))
    return str(path)


def small_fleet(*behaviours: str, **twin: Any) -> Json:
    """One WorkSpace for each behaviour, all of them fit to go."""
    ids = [f"ws-{number:09d}" for number in range(1, len(behaviours) + 1)]
    return {
        "Workspaces": [
            {
                "WorkspaceId": one,
                "DirectoryId": DIRECTORY,
                "UserName": f"user{number}",
                "BundleId": OLD,
                "State": "AVAILABLE",
            }
            for number, one in enumerate(ids)
        ],
        "Bundles": [
            {"BundleId": OLD, "Name": "Standard with Windows 10 (Server 2016 based)", "Owner": "AMAZON"},
            {"BundleId": NEW, "Name": "Standard with Windows 10 (Server 2022 based)", "Owner": "AMAZON"},
        ],
        "Directories": [{"DirectoryId": DIRECTORY, "DirectoryName": "corp.example.com"}],
        "Twin": {
            "now": "2026-11-28T02:00:00Z",
            "behaviour": dict(zip(ids, behaviours, strict=True)),
            **twin,
        },
    }


def the_input(**fields: Any) -> Json:
    return {"select": {"directoryIds": [DIRECTORY]}, "target": {"bundleId": NEW}, "dryRun": False, **fields}


def test_every_behaviour_has_its_outcome(rehearse: Rehearse) -> None:
    fleet = small_fleet(
        "migrates",
        "rolls-back",
        "never-starts",
        "sticks",
        "refuses:OperationNotSupportedException",
        "lost",
        "migrates+leaves-computer",
    )

    ran = rehearse(fleet, the_input(abortAtFailurePercent=100))

    assert ran.code == 3
    assert [ran.outcomes[f"ws-{number:09d}"] for number in range(1, 8)] == [
        ("Migrated", None),
        ("RolledBack", None),
        ("NeverStarted", None),
        ("Stuck", "PENDING"),
        ("Refused", "OperationNotSupportedException"),
        ("Lost", None),
        ("Migrated", None),
    ]
    assert ran.report["verdict"] == "incomplete"
    # The rolled-back target's object is deleted, a migrated one's former computer is left and told.
    assert [(line["workspaceId"], line["result"]) for line in ran.report["directory"]] == [
        ("ws-000000002", "deleted"),
        ("ws-000000007", "reported"),
    ]
    [deleted, _] = ran.report["directory"]
    assert (ran.out / "directory" / f"{deleted['objectGuid']}.ldif").is_file()


def test_a_fleet_that_all_migrates_exits_0_and_leaves_every_file(rehearse: Rehearse) -> None:
    ran = rehearse(small_fleet(*["migrates"] * 3), the_input(), more=("--json",))

    assert ran.code == 0
    assert {path.name for path in ran.out.iterdir() if path.is_file()} >= {
        "report.html",
        "report.json",
        "results.csv",
        "id-map.csv",
        "calls.jsonl",
        "events.jsonl",
        "notifications.jsonl",
        "twin.jsonl",
    }
    assert json.loads(ran.stdout.splitlines()[-1]) == ran.report
    calls = ran.lines("calls.jsonl")
    assert set(calls[0]) == {
        "at",
        "runId",
        "function",
        "service",
        "operation",
        "parameters",
        "error",
        "result",
    }
    [notification] = ran.lines("notifications.jsonl")
    assert "3" in notification["message"]
    with (ran.out / "id-map.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 3
    truth = {event["workspaceId"]: event["targetWorkspaceId"] for event in ran.lines("twin.jsonl")}
    assert {one["workspaceId"]: one["targetWorkspaceId"] for one in ran.report["workspaces"]} == truth


def test_a_dry_run_calls_nothing_that_acts_and_exits_0(rehearse: Rehearse) -> None:
    given = the_input()
    del given["dryRun"]

    ran = rehearse(small_fleet("migrates", "rolls-back"), given)

    assert ran.code == 0
    assert set(ran.outcomes.values()) == {("Planned", None)}
    assert ran.lines("twin.jsonl") == []
    assert not any(call["operation"] == "MigrateWorkspace" for call in ran.lines("calls.jsonl"))


def test_the_example_accounts_for_all_120_and_calls_for_none_twice(rehearse: Rehearse) -> None:
    fleet = json.loads((EXAMPLES / "fleet-120.json").read_text())
    given = json.loads((EXAMPLES / "migrate.json").read_text())

    ran = rehearse(fleet, given)

    assert ran.code == 3
    assert len(ran.outcomes) == 120
    assert sum(ran.report["counts"].values()) == 120
    acted = Counter(
        call["parameters"]["SourceWorkspaceId"]
        for call in ran.lines("calls.jsonl")
        if call["operation"] == "MigrateWorkspace" and call["result"] is not None
    )
    assert set(acted.values()) == {1}
    counts = ran.report["counts"]
    assert (counts["RolledBack"], counts["NeverStarted"], counts["Stuck"]) == (2, 1, 1)


def test_a_bad_night_of_the_example_costs_no_outcome(rehearse: Rehearse) -> None:
    fleet, given, faults = (
        json.loads((EXAMPLES / name).read_text())
        for name in ("fleet-120.json", "migrate.json", "faults.json")
    )

    ran = rehearse(fleet, given, faults=faults)

    counts = {outcome: count for outcome, count in ran.report["counts"].items() if count}
    # A target that is hidden, and rolled back while nobody could look, was never seen.
    assert counts.pop("RolledBack") + counts.pop("NeverStarted") == 2 + 1
    assert counts == {
        "Migrated": 92,
        "Stuck": 1,
        "Ineligible": 19,
        "Deferred": 5,
    }
    acted = Counter(
        call["parameters"]["SourceWorkspaceId"]
        for call in ran.lines("calls.jsonl")
        if call["operation"] == "MigrateWorkspace" and call["result"] is not None
    )
    assert set(acted.values()) == {1}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(rehearse: Rehearse) -> None:
    fleet, given = small_fleet("migrates", "rolls-back", "migrates"), the_input()

    first, second = (rehearse(fleet, given, more=("--seed", "7")) for _ in range(2))
    other = rehearse(fleet, given, more=("--seed", "8"))

    for name in ("calls.jsonl", "twin.jsonl", "report.json", "report.html", "notifications.jsonl"):
        assert (first.out / name).read_bytes() == (second.out / name).read_bytes(), name
    assert (first.out / "twin.jsonl").read_bytes() != (other.out / "twin.jsonl").read_bytes()


def test_wrong_files_exit_2_and_every_fault_is_named_by_its_path(rehearse: Rehearse) -> None:
    fleet = small_fleet("sleeps")
    fleet["Workspaces"][0]["State"] = "SLEEPING"
    given = the_input(batchSize=26, canery=5, select={}, rules={"linux": "maybe"})

    ran = rehearse(fleet, given, faults=[{"operation": "Nonsense", "error": "X"}])

    assert ran.code == 2
    for path in (
        "$.Workspaces[0].State",
        "$.Twin.behaviour",
        "$.batchSize",
        "$.canery",
        "$.select",
        "$.rules.linux",
        "$[0].operation",
    ):
        assert path in ran.stderr, ran.stderr


def test_a_selection_that_matches_nothing_says_so_and_exits_2(rehearse: Rehearse) -> None:
    ran = rehearse(small_fleet("migrates"), the_input(select={"userNames": ["nobody"]}))

    assert ran.code == 2
    assert "matches no WorkSpace" in ran.stderr
    assert not any(call["operation"] == "MigrateWorkspace" for call in ran.lines("calls.jsonl"))


def test_an_id_that_does_not_exist_is_accounted_for(rehearse: Rehearse) -> None:
    ran = rehearse(
        small_fleet("migrates"), the_input(select={"workspaceIds": ["ws-000000001", "ws-doesnotexist"]})
    )

    assert ran.outcomes == {
        "ws-000000001": ("Migrated", None),
        "ws-doesnotexist": ("Ineligible", "not-found"),
    }
    assert ran.code == 0


def test_too_many_failures_pull_the_brake_and_the_rest_is_deferred(rehearse: Rehearse) -> None:
    ran = rehearse(small_fleet(*["rolls-back"] * 6), the_input(maxInFlight=2, abortAtFailurePercent=20))

    assert ran.code == 4
    counts = ran.report["counts"]
    assert counts["Deferred"] >= 2
    assert counts["RolledBack"] + counts["Deferred"] == 6
    assert {reason for outcome, reason in ran.outcomes.values() if outcome == "Deferred"} == {"brake"}


def test_a_canary_that_fails_stops_the_rest(rehearse: Rehearse) -> None:
    behaviours = ["rolls-back", *["migrates"] * 9]

    ran = rehearse(small_fleet(*behaviours), the_input(canary=2, abortAtFailurePercent=30))

    assert ran.code == 4
    counts = ran.report["counts"]
    assert (counts["RolledBack"], counts["Migrated"], counts["Deferred"]) == (1, 1, 8)


def test_a_window_that_closes_defers_what_could_not_finish(rehearse: Rehearse) -> None:
    given = the_input(maxInFlight=2, window={"closesAt": "2026-11-28T03:15:00Z"})

    ran = rehearse(small_fleet(*["migrates"] * 8), given)

    assert ran.code == 3
    deferred = {reason for outcome, reason in ran.outcomes.values() if outcome == "Deferred"}
    assert deferred == {"window"}
    starts = [call["at"] for call in ran.lines("calls.jsonl") if call["operation"] == "MigrateWorkspace"]
    assert starts
    assert max(starts) <= "2026-11-28T02:15:01Z"


def test_two_runs_over_the_same_fleet_share_the_work(rehearse: Rehearse) -> None:
    fleet = small_fleet(*["migrates"] * 8, "rolls-back", "migrates")

    ran = rehearse(fleet, the_input(maxInFlight=3), the_input(maxInFlight=3), more=("--stagger", "120"))

    assert ran.code == 3
    calls = Counter(
        call["parameters"]["SourceWorkspaceId"]
        for run_id in ("rehearsal-1", "rehearsal-2")
        for call in Ran(0, ran.out / run_id, "", "").lines("calls.jsonl")
        if call["operation"] == "MigrateWorkspace"
    )
    assert calls == Counter({f"ws-{number:09d}": 1 for number in range(1, 11)})
    for run_id in ("rehearsal-1", "rehearsal-2"):
        report = Ran(0, ran.out / run_id, "", "").report
        assert (report["counts"]["Migrated"], report["counts"]["RolledBack"]) == (9, 1)


@pytest.mark.parametrize(
    "fault",
    [
        {"operation": "MigrateWorkspace", "lostResponse": True},
        {"function": "start", "crashAfter": "MigrateWorkspace"},
        {"operation": "MigrateWorkspace", "error": "ThrottlingException", "times": 5},
        {"operation": "MigrateWorkspace", "error": "InternalServerError", "times": 1},
        {"operation": "DescribeWorkspaces", "error": "ThrottlingException", "times": 12},
        {"function": "poll", "crashBefore": "DescribeWorkspaces", "times": 2},
        {"operation": "TransactWriteItems", "error": "ProvisionedThroughputExceededException", "times": 2},
        {"function": "report", "crashAfter": "Publish"},
        {"operation": "MigrateWorkspace", "error": "InternalServerError", "acted": True},
        {"operation": "MigrateWorkspace", "hideTargetSeconds": 900, "times": 3},
        {"service": "workspaces", "error": "ThrottlingException", "afterSeconds": 60, "forSeconds": 20},
        {"operation": "DescribeWorkspaces", "emptyPage": True, "times": 9},
        {"function": "start", "lostResult": True, "times": 3},
        {"function": "start", "hangAfter": "MigrateWorkspace"},
        {"function": "poll", "crashAfter": "*", "skip": 3},
        {"function": "poll", "clockSkewSeconds": -2.5},
        {"haltAfterSeconds": 900, "redriveAfterSeconds": 1200},
    ],
    ids=lambda fault: " ".join(map(str, fault.values())),
)
def test_a_fault_costs_time_and_no_outcome(rehearse: Rehearse, fault: Json) -> None:
    ran = rehearse(small_fleet(*["migrates"] * 3), the_input(), faults=[fault])

    assert ran.code == 0
    acted = [
        call["parameters"]["SourceWorkspaceId"]
        for call in ran.lines("calls.jsonl")
        if call["operation"] == "MigrateWorkspace" and call["result"] is not None
    ]
    assert sorted(acted) == ["ws-000000001", "ws-000000002", "ws-000000003"]


def test_a_function_killed_before_the_call_leaves_its_workspace_alone(rehearse: Rehearse) -> None:
    fault = {"function": "start", "crashBefore": "MigrateWorkspace"}

    ran = rehearse(small_fleet("migrates", "migrates"), the_input(), faults=[fault])

    assert ran.code == 3
    assert sorted(outcome for outcome, _ in ran.outcomes.values()) == ["Migrated", "NeverStarted"]


def test_a_run_that_needs_approval_waits_for_it_and_records_who_gave_it(rehearse: Rehearse) -> None:
    ran = rehearse(small_fleet("migrates", "migrates"), the_input(requireApproval=True))

    assert ran.code == 0
    assert ran.report["approval"] == {"approvedBy": "rehearsal", "approvedAt": "2026-11-28T02:10:00Z"}
    starts = [call["at"] for call in ran.lines("calls.jsonl") if call["operation"] == "MigrateWorkspace"]
    assert min(starts) > "2026-11-28T02:10:00"
    request, _ = ran.lines("notifications.jsonl")
    assert "2 WorkSpaces" in request["subject"]
    assert "send-task-success" in request["message"]


def test_a_plan_that_nobody_approves_starts_nothing(
    rehearse: Rehearse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rehearsal.approver.ANSWERS_EVERY_SECONDS", 2 * 86400)

    ran = rehearse(small_fleet("migrates", "migrates"), the_input(requireApproval=True))

    assert ran.code == 3
    assert set(ran.outcomes.values()) == {("Deferred", "approval")}
    assert ran.lines("twin.jsonl") == []
    assert ran.report["virtualSeconds"] >= 86400


def test_a_halted_run_reports_nothing_and_a_second_one_does_what_is_left(rehearse: Rehearse) -> None:
    faults = [{"haltAfterSeconds": 600, "runId": "rehearsal-1"}]

    ran = rehearse(
        small_fleet(*["migrates"] * 8),
        the_input(maxInFlight=3),
        the_input(maxInFlight=3),
        faults=faults,
        more=("--stagger", "7200"),
    )

    assert ran.code == 3
    assert "rehearsal-1 was halted" in ran.stderr
    assert not (ran.out / "rehearsal-1" / "report.json").exists()
    calls = [
        call["parameters"]["SourceWorkspaceId"]
        for run_id in ("rehearsal-1", "rehearsal-2")
        for call in Ran(0, ran.out / run_id, "", "").lines("calls.jsonl")
        if call["operation"] == "MigrateWorkspace"
    ]
    assert len(calls) == len(set(calls)) == 8


def test_a_function_reads_its_own_clock(rehearse: Rehearse) -> None:
    fleet, given = small_fleet("migrates"), the_input()
    faults: list[Json] = [{"function": "start", "clockSkewSeconds": 120}]

    plain, skewed = rehearse(fleet, given), rehearse(fleet, given, faults=faults)

    began = [datetime.fromisoformat(ran.report["workspaces"][0]["startedAt"]) for ran in (plain, skewed)]
    assert timedelta(seconds=110) < began[1] - began[0] < timedelta(seconds=130)


def test_a_fault_of_a_run_that_is_not_rehearsed_exits_2(rehearse: Rehearse) -> None:
    ran = rehearse(
        small_fleet("migrates"), the_input(), faults=[{"haltAfterSeconds": 1, "runId": "rehearsal-2"}]
    )

    assert ran.code == 2
    assert "$[0].runId" in ran.stderr


@pytest.mark.parametrize("operation", ["DescribeWorkspaces", "DescribeWorkspaceDirectories"])
def test_pages_without_end_end_the_run_with_a_sentence(rehearse: Rehearse, operation: str) -> None:
    """Each is empty and has a token: turn after turn would read on for ever."""
    ran = rehearse(
        small_fleet("migrates"),
        the_input(),
        faults=[{"operation": operation, "emptyPage": True, "probability": 1.0}],
    )

    assert ran.code == 1, ran.stderr
    calls = [call for call in ran.lines("calls.jsonl") if call["operation"] == operation]
    assert len(calls) < 2_000
    told = (ran.out / "report.json").read_text() + ran.stderr
    assert "does not end: the service gave 100 pages and a token for more" in told
    assert not [call for call in ran.lines("calls.jsonl") if call["operation"] == "MigrateWorkspace"]


@pytest.mark.parametrize("operation", sorted(LISTS_BY_OPERATION))
def test_an_empty_page_is_not_the_end_of_a_listing(rehearse: Rehearse, operation: str) -> None:
    fleet = small_fleet("migrates", "lost")
    fleet["Bundles"][1] |= {
        "Name": "Ours with Windows 10",
        "Owner": "123456789012",
        "ImageId": "wsi-ours00000",
    }
    fault = {"operation": operation, "emptyPage": True, "probability": 0.6}

    ran = rehearse(fleet, the_input(abortAtFailurePercent=100), faults=[fault])

    assert sorted(outcome for outcome, _ in ran.outcomes.values()) == ["Lost", "Migrated"]
    assert any(
        call["operation"] == operation
        and call["result"]
        and not call["result"][LISTS_BY_OPERATION[operation]]
        for call in ran.lines("calls.jsonl")
    )
