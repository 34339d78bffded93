"""IAM as rehearsals have it: what statements allow, what calls take, and how a refusal reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from rehearsal.authorization.gate import Gate, Refusal, Use
from rehearsal.authorization.letting_in import Door
from rehearsal.authorization.needs import Account, Need, UnknownCall, listing, needs
from rehearsal.authorization.policies import PolicyFault, Statement, granted_by, matches
from rehearsal.authorization.roles import Invoker, Role, Roles

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/ledger"
TOPIC = "arn:aws:sns:us-east-1:123456789012:topic"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:d-1"
WORKSPACES = "arn:aws:workspaces:us-east-1:123456789012"
ACCOUNT = Account("us-east-1", "123456789012", {TOPIC: KEY, SECRET: KEY}.get, lambda _: "999999999999")
CONTEXT = {"aws:securetransport": "true", "s3:tlsversion": "1.3", "aws:sourceaccount": "123456789012"}


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("arn:aws:s3:::b/runs/*", "arn:aws:s3:::b/runs/a/b.json", True),
        ("arn:aws:s3:::b/runs/*", "arn:aws:s3:::b/other/a", False),
        ("arn:aws:s3:::b", "arn:aws:s3:::bb", False),
        ("arn:aws:s3:::a.b/*", "arn:aws:s3:::axb/c", False),
        ("ws-?", "ws-1", True),
        ("ws-?", "ws-12", False),
        ("*", "", True),
    ],
)
def test_wildcards(pattern: str, text: str, fits: bool) -> None:
    assert matches(pattern, text) is fits


def statement(**members: Any) -> Statement:
    return Statement.read({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:b/*", **members})


@pytest.mark.parametrize(
    ("statements", "granted"),
    [
        ([statement()], "arn:b/*"),
        ([statement(Action=["s3:PutObject", "S3:GETOBJECT"])], "arn:b/*"),
        ([statement(Action="s3:Get*", Resource=["arn:c", "arn:b/k"])], "arn:b/k"),
        ([], None),
        ([statement(Action="s3:PutObject")], None),
        ([statement(Resource="arn:c/*")], None),
        ([statement(), statement(Effect="Deny")], None),
        ([statement(), statement(Effect="Deny", Resource="arn:c/*")], "arn:b/*"),
        (
            [statement(), statement(Effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})],
            "arn:b/*",
        ),
        ([statement(Condition={"Bool": {"aws:SecureTransport": True}})], "arn:b/*"),
        ([statement(Condition={"Bool": {"aws:SecureTransport": "false"}})], None),
        ([statement(Condition={"NumericLessThan": {"s3:TlsVersion": 1.2}})], None),
        ([statement(Condition={"StringEquals": {"aws:SourceAccount": ["1", "123456789012"]}})], "arn:b/*"),
        (
            [
                statement(
                    Condition={
                        "Bool": {"aws:SecureTransport": "true"},
                        "StringLike": {"aws:SourceAccount": "9*"},
                    }
                )
            ],
            None,
        ),
    ],
)
def test_what_statements_allow(statements: list[Statement], granted: str | None) -> None:
    assert granted_by(statements, "s3:GetObject", "arn:b/k", CONTEXT) == granted


@pytest.mark.parametrize(
    "members",
    [
        {"NotAction": "s3:*"},
        {"NotResource": "arn:c"},
        {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
        {"Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["a"]}}},
        {"Condition": {"StringEquals": {"aws:PrincipalTag/team": "a"}}},
        {"Resource": "arn:b/${aws:username}/*"},
    ],
)
def test_what_is_not_understood_is_never_guessed(members: dict[str, Any]) -> None:
    with pytest.raises(PolicyFault):
        granted_by([statement(**members)], "s3:GetObject", "arn:b/k", CONTEXT)


def on_table(*operations: str) -> list[Need]:
    return [Need(f"dynamodb:{one}", TABLE) for one in operations]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "taken"),
    [
        ("dynamodb", "Query", {"TableName": "ledger"}, on_table("Query")),
        (
            "dynamodb",
            "Query",
            {"TableName": "ledger", "IndexName": "i"},
            [Need("dynamodb:Query", f"{TABLE}/index/i")],
        ),
        ("dynamodb", "BatchGetItem", {"RequestItems": {"ledger": {}}}, on_table("BatchGetItem")),
        (
            "dynamodb",
            "TransactWriteItems",
            {
                "TransactItems": [
                    {one: {"TableName": "ledger"}} for one in ("Put", "Update", "ConditionCheck", "Put")
                ]
            },
            on_table("PutItem", "UpdateItem", "ConditionCheckItem"),
        ),
        (
            "workspaces",
            "MigrateWorkspace",
            {"SourceWorkspaceId": "ws-1", "BundleId": "wsb-1"},
            [
                Need("workspaces:MigrateWorkspace", f"{WORKSPACES}:workspace/ws-1"),
                Need(
                    "workspaces:MigrateWorkspace",
                    "arn:aws:workspaces:us-east-1:999999999999:workspacebundle/wsb-1",
                ),
            ],
        ),
        ("workspaces", "DescribeWorkspaces", {}, [Need("workspaces:DescribeWorkspaces", "*")]),
        (
            "workspaces",
            "TerminateWorkspaces",
            {"TerminateWorkspaceRequests": [{"WorkspaceId": "ws-1"}, {"WorkspaceId": "ws-2"}]},
            [Need("workspaces:TerminateWorkspaces", f"{WORKSPACES}:workspace/ws-{n}") for n in (1, 2)],
        ),
        (
            "s3",
            "HeadObject",
            {"Bucket": "b", "Key": "runs/k"},
            [Need("s3:GetObject", "arn:aws:s3:::b/runs/k")],
        ),
        (
            "sns",
            "Publish",
            {"TopicArn": TOPIC},
            [
                Need("sns:Publish", TOPIC),
                Need("kms:GenerateDataKey", KEY, via="sns"),
                Need("kms:Decrypt", KEY, via="sns"),
            ],
        ),
        ("sns", "Publish", {"TopicArn": "arn:plain"}, [Need("sns:Publish", "arn:plain")]),
        (
            "secretsmanager",
            "GetSecretValue",
            {"SecretId": SECRET},
            [Need("secretsmanager:GetSecretValue", SECRET), Need("kms:Decrypt", KEY, via="secretsmanager")],
        ),
        (
            "events",
            "PutEvents",
            {"Entries": [{"EventBusName": "bus"}, {"EventBusName": "bus"}]},
            [Need("events:PutEvents", "arn:aws:events:us-east-1:123456789012:event-bus/bus")],
        ),
    ],
)
def test_what_calls_take(service: str, operation: str, parameters: dict[str, Any], taken: list[Need]) -> None:
    assert list(needs(ACCOUNT, service, operation, parameters)) == taken


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("workspaces", "RebootWorkspaces"),
        ("dynamodb", "DeleteTable"),
        ("s3", "DeleteBucket"),
        ("iam", "PassRole"),
    ],
)
def test_a_call_that_nobody_thought_of_does_not_pass(service: str, operation: str) -> None:
    with pytest.raises(UnknownCall, match=operation):
        list(needs(ACCOUNT, service, operation, {}))


TRUSTING: Mapping[str, Any] = {
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Principal": {"Service": "lambda.amazonaws.com"},
}


def gate(
    *statements: Statement,
    used: list[Use] | None = None,
    trust: Mapping[str, Any] = TRUSTING,
    key: Mapping[str, Any] | None = None,
) -> Gate:
    """`key` is the one statement of the policy of KEY; None where it is not the stack's."""
    rule = Invoker("arn:function", "events.amazonaws.com", "arn:rule")
    role = Role("StartRole", Door.read([trust]), "lambda.amazonaws.com", list(statements))
    key_policies = {KEY: Door.read([key])} if key else {}
    roles = Roles(
        {"start": role}, [], frozenset({rule}), {}, key_policies, functions={"arn:function": "start"}
    )
    return Gate(roles, ACCOUNT, (used if used is not None else []).append)


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code"),
    [
        ("dynamodb", "Query", {"TableName": "ledger"}, "AccessDeniedException"),
        ("ec2", "DescribeSubnets", {}, "UnauthorizedOperation"),
        ("s3", "GetObject", {"Bucket": "b", "Key": "k"}, "AccessDenied"),
        ("sns", "Publish", {"TopicArn": TOPIC}, "AuthorizationError"),
        ("workspaces", "DescribeWorkspaces", {}, "AccessDeniedException"),
    ],
)
def test_a_refusal_has_the_service_s_code_and_names_role_and_action(
    service: str, operation: str, parameters: dict[str, Any], code: str
) -> None:
    refusal = gate().refuses_call("start", service, operation, parameters)
    assert refusal is not None
    assert refusal.code == code
    assert "assumed-role/StartRole/start is not authorized to perform: " in refusal.message
    assert f"{service}:{operation}" in refusal.message


