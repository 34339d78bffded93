"""Each role may do what the table says, no more and no less, and names what can be named."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import Any

import pytest

from infra.function_table import COMMON_FUNCTION_GRANTS, DIRECTORY_GRANTS, FUNCTIONS, SWEEP, FunctionSpec
from infra.machine_grants import (
    DISTRIBUTED_MAP_GRANTS,
    SCHEDULER_GRANTS,
    STATE_MACHINE_GRANTS,
    SWEEP_SCHEDULE_GRANTS,
)
from infra.permissions import Grant, Resource
from infra.resource_policies import SAID
from tests.infra.synthesis import Template, as_list, topics_of

ALL_GRANTS = (
    *COMMON_FUNCTION_GRANTS,
    *(grant for spec in FUNCTIONS for grant in spec.grants),
    *DIRECTORY_GRANTS,
    *STATE_MACHINE_GRANTS,
    *DISTRIBUTED_MAP_GRANTS,
    *SWEEP.grants,
    *SWEEP_SCHEDULE_GRANTS,
    *SCHEDULER_GRANTS,
)


@pytest.fixture(scope="module")
def authorization_reference() -> dict[str, Any]:
    """AWS's Service Authorization Reference, as cfn-lint publishes it: actions in lower case."""
    source = files("cfnlint.data.AdditionalSpecs").joinpath("Policies.json")
    content: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return content


def arns_of(action: str, reference: dict[str, Any]) -> list[str]:
    """The resource types an action accepts; raises KeyError for an action that does not exist."""
    service, name = action.split(":")
    accepted: list[str] = reference[service]["Actions"][name.lower()].get("Resources", [])
    return accepted


@pytest.mark.parametrize("grant", ALL_GRANTS, ids=lambda g: f"{g.actions[0]} on {g.on}")
def test_a_star_is_granted_only_where_the_service_has_no_arn(
    grant: Grant, authorization_reference: dict[str, Any]
) -> None:
    for action in grant.actions:
        nameable = bool(arns_of(action, authorization_reference))
        assert (grant.on is not Resource.ANY) == nameable, action


@pytest.mark.parametrize("grant", ALL_GRANTS, ids=lambda g: f"{g.actions[0]} on {g.on}")
def test_every_grant_says_why(grant: Grant) -> None:
    assert len(grant.why) > 8
    assert "*" not in "".join(grant.actions)


@pytest.mark.parametrize(("on", "no_arn"), [(Resource.ANY, ""), (Resource.LEDGER, "a reason")])
def test_a_star_without_its_reason_cannot_be_written(on: Resource, no_arn: str) -> None:
    with pytest.raises(ValueError, match="a \\* needs its reason"):
        Grant(("s3:GetObject",), on, "read something", no_arn=no_arn)


BY_THE_CLOCK = {spec.handler for spec in FUNCTIONS if spec.every_hours is not None}


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda s: s.name)
def test_a_function_may_do_what_its_row_says_and_nothing_else(spec: FunctionSpec, kept: Template) -> None:
    role = kept.function(spec.name)["Role"]["Fn::GetAtt"][0]
    directories = DIRECTORY_GRANTS if spec.reaches_directories else ()
    expected = granted_pairs((*COMMON_FUNCTION_GRANTS, *spec.grants, *directories), kept, spec)
    assert template_pairs(kept.statements_of_role(role)) == expected


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda s: s.name)
def test_without_directories_nobody_reads_secrets_or_is_in_a_network(
    spec: FunctionSpec, brief: Template
) -> None:
    granted = json.dumps(brief.statements_of_role(brief.function(spec.name)["Role"]["Fn::GetAtt"][0]))
    assert "secretsmanager:" not in granted
    assert "NetworkInterface" not in granted
    assert "VpcConfig" not in brief.function(spec.name)


def test_the_state_machine_may_do_what_its_tables_say_and_nothing_else(kept: Template) -> None:
    role = kept.only("AWS::StepFunctions::StateMachine")["RoleArn"]["Fn::GetAtt"][0]
    expected = granted_pairs((*STATE_MACHINE_GRANTS, *DISTRIBUTED_MAP_GRANTS), kept, None)
    assert template_pairs(kept.statements_of_role(role)) == expected


