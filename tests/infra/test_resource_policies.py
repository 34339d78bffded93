"""Policies of resources let in whom they should and nobody else, and no change of them goes unnoticed.

Who should get in, and who not, is written down by hand: each knocks at its door. Then each policy is changed
in every small way, and each change must open or close a door to somebody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rehearsal.authorization.letting_in import Door, root
from rehearsal.deployment import Template
from rehearsal.engine import ACCOUNT_ID
from tests.infra.synthesis import as_list
from tests.workflow.roles_bench import REGION, write_template

Json = dict[str, Any]
US, THEM = root(ACCOUNT_ID), root("210987654321")
HERE = {
    "aws:sourceaccount": ACCOUNT_ID,
    "aws:sourcearn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:one",
    "aws:securetransport": "true",
    "s3:tlsversion": "1.3",
}
ELSEWHERE = {**HERE, "aws:sourceaccount": "210987654321"}
IN_THE_CLEAR = {**HERE, "aws:securetransport": "false"}
OLD_TLS = {**HERE, "s3:tlsversion": "1.1"}

ALARMS, SCHEDULER, RULES = "cloudwatch.amazonaws.com", "scheduler.amazonaws.com", "events.amazonaws.com"
LAMBDA, MACHINES, STRANGER = "lambda.amazonaws.com", "states.amazonaws.com", "ec2.amazonaws.com"

LETS, KEEPS_OUT, FORBIDS, MINDS_NOT = "lets in", "does not let in", "forbids", "does not forbid"
_ANSWERS = {LETS: (True,), KEEPS_OUT: (None, False), FORBIDS: (False,), MINDS_NOT: (None, True)}


@dataclass(frozen=True)
class Knock:
    """Somebody at a resource's door, and what it should answer."""

    principal: str
    action: str
    resource: str
    expected: str
    context: Mapping[str, str]

    def is_answered(self, door: Door) -> bool:
        found = door.lets(self.principal, self.action, self.resource, self.context)
        return found in _ANSWERS[self.expected]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template of a stage that has all there is."""
    return write_template(tmp_path_factory.mktemp("resource-policies"))


@pytest.fixture(scope="module")
def template(file: Path) -> Template:
    return Template(file, REGION)


POLICIES = {
    "AWS::IAM::Role": "AssumeRolePolicyDocument",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
}


def policies(template: Template) -> dict[str, list[Json]]:
    """Statements of each resource's policy, resolved, by logical id."""
    found = {
        logical_id: template.resolve(properties[member]["Statement"])
        for kind, member in POLICIES.items()
        for logical_id, properties in template.of_type(kind)
    }
    for logical_id, properties in template.of_type("AWS::Lambda::Permission"):
        found[logical_id] = [_permission(template.resolve(properties))]
    return found


def _permission(properties: Json) -> Json:
    """As the statement that Lambda makes of it."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": properties["Principal"]},
        "Action": properties["Action"],
        "Resource": properties["FunctionName"],
        "Condition": {"ArnLike": {"aws:SourceArn": properties["SourceArn"]}},
    }


def knocks(template: Template) -> dict[str, list[Knock]]:
    """At each resource with a policy, by logical id."""
    found: dict[str, list[Knock]] = {}
    for kind, (service, tells_source) in TAKERS.items():
        for _, properties in template.of_type(kind):
            role = properties.get("RoleArn") or properties.get("Role") or properties["Target"]["RoleArn"]
            found[role["Fn::GetAtt"][0]] = list(_at_role(service, tells_source))
    for logical_id, _ in template.of_type("AWS::KMS::Key"):
        found[logical_id] = list(_at_key())
    for logical_id, properties in template.of_type("AWS::SNS::TopicPolicy"):
        [topic] = template.resolve(properties["Topics"])
        found[logical_id] = list(_at_topic(topic))
    for logical_id, properties in template.of_type("AWS::S3::BucketPolicy"):
        found[logical_id] = list(_at_bucket(f"arn:aws:s3:::{template.resolve(properties['Bucket'])}"))
    for logical_id, properties in template.of_type("AWS::SQS::QueuePolicy"):
        [queue] = properties["Queues"]
        found[logical_id] = list(_at_queue(template.resolve({"Fn::GetAtt": [queue["Ref"], "Arn"]})))
    for logical_id, properties in template.of_type("AWS::Lambda::Permission"):
        found[logical_id] = list(_at_function(template.resolve(properties)))
    return found


TAKERS = {
    "AWS::Lambda::Function": (LAMBDA, False),
    "AWS::StepFunctions::StateMachine": (MACHINES, True),
    "AWS::Scheduler::Schedule": (SCHEDULER, True),
}
"""Which service takes on the roles of a type's resources, and whether it tells for whose account."""


def _at_role(service: str, tells_source: bool) -> Iterator[Knock]:
    yield Knock(service, "sts:AssumeRole", "*", LETS, HERE)
    yield Knock(service, "sts:AssumeRole", "*", KEEPS_OUT if tells_source else LETS, ELSEWHERE)
    yield Knock(STRANGER, "sts:AssumeRole", "*", KEEPS_OUT, HERE)
    yield Knock(US, "sts:AssumeRole", "*", KEEPS_OUT, HERE)
    yield Knock(service, "sts:TagSession", "*", KEEPS_OUT, HERE)


