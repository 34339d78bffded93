"""Taking single permissions, and who may take on a role, away from what is deployed, and giving them back."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.deployed.local_aws import LocalAws

Json = dict[str, Any]


@contextmanager
def without(aws: LocalAws, role_arn: str, action: str, on: str = "") -> Iterator[None]:
    """The role's policies without an action on those resources whose ARN ends like this, for as long as the
    context lasts. Raises AssertionError where they do not allow it."""
    iam, role = aws.client("iam"), role_arn.rpartition("/")[2]
    before = policies(aws, role_arn)
    less = {name: _less(document, action, on) for name, document in before.items()}
    assert less != before, f"{role} does not allow {action} on {on}"
    for name, document in less.items():
        if document["Statement"]:
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
        else:
            iam.delete_role_policy(RoleName=role, PolicyName=name)
    try:
        yield
    finally:
        for name, document in before.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def policies(aws: LocalAws, role_arn: str) -> dict[str, Json]:
    """A role's policies as they are now, by name."""
    iam, role = aws.client("iam"), role_arn.rpartition("/")[2]
    return {
        name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    }


def _less(policy: Json, action: str, on: str) -> Json:
    statements = []
    for statement in policy["Statement"]:
        others = [one for one in listed(statement["Action"]) if one != action]
        if others:
            statements.append({**statement, "Action": others})
        left = [one for one in listed(statement["Resource"]) if not one.endswith(on)]
        if len(others) < len(listed(statement["Action"])) and left:
            statements.append({**statement, "Action": action, "Resource": left})
    return {**policy, "Statement": statements}


@contextmanager
def trusting(aws: LocalAws, role_arn: str, changed: Any) -> Iterator[None]:
    """The role's trust policy with each statement as `changed` makes it of it, for as long as this lasts."""
    iam, role = aws.client("iam"), role_arn.rpartition("/")[2]
    before = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    now = copy.deepcopy(before)
    now["Statement"] = [changed(one) for one in now["Statement"]]
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(now))
    try:
        yield
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(before))


def listed(value: Any) -> list[Any]:
    """IAM writes a list of one as the one."""
    return value if isinstance(value, list) else [value]
