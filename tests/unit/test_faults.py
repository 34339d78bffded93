"""The faults file: what may stand in it, and which calls a plan hits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rehearsal.fault_plan import Call, FaultPlan
from rehearsal.faults import Effect, Fault, FaultsFileFault, load_faults, parse_faults, runs_not_there
from rehearsal.http_errors import error_response, status_of


def plan(*faults: dict[str, Any], seed: int = 1) -> FaultPlan:
    return FaultPlan(parse_faults(list(faults)), seed=seed)


def decide(
    decided: FaultPlan,
    operation: str = "MigrateWorkspace",
    function: str = "start",
    *,
    seconds: float = 0.0,
    **parameters: Any,
) -> Fault | None:
    service = "dynamodb" if "Item" in operation else "workspaces"
    return decided.decide(Call(function, service, operation, parameters, "rehearsal-1", seconds))


def hits(
    decided: FaultPlan, count: int, operation: str = "MigrateWorkspace", **parameters: Any
) -> list[bool]:
    return [decide(decided, operation, **parameters) is not None for _ in range(count)]


def effect(fault: Fault | None) -> Effect | None:
    return None if fault is None else fault.effect


def test_the_examples_of_the_format_are_read() -> None:
    faults = parse_faults(
        [
            {"operation": "MigrateWorkspace", "error": "ThrottlingException", "times": 3},
            {"operation": "DescribeWorkspaces", "probability": 0.05, "error": "ServiceUnavailable"},
            {"operation": "MigrateWorkspace", "lostResponse": True, "workspaceId": "ws-0123456789"},
            {"function": "start", "crashAfter": "MigrateWorkspace", "times": 1},
            {"crashBefore": "MigrateWorkspace"},
        ]
    )
    assert [fault.effect for fault in faults] == [
        Effect.ERROR,
        Effect.ERROR,
        Effect.LOST_RESPONSE,
        Effect.CRASH_AFTER,
        Effect.CRASH_BEFORE,
    ]
    assert [fault.hits for fault in faults] == [3, None, 1, 1, 1]


def test_all_faults_of_the_file_are_told_at_once() -> None:
    with pytest.raises(FaultsFileFault) as caught:
        parse_faults(
            [
                {"operation": "MigrateWorkspaces", "error": "X"},
                {"crashAfter": "MigrateWorkspace", "error": "X"},
                {"operation": "MigrateWorkspace"},
                {"error": "X"},
                {
                    "operation": "MigrateWorkspace",
                    "error": "X",
                    "times": 0,
                    "probability": 1.5,
                    "often": True,
                },
                {"operation": "MigrateWorkspace", "error": "no code", "workspaceId": "ws_1"},
                {"operation": "DescribeWorkspaces", "crashAfter": "MigrateWorkspace"},
                "MigrateWorkspace",
            ]
        )
    faults = caught.value.faults
    assert [fault.partition(": ")[0] for fault in faults] == [
        "$[0].operation",
        "$[1]",
        "$[2]",
        "$[3]",
        "$[4].times",
        "$[4].probability",
        "$[4].often",
        "$[5].workspaceId",
        "$[5].error",
        "$[6]",
        "$[7]",
    ]
    assert "did you mean MigrateWorkspace?" in faults[0]
    assert all("; " in fault for fault in faults), "each has a remedy"


@pytest.mark.parametrize("content", ["{", "{}", "3"])
def test_what_is_no_list_is_no_faults_file(content: str, tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FaultsFileFault, match=r"^\$: "):
        load_faults(path)
    with pytest.raises(FaultsFileFault, match="cannot be read"):
        load_faults(tmp_path / "none.json")
    path.write_text(json.dumps([{"crashBefore": "GetObject"}]), encoding="utf-8")
    assert len(load_faults(path)) == 1


def test_without_times_or_probability_one_call_is_hit() -> None:
    assert hits(plan({"operation": "MigrateWorkspace", "error": "X"}), 3) == [True, False, False]


def test_times_counts_the_calls_it_hits() -> None:
    decided = plan({"operation": "MigrateWorkspace", "error": "X", "times": 2})
    assert hits(decided, 1, "DescribeWorkspaces") == [False]
    assert hits(decided, 3) == [True, True, False]


def test_a_probability_hits_about_that_share() -> None:
    decided = plan({"operation": "MigrateWorkspace", "error": "X", "probability": 0.2})
    assert 150 < sum(hits(decided, 1000)) < 250


def test_a_probability_with_times_stops_there() -> None:
    decided = plan({"operation": "MigrateWorkspace", "error": "X", "probability": 0.5, "times": 3})
    first = hits(decided, 100)
    assert sum(first) == 3
    assert first[:3] != [True] * 3


@pytest.mark.parametrize(
    "parameters",
    [
        {"SourceWorkspaceId": "ws-0123456789"},
        {"WorkspaceId": "ws-0123456789"},
        {"ResourceId": "ws-0123456789"},
        {"WorkspaceIds": ["ws-0000000000", "ws-0123456789"]},
        {"TerminateWorkspaceRequests": [{"WorkspaceId": "ws-0123456789"}]},
    ],
)
def test_a_workspace_is_recognised_wherever_it_is_named(parameters: dict[str, Any]) -> None:
    fault = {"operation": "DescribeWorkspaces", "error": "X", "workspaceId": "ws-0123456789"}
    assert hits(plan(fault), 1, "DescribeWorkspaces", WorkspaceIds=["ws-0000000000"]) == [False]
    assert hits(plan(fault), 1, "DescribeWorkspaces", **parameters) == [True]


def test_a_function_is_hit_and_others_are_not() -> None:
    decided = plan({"function": "poll", "crashAfter": "DescribeWorkspaces"})
    assert decide(decided, "DescribeWorkspaces") is None
    assert effect(decide(decided, "DescribeWorkspaces", "poll")) is Effect.CRASH_AFTER


def test_the_first_that_fits_hits_and_the_next_is_kept() -> None:
    decided = plan(
        {"operation": "MigrateWorkspace", "error": "ThrottlingException"},
        {"operation": "MigrateWorkspace", "lostResponse": True},
    )
    first, second, third = (decide(decided) for _ in range(3))
    assert (effect(first), effect(second), effect(third)) == (Effect.ERROR, Effect.LOST_RESPONSE, None)


def test_the_seed_decides_and_other_faults_do_not() -> None:
    shaky = {"operation": "MigrateWorkspace", "error": "X", "probability": 0.3}
    other = {"operation": "DescribeWorkspaces", "error": "X", "probability": 0.3}
    alone = hits(plan(shaky), 50)
    assert hits(plan(shaky), 50) == alone
    assert hits(plan(shaky, seed=2), 50) != alone
    both = plan(shaky, other)
    mixed = []
    for _ in range(50):
        hits(both, 2, "DescribeWorkspaces")
        mixed += hits(both, 1)
    assert mixed == alone


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ThrottlingException", 400),
        ("ProvisionedThroughputExceededException", 400),
        ("ServiceUnavailable", 503),
        ("SlowDown", 503),
        ("InternalServerError", 500),
        ("AccessDeniedException", 400),
    ],
)
def test_statuses_are_those_services_send(code: str, status: int) -> None:
    assert status_of(code) == status


def test_a_protocol_nobody_wrote_errors_for_says_so() -> None:
    with pytest.raises(NotImplementedError, match="smithy-rpc-v2-cbor"):
        error_response("smithy-rpc-v2-cbor", "X", "id")


def test_each_effect_is_checked_against_what_stands_beside_it() -> None:
    with pytest.raises(FaultsFileFault) as caught:
        parse_faults(
            [
                {"service": "lambda", "error": "X"},
                {"function": "strat", "crashAfter": "*"},
                {"service": "s3", "operation": "MigrateWorkspace", "error": "X"},
                {"operation": "MigrateWorkspace", "emptyPage": True},
                {"operation": "DescribeWorkspaces", "hideTargetSeconds": 5},
                {"operation": "DescribeWorkspaces", "delaySeconds": 60},
                {"operation": "DescribeWorkspaces", "lostResponse": True, "acted": True},
                {"clockSkewSeconds": 1},
                {"function": "poll", "clockSkewSeconds": 301},
                {"function": "poll", "clockSkewSeconds": 1, "times": 2},
                {"haltAfterSeconds": 60, "function": "poll"},
                {"operation": "DescribeWorkspaces", "error": "X", "redriveAfterSeconds": 5},
                {"operation": "*", "error": "X"},
                {"operation": "DescribeWorkspaces", "lostRequest": False},
                {"haltAfterSeconds": 60, "runId": "run-1"},
            ]
        )
    faults = caught.value.faults
    assert [fault.partition(": ")[0] for fault in faults] == [
        "$[0].service",
        "$[1].function",
        "$[2]",
        "$[3]",
        "$[4]",
        "$[5].delaySeconds",
        "$[6]",
        "$[7]",
        "$[8].clockSkewSeconds",
        "$[9]",
        "$[10]",
        "$[11]",
        "$[12].operation",
        "$[13]",
        "$[14].runId",
    ]
    assert "did you mean start?" in faults[1]
    assert all("; " in fault for fault in faults), "each has a remedy"


def test_a_run_that_is_not_rehearsed_is_named() -> None:
    faults = parse_faults([{"haltAfterSeconds": 60}, {"haltAfterSeconds": 60, "runId": "rehearsal-2"}])
    assert runs_not_there(faults, ["rehearsal-1", "rehearsal-2"]) == []
    (line,) = runs_not_there(faults, ["rehearsal-1"])
    assert line.startswith("$[1].runId: ")


def test_a_service_is_hit_in_all_its_operations() -> None:
    decided = plan({"service": "workspaces", "error": "X", "times": 2})
    assert decide(decided, "PutItem") is None
    assert decide(decided, "DescribeTags") is not None
    assert decide(decided, "MigrateWorkspace") is not None


def test_a_storm_lasts_as_long_as_it_says() -> None:
    decided = plan({"service": "workspaces", "error": "X", "afterSeconds": 60, "forSeconds": 30})
    found = [decide(decided, seconds=each) is not None for each in (0, 59.9, 60, 61, 89.9, 90, 200)]
    assert found == [False, False, True, True, True, False, False]


def test_without_an_end_a_time_is_only_when_it_begins() -> None:
    decided = plan({"operation": "MigrateWorkspace", "error": "X", "afterSeconds": 60})
    assert [decide(decided, seconds=each) is not None for each in (0, 70, 80)] == [False, True, False]


def test_any_call_is_counted_until_the_one_that_is_meant() -> None:
    decided = plan({"function": "poll", "crashAfter": "*", "skip": 2})
    calls = [decide(decided, name, who) for name, who in (("GetItem", "poll"), ("GetItem", "start"))]
    calls += [decide(decided, "PutItem", "poll"), decide(decided, "DescribeWorkspaces", "poll")]
    assert [effect(call) for call in calls] == [None, None, None, Effect.CRASH_AFTER]


def test_a_run_of_two_is_hit() -> None:
    decided = plan({"operation": "MigrateWorkspace", "error": "X", "runId": "rehearsal-2", "times": 9})
    assert decide(decided) is None
    call = Call("start", "workspaces", "MigrateWorkspace", {}, "rehearsal-2")
    assert effect(decided.decide(call)) is Effect.ERROR


def test_what_hits_no_call_is_asked_for_by_name() -> None:
    decided = plan(
        {"function": "settle", "lostResult": True, "times": 2},
        {"function": "poll", "clockSkewSeconds": -2.5},
        {"haltAfterSeconds": 60, "redriveAfterSeconds": 5},
    )
    assert [decided.loses_result(name, 0) for name in ("poll", "settle", "settle", "settle")] == [
        False,
        True,
        True,
        False,
    ]
    assert (decided.skew_seconds("poll"), decided.skew_seconds("start")) == (-2.5, 0)
    (halt,) = decided.halts
    assert (halt.halt_after_seconds, halt.redrive_after_seconds) == (60, 5)
    assert decide(decided, "GetItem", "poll") is None
