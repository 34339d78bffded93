"""Schedules and rules that call as they may: a schedule with its role, a rule with what its target lets in.

Sources: the guides of EventBridge Scheduler, "Set up the execution role", "Using universal targets", "Adding
context attributes" and "Configuring a dead-letter queue", and of EventBridge, "Resource-based policies".
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from ministack.core import iam_actions
from ministack.core.responses import new_uuid
from ministack.services import eventbridge, lambda_svc

from tests.deployed.acting.hooks import replaces
from tests.deployed.acting.roles import Refused, check_service, client

_START = ":scheduler:::aws-sdk:sfn:startExecution"
_log = logging.getLogger("ministack")


@replaces(iam_actions, "extract_resource_arn")
def _resource(original: Any, service: str, *request: Any) -> str:
    """A schedule in its own group: this local AWS takes all for schedules of the default group."""
    arn = str(original(service, *request))
    *_, parameters, _, _ = request
    group = parameters.get("groupName")
    if service != "scheduler" or not group:
        return arn
    return arn.replace(":schedule/default/", f":schedule/{group[0] if isinstance(group, list) else group}/")


@replaces(eventbridge, "_invoke_target")
def _call(original: Any, target: Any, event: Any, source: Any, view: Any = None) -> None:
    if event["Source"] == "aws.scheduler":
        _by_schedule(target, source)
        return
    arn = target["Arn"]
    if ":lambda:" in arn:
        found = lambda_svc.function_policy_for_arn(arn)
        policy = found[0] if found else None
        try:
            check_service(policy, "lambda:InvokeFunction", arn, "events.amazonaws.com", source["Arn"])
        except Refused as refusal:
            # Only a metric tells of it, which this local AWS does not have.
            _log.warning("rule %s: %s", source["Name"], refusal)
            return
    original(target, event, source, view)


def _by_schedule(target: Any, schedule: Any) -> None:
    """Nothing is tried again: what a role does not allow today it does not allow in a minute."""
    attributes = {
        "execution-id": new_uuid(),
        "schedule-arn": schedule["Arn"],
        "scheduled-time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "attempt-number": "1",
    }
    given = target.get("Input", "{}")
    for name, value in attributes.items():
        given = given.replace(f"<aws.scheduler.{name}>", value)
    try:
        _made(target, schedule, given)
    except ClientError as error:
        told = error.response["Error"]
        _give_up(target, schedule, given, told["Code"], told["Message"])
    except Refused as error:
        _give_up(target, schedule, given, "AccessDeniedException", str(error))


def _made(target: Any, schedule: Any, given: str) -> None:
    """The call. Raises Refused, ClientError."""
    if target["Arn"].endswith(_START):
        parameters = {f"{name[0].lower()}{name[1:]}": value for name, value in json.loads(given).items()}
        _client("stepfunctions", target, schedule).start_execution(**parameters)
    elif ":lambda:" in target["Arn"]:
        _client("lambda", target, schedule).invoke(
            FunctionName=target["Arn"], InvocationType="Event", Payload=given.encode()
        )
    else:
        raise LookupError(f"what a schedule does with {target['Arn']} is not known here")


def _give_up(target: Any, schedule: Any, given: str, code: str, message: str) -> None:
    """Into the queue for that, if there is one, with the same role."""
    _log.warning("schedule %s gave up: %s %s", schedule["Arn"], code, message)
    queue = target.get("DeadLetterConfig", {}).get("Arn")
    if queue is None:
        return
    told = {
        "ERROR_CODE": code,
        "ERROR_MESSAGE": message,
        "SCHEDULE_ARN": schedule["Arn"],
        "TARGET_ARN": target["Arn"],
    }
    account, name = queue.split(":")[-2:]
    try:
        sqs = _client("sqs", target, schedule)
        sqs.send_message(
            QueueUrl=f"{sqs.meta.endpoint_url}/{account}/{name}",
            MessageBody=given,
            MessageAttributes={
                key: {"DataType": "String", "StringValue": value} for key, value in told.items()
            },
        )
    except (ClientError, Refused) as error:
        _log.warning("schedule %s: given up and not kept: %s", schedule["Arn"], error)


def _client(service: str, target: Any, schedule: Any) -> Any:
    # Scheduler's aws:SourceArn is the group's, which a role may trust, and not the schedule's.
    group = schedule["Arn"].replace(":schedule/", ":schedule-group/").rpartition("/")[0]
    return client(service, target["RoleArn"], acting="scheduler.amazonaws.com", source_arn=group)
