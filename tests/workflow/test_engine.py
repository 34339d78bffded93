"""The engine: moto's Step Functions on the virtual clock, as the service behaves."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest

from rehearsal.clock import VirtualClock
from rehearsal.engine import (
    EVENT_LIMIT,
    Execution,
    FunctionCrashed,
    Invocation,
    current_invocation,
)
from rehearsal.invocation import FunctionError, Functions
from rehearsal.tasks import DeadlockError
from tests.workflow.small_machines import (
    BUCKET,
    INVOKE,
    ROLE,
    START,
    Stage,
    arn,
    chain,
    distributed,
    invoke,
    stage,
)

PASS = {"Type": "Pass"}


def kinds(execution: Execution) -> list[str]:
    return [str(event["type"].value) for event in execution.history]


def entered(execution: Execution) -> list[tuple[str, str]]:
    """(state, time after the start) of every state entered."""
    return [
        (event["stateEnteredEventDetails"]["name"], event["timestamp"][11:])
        for event in execution.history
        if "stateEnteredEventDetails" in event
    ]


# --- functions


def test_an_invocation_has_the_services_envelope_and_a_lambda_context() -> None:
    seen: dict[str, Any] = {}

    def assess(event: dict[str, Any], context: Any) -> object:
        seen.update(event=event, context=context, invocation=current_invocation.get())
        seen["remaining"] = context.get_remaining_time_in_millis()
        return {"n": (1, 2)}

    with stage(assess=assess) as on:
        execution = on.run(
            chain(
                Assess={
                    "Type": "Task",
                    "Resource": INVOKE,
                    "Parameters": {
                        "FunctionName": arn("assess"),
                        "Payload": {
                            "input.$": "$$.Execution.Input",
                            "at.$": "$$.Execution.StartTime",
                            "entered.$": "$$.State.EnteredTime",
                        },
                    },
                }
            ),
            {"a": "ä"},
        )
    assert execution.status == "SUCCEEDED", (execution.error, execution.cause)
    context = seen["context"]
    at_start = "2026-11-23T02:00:00.000Z"
    assert seen["event"] == {"input": {"a": "ä"}, "at": at_start, "entered": at_start}
    assert context.function_name == "assess"
    assert context.invoked_function_arn == arn("assess")
    assert context.memory_limit_in_mb == 512
    assert seen["remaining"] == 900_000
    assert seen["invocation"] == Invocation(
        "assess", context.aws_request_id, "run-1", seen["invocation"].remaining
    )
    assert current_invocation.get() is None
    output = execution.output
    assert output["Payload"] == {"n": [1, 2]}  # only JSON passes
    assert output["StatusCode"] == 200
    assert output["ExecutedVersion"] == "$LATEST"
    assert output["SdkResponseMetadata"] == {"RequestId": context.aws_request_id}


@pytest.mark.parametrize("reference", [arn("f"), arn("f:live"), "f", "f:live", "123456789012:function:f"])
def test_a_function_is_found_by_name_or_arn_with_or_without_alias(reference: str) -> None:
    with stage(f=lambda *_: "found") as on:
        machine = chain(
            F={"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": reference, "Payload": {}}}
        )
        assert on.run(machine).output["Payload"] == "found"


def test_an_unknown_function_is_the_services_error() -> None:
    with stage() as on:
        execution = on.run(chain(F=invoke("nowhere")))
    assert execution.error == "Lambda.ResourceNotFoundException"
    assert "nowhere" in (execution.cause or "")


def test_a_function_arn_as_resource_gives_the_bare_answer() -> None:
    with stage(double=lambda event, _: event["n"] * 2) as on:
        assert on.run(chain(Double={"Type": "Task", "Resource": arn("double")}), {"n": 4}).output == 8


class Refused(Exception):
    pass


def test_errors_are_typed_for_retry_and_catch_and_retries_wait_in_virtual_time() -> None:
    attempts: list[float] = []

    def flaky(event: dict[str, Any], context: Any) -> object:
        attempts.append(on.elapsed())
        raise Refused("not now") if len(attempts) < 4 else ValueError("never")

    retry = [
        {"ErrorEquals": ["Refused"], "IntervalSeconds": 5, "BackoffRate": 2, "MaxAttempts": 9},
        {"ErrorEquals": ["States.ALL"], "MaxAttempts": 0},
    ]
    catch = [{"ErrorEquals": ["ValueError"], "ResultPath": "$.failure", "Next": "Caught"}]
    with stage(flaky=flaky) as on:
        execution = on.run(chain(Flaky=invoke("flaky", Retry=retry, Catch=catch), Caught=PASS), {"kept": 1})
    assert attempts == [0, 5, 15, 35]
    assert execution.output["kept"] == 1
    assert execution.output["failure"]["Error"] == "ValueError"
    cause = json.loads(execution.output["failure"]["Cause"])
    assert (cause["errorType"], cause["errorMessage"]) == ("ValueError", "never")
    assert execution.counts.retries == 3
    assert execution.transitions == 5, "two states and three retries"


def test_a_function_that_outlives_its_timeout_is_sandbox_timedout_at_that_moment() -> None:
    remaining: list[int] = []

    def slow(event: dict[str, Any], context: Any) -> object:
        try:
            time.sleep(600)
            remaining.append(context.get_remaining_time_in_millis())
            time.sleep(600)
        except Exception:  # noqa: BLE001 - a function cannot catch its own end
            return "survived"
        return "ended"

    with stage(slow=slow) as on:
        execution = on.run(chain(Slow=invoke("slow")))
        assert on.elapsed() == 900
    assert execution.error == "Sandbox.Timedout"
    assert "Task timed out after 900.00 seconds" in (execution.cause or "")
    assert remaining == [300_000]


@pytest.mark.parametrize("end", [FunctionCrashed, SystemExit])
def test_a_crash_is_runtime_exiterror_and_no_handler_catches_it(end: type[BaseException]) -> None:
    def crash(event: dict[str, Any], context: Any) -> object:
        try:
            raise end
        except Exception:  # noqa: BLE001 - it cannot
            return "survived"

    with stage(crash=crash) as on:
        execution = on.run(chain(Crash=invoke("crash")))
    assert execution.error == "Runtime.ExitError"


def test_what_is_not_json_does_not_pass() -> None:
    with stage(f=lambda *_: {1, 2}) as on:
        assert on.run(chain(F=invoke("f"))).error == "Runtime.MarshalError"


def test_a_decimal_passes_as_a_number_as_in_lambda() -> None:
    with stage(f=lambda *_: {"n": Decimal("1.5")}) as on:
        assert on.run(chain(F=invoke("f"))).output == {"n": 1.5}


def test_nobody_is_invoked_when_a_handler_has_returned() -> None:
    clock = VirtualClock(START)
    functions = Functions(clock, {"f": lambda *_: current_invocation.get() is not None})
    seen: list[object] = []

    def two_calls() -> None:
        for _ in range(2):
            seen.append(current_invocation.get())
            seen.append(functions.invoke("f", "f", "{}", "run-1").payload)

    clock.spawn(two_calls, name="two calls")
    clock.run(lambda: not clock.blocked())
    assert seen == [None, True, None, True]


def test_errors_are_reported_with_who_raised_them() -> None:
    seen: list[tuple[str, str | None, str]] = []
    clock = VirtualClock(START)

    def fails(event: dict[str, Any], context: Any) -> object:
        raise Refused("why")

    def report(invocation: Invocation, error: BaseException) -> None:
        seen.append((invocation.function, invocation.run_id, repr(error)))

    functions = Functions(clock, {"f": fails}, on_error=report)

    def call() -> None:
        with pytest.raises(FunctionError, match="Refused: why"):
            functions.invoke("f", "f", "{}", "run-1")

    clock.spawn(call, name="call")
    clock.run(lambda: not clock.blocked())
    assert seen == [("f", "run-1", "Refused('why')")]


def test_run_id_is_the_payloads_or_the_executions_name() -> None:
    seen: list[str | None] = []

    def f(event: dict[str, Any], context: Any) -> object:
        invocation = current_invocation.get()
        assert invocation is not None
        seen.append(invocation.run_id)
        return {}

    with stage(f=f) as on:
        on.run(chain(Named=invoke("f", {"runId": "run-7"}), Unnamed=invoke("f")))
    assert seen == ["run-7", "run-1"]


# --- limits


@pytest.mark.parametrize(
    ("size", "error"),
    [(256 * 1024 - 1000, None), (256 * 1024 - 100, "States.DataLimitExceeded")],
    ids=["fits", "fits but for its envelope"],
)
def test_an_answer_over_256_kib_is_data_limit_exceeded_and_all_does_not_catch_it(
    size: int, error: str | None
) -> None:
    with stage(make=lambda *_: "x" * size) as on:
        catch = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
        execution = on.run(chain(Make=invoke("make", Catch=catch), Caught=PASS))
    assert execution.error == error


def test_a_payload_over_256_kib_is_data_limit_exceeded() -> None:
    called: list[int] = []
    with stage(take=lambda *_: called.append(1)) as on:
        text = "x" * (128 * 1024)
        double = {"a.$": "$.text", "b.$": "$.text"}
        execution = on.run(chain(Take=invoke("take", double)), {"text": text})
    assert execution.error == "States.DataLimitExceeded"
    assert called == []


def test_a_payload_is_measured_in_utf_8() -> None:
    text = "あ" * 80_000  # 240,000 bytes; in escapes, 480,000
    with stage(echo=lambda event, _: len(event["text"])) as on:
        execution = on.run(chain(Echo=invoke("echo", {"text.$": "$.text"})), {"text": text})
        assert execution.output == 80_000, execution.cause
        double = {"a.$": "$.text", "b.$": "$.text"}
        over = on.run(chain(Echo=invoke("echo", double)), {"text": text}, name="run-2")
    assert over.error == "States.DataLimitExceeded"


def test_a_states_output_is_measured_in_utf_8() -> None:
    with stage() as on:
        assert on.run(chain(Only=PASS), {"text": "あ" * 80_000}).error is None
        over = on.run(chain(Only=PASS), {"text": "あ" * 90_000}, name="run-2")
    assert over.error == "States.DataLimitExceeded"


def test_an_execution_ends_at_25000_events() -> None:
    machine = {
        "StartAt": "Ping",
        "States": {"Ping": {"Type": "Pass", "Next": "Pong"}, "Pong": {"Type": "Pass", "Next": "Ping"}},
    }
    with stage() as on:
        execution = on.run(machine)
    assert execution.status == "FAILED"
    assert execution.error == "States.Runtime"
    assert "maximum number of history events (25000)" in (execution.cause or "")
    assert len(execution.history) == EVENT_LIMIT


# --- waits


def test_waits_take_exactly_their_virtual_time_and_none_of_ours() -> None:
    machine = chain(
        Seconds={"Type": "Wait", "Seconds": 600},
        SecondsPath={"Type": "Wait", "SecondsPath": "$.seconds"},
        Offset=invoke("offset", ResultPath=None, OutputPath="$"),
        Timestamp={"Type": "Wait", "Timestamp": "2026-11-23T03:00:00Z"},
        Path={"Type": "Wait", "TimestampPath": "$.until"},
        Past={"Type": "Wait", "Timestamp": "2026-11-22T00:00:00Z"},
        Last=PASS,
    )
    real = time.perf_counter()
    with stage(offset=lambda *_: time.sleep(0.123456)) as on:
        execution = on.run(machine, {"seconds": 90, "until": "2026-11-28T06:00:00.250Z"})
    assert time.perf_counter() - real < 5
    assert execution.status == "SUCCEEDED", execution.cause
    assert entered(execution) == [
        ("Seconds", "02:00:00.000Z"),
        ("SecondsPath", "02:10:00.000Z"),
        ("Offset", "02:11:30.000Z"),
        ("Timestamp", "02:11:30.123Z"),
        ("Path", "03:00:00.000Z"),
        ("Past", "06:00:00.250Z"),
        ("Last", "06:00:00.250Z"),
    ]
    assert execution.stopped_at == START + timedelta(days=5, hours=4, microseconds=250_000)


def test_a_thousand_odd_waits_do_not_drift() -> None:
    machine = {
        "StartAt": "Tick",
        "States": {
            "Tick": invoke("tick", Next="More"),
            "More": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "NumericLessThan": 1000, "Next": "Pause"}],
                "Default": "End",
            },
            "Pause": {"Type": "Wait", "Seconds": 7, "Next": "Tick"},
            "End": {"Type": "Succeed"},
        },
    }

    def tick(event: dict[str, Any], context: Any) -> object:
        time.sleep(0.1)
        return {"n": event.get("n", 0) + 1}

    with stage(tick=tick) as on:
        assert on.run(machine).status == "SUCCEEDED"
        assert on.clock.now() - START == timedelta(seconds=999 * 7 + 100)


def test_a_state_machines_own_timeout_ends_it() -> None:
    with stage(ask=lambda *_: None) as on:
        branches = [chain(Long={"Type": "Wait", "Seconds": 5000}), chain(Ask=approval())]
        both = {"Type": "Parallel", "Branches": branches}
        execution = on.run(chain(Both=both) | {"TimeoutSeconds": 100})
        assert on.elapsed() == 100
        on.run_until(101)
        assert on.clock.blocked() == []
    assert execution.status == "TIMED_OUT"
    assert kinds(execution)[-1] == "ExecutionTimedOut"


@pytest.mark.parametrize(
    ("fields", "error", "cause"),
    [
        ({}, None, None),
        ({"Error": "Broken", "Cause": "why"}, "Broken", "why"),
        ({"ErrorPath": "$.e", "CausePath": "$.c"}, "E", "C"),
    ],
    ids=["bare", "stated", "paths"],
)
def test_a_fail_state(fields: dict[str, str], error: str | None, cause: str | None) -> None:
    with stage() as on:
        execution = on.run(chain(Fail={"Type": "Fail", **fields}), {"e": "E", "c": "C"})
    assert (execution.status, execution.error, execution.cause) == ("FAILED", error, cause)


def test_a_delayed_start() -> None:
    with stage() as on:
        machine = on.engine.create_state_machine("late", json.dumps(chain(Only=PASS)), ROLE)
        execution = on.engine.start_execution(machine, "run-2", {}, delay=120)
        assert execution.status == "RUNNING"
        on.clock.run(lambda: execution.finished)
    assert entered(execution) == [("Only", "02:02:00.000Z")]
    assert execution.started_at == execution.stopped_at == START + timedelta(seconds=120)


# --- task tokens


def approval(**fields: Any) -> dict[str, Any]:
    return invoke("ask", {"token.$": "$$.Task.Token"}, Resource=f"{INVOKE}.waitForTaskToken", **fields) | {
        "OutputPath": "$"
    }


def test_a_token_is_answered_from_outside_between_steps() -> None:
    tokens: list[str] = []
    with stage(ask=lambda event, _: tokens.append(event["token"])) as on:
        execution = on.start(chain(Ask=approval()))
        on.run_until(3600)
        assert execution.status == "RUNNING"
        on.engine.send_task_success(tokens[0], {"approvedBy": "ana"})
        on.clock.run(lambda: execution.finished)
        assert on.elapsed() == 3600
        with pytest.raises(Exception, match="TaskTimedOut"):
            boto3.client("stepfunctions", "us-east-1").send_task_success(taskToken=tokens[0], output="1")
    assert execution.output == {"approvedBy": "ana"}


def test_a_token_is_answered_by_another_task_over_boto3_also_in_map_children() -> None:
    def ask(event: dict[str, Any], context: Any) -> object:
        on.clock.spawn(answer, event["token"], name="operator", delay=60)
        return None

    def answer(token: str) -> None:
        sfn = boto3.client("stepfunctions", "us-east-1")
        if len(done) % 2:
            sfn.send_task_failure(taskToken=token, error="Declined", cause="no")
        else:
            sfn.send_task_success(taskToken=token, output=json.dumps({"n": len(done)}))
        done.append(token)

    done: list[str] = []
    child = chain(
        Ask=approval(Catch=[{"ErrorEquals": ["Declined"], "ResultPath": "$.declined", "Next": "Declined"}]),
        Declined=PASS,
    )
    child["States"]["Ask"] |= {"End": True}
    del child["States"]["Ask"]["Next"]
    with stage(ask=ask) as on:
        on.put_items(["a", "b", "c"])
        execution = on.run(chain(Map=distributed(child, ItemSelector={"item.$": "$$.Map.Item.Value"})))
    assert len(set(done)) == 3
    assert execution.output == [
        {"n": 0},
        {"item": "b", "declined": {"Error": "Declined", "Cause": "no"}},
        {"n": 2},
    ]


@pytest.mark.parametrize(
    ("fields", "error", "at"),
    [
        ({"TimeoutSeconds": 86_400}, "States.Timeout", 86_400),
        ({"TimeoutSeconds": 86_400, "HeartbeatSeconds": 600}, "States.Timeout", 600),
        ({"HeartbeatSeconds": 600}, "States.Timeout", 600),  # not after 60 seconds
    ],
    ids=["timeout", "heartbeat", "heartbeat alone"],
)
def test_a_token_that_never_comes_times_out_and_leaves_nothing_behind(
    fields: dict[str, Any], error: str, at: float
) -> None:
    catch = [{"ErrorEquals": ["States.Timeout"], "ResultPath": "$.e", "Next": "Late"}]
    with stage(ask=lambda *_: None) as on:
        execution = on.run(chain(Ask=approval(**fields, Catch=catch), Late=PASS))
        assert on.elapsed() == at
        assert execution.output["e"]["Error"] == error
        on.run_until(at + 1)
        assert on.clock.blocked() == []


def test_heartbeats_keep_a_token_alive() -> None:
    def ask(event: dict[str, Any], context: Any) -> object:
        on.clock.spawn(beat, event["token"], name="worker")
        return None

    def beat(token: str) -> None:
        sfn = boto3.client("stepfunctions", "us-east-1")
        for _ in range(10):
            on.clock.sleep(500)
            sfn.send_task_heartbeat(taskToken=token)
        on.clock.sleep(500)
        sfn.send_task_success(taskToken=token, output='"done"')

    with stage(ask=ask) as on:
        execution = on.run(chain(Ask=approval(HeartbeatSeconds=600)))
        assert on.elapsed() == 5500
    assert execution.output == "done"


def test_a_task_times_out_while_its_function_runs_on() -> None:
    ended: list[float] = []

    def slow(event: dict[str, Any], context: Any) -> object:
        time.sleep(300)
        ended.append(on.elapsed())
        return "too late"

    catch = [{"ErrorEquals": ["States.Timeout"], "ResultPath": "$.e", "Next": "Caught"}]
    with stage(slow=slow) as on:
        late = {"Type": "Wait", "Seconds": 500}
        execution = on.run(chain(Slow=invoke("slow", TimeoutSeconds=100, Catch=catch), Caught=late))
        assert on.elapsed() == 600
        assert on.clock.blocked() == []
    assert execution.output["e"]["Error"] == "States.Timeout"
    assert ended == [300]  # Lambda knows nothing of the state machine's patience
    assert "TaskTimedOut" in kinds(execution)
    assert "TaskSucceeded" not in kinds(execution)  # and the state machine nothing of its late success


def test_a_forgotten_token_is_a_deadlock_that_names_its_state() -> None:
    tokens: list[str] = []
    with stage(ask=lambda event, _: tokens.append(event["token"])) as on:
        execution = on.start(chain(AwaitApproval=approval()), name="run-9")
        with pytest.raises(DeadlockError) as caught:
            on.clock.run(lambda: execution.finished)
        assert on.elapsed() == 0
    assert f"state AwaitApproval of run-9 waits for the task token {tokens[0]}" in str(caught.value)


def test_the_horizon_is_respected() -> None:
    with stage(horizon=timedelta(days=1)) as on:
        execution = on.start(chain(Long={"Type": "Wait", "Seconds": 2 * 86_400}))
        with pytest.raises(DeadlockError, match="horizon 2026-11-24T02:00:00Z"):
            on.clock.run(lambda: execution.finished)


# --- stopping


def test_stopping_is_at_once_whatever_runs() -> None:
    log: list[float] = []

    def slow(event: dict[str, Any], context: Any) -> object:
        time.sleep(300)
        log.append(on.elapsed())
        return {}

    inline = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemProcessor": chain(Slow=invoke("slow"), Never=invoke("slow")),
    }
    with stage(slow=slow) as on:
        execution = on.start(chain(Map=inline, After=invoke("slow")), {"items": [1, 2]})
        on.run_until(100)
        execution.stop(error="Operator", cause="halt")
        assert (execution.status, execution.error, execution.cause) == ("ABORTED", "Operator", "halt")
        assert execution.stopped_at == START + timedelta(seconds=100)
        on.run_until(1000)
        assert on.clock.blocked() == []
    assert log == [300, 300]  # the two that were running, and nothing after them
    assert kinds(execution)[-1] == "ExecutionAborted"
    assert execution.status == "ABORTED"


def test_stopping_what_has_ended_changes_nothing() -> None:
    with stage() as on:
        done = on.run(chain(Only=PASS))
        halted = on.start(chain(Wait={"Type": "Wait", "Seconds": 60}), name="run-2")
        on.run_until(10)
        halted.stop(error="first")
        on.run_until(20)
        halted.stop(error="second")
        done.stop()
    assert (done.status, done.stopped_at) == ("SUCCEEDED", START)
    assert (halted.status, halted.error) == ("ABORTED", "first")
    assert halted.stopped_at == START + timedelta(seconds=10)


def test_stopping_wakes_waits_and_retries_and_children() -> None:
    def refuse(event: dict[str, Any], context: Any) -> object:
        raise Refused

    retry = [{"ErrorEquals": ["Refused"], "IntervalSeconds": 3000, "MaxAttempts": 5}]
    with stage(refuse=refuse, ask=lambda *_: None) as on:
        on.put_items([1, 2, 3])
        child = {
            "StartAt": "Which",
            "States": {
                "Which": {
                    "Type": "Choice",
                    "Choices": [
                        {"Variable": "$.n", "NumericEquals": 1, "Next": "Wait"},
                        {"Variable": "$.n", "NumericEquals": 2, "Next": "Ask"},
                    ],
                    "Default": "Retry",
                },
                "Wait": {"Type": "Wait", "Seconds": 5000, "End": True},
                "Ask": approval(End=True),
                "Retry": invoke("refuse", Retry=retry, End=True),
            },
        }
        execution = on.start(chain(Map=distributed(child, ItemSelector={"n.$": "$$.Map.Item.Value"})))
        on.run_until(100)
        boto3.client("stepfunctions", "us-east-1").stop_execution(executionArn=execution.arn)
        assert execution.status == "ABORTED"
        on.run_until(101)
        assert on.clock.blocked() == []


def test_stopping_before_the_start() -> None:
    with stage() as on:
        machine = on.engine.create_state_machine("m", json.dumps(chain(Only=PASS)), ROLE)
        soon = on.engine.start_execution(machine, "soon", {})
        late = on.engine.start_execution(machine, "late", {}, delay=60)
        soon.stop()
        late.stop()
        on.run_until(100)
    assert (soon.status, late.status) == ("ABORTED", "ABORTED")
    assert soon.history == late.history == []


# --- maps


def batches(child: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return distributed(
        child,
        ItemSelector={
            "n.$": "$$.Map.Item.Value",
            "index.$": "$$.Map.Item.Index",
            "run.$": "$$.Execution.Name",
        },
        **fields,
    )


def test_a_distributed_map_runs_its_children_within_its_concurrency() -> None:
    running: set[int] = set()
    most: list[int] = []

    def work(event: dict[str, Any], context: Any) -> object:
        running.add(event["n"])
        most.append(len(running))
        time.sleep(10 - event["n"] % 3)
        running.remove(event["n"])
        return event

    with stage(work=work) as on:
        on.put_items(list(range(20)))
        machine = chain(Map=batches(chain(Work=invoke("work")), MaxConcurrencyPath="$.limit"))
        execution = on.run(machine, {"limit": 4})
    assert max(most) == 4
    assert execution.output == [{"n": n, "index": n, "run": "run-1"} for n in range(20)]
    assert execution.counts.children == 20
    assert execution.transitions == 21


@pytest.mark.parametrize("concurrency", [1, 7, 40])
def test_1500_children_at_any_concurrency(concurrency: int) -> None:
    with stage() as on:
        on.put_items(list(range(1500)))
        child = chain(Wait={"Type": "Wait", "Seconds": 60}, Done=PASS)
        execution = on.run(chain(Map=batches(child, MaxConcurrency=concurrency, ResultPath=None)))
        assert execution.status == "SUCCEEDED", execution.cause
        assert on.elapsed() == 60 * -(-1500 // concurrency)
    assert execution.transitions == 3001


def test_1500_items_of_an_inline_map_one_at_a_time() -> None:
    with stage() as on:
        inline = {
            "Type": "Map",
            "MaxConcurrency": 1,
            "ItemProcessor": chain(Only=PASS),
            "ItemsPath": "$.items",
            "End": True,
        }
        execution = on.run({"StartAt": "Map", "States": {"Map": inline}}, {"items": list(range(1500))})
    assert execution.output == list(range(1500))


def fail_some(event: dict[str, Any], context: Any) -> object:
    time.sleep(event["n"] + 1)
    if event["n"] < 3:
        raise Refused(f"number {event['n']}")
    return event["n"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"ToleratedFailurePercentagePath": "$.thirty"}, "SUCCEEDED"),
        ({"ToleratedFailurePercentagePath": "$.twenty"}, "FAILED"),
        ({"ToleratedFailureCountPath": "$.three"}, "SUCCEEDED"),
        ({}, "FAILED"),
    ],
    ids=["30 of 30 percent", "30 of 20 percent", "3 of 3", "none tolerated"],
)
def test_tolerated_failures_are_enforced(fields: dict[str, Any], status: str) -> None:
    with stage(fail_some=fail_some) as on:
        on.put_items(list(range(10)))
        machine = chain(
            Map=batches(chain(Work=invoke("fail_some"), Wait={"Type": "Wait", "Seconds": 99}), **fields)
        )
        execution = on.run(machine, {"thirty": 30, "twenty": 20, "three": 3})
        assert execution.status == status
        if status == "FAILED":
            assert execution.error == "States.ExceedToleratedFailureThreshold"
            assert "MapRunFailed" in kinds(execution)
            # It ends with the failure that was one too many; the children that ran are stopped.
            assert on.elapsed() == (3 if fields else 1)
            on.run_until(200)
            assert on.clock.blocked() == []
        else:
            assert execution.output == [None, None, None, *range(3, 10)]


def test_a_map_run_counts_its_children_as_the_service_does() -> None:
    with stage(fail_some=fail_some) as on:
        on.put_items(list(range(10)))
        child = chain(Work=invoke("fail_some"), Wait={"Type": "Wait", "Seconds": 99})
        machine = chain(Map=batches(child, ToleratedFailureCountPath="$.two", MaxConcurrency=6))
        execution = on.run(machine, {"two": 2})
        on.run_until(500)
        sfn = boto3.client("stepfunctions", "us-east-1")
        [listed] = sfn.list_map_runs(executionArn=execution.arn)["mapRuns"]
        run = sfn.describe_map_run(mapRunArn=listed["mapRunArn"])
    assert run["status"] == "FAILED"
    for counts in (run["executionCounts"], run["itemCounts"]):
        # Six ran, then two in the places of the first that failed; the third failure stopped the rest.
        assert {name: counts[name] for name in ("total", "failed", "aborted", "succeeded", "running")} == {
            "total": 8,
            "failed": 3,
            "aborted": 5,
            "succeeded": 0,
            "running": 0,
        }


def test_an_exceeded_tolerance_is_caught_by_name() -> None:
    catch = [
        {
            "ErrorEquals": ["States.ExceedToleratedFailureThreshold"],
            "ResultPath": "$.failure",
            "Next": "Report",
        }
    ]
    with stage(fail_some=fail_some) as on:
        on.put_items([0, 1])
        execution = on.run(chain(Map=batches(chain(Work=invoke("fail_some")), Catch=catch), Report=PASS))
    assert execution.output["failure"]["Error"] == "States.ExceedToleratedFailureThreshold"


def test_the_result_writer_writes_a_manifest_and_its_files() -> None:
    with stage(fail_some=fail_some) as on:
        on.put_items([0, 5])
        writer = {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket.$": "$.bucket", "Prefix": "runs/run-1/map"},
        }
        machine = chain(
            Map=batches(
                chain(Work=invoke("fail_some")),
                ToleratedFailurePercentagePath="$.all",
                ResultWriter=writer,
                Label="Batches",
            )
        )
        execution = on.run(machine, {"bucket": BUCKET, "all": 100})
        assert execution.status == "SUCCEEDED", execution.cause
        details = execution.output["ResultWriterDetails"]
        manifest = on.read(details["Key"])
        files = {
            kind: [on.read(each["Key"]) for each in manifest["ResultFiles"][kind]]
            for kind in ("SUCCEEDED", "FAILED")
        }
    assert details["Key"].startswith("runs/run-1/map/")
    assert manifest["MapRunArn"] == execution.output["MapRunArn"]
    assert manifest["ResultFiles"]["PENDING"] == []
    [[succeeded]], [[failed]] = files["SUCCEEDED"], files["FAILED"]
    assert json.loads(succeeded["Output"]) == 5
    assert json.loads(succeeded["Input"])["n"] == 5
    assert (succeeded["StartDate"], succeeded["StopDate"]) == (
        "2026-11-23T02:00:00.000Z",
        "2026-11-23T02:00:06.000Z",
    )
    assert failed["Error"] == "Refused"
    assert failed["Status"] == "FAILED"
    assert ":execution:run-1-machine/Batches:" in failed["ExecutionArn"]


def test_items_that_are_not_there_are_item_reader_failed() -> None:
    with stage() as on:
        catch = [{"ErrorEquals": ["States.ItemReaderFailed"], "ResultPath": "$.e", "Next": "After"}]
        execution = on.run(chain(Map=distributed(chain(Only=PASS), Catch=catch), After=PASS))
    assert execution.output["e"]["Error"] == "States.ItemReaderFailed"


def test_a_selector_that_fails_fails_the_map() -> None:
    with stage() as on:
        on.put_items([1])
        selector = {"n.$": "$.no.such.path"}
        execution = on.run(chain(Map=distributed(chain(Only=PASS), ItemSelector=selector)))
    assert execution.status == "FAILED"
    assert "$.no.such.path" in (execution.cause or "")


def test_no_items_is_no_work() -> None:
    with stage() as on:
        on.put_items([])
        assert on.run(chain(Map=batches(chain(Only=PASS), MaxConcurrency=5))).output == []


def test_finished_children_leave_no_tasks_and_no_histories_unless_asked() -> None:
    with stage() as on:
        on.put_items(list(range(50)))
        execution = on.run(chain(Map=batches(chain(One=PASS, Two=PASS))))
        assert on.clock.blocked() == []
        assert execution.child_histories == []
        assert execution.transitions == 101
        on.engine._means.keep_child_histories = True
        kept = on.start(chain(Map=batches(chain(One=PASS, Two=PASS))), name="run-2")
        on.clock.run(lambda: kept.finished)
    assert len(kept.child_histories) == 50
    assert [event["type"].value for event in kept.child_histories[7]] == [
        "PassStateEntered",
        "PassStateExited",
        "PassStateEntered",
        "PassStateExited",
    ]


def test_parallel_branches_interleave_in_virtual_time() -> None:
    log: list[tuple[str, float]] = []

    def work(event: dict[str, Any], context: Any) -> object:
        time.sleep(event["n"])
        log.append((event["name"], on.elapsed()))
        return event["name"]

    branches = [
        chain(One=invoke("work", {"name": "a", "n": 2}), Two=invoke("work", {"name": "b", "n": 3})),
        chain(One=invoke("work", {"name": "c", "n": 4})),
    ]
    with stage(work=work) as on:
        execution = on.run(chain(Both={"Type": "Parallel", "Branches": branches}))
    assert log == [("a", 2), ("c", 4), ("b", 5)]
    assert execution.output == ["b", "c"]


# --- other services


def test_s3_sns_and_events_tasks_reach_moto() -> None:
    with stage() as on:
        assert on.s3
        sns = boto3.client("sns", "us-east-1")
        topic = sns.create_topic(Name="runs")["TopicArn"]
        put = {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
            "Parameters": {"Bucket": BUCKET, "Key": "out.json", "Body": {"report.$": "$.report"}},
            "ResultPath": None,
        }
        text = put | {"Parameters": {"Bucket": BUCKET, "Key": "out.txt", "Body": "plain"}}
        publish = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Parameters": {"TopicArn": topic, "Subject": "done", "Message": {"report.$": "$.report"}},
            "ResultPath": "$.sent",
        }
        events = {
            "Type": "Task",
            "Resource": "arn:aws:states:::events:putEvents",
            "Parameters": {
                "Entries": [
                    {
                        "Detail": {"a": 1},
                        "DetailType": "RunEnded",
                        "EventBusName": "default",
                        "Source": "migrator",
                    }
                ]
            },
            "ResultPath": "$.put",
        }
        execution = on.run(chain(Put=put, Text=text, Publish=publish, Events=events), {"report": [1, 2]})
        assert execution.status == "SUCCEEDED", (execution.error, execution.cause)
        assert on.read("out.json") == {"report": [1, 2]}
        assert on.s3.get_object(Bucket=BUCKET, Key="out.txt")["Body"].read() == b"plain"
    assert execution.output["sent"]["MessageId"]
    assert execution.output["put"]["FailedEntryCount"] == 0


# --- determinism


def one_run(seed: int) -> str:
    """The digest of all that can be seen of a run in which everything interleaves."""
    log: list[Any] = []

    def start(event: dict[str, Any], context: Any) -> object:
        on.clock.sleep(on.clock.entropy.stream("latency").uniform(0.01, 0.12))
        boto3.client("dynamodb", "us-east-1").put_item(
            TableName="ledger", Item={"pk": {"S": str(event["n"])}, "at": {"S": on.clock.now().isoformat()}}
        )
        log.append(("start", event["n"], on.elapsed(), context.aws_request_id))
        if len(log) % 5 == 0:
            raise Refused
        return event

    def poll(event: dict[str, Any], context: Any) -> object:
        log.append(("poll", event["n"], on.elapsed(), context.aws_request_id))
        return event | {"polls": event.get("polls", 0) + 1}

    retry = [{"ErrorEquals": ["Refused"], "IntervalSeconds": 3, "JitterStrategy": "FULL", "MaxAttempts": 99}]
    child = {
        "StartAt": "Start",
        "States": {
            "Start": invoke("start", Retry=retry, Next="Wait"),
            "Wait": {"Type": "Wait", "Seconds": 60, "Next": "Poll"},
            "Poll": invoke("poll", Next="Done"),
            "Done": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.polls", "NumericLessThan": 3, "Next": "Wait"}],
                "Default": "End",
            },
            "End": {"Type": "Succeed"},
        },
    }
    writer = {
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": BUCKET, "Prefix": "map"},
    }
    with stage(seed=seed, start=start, poll=poll) as on:
        boto3.client("dynamodb", "us-east-1").create_table(
            TableName="ledger",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        )
        on.engine._means.keep_child_histories = True
        on.put_items(list(range(30)))
        execution = on.run(chain(Map=batches(child, MaxConcurrency=8, ResultWriter=writer)))
        listing = on.s3.list_objects_v2(Bucket=BUCKET)["Contents"]
        seen = [
            log,
            execution.output,
            execution.history,
            execution.child_histories,
            str(execution.stopped_at),
            [(each["Key"], str(each["LastModified"]), each["ETag"]) for each in listing],
        ]
        assert execution.status == "SUCCEEDED", execution.cause
    return hashlib.sha256(json.dumps(seen, default=str).encode()).hexdigest()


def test_a_seed_gives_the_same_bytes_twice_in_this_process_and_in_a_fresh_one() -> None:
    first = one_run(1)
    assert one_run(1) == first
    assert one_run(2) != first
    root = Path(__file__).parents[2]
    fresh = subprocess.run(
        [sys.executable, "-c", "from tests.workflow.test_engine import one_run; print(one_run(1))"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": str(root), "TZ": "Asia/Tokyo"},
    )
    assert fresh.stdout.strip() == first


# --- nothing vanishes


def test_a_task_of_ours_that_dies_is_raised_by_run() -> None:
    def spawns(event: dict[str, Any], context: Any) -> object:
        on.clock.spawn(lambda: 1 / 0, name="doomed")
        return None

    with stage(spawns=spawns) as on:
        execution = on.start(chain(Spawn=invoke("spawns"), Wait={"Type": "Wait", "Seconds": 9}))
        with pytest.raises(ZeroDivisionError) as caught:
            on.clock.run(lambda: execution.finished)
    assert "doomed" in caught.value.__notes__[0]


def test_an_interrupt_in_a_function_is_not_the_functions_error() -> None:
    def interrupted(event: dict[str, Any], context: Any) -> object:
        raise KeyboardInterrupt

    with stage(f=interrupted) as on:
        execution = on.start(
            chain(F=invoke("f", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "C"}]), C=PASS)
        )
        with pytest.raises(KeyboardInterrupt):
            on.clock.run(lambda: execution.finished)


def test_an_unsound_definition_is_refused() -> None:
    with stage() as on, pytest.raises(Exception, match="Nope"):
        on.start({"StartAt": "A", "States": {"A": {"Type": "Nope"}}})


def test_stages_leave_nothing_of_theirs(recwarn: pytest.WarningsRecorder) -> None:
    with stage() as on:
        assert isinstance(on, Stage)
    assert time.sleep is not None
    assert abs(time.time() - START.timestamp()) > 1
