"""State machines with their own roles: tasks, a Distributed Map's reading, children and results, messages.

Source: the Step Functions guide, "IAM policies for Distributed Map state", and the integrations' pages.
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from ministack.services import stepfunctions

from tests.deployed.acting.hooks import replaces
from tests.deployed.acting.roles import Refused, check_role, client

SERVICE = "states.amazonaws.com"


@dataclass(frozen=True)
class _Machine:
    """The state machine whose execution a thread works on."""

    arn: str
    role_arn: str

    def client(self, service: str) -> Any:
        """Raises Refused."""
        return client(service, self.role_arn, acting=SERVICE, source_arn=self.arn)


_machine: ContextVar[_Machine] = ContextVar("state_machine")
"""Threads of a map's children are started with their parent's context."""


def _failed(error: str, cause: object) -> Exception:
    failure: Exception = stepfunctions._ExecutionError(error, str(cause))
    return failure


@replaces(stepfunctions, "_run_execution")
def _run(original: Any, execution_arn: str) -> None:
    execution = stepfunctions._executions.get(execution_arn)
    found = stepfunctions._state_machines.get(execution["stateMachineArn"])
    _machine.set(_Machine(found["stateMachineArn"], found["roleArn"]))
    original(execution_arn)


@replaces(stepfunctions, "_call_lambda")
def _invoke(original: Any, function: str, event: Any) -> Any:
    try:
        answer = (
            _machine.get().client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
        )
    except (ClientError, Refused) as error:
        # This local AWS does not say which function it is that may not be called; AWS does.
        raise _failed("Lambda.AWSLambdaException", f"{error} (on resource: {function})") from error
    payload = answer["Payload"].read().decode()
    if "FunctionError" in answer:
        raise _failed(json.loads(payload).get("errorType", "Lambda.Unknown"), payload)
    return json.loads(payload) if payload else None


@replaces(stepfunctions, "_s3_object_text")
def _read(original: Any, bucket: str, key: str) -> str:
    try:
        return str(_machine.get().client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode())
    except (ClientError, Refused) as error:
        raise _failed("States.ItemReaderFailed", error) from error


@replaces(stepfunctions._SERVICE_DISPATCH, "arn:aws:states:::sns:publish")
def _publish(original: Any, resource: str, given: dict[str, Any]) -> dict[str, Any]:
    try:
        answer = _machine.get().client("sns").publish(**given)
    except ClientError as error:
        raise _failed(f"SNS.{error.response['Error']['Code']}Exception", error) from error
    except Refused as error:
        raise _failed("SNS.AuthorizationErrorException", error) from error
    return {"MessageId": answer["MessageId"]}


@replaces(stepfunctions, "_run_distributed_map")
def _map(
    original: Any, state: Any, raw_input: Any, effective: Any, iterator: Any, execution: Any, context: Any
) -> Any:
    """Each child is started by the role, and the results are written with it: this local AWS does neither."""
    machine = _machine.get()
    try:
        check_role(machine.role_arn, "states:StartExecution", machine.arn)
    except Refused as error:
        raise _failed("States.Permissions", error) from error
    ended = original(state, raw_input, effective, iterator, execution, context)
    writer = state["ResultWriter"]
    place = stepfunctions._resolve_params_obj(writer["Parameters"], effective, context)
    key = f"{place['Prefix']}/{execution['name']}-{state['Label']}/manifest.json"
    try:
        machine.client("s3").put_object(Bucket=place["Bucket"], Key=key, Body=json.dumps({"ResultFiles": {}}))
    except (ClientError, Refused) as error:
        raise _failed("States.ResultWriterFailed", error) from error
    return ended
