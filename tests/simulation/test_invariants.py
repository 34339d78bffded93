"""Each invariant sees what it is there to see: evidence of a good run, tampered with in one place."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import pytest

from rehearsal.simulation.case import Case, Document, read_case
from rehearsal.simulation.catalogue import CATALOGUE, CUSTOM_22, PUBLIC_10
from rehearsal.simulation.draw import draw_case
from rehearsal.simulation.evidence import Evidence, gather
from rehearsal.simulation.invariants import INVARIANTS, violations
from rehearsal.simulation.trial import template

DIRECTORY = "d-0123456789"
BEHAVIOURS = (
    "migrates",
    "migrates",
    "rolls-back",
    "never-starts",
    "sticks",
    "lost",
    "refuses:AccessDeniedException",
    "migrates",
)
CONNECTED, OPTED_OUT = "ws-connected0", "ws-optedout00"


def ws(number: int) -> str:
    return f"ws-{number:09d}"


def _fleet() -> Document:
    ids = [*(ws(number) for number in range(len(BEHAVIOURS))), CONNECTED, OPTED_OUT]
    return {
        "Workspaces": [
            {
                "WorkspaceId": one,
                "DirectoryId": DIRECTORY,
                "UserName": f"user-{one}",
                "State": "AVAILABLE",
                "BundleId": PUBLIC_10.bundle_id,
            }
            for one in ids
        ],
        "Bundles": [bundle.row() for bundle in CATALOGUE.values()],
        "Images": [image for bundle in CATALOGUE.values() if (image := bundle.image())],
        "Directories": [
            {"DirectoryId": DIRECTORY, "DirectoryName": "corp.example.com", "SubnetIds": ["subnet-1"]}
        ],
        "Subnets": [{"SubnetId": "subnet-1", "CidrBlock": "10.1.0.0/24", "AvailableIpAddressCount": 50}],
        "Tags": {OPTED_OUT: [{"Key": "MigrationOptOut", "Value": ""}]},
        "ConnectionStatus": [{"WorkspaceId": CONNECTED, "ConnectionState": "CONNECTED"}],
        "Twin": {
            "now": "2026-11-28T02:00:00Z",
            "durations": {"medianMinutes": 25, "sigma": 0},
            "behaviour": {ws(number): text for number, text in enumerate(BEHAVIOURS)},
        },
    }


CASE = Case(
    seed=1,
    fleet=_fleet(),
    inputs=[
        {
            "select": {"directoryIds": [DIRECTORY]},
            "target": {"bundleId": CUSTOM_22.bundle_id},
            "dryRun": False,
            "canary": 1,
            "maxInFlight": 8,
            "abortAtFailurePercent": 100,
        }
    ],
)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return gather(CASE, tmp_path_factory.mktemp("good"), template())


@pytest.fixture
def evidence(good: Evidence) -> Evidence:
    """A copy to tamper with, without what was worked out from the original."""
    return copy.deepcopy(Evidence(good.case, good.runs, good.calls, good.events, good.world))


def test_a_good_run_satisfies_them_all(evidence: Evidence) -> None:
    assert violations(evidence) == []


def _line(evidence: Evidence, workspace_id: str) -> Document:
    return next(line for line in evidence.runs[0].lines if line["workspaceId"] == workspace_id)


def _report(evidence: Evidence) -> Document:
    report = evidence.runs[0].report
    assert report is not None
    return report


def _call(evidence: Evidence, workspace_id: str) -> Document:
    return next(
        call
        for call in evidence.calls
        if call["operation"] == "MigrateWorkspace" and call["parameters"]["SourceWorkspaceId"] == workspace_id
    )


def migrates_twice(evidence: Evidence) -> None:
    evidence.calls.append({**_call(evidence, ws(0)), "at": "2026-11-28T03:00:00.000Z"})


def migrates_twice_unheard(evidence: Evidence) -> None:
    again = {**_call(evidence, ws(0)), "at": "2026-11-28T03:00:00.000Z", "error": "ResponseLost"}
    evidence.calls.append(again)


def migrates_one_that_opted_out(evidence: Evidence) -> None:
    call = copy.deepcopy(_call(evidence, ws(0)))
    call["parameters"]["SourceWorkspaceId"] = OPTED_OUT
    evidence.calls.append(call)


def migrates_under_a_user(evidence: Evidence) -> None:
    call = copy.deepcopy(_call(evidence, ws(0)))
    call["parameters"]["SourceWorkspaceId"] = CONNECTED
    evidence.calls.append(call)


def sends_it_elsewhere(evidence: Evidence) -> None:
    _call(evidence, ws(0))["parameters"]["BundleId"] = PUBLIC_10.bundle_id


def runs_out_of_addresses(evidence: Evidence) -> None:
    refused = {"what": "refused", "message": "The subnets have no free IP address for the new WorkSpace."}
    evidence.events.append(
        {"at": "2026-11-28T02:00:30.000Z", "workspaceId": ws(0), "targetWorkspaceId": None, **refused}
    )


def touches_the_reserve(evidence: Evidence) -> None:
    evidence.case.fleet["Subnets"][0]["AvailableIpAddressCount"] = 4


def has_too_many_in_flight(evidence: Evidence) -> None:
    object.__setattr__(evidence.runs[0].given, "max_in_flight", 2)


def keeps_a_permit(evidence: Evidence) -> None:
    row = next(row for row in evidence.world.rows if row["sk"] == "permits")
    row["in_flight"] += 1


def keeps_a_holder(evidence: Evidence) -> None:
    row = next(
        row for row in evidence.world.rows if row["sk"] == f"workspace#{ws(0)}" and "run#" not in row["pk"]
    )
    row["holder"] = "rehearsal-1"


def leaves_one_under_way(evidence: Evidence) -> None:
    row = next(
        row for row in evidence.world.rows if row["sk"] == f"workspace#{ws(0)}" and "run#" in row["pk"]
    )
    row["stage"] = "started"


def calls_too_often(evidence: Evidence) -> None:
    described = next(call for call in evidence.calls if call["operation"] == "DescribeWorkspaces")
    at = evidence.calls.index(described)
    evidence.calls[at:at] = [described] * 5


def forgets_one(evidence: Evidence) -> None:
    _report(evidence)["workspaces"].remove(_line(evidence, ws(7)))


def tells_of_one_twice(evidence: Evidence) -> None:
    _report(evidence)["workspaces"].append(_line(evidence, ws(7)))


def tells_of_a_stranger(evidence: Evidence) -> None:
    _report(evidence)["workspaces"].append({**_line(evidence, OPTED_OUT), "workspaceId": "ws-stranger00"})


def has_no_report(evidence: Evidence) -> None:
    object.__setattr__(evidence.runs[0].ended, "report", None)


def miscounts(evidence: Evidence) -> None:
    _report(evidence)["counts"]["Migrated"] += 1


def loses_a_row(evidence: Evidence) -> None:
    evidence.runs[0].results.pop()


def tells_nobody(evidence: Evidence) -> None:
    evidence.runs[0].notifications.clear()


def says_otherwise_than_the_ledger(evidence: Evidence) -> None:
    _line(evidence, ws(2))["outcome"] = "NeverStarted"


def miscounts_failures(evidence: Evidence) -> None:
    next(row for row in evidence.world.rows if row["sk"] == "run")["failed"] -= 1


def calls_a_failure_migrated(evidence: Evidence) -> None:
    _line(evidence, ws(2))["outcome"] = "Migrated"


def calls_a_living_target_never_started(evidence: Evidence) -> None:
    _line(evidence, ws(0))["outcome"] = "NeverStarted"


def gives_another_target(evidence: Evidence) -> None:
    _line(evidence, ws(0))["targetWorkspaceId"] = "ws-another000"


def calls_it_stuck_too_soon(evidence: Evidence) -> None:
    line = _line(evidence, ws(4))
    line["endedAt"] = "2026-11-28T02:30:00Z"


def denies_a_call_that_acted(evidence: Evidence) -> None:
    _line(evidence, ws(0)).update(outcome="Deferred", reason="brake")


def makes_up_a_rule(evidence: Evidence) -> None:
    _line(evidence, OPTED_OUT)["reason"] = "linux"


def makes_up_a_delay(evidence: Evidence) -> None:
    _line(evidence, CONNECTED)["reason"] = "no-snapshot"


def makes_up_a_refusal(evidence: Evidence) -> None:
    _line(evidence, ws(6))["reason"] = "OperationNotSupportedException"


def plans_what_is_blocked(evidence: Evidence) -> None:
    _line(evidence, OPTED_OUT).update(outcome="Planned", reason=None)


def deletes_a_living_computer(evidence: Evidence) -> None:
    evidence.world.computers[DIRECTORY].remove(evidence.world.desktops[CONNECTED]["ComputerName"])


def deletes_what_nobody_left(evidence: Evidence) -> None:
    _report(evidence)["directory"][0]["computerName"] = "WSAMZN-0000000"


def deletes_against_the_input(evidence: Evidence) -> None:
    clean_up = evidence.runs[0].given.directory_clean_up
    object.__setattr__(clean_up, "failed_targets", "report")


def leaves_an_orphan(evidence: Evidence) -> None:
    report = _report(evidence)
    evidence.world.computers[DIRECTORY].add(report["directory"][0]["computerName"])
    report["directory"].clear()


def loses_the_name(evidence: Evidence) -> None:
    _line(evidence, ws(2))["targetComputerName"] = None


def terminates_one_that_lives(evidence: Evidence) -> None:
    call = copy.deepcopy(_call(evidence, ws(0)))
    call["operation"] = "TerminateWorkspaces"
    call["parameters"] = {"TerminateWorkspaceRequests": [{"WorkspaceId": ws(0)}]}
    evidence.calls.append(call)


def claims_a_termination(evidence: Evidence) -> None:
    told = "target ws-stillthere was left in ERROR and has been terminated"
    _line(evidence, ws(0))["warnings"] = [told]


def denies_a_termination(evidence: Evidence) -> None:
    terminates_one_that_lives(evidence)
    _line(evidence, ws(0))["warnings"] = [f"target {ws(0)} was not terminated: the service answered Nope"]


def ends_green(evidence: Evidence) -> None:
    object.__setattr__(evidence.runs[0].ended, "status", "SUCCEEDED")


def says_all_is_well(evidence: Evidence) -> None:
    _report(evidence)["verdict"] = "migrated"


def dies_without_need(evidence: Evidence) -> None:
    _report(evidence).update(verdict="failed", failure={"error": "X", "cause": "y"})


def starts_against_the_brake(evidence: Evidence) -> None:
    object.__setattr__(evidence.runs[0].given, "abort_at_failure_percent", 0.0)
    _line(evidence, ws(6))["endedAt"] = "2026-11-28T02:00:01Z"


def brakes_without_need(evidence: Evidence) -> None:
    _report(evidence)["verdict"] = "brake-pulled"


def starts_beside_the_canary(evidence: Evidence) -> None:
    canary = next(line for line in evidence.runs[0].lines if (line["batchId"] or "").startswith("canary"))
    canary["endedAt"] = "2026-11-28T09:00:00Z"


def starts_after_the_window(evidence: Evidence) -> None:
    window = type("Window", (), {"closes_at": evidence.start})()
    object.__setattr__(evidence.runs[0].given, "window", window)


def keeps_an_outcome_to_itself(evidence: Evidence) -> None:
    told = evidence.runs[0].told
    told[:] = [one for one in told if one.get("workspaceId") != ws(0)]


def keeps_a_batch_s_end_to_itself(evidence: Evidence) -> None:
    told = evidence.runs[0].told
    told[:] = [one for one in told if "/batch/" not in one["eventId"]]


def keeps_its_end_to_itself(evidence: Evidence) -> None:
    evidence.runs[0].told.pop()


def tells_another_thing_under_the_same_id(evidence: Evidence) -> None:
    told = evidence.runs[0].told
    told.append({**told[0], "stage": "other"})


def counts_one_twice(evidence: Evidence) -> None:
    logged = evidence.runs[0].logged
    logged.append(next(line for line in logged if line["message"] == "WorkSpace decided"))


def counts_nobody(evidence: Evidence) -> None:
    logged = evidence.runs[0].logged
    logged[:] = [line for line in logged if line["message"] != "WorkSpace decided"]


def counts_another_outcome(evidence: Evidence) -> None:
    line = next(one for one in evidence.runs[0].logged if one.get("workspaceId") == ws(0))
    line["outcome"] = "Lost"


def charges_one_too_many(evidence: Evidence) -> None:
    _report(evidence)["cost"]["fleet"]["workspaces"] += 5


def charges_too_much(evidence: Evidence) -> None:
    _report(evidence)["cost"]["fleet"]["totalInMonth"] += 1


def tells_fewer_transitions(evidence: Evidence) -> None:
    _report(evidence)["cost"]["stateTransitions"] -= 1


TAMPERINGS: dict[Callable[[Evidence], None], str] = {
    migrates_twice: "migrated_once",
    migrates_twice_unheard: "migrated_once",
    migrates_one_that_opted_out: "nothing_forbidden_started",
    migrates_under_a_user: "nothing_forbidden_started",
    sends_it_elsewhere: "nothing_forbidden_started",
    runs_out_of_addresses: "addresses_were_there",
    touches_the_reserve: "addresses_were_there",
    has_too_many_in_flight: "within_max_in_flight",
    keeps_a_permit: "nothing_is_held",
    keeps_a_holder: "nothing_is_held",
    leaves_one_under_way: "nothing_is_held",
    calls_too_often: "within_the_rate",
    forgets_one: "one_outcome_each",
    tells_of_one_twice: "one_outcome_each",
    tells_of_a_stranger: "one_outcome_each",
    has_no_report: "one_outcome_each",
    miscounts: "files_agree",
    loses_a_row: "files_agree",
    tells_nobody: "files_agree",
    says_otherwise_than_the_ledger: "ledger_agrees",
    miscounts_failures: "ledger_agrees",
    calls_a_failure_migrated: "outcomes_are_true",
    calls_a_living_target_never_started: "outcomes_are_true",
    gives_another_target: "outcomes_are_true",
    calls_it_stuck_too_soon: "outcomes_are_true",
    denies_a_call_that_acted: "outcomes_are_true",
    makes_up_a_rule: "reasons_are_true",
    makes_up_a_delay: "reasons_are_true",
    makes_up_a_refusal: "reasons_are_true",
    plans_what_is_blocked: "reasons_are_true",
    deletes_a_living_computer: "the_living_keep_their_computers",
    deletes_what_nobody_left: "only_orphans_were_touched",
    deletes_against_the_input: "only_orphans_were_touched",
    leaves_an_orphan: "orphans_are_accounted_for",
    loses_the_name: "names_were_kept",
    terminates_one_that_lives: "only_failed_targets_were_terminated",
    claims_a_termination: "what_is_said_of_failed_targets_is_true",
    denies_a_termination: "what_is_said_of_failed_targets_is_true",
    ends_green: "verdicts_follow",
    says_all_is_well: "verdicts_follow",
    dies_without_need: "verdicts_follow",
    starts_against_the_brake: "the_brake_holds",
    brakes_without_need: "the_brake_holds",
    starts_beside_the_canary: "the_canary_goes_first",
    starts_after_the_window: "the_window_holds",
    keeps_an_outcome_to_itself: "everything_is_told",
    keeps_a_batch_s_end_to_itself: "everything_is_told",
    keeps_its_end_to_itself: "everything_is_told",
    tells_another_thing_under_the_same_id: "everything_is_told",
    counts_one_twice: "metrics_follow",
    counts_nobody: "metrics_follow",
    counts_another_outcome: "metrics_follow",
    charges_one_too_many: "costs_add_up",
    charges_too_much: "costs_add_up",
    tells_fewer_transitions: "costs_add_up",
}


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda one: one.__name__)
def test_tampering_is_seen(tamper: Callable[[Evidence], None], evidence: Evidence) -> None:
    tamper(evidence)

    named = {fault.partition(":")[0] for fault in violations(evidence)}

    assert TAMPERINGS[tamper] in named


def test_every_invariant_is_tampered_with() -> None:
    assert {one.__name__ for one in INVARIANTS} == set(TAMPERINGS.values())


def test_a_case_comes_back_from_its_files(tmp_path: Path) -> None:
    for seed in range(30):
        case = draw_case(seed)
        case.write(tmp_path / str(seed))
        assert read_case(tmp_path / str(seed)) == case