def _at_key() -> Iterator[Knock]:
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        yield Knock(ALARMS, action, "*", LETS, HERE)
        yield Knock(ALARMS, action, "*", KEEPS_OUT, ELSEWHERE)
        yield Knock(STRANGER, action, "*", KEEPS_OUT, HERE)
    for action in ("kms:Decrypt", "kms:GenerateDataKey", "kms:PutKeyPolicy"):
        yield Knock(US, action, "*", LETS, HERE)
        yield Knock(THEM, action, "*", KEEPS_OUT, HERE)
    yield Knock(ALARMS, "kms:PutKeyPolicy", "*", KEEPS_OUT, HERE)


def _at_topic(topic: str) -> Iterator[Knock]:
    yield Knock(ALARMS, "sns:Publish", topic, LETS, HERE)
    yield Knock(ALARMS, "sns:Publish", topic, KEEPS_OUT, ELSEWHERE)
    yield Knock(ALARMS, "sns:Subscribe", topic, KEEPS_OUT, HERE)
    yield Knock(STRANGER, "sns:Publish", topic, KEEPS_OUT, HERE)
    yield Knock(THEM, "sns:Publish", topic, KEEPS_OUT, HERE)
    yield Knock(US, "sns:Publish", topic, FORBIDS, IN_THE_CLEAR)
    yield Knock(US, "sns:Publish", topic, MINDS_NOT, HERE)


def _at_bucket(bucket: str) -> Iterator[Knock]:
    for action, resource in (
        ("s3:GetObject", f"{bucket}/runs/one/report.json"),
        ("s3:PutObject", f"{bucket}/runs/one/report.json"),
        ("s3:ListBucket", bucket),
    ):
        yield Knock(US, action, resource, FORBIDS, IN_THE_CLEAR)
        yield Knock(US, action, resource, FORBIDS, OLD_TLS)
        yield Knock(US, action, resource, MINDS_NOT, HERE)
        yield Knock(THEM, action, resource, KEEPS_OUT, HERE)


def _at_queue(queue: str) -> Iterator[Knock]:
    for action in ("sqs:SendMessage", "sqs:ReceiveMessage"):
        yield Knock(US, action, queue, FORBIDS, IN_THE_CLEAR)
        yield Knock(US, action, queue, MINDS_NOT, HERE)
        yield Knock(THEM, action, queue, KEEPS_OUT, HERE)


def _at_function(permission: Json) -> Iterator[Knock]:
    function, rule = permission["FunctionName"], {**HERE, "aws:sourcearn": permission["SourceArn"]}
    another = {**rule, "aws:sourcearn": f"{permission['SourceArn']}-2"}
    yield Knock(RULES, "lambda:InvokeFunction", function, LETS, rule)
    yield Knock(RULES, "lambda:InvokeFunction", function, KEEPS_OUT, another)
    yield Knock(RULES, "lambda:UpdateFunctionCode", function, KEEPS_OUT, rule)
    yield Knock(STRANGER, "lambda:InvokeFunction", function, KEEPS_OUT, rule)


def test_every_policy_of_a_resource_is_knocked_at(template: Template) -> None:
    assert policies(template).keys() == knocks(template).keys()
    kinds = {
        kind for kind in (*POLICIES, "AWS::Lambda::Permission") if any(True for _ in template.of_type(kind))
    }
    assert kinds == {*POLICIES, "AWS::Lambda::Permission"}


def test_they_let_in_whom_they_should_and_nobody_else(template: Template) -> None:
    for logical_id, statements in policies(template).items():
        door = Door.read(statements)
        wrong = [one for one in knocks(template)[logical_id] if not one.is_answered(door)]
        assert wrong == [], logical_id


def changes(statement: Json) -> Iterator[tuple[str, Json | None]]:
    """Every small change of a statement, and what it is; None: the statement is gone."""
    yield "gone", None
    for member in ("Action", "Resource"):
        parts = as_list(statement.get(member, []))
        for part in parts:
            if len(parts) > 1:
                yield f"without {part}", {**statement, member: [one for one in parts if one != part]}
            # A role's trust is about the role, a key's policy about the key: there a resource says nothing.
            if part != "*":
                yield f"{part} narrowed", {**statement, member: [f"{part.rstrip('*')}x"]}
    for operator, keys in statement.get("Condition", {}).items():
        for key, value in keys.items():
            left = {one: each for one, each in keys.items() if one != key}
            others = {one: each for one, each in statement["Condition"].items() if one != operator}
            condition = {**others, **({operator: left} if left else {})}
            yield f"without {key}", {**statement, "Condition": condition}
            opposite = {"true": "false", "false": "true"}.get(str(value), "0")
            changed = {**statement["Condition"], operator: {**keys, key: opposite}}
            yield f"{key} {opposite}", {**statement, "Condition": changed}
    if statement["Principal"] not in ("*", {"AWS": "*"}):
        yield "for everybody", {**statement, "Principal": "*"}
        yield "for another", {**statement, "Principal": {"Service": STRANGER}}
    else:
        yield "for one", {**statement, "Principal": {"AWS": THEM}}
    yield "reversed", {**statement, "Effect": {"Allow": "Deny", "Deny": "Allow"}[statement["Effect"]]}


def test_no_small_change_of_any_of_them_goes_unnoticed(template: Template) -> None:
    at, tried = knocks(template), 0
    for logical_id, statements in policies(template).items():
        for number, statement in enumerate(statements):
            for what, changed in changes(statement):
                others = [one for index, one in enumerate(statements) if index != number]
                door = Door.read([*others, *([changed] if changed else [])])
                tried += 1
                assert not all(one.is_answered(door) for one in at[logical_id]), (
                    f"{logical_id}, statement {number} {what}: nobody notices"
                )
    assert tried > 100
