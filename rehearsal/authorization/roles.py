"""Whose policies are whose in a synthesized template."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from rehearsal.authorization.letting_in import Door
from rehearsal.authorization.policies import PolicyFault, Statement

STATE_MACHINE = "the state machine"
"""The caller's name of what is no function; a function's is its short name."""


class Template(Protocol):
    """A synthesized template, as far as roles need it."""

    def of_type(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]: ...

    def resolve(self, value: Any) -> Any: ...

    def name(self, logical_id: str) -> str: ...


@dataclass
class Role:
    """A role's name, who may take it on, and what its policies say."""

    name: str
    trust: Door
    service: str = ""
    """The principal that takes it on for its caller."""
    statements: list[Statement] = field(default_factory=list)


@dataclass(frozen=True)
class Invoker:
    """A service that a function's own policy lets invoke it."""

    function_arn: str
    service: str
    source_arn: str


@dataclass
class Roles:
    """Roles by caller, what resources' own policies deny to all, and whom functions let invoke them."""

    by_caller: dict[str, Role]
    denials: list[Statement]
    invokers: frozenset[Invoker]
    keys: dict[str, str]
    """The ARN of the KMS key of each topic that is encrypted with one."""
    key_policies: dict[str, Door]
    """Of the stack's own keys, by ARN."""
    functions: dict[str, str]
    """The callers that are functions, by ARN."""


def read_roles(template: Template, callers: Mapping[str, str]) -> Roles:
    """The roles of `callers`: their names, by the logical ids of what has the role.

    Raises PolicyFault for a policy whose meaning is not known here, or which is not in the template.
    """
    roles = {
        logical_id: Role(
            template.name(logical_id),
            Door.read(_statements(template, properties["AssumeRolePolicyDocument"])),
        )
        for logical_id, properties in template.of_type("AWS::IAM::Role")
    }
    for logical_id, properties in template.of_type("AWS::IAM::Role"):
        elsewhere = {"ManagedPolicyArns", "PermissionsBoundary", "Policies"} & properties.keys()
        if elsewhere:
            raise PolicyFault(
                f"{logical_id}: a rehearsal does not know {', '.join(sorted(elsewhere))} of a role"
            )
    for _, properties in template.of_type("AWS::IAM::Policy"):
        statements = [Statement.read(one) for one in _statements(template, properties["PolicyDocument"])]
        for role in properties["Roles"]:
            roles[role["Ref"]].statements += statements
    by_caller = {}
    for kind, role_of in _ROLE_OF.items():
        for logical_id, properties in template.of_type(kind):
            if logical_id in callers:
                role = roles[role_of(properties)["Fn::GetAtt"][0]]
                by_caller[callers[logical_id]] = replace(role, service=_TAKEN_ON_BY[kind])
    return Roles(
        by_caller,
        list(_denials(template)),
        frozenset(_invokers(template)),
        dict(_keys(template)),
        {
            template.resolve({"Fn::GetAtt": [logical_id, "Arn"]}): Door.read(
                _statements(template, properties["KeyPolicy"])
            )
            for logical_id, properties in template.of_type("AWS::KMS::Key")
        },
        {
            template.resolve({"Fn::GetAtt": [logical_id, "Arn"]}): callers[logical_id]
            for logical_id, _ in template.of_type("AWS::Lambda::Function")
            if logical_id in callers
        },
    )


_ROLE_OF: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "AWS::Lambda::Function": lambda properties: properties["Role"],
    "AWS::Scheduler::Schedule": lambda properties: properties["Target"]["RoleArn"],
    "AWS::StepFunctions::StateMachine": lambda properties: properties["RoleArn"],
}
"""Where the types that have a role say which."""

_TAKEN_ON_BY = {
    "AWS::Lambda::Function": "lambda.amazonaws.com",
    "AWS::Scheduler::Schedule": "scheduler.amazonaws.com",
    "AWS::StepFunctions::StateMachine": "states.amazonaws.com",
}


def _statements(template: Template, document: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    resolved = template.resolve(document["Statement"])
    return resolved if isinstance(resolved, list) else [resolved]


def _denials(template: Template) -> Iterator[Statement]:
    """What a bucket's, a topic's or a queue's own policy forbids to everybody. What it allows is allowed to
    other services; in its own account, a role's policies are enough."""
    for kind in ("AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"):
        for _, properties in template.of_type(kind):
            for one in _statements(template, properties["PolicyDocument"]):
                if one["Effect"] == "Deny":
                    yield Statement.read(one)


def _invokers(template: Template) -> Iterator[Invoker]:
    for _, properties in template.of_type("AWS::Lambda::Permission"):
        if properties["Action"] == "lambda:InvokeFunction":
            found = template.resolve(properties)
            yield Invoker(found["FunctionName"], found["Principal"], found.get("SourceArn", ""))


def _keys(template: Template) -> Iterator[tuple[str, str]]:
    for logical_id, properties in template.of_type("AWS::SNS::Topic"):
        if "KmsMasterKeyId" in properties:
            yield template.resolve({"Ref": logical_id}), template.resolve(properties["KmsMasterKeyId"])