def test_a_key_that_is_not_granted_is_refused_in_the_words_of_who_asks_for_it() -> None:
    refusals = [
        gate(
            Statement.read({"Effect": "Allow", "Action": [action], "Resource": "*"}),
        ).refuses_call("start", service, operation, parameters)
        for action, service, operation, parameters in (
            ("sns:Publish", "sns", "Publish", {"TopicArn": TOPIC}),
            ("secretsmanager:GetSecretValue", "secretsmanager", "GetSecretValue", {"SecretId": SECRET}),
        )
    ]
    assert [one.code for one in refusals if one] == ["KMSAccessDenied", "AccessDeniedException"]
    assert all(one and "kms:" in one.message for one in refusals)


def test_each_permission_is_told_once_when_it_is_first_used() -> None:
    used: list[Use] = []
    statements = Statement.read({"Effect": "Allow", "Action": "dynamodb:Query", "Resource": TABLE})
    allowing = gate(statements, used=used)
    for _ in range(2):
        assert allowing.refuses_call("start", "dynamodb", "Query", {"TableName": "ledger"}) is None
    assert used == [Use("start", "dynamodb:Query", TABLE)]


def test_whether_an_object_is_missing_is_told_to_those_who_may_list() -> None:
    place = {"Bucket": "b", "Key": "k"}
    assert listing(place) == Need("s3:ListBucket", "arn:aws:s3:::b")
    may = Statement.read({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::b"})
    assert gate(may).hides_missing("start", place) is None
    assert isinstance(gate().hides_missing("start", place), Refusal)


def test_a_function_is_invoked_by_whom_its_own_policy_names() -> None:
    assert gate().lets_invoke(Invoker("arn:function", "events.amazonaws.com", "arn:rule"))
    assert not gate().lets_invoke(Invoker("arn:function", "events.amazonaws.com", "arn:another"))
    assert not gate().lets_invoke(Invoker("arn:another", "events.amazonaws.com", "arn:rule"))


@pytest.mark.parametrize(
    "changed",
    [
        {"Principal": {"Service": "ec2.amazonaws.com"}},
        {"Effect": "Deny"},
        {"Action": "sts:TagSession"},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "210987654321"}}},
    ],
)
def test_a_role_that_its_service_cannot_take_on_is_good_for_nothing(changed: Mapping[str, Any]) -> None:
    everything = Statement.read({"Effect": "Allow", "Action": "*", "Resource": "*"})
    untrusted = gate(everything, trust={**TRUSTING, **changed})
    refusal = untrusted.refuses_call("start", "dynamodb", "Query", {"TableName": "ledger"})
    assert refusal
    assert refusal.message == (
        "The role arn:aws:iam::123456789012:role/StartRole cannot be assumed "
        "by principal lambda.amazonaws.com."
    )
    assert not untrusted.lets_invoke(Invoker("arn:function", "events.amazonaws.com", "arn:rule"))


@pytest.mark.parametrize(
    ("principal", "refused"),
    [
        ("arn:aws:iam::123456789012:root", False),
        ("arn:aws:iam::210987654321:root", True),
    ],
)
def test_roles_count_for_a_key_only_if_its_policy_leaves_it_to_the_account(
    principal: str, refused: bool
) -> None:
    everything = Statement.read({"Effect": "Allow", "Action": "*", "Resource": "*"})
    key = {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": principal}}
    refusal = gate(everything, key=key).refuses_call("start", "sns", "Publish", {"TopicArn": TOPIC})
    assert (refusal is not None) is refused
    if refusal:
        assert refusal.code == "KMSAccessDenied"
        assert "because no resource-based policy allows the kms:GenerateDataKey action" in refusal.message


def test_a_kind_of_principal_that_nobody_thought_of_is_not_read() -> None:
    with pytest.raises(PolicyFault, match="Federated"):
        Door.read([{**TRUSTING, "Principal": {"Federated": "idp"}}])
