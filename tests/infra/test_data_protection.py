"""Whatever of the stack holds data is encrypted, and is kept as long as the stage says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.synthesis import Template

HOLD_DATA = {
    "AWS::DynamoDB::Table": "the ledger",
    "AWS::S3::Bucket": "plans and reports",
    "AWS::SNS::Topic": "notifications",
    "AWS::SQS::Queue": "starts that failed",
    "AWS::Logs::LogGroup": "logs",
}
HOLD_NONE = {
    *(
        "AWS::CDK::Metadata",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::EC2::SecurityGroup",
    ),
    *("AWS::Events::EventBus", "AWS::Events::Rule", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::KMS::Key"),
    *("AWS::Lambda::Function", "AWS::Lambda::LayerVersion", "AWS::Lambda::Permission"),
    *("AWS::Lambda::EventInvokeConfig", "AWS::Logs::QueryDefinition", "AWS::S3::BucketPolicy"),
    *("AWS::SNS::Subscription", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"),
    *("AWS::Scheduler::Schedule", "AWS::Scheduler::ScheduleGroup", "AWS::StepFunctions::StateMachine"),
}


def properties(template: Template, kind: str) -> list[dict[str, Any]]:
    return [one["Properties"] for one in template.of_type(kind).values()]


@pytest.mark.parametrize("stage", ["kept", "brief"])
def test_every_kind_of_resource_was_asked_whether_it_holds_data(
    stage: str, request: pytest.FixtureRequest
) -> None:
    template: Template = request.getfixturevalue(stage)
    kinds = {one["Type"] for one in template.content["Resources"].values()}
    assert kinds <= HOLD_DATA.keys() | HOLD_NONE


def test_what_holds_data_is_encrypted(kept: Template) -> None:
    assert all(properties(kept, kind) for kind in HOLD_DATA)
    for table in properties(kept, "AWS::DynamoDB::Table"):
        assert table["SSESpecification"] == {"SSEEnabled": True}
    for bucket in properties(kept, "AWS::S3::Bucket"):
        assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    for topic in properties(kept, "AWS::SNS::Topic"):
        assert topic["KmsMasterKeyId"]
    for queue in properties(kept, "AWS::SQS::Queue"):
        assert queue["SqsManagedSseEnabled"] is True
    for key in properties(kept, "AWS::KMS::Key"):
        assert key["EnableKeyRotation"] is True


def test_nothing_is_sent_in_the_clear(kept: Template) -> None:
    for kind in ("AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"):
        assert properties(kept, kind)
        for one in properties(kept, kind):
            conditions = [
                statement["Condition"]
                for statement in one["PolicyDocument"]["Statement"]
                if statement["Effect"] == "Deny"
            ]
            assert {"Bool": {"aws:SecureTransport": "false"}} in conditions, kind


def test_data_is_kept_as_long_as_the_stage_says(kept: Template, brief: Template) -> None:
    """The stage of these tests keeps logs 365 days, ledger rows 77, runs 555 and overwritten objects 12."""
    for group in properties(kept, "AWS::Logs::LogGroup"):
        assert group["RetentionInDays"] == 365
    for function in properties(kept, "AWS::Lambda::Function"):
        assert function["Environment"]["Variables"]["LEDGER_RETENTION_DAYS"] == "77"
    for table in properties(kept, "AWS::DynamoDB::Table"):
        assert table["TimeToLiveSpecification"]["Enabled"] is True
    for bucket in properties(kept, "AWS::S3::Bucket"):
        [rule] = bucket["LifecycleConfiguration"]["Rules"]
        assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 12}
        assert rule["ExpirationInDays"] == 555
    for bucket in properties(brief, "AWS::S3::Bucket"):
        assert "ExpirationInDays" not in bucket["LifecycleConfiguration"]["Rules"][0]
    for queue in properties(kept, "AWS::SQS::Queue"):
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
