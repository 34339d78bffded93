"""State machines of a few states, and a stage to run them on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import boto3
from moto import mock_aws

from rehearsal.clock import VirtualClock
from rehearsal.engine import Engine, Execution

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
BUCKET = "runs-bucket"
ROLE = "arn:aws:iam::123456789012:role/state-machine"
INVOKE = "arn:aws:states:::lambda:invoke"


def arn(function: str) -> str:
    return f"arn:aws:lambda:us-east-1:123456789012:function:{function}"


def invoke(function: str, payload: Any = None, **fields: Any) -> dict[str, Any]:
    """A Task state that invokes a function with its input, or `payload`, and goes on with the answer."""
    parameters = {"FunctionName": arn(function), "Payload.$": "$"}
    if payload is not None:
        parameters = {"FunctionName": arn(function), "Payload": payload}
    return {"Type": "Task", "Resource": INVOKE, "Parameters": parameters, "OutputPath": "$.Payload", **fields}


def chain(**states: dict[str, Any]) -> dict[str, Any]:
    """A state machine of these states, one after the other, unless a state says where it goes on."""
    names = list(states)
    for name, following in zip(names, [*names[1:], None], strict=True):
        state = states[name]
        if not {"Next", "End", "Choices"} & state.keys() and state["Type"] not in ("Succeed", "Fail"):
            states[name] = state | ({"Next": following} if following else {"End": True})
    return {"StartAt": names[0], "States": states}


def distributed(processor: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A Distributed Map over the JSON array items.json in the bucket."""
    return {
        "Type": "Map",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            **processor,
        },
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket": BUCKET, "Key": "items.json"},
        },
        **fields,
    }


class Stage:
    """A clock, an engine, and a bucket, with what a test says is deployed."""

    def __init__(self, clock: VirtualClock, engine: Engine) -> None:
        self.clock = clock
        self.engine = engine

    @cached_property
    def s3(self) -> Any:
        """With the bucket in it, from the first use on."""
        client = boto3.client("s3", "us-east-1")
        client.create_bucket(Bucket=BUCKET)
        return client

    def put_items(self, items: list[Any]) -> None:
        self.s3.put_object(Bucket=BUCKET, Key="items.json", Body=json.dumps(items).encode())

    def read(self, key: str) -> Any:
        return json.loads(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def start(
        self, definition: dict[str, Any], input: dict[str, Any] | None = None, *, name: str = "run-1"
    ) -> Execution:
        machine = self.engine.create_state_machine(f"{name}-machine", json.dumps(definition), ROLE)
        return self.engine.start_execution(machine, name, input or {})

    def run(
        self, definition: dict[str, Any], input: dict[str, Any] | None = None, *, name: str = "run-1"
    ) -> Execution:
        execution = self.start(definition, input, name=name)
        self.clock.run(lambda: execution.finished)
        return execution

    def run_until(self, seconds: float) -> None:
        at = START + timedelta(seconds=seconds)
        self.clock.call_at(at, lambda: None, name="look")
        self.clock.run(lambda: self.clock.now() >= at)

    def elapsed(self) -> float:
        return (self.clock.now() - START).total_seconds()


@contextmanager
def stage(
    *,
    seed: int = 1,
    horizon: timedelta = timedelta(days=60),
    redrivable: bool = False,
    **functions: Callable[..., object],
) -> Iterator[Stage]:
    """A stage with these functions deployed, at START."""
    clock = VirtualClock(START, horizon=horizon)
    with clock.installed(), mock_aws():
        engine = Engine(clock, functions, seed=seed, redrivable=redrivable)
        with engine.installed():
            yield Stage(clock, engine)
