"""RedriveExecution on the engine: on from where each part stood, and nothing that succeeded again."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest

from rehearsal.moto_redrive_hooks import NotRedrivable, redrive_hook
from tests.workflow.small_machines import START, chain, distributed, invoke, stage

WAIT = {"Type": "Wait", "Seconds": 100}


def test_moto_is_as_the_hooks_expect_it() -> None:
    assert redrive_hook.verify() == []
    assert all(each.relies_on for each in redrive_hook.declared)


def test_it_goes_on_from_its_unsuccessful_state_under_its_name_and_start_time() -> None:
    seen: list[Any] = []

    def work(event: dict[str, Any], context: Any) -> object:
        seen.append(event)
        return {"step": len(seen), "began": event["began"]}

    first = {"Type": "Pass", "Parameters": {"began.$": "$$.Execution.StartTime"}}
    with stage(work=work, redrivable=True) as on:
        execution = on.start(chain(Begin=first, One=invoke("work"), Wait=WAIT, Two=invoke("work")))
        on.run_until(60)
        execution.stop(error="Halted", cause="on purpose")
        on.run_until(1000)
        before = execution.transitions
        execution.redrive()
        assert (execution.status, execution.error, execution.stopped_at) == ("RUNNING", None, None)
        on.clock.run(lambda: execution.finished)
        assert on.elapsed() == 1100, "the Wait begins anew"
    assert execution.output == {"step": 2, "began": "2026-11-23T02:00:00.000Z"}
    assert [event.get("step") for event in seen] == [None, 1]
    assert execution.started_at == START
    assert execution.transitions == before + 3, "the redrive, the Wait, the Task"


def test_a_failed_task_is_tried_again_with_all_its_retries() -> None:
    tries: list[float] = []

    def refuse(event: dict[str, Any], context: Any) -> object:
        tries.append(time.time() - START.timestamp())
        if len(tries) < 5:
            raise ConnectionError("down")
        return event

    retry = [{"ErrorEquals": ["ConnectionError"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1}]
    with stage(refuse=refuse, redrivable=True) as on:
        execution = on.run(chain(Try=invoke("refuse", Retry=retry)), {"n": 1})
        assert (execution.status, len(tries)) == ("FAILED", 3)
        on.run_until(50)
        execution.redrive()
        on.clock.run(lambda: execution.finished)
    assert execution.output == {"n": 1}
    assert tries == [0, 1, 2, 50, 51]


def test_of_a_distributed_map_only_what_did_not_succeed_goes_on() -> None:
    calls: Counter[tuple[str, int]] = Counter()

    def fast(event: dict[str, Any], context: Any) -> object:
        calls["fast", event["n"]] += 1
        return event

    def slow(event: dict[str, Any], context: Any) -> object:
        calls["slow", event["n"]] += 1
        return {"done": event["n"]}

    child = chain(
        Fast=invoke("fast"),
        Wait={"Type": "Wait", "SecondsPath": "$.seconds"},
        Slow=invoke("slow"),
    )
    machine = chain(
        Map=distributed(
            child,
            ItemSelector={"n.$": "$$.Map.Item.Value.n", "seconds.$": "$$.Map.Item.Value.seconds"},
            MaxConcurrency=3,
        )
    )
    with stage(fast=fast, slow=slow, redrivable=True) as on:
        on.put_items([{"n": n, "seconds": 10 if n < 2 else 60} for n in range(6)])
        execution = on.start(machine)
        on.run_until(30)
        execution.stop()
        on.run_until(500)
        execution.redrive()
        on.clock.run(lambda: execution.finished)
    assert execution.output == [{"done": n} for n in range(6)]
    assert {n: calls["slow", n] for n in range(6)} == dict.fromkeys(range(6), 1)
    assert {n: calls["fast", n] for n in range(6)} == dict.fromkeys(range(6), 1), "each stood in its Wait"


def test_a_function_that_is_running_runs_on_beside_the_redrive() -> None:
    ended: list[float] = []

    def work(event: dict[str, Any], context: Any) -> object:
        time.sleep(100)
        ended.append(time.time() - START.timestamp())
        return event

    with stage(work=work, redrivable=True) as on:
        execution = on.start(chain(Work=invoke("work")))
        on.run_until(30)
        execution.stop()
        on.run_until(40)
        execution.redrive()
        on.clock.run(lambda: execution.finished)
    assert execution.status == "SUCCEEDED"
    assert ended == [100, 140]


def test_it_can_be_halted_and_redriven_again() -> None:
    with stage(redrivable=True) as on:
        on.put_items([1, 2])
        execution = on.start(chain(Map=distributed(chain(Wait=WAIT, Last={"Type": "Pass"}))))
        for until in (50, 150, 250):
            on.run_until(until)
            execution.stop()
            on.run_until(until + 10)
            execution.redrive()
        on.clock.run(lambda: execution.finished)
        assert on.elapsed() == 360
    assert execution.output == [1, 2]


def test_what_has_succeeded_runs_or_has_not_begun_is_not_redrivable() -> None:
    with stage(redrivable=True) as on:
        done = on.run(chain(Only={"Type": "Pass"}))
        waiting = on.start(chain(Wait=WAIT), name="run-2")
        on.run_until(10)
        for execution in (done, waiting):
            with pytest.raises(NotRedrivable):
                execution.redrive()
    with stage() as on, pytest.raises(RuntimeError, match="redrivable"):
        on.run(chain(Only={"Type": "Fail"})).redrive()
