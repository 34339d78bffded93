"""What resources' own policies say, and who may take on the roles: for the documentation, and for a test
that holds it against the templates."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Said:
    """What one kind of policy says about one principal. `kind` is the policy's CloudFormation type."""

    kind: str
    on: str
    effect: str
    principal: str
    actions: tuple[str, ...]
    condition: str
    why: str


SAID: tuple[Said, ...] = (
    Said(
        "AWS::IAM::Role",
        "the functions' roles",
        "Allow",
        "lambda.amazonaws.com",
        ("sts:AssumeRole",),
        "",
        "run the functions; Lambda tells no source, and a role is passed within its account only",
    ),
    Said(
        "AWS::IAM::Role",
        "the state machine's role",
        "Allow",
        "states.amazonaws.com",
        ("sts:AssumeRole",),
        "StringEquals aws:SourceAccount",
        "run the state machine; only those of this account",
    ),
    Said(
        "AWS::IAM::Role",
        "the schedules' roles",
        "Allow",
        "scheduler.amazonaws.com",
        ("sts:AssumeRole",),
        "StringEquals aws:SourceAccount",
        "start runs and sweeps; only schedules of this account",
    ),
    Said(
        "AWS::Lambda::Permission",
        "the function `reconcile`",
        "Allow",
        "events.amazonaws.com",
        ("lambda:InvokeFunction",),
        "SourceArn",
        "call it every hour; only its own rule",
    ),
    Said(
        "AWS::KMS::Key",
        "the topics' key",
        "Allow",
        "the account",
        ("kms:*",),
        "",
        "let the account's IAM policies decide, as AWS recommends: without it nobody could manage the key",
    ),
    Said(
        "AWS::KMS::Key",
        "the topics' key",
        "Allow",
        "cloudwatch.amazonaws.com",
        ("kms:Decrypt", "kms:GenerateDataKey*"),
        "StringEquals aws:SourceAccount",
        "publish alarms; only those of this account",
    ),
    Said(
        "AWS::SNS::TopicPolicy",
        "the topics",
        "Allow",
        "cloudwatch.amazonaws.com",
        ("sns:Publish",),
        "StringEquals aws:SourceAccount",
        "publish alarms; only those of this account",
    ),
    Said(
        "AWS::SNS::TopicPolicy",
        "the topics",
        "Deny",
        "everybody",
        ("sns:Publish",),
        "Bool aws:SecureTransport",
        "nothing is sent in the clear",
    ),
    Said(
        "AWS::S3::BucketPolicy",
        "the runs bucket",
        "Deny",
        "everybody",
        ("s3:*",),
        "Bool aws:SecureTransport",
        "nothing is sent in the clear",
    ),
    Said(
        "AWS::S3::BucketPolicy",
        "the runs bucket",
        "Deny",
        "everybody",
        ("s3:*",),
        "NumericLessThan s3:TlsVersion",
        "nor with a TLS older than 1.2",
    ),
    Said(
        "AWS::SQS::QueuePolicy",
        "the queue of starts that the schedules gave up",
        "Deny",
        "everybody",
        ("sqs:*",),
        "Bool aws:SecureTransport",
        "nothing is sent in the clear",
    ),
)
