"""What a Task calls: functions in this process, services with the bodies and sizes they take."""

from __future__ import annotations

import json
from typing import Any

from moto.stepfunctions.parser import quotas
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk as aws_sdk,
)
from moto.stepfunctions.parser.asl.utils import boto_client

from rehearsal import json_values
from rehearsal.engine_parts import (
    access_denied,
    data_limit_exceeded,
    invocation_response,
    resource_not_found,
)
from rehearsal.hooking import Replacement
from rehearsal.invocation import FunctionError, UnknownFunction, function_name
from rehearsal.moto_hooks.means import ASL, ENGINE, PARSER, TASK, Means, hook


@hook(
    {
        TASK + "lambda_eval_utils:execute_lambda_function_integration": "f8c714c35a24",
        TASK + "service.state_task_service_lambda:StateTaskServiceLambda._eval_service_task": "4a98c28eba36",
        TASK + "service.state_task_service_lambda:StateTaskServiceLambda._from_error": "ba630b50b845",
        TASK + "state_task_lambda:StateTaskLambda._eval_execution": "ead6d23ce0b1",
    }
)
def functions_are_called_directly(means: Means, replace: Replacement) -> None:
    """Replaces the invocation of a Lambda function over boto3 by a call of its handler in the same task.

    The result has the envelope that the service's optimized integration gives it. A payload over the limit
    for a state is States.DataLimitExceeded.
    """

    def execute(env: Any, parameters: dict[str, Any], region: str, state_credentials: Any) -> None:
        del region, state_credentials
        reference = parameters["FunctionName"]
        payload = parameters.get("Payload") or b"{}"
        if len(payload) > json_values.STATE_LIMIT_BYTES and not json_values.fits_in_state(
            json.loads(payload)
        ):
            raise data_limit_exceeded(env, reference)
        if means.gate is not None and (refusal := means.gate.refuses_invocation(reference)):
            raise access_denied(refusal.message)
        name = function_name(reference)
        execution = env.states.context_object.context_object_data["Execution"]
        try:
            answer = means.functions.invoke(name, reference, payload, execution["Name"])
        except FunctionError as error:
            raise lambda_eval_utils.LambdaFunctionErrorException("Unhandled", error.payload) from error
        except UnknownFunction as error:
            raise resource_not_found(str(error)) from error
        env.stack.append(invocation_response(answer))

    replace.attribute(lambda_eval_utils, "execute_lambda_function_integration", execute)


@hook({TASK + "service.state_task_service_aws_sdk:StateTaskServiceAwsSdk._eval_service_task": "e68dc9e06e6a"})
def objects_are_bodies(means: Means, replace: Replacement) -> None:
    """Writes an object given for a binary parameter, such as the Body of s3:putObject, as JSON, as the
    service does; moto hands it to boto3, which refuses it."""
    del means
    call = aws_sdk.StateTaskServiceAwsSdk._eval_service_task

    def eval_service_task(
        self: Any, env: Any, resource_runtime_part: Any, normalised_parameters: Any, state_credentials: Any
    ) -> None:
        client = boto_client.boto_client_for(resource_runtime_part.region, self._get_boto_service_name())
        operation = client.meta.method_to_api_mapping.get(self._get_boto_service_action())
        if operation is not None:
            shape = client.meta.service_model.operation_model(operation).input_shape
            for name, value in normalised_parameters.items():
                member = shape.members.get(name) if shape is not None else None
                if member is not None and member.type_name == "blob" and isinstance(value, dict | list):
                    normalised_parameters[name] = json_values.written(value).encode()
        call(self, env, resource_runtime_part, normalised_parameters, state_credentials)

    replace.attribute(aws_sdk.StateTaskServiceAwsSdk, "_eval_service_task", eval_service_task)


@hook({PARSER + "quotas:is_within_size_quota": "744cc11a3a37"})
def sizes_are_counted_in_utf_8(means: Means, replace: Replacement) -> None:
    """Replaces a limit on states that counts six bytes for each letter beyond ASCII."""
    del means
    replace.everywhere(ENGINE, quotas.is_within_size_quota, json_values.fits_in_state)


@hook({ASL + "utils.boto_client:boto_client_for": "1f44dc2ac8aa"})
def clients_are_kept(means: Means, replace: Replacement) -> None:
    """Replaces a new boto3 client for every service task by one for each region and service."""
    del means
    make = boto_client.boto_client_for
    kept: dict[tuple[str, str], Any] = {}

    def client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        if (region, service) not in kept:
            kept[region, service] = make(region, service, state_credentials)
        return kept[region, service]

    replace.everywhere(ENGINE, make, client_for)
