"""A service takes on a role in the local AWS, and calls by its front door as whoever has that role.

The local AWS judges every call that comes in from outside by its caller's policies and by those of what is
called. What it does by itself it does without asking anybody, as its own root. Here a service asks first: the
role's trust policy, and then, call by call, all that a caller from outside is asked.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config
from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam, kms, sts

_LONGEST_FUNCTION_SECONDS = 900


class Refused(Exception):
    """IAM says no; the message is what AWS says then."""


def client(service: str, role_arn: str, *, acting: str, source_arn: str) -> Any:
    """A client with the role's permissions, for the service principal `acting` on behalf of `source_arn`.

    Raises Refused where the role does not trust it.
    """
    check_trust(role_arn, acting, source_arn)
    name, digest = role_arn.rpartition("/")[2], hashlib.sha256(f"{acting} {role_arn}".encode()).hexdigest()
    key, secret, token = f"ASIA{digest[:16].upper()}", f"secret of {digest}", f"token of {digest}"
    session = acting.partition(".")[0]
    sts.register_session(
        key,
        {
            "Arn": f"arn:aws:sts::{get_account_id()}:assumed-role/{name}/{session}",
            "UserId": f"{name}:{session}",
            "SecretAccessKey": secret,
            "SessionToken": token,
        },
    )
    return _client(service, get_region(), key, secret, token)


@lru_cache
def _client(service: str, region: str, key: str, secret: str, token: str) -> Any:
    return boto3.session.Session().client(
        service,  # type: ignore[call-overload]
        region_name=region,
        endpoint_url=f"https://127.0.0.1:{os.environ['GATEWAY_PORT']}",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}, read_timeout=_LONGEST_FUNCTION_SECONDS),
    )


def check_trust(role_arn: str, acting: str, source_arn: str) -> None:
    """Raises Refused where the role's trust policy does not let the service take it on."""
    role = iam._roles.get(role_arn.rpartition("/")[2])
    document = copy.deepcopy(role["AssumeRolePolicyDocument"] if role else {"Statement": []})
    if isinstance(document, str):
        document = json.loads(document)
    if not _lets_service(document, "sts:AssumeRole", role_arn, acting, source_arn):
        raise Refused(f"The role {role_arn} cannot be assumed by principal {acting}.")


def check_service(policy: Any, action: str, resource: str, acting: str, source_arn: str) -> None:
    """Raises Refused where a resource's own policy does not let a service do this by itself."""
    if not _lets_service(policy, action, resource, acting, source_arn):
        raise Refused(
            f"User: {acting} is not authorized to perform: {action} on resource: {resource} "
            f"because no resource-based policy allows the {action} action"
        )


def _lets_service(policy: Any, action: str, resource: str, acting: str, source_arn: str) -> bool:
    context = iam_evaluator.EvalContext(
        principal_arn=acting,
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=get_region(),
        # A service's own calls are made over TLS.
        secure_transport=True,
        service_context={"aws:sourceaccount": get_account_id(), "aws:sourcearn": source_arn},
    )
    found = iam_evaluator.evaluate_resource_policy(policy, context, service=acting)
    return bool(found.decision == "Allow")


def check_role(role_arn: str, action: str, resource: str) -> None:
    """Raises Refused where a role does not allow what no front door is there for."""
    _check_caller(
        f"arn:aws:sts::{get_account_id()}:assumed-role/{role_arn.rpartition('/')[2]}/states", action, resource
    )


def check_key(key_id: str, action: str, caller_arn: str) -> None:
    """Raises Refused where a caller with a role, or the key's own policy, does not allow the use of a key.
    Whoever is root, the account's own tests, is asked nothing."""
    if ":assumed-role/" in caller_arn:
        key = kms._resolve_key(key_id)
        _check_caller(caller_arn, action, key["Arn"], policy=key.get("Policy"))


def _check_caller(caller_arn: str, action: str, resource: str, policy: Any = None) -> None:
    account = get_account_id()
    context = iam_evaluator.EvalContext(
        principal_arn=caller_arn,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=get_region(),
        secure_transport=True,
    )
    name = iam_evaluator._role_name_from_assumed_arn(caller_arn)
    found = iam_evaluator.evaluate(context, iam_evaluator._gather_role_policies(name, account))
    if policy is not None:
        found = iam_evaluator.combine_resource_policy(found, context, policy, account, required=True)
    if found.decision != "Allow":
        raise Refused(f"User: {caller_arn} is not authorized to perform: {action} on resource: {resource}")