def test_no_role_takes_permissions_from_elsewhere(kept: Template) -> None:
    for role in kept.of_type("AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role["Properties"]
        assert "Policies" not in role["Properties"]
    for policy in kept.of_type("AWS::IAM::Policy").values():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            assert not {"NotAction", "NotResource"} & statement.keys()


def test_what_resources_policies_say_is_what_is_documented(kept: Template) -> None:
    documented = Counter((one.kind, one.effect, one.principal, one.actions, one.condition) for one in SAID)
    assert set(_said_by(kept)) == set(documented)
    assert max(documented.values()) == 1


def _said_by(template: Template) -> Iterator[tuple[str, str, str, tuple[str, ...], str]]:
    member = {
        "AWS::IAM::Role": "AssumeRolePolicyDocument",
        "AWS::KMS::Key": "KeyPolicy",
        "AWS::S3::BucketPolicy": "PolicyDocument",
        "AWS::SNS::TopicPolicy": "PolicyDocument",
        "AWS::SQS::QueuePolicy": "PolicyDocument",
    }
    for resource in template.content["Resources"].values():
        kind, properties = resource["Type"], resource.get("Properties", {})
        if kind == "AWS::Lambda::Permission":
            condition = "SourceArn" if "SourceArn" in properties else ""
            yield kind, "Allow", properties["Principal"], (properties["Action"],), condition
        elif "Policy" in kind and kind not in {*member, "AWS::IAM::Policy"}:
            raise AssertionError(f"nobody documents a {kind}")
        elif kind in member:
            for one in properties[member[kind]]["Statement"]:
                conditions = [
                    f"{operator} {key}" for operator, keys in one.get("Condition", {}).items() for key in keys
                ]
                actions = tuple(as_list(one["Action"]))
                yield kind, one["Effect"], _principal(one["Principal"]), actions, " and ".join(conditions)


def _principal(principal: Any) -> str:
    if principal in ("*", {"AWS": "*"}):
        return "everybody"
    [(kind, value)] = principal.items()
    if kind == "AWS":
        assert ":root" in json.dumps(value)
        return "the account"
    return str(value)


def test_without_inventory_buckets_assess_reads_none(brief: Template) -> None:
    role = brief.function("assess")["Role"]["Fn::GetAtt"][0]
    assert not any("s3:::" in json.dumps(s) for s in brief.statements_of_role(role))


def template_pairs(statements: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
    """Every action with every resource it may be done to."""
    return {
        (action, json.dumps(resource, sort_keys=True))
        for statement in statements
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }


def granted_pairs(
    grants: Iterable[Grant], template: Template, spec: FunctionSpec | None
) -> set[tuple[str, str]]:
    """The same from the table, with ARNs written by hand: the stack's own are under test."""
    arns = expected_arns(template, spec)
    return {
        (action, json.dumps(arn, sort_keys=True))
        for grant in grants
        for action in grant.actions
        for arn in arns[grant.on]
    }


def expected_arns(template: Template, spec: FunctionSpec | None) -> dict[Resource, list[Any]]:
    def the(kind: str) -> str:
        [logical_id] = template.of_type(kind)
        return logical_id

    def join(*parts: Any) -> dict[str, Any]:
        return {"Fn::Join": ["", list(parts)]}

    topic, chat_topic = topics_of(template)
    bucket_arn = {"Fn::GetAtt": [the("AWS::S3::Bucket"), "Arn"]}
    machine = the("AWS::StepFunctions::StateMachine")
    execution = "arn:aws:states:eu-west-1:123456789012:execution:"
    arns: dict[Resource, list[Any]] = {
        Resource.ANY: ["*"],
        Resource.LEDGER: [{"Fn::GetAtt": [the("AWS::DynamoDB::Table"), "Arn"]}],
        Resource.RUN_OBJECTS: [join(bucket_arn, "/runs/*")],
        Resource.RUNS_LISTING: [bucket_arn],
        Resource.INVENTORY_OBJECTS: [
            "arn:aws:s3:::inventories/*",
            "arn:aws:s3:::more.inventories/*",
        ],
        Resource.INVENTORY_LISTING: ["arn:aws:s3:::inventories", "arn:aws:s3:::more.inventories"],
        Resource.TOPIC: [{"Ref": topic}],
        Resource.CHAT_TOPIC: [{"Ref": chat_topic}],
        Resource.SWEEP_SCHEDULE: [],
        Resource.SCHEDULES: [
            "arn:aws:scheduler:eu-west-1:123456789012:schedule/FleetMigrator-kept/weekend-wave"
        ],
        Resource.EVENT_BUS: [{"Fn::GetAtt": [the("AWS::Events::EventBus"), "Arn"]}],
        Resource.TOPIC_KEY: [{"Fn::GetAtt": [the("AWS::KMS::Key"), "Arn"]}],
        Resource.DIRECTORY_SECRETS: [
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:d-9067b2d8e5-a1b2c3",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:d-9067b2d8e6-a1b2c3",
        ],
        Resource.DIRECTORY_KEYS: [
            "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
        ],
        Resource.NETWORK: ["arn:aws:ec2:eu-west-1:123456789012:*/*"],
        Resource.WORKSPACES: ["arn:aws:workspaces:eu-west-1:123456789012:workspace/*"],
        Resource.BUNDLES: ["arn:aws:workspaces:eu-west-1:*:workspacebundle/*"],
        Resource.FUNCTIONS: [
            {"Fn::GetAtt": [logical_id, "Arn"]}
            for logical_id, function in template.of_type("AWS::Lambda::Function").items()
            if function["Properties"]["Handler"] not in BY_THE_CLOCK
        ],
        Resource.STATE_MACHINE: [{"Ref": machine}],
        Resource.EXECUTIONS: [join(execution, {"Fn::GetAtt": [machine, "Name"]}, ":*")],
        Resource.CHILD_EXECUTIONS: [join(execution, {"Fn::GetAtt": [machine, "Name"]}, "/*")],
    }
    if spec is not None:
        log_group = template.function(spec.name)["LoggingConfig"]["LogGroup"]["Ref"]
        arns[Resource.LOG_GROUP] = [{"Fn::GetAtt": [log_group, "Arn"]}]
    return arns
