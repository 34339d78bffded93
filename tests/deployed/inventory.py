"""Whether something that a stack made is still there, asked of its service and not of CloudFormation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from tests.deployed.local_aws import LocalAws

_Look = Callable[[LocalAws, str], Any]

PARTS_OF_OTHERS = frozenset(
    {
        "AWS::IAM::Policy",
        "AWS::Lambda::Permission",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
    }
)
"""Types whose resources are properties of another, and go with it."""

_NOT_FOUND = (
    "NotFound",
    "NoSuch",
    "NonExistent",
    "DoesNotExist",
    "404",
    "ResourceNotFound",
    "StateMachineDoesNotExist",
)


def present(aws: LocalAws, kind: str, physical_id: str) -> bool:
    """Raises KeyError for a type that nobody has taught this."""
    try:
        return bool(_LOOKS[kind](aws, physical_id))
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if any(part in code for part in _NOT_FOUND):
            return False
        raise


def _ask(service: str, operation: str, parameter: str) -> _Look:
    """A call that answers about the one thing, or says that there is none."""
    return lambda aws, name: getattr(aws.client(service), operation)(**{parameter: name})


def _listed(service: str, operation: str, parameter: str, member: str, key: str) -> _Look:
    """A listing by name, which may find more, or nothing."""

    def look(aws: LocalAws, name: str) -> bool:
        answer = getattr(aws.client(service), operation)(**{parameter: name})
        return any(one[key] == name for one in answer[member])

    return look


def _key(aws: LocalAws, key_id: str) -> bool:
    # A key goes after a week at the earliest; until then nobody can use it.
    return bool(aws.client("kms").describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] == "Enabled")


def _schedule(aws: LocalAws, name: str) -> bool:
    found = aws.client("scheduler").list_schedules()["Schedules"]
    return any(one["Name"] == name.rpartition("|")[2] for one in found)


def _alarms(aws: LocalAws, name: str) -> bool:
    return bool(aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"])


def _layer(aws: LocalAws, arn: str) -> Any:
    return aws.client("lambda").get_layer_version_by_arn(Arn=arn)


def _rule(aws: LocalAws, name: str) -> Any:
    return aws.client("events").describe_rule(Name=name)


def _queue(aws: LocalAws, url: str) -> Any:
    return aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])


_LOOKS: dict[str, _Look] = {
    "AWS::CloudWatch::Alarm": _alarms,
    "AWS::CloudWatch::Dashboard": _ask("cloudwatch", "get_dashboard", "DashboardName"),
    "AWS::DynamoDB::Table": _ask("dynamodb", "describe_table", "TableName"),
    "AWS::Events::EventBus": _ask("events", "describe_event_bus", "Name"),
    "AWS::Events::Rule": _rule,
    "AWS::IAM::Role": _ask("iam", "get_role", "RoleName"),
    "AWS::KMS::Key": _key,
    "AWS::Lambda::Function": _ask("lambda", "get_function", "FunctionName"),
    "AWS::Lambda::LayerVersion": _layer,
    "AWS::Logs::LogGroup": _listed(
        "logs", "describe_log_groups", "logGroupNamePrefix", "logGroups", "logGroupName"
    ),
    "AWS::S3::Bucket": _ask("s3", "head_bucket", "Bucket"),
    "AWS::SNS::Topic": _ask("sns", "get_topic_attributes", "TopicArn"),
    "AWS::SQS::Queue": _queue,
    "AWS::Scheduler::Schedule": _schedule,
    "AWS::Scheduler::ScheduleGroup": _ask("scheduler", "get_schedule_group", "Name"),
    "AWS::StepFunctions::StateMachine": _ask("stepfunctions", "describe_state_machine", "stateMachineArn"),
}
