"""The gate of one rehearsal: the template's roles, in the account that the fleet is in.

What a rehearsal brings along and the stage is not configured for, an inventory's bucket and real domains, is
granted as the stage would grant it if it were: infra.function_table says what that is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from moto.secretsmanager.models import secretsmanager_backends

from infra.function_table import DIRECTORY_GRANTS, FUNCTIONS
from infra.permissions import Grant, Resource
from rehearsal.authorization.gate import Gate, Use
from rehearsal.authorization.needs import Account
from rehearsal.authorization.policies import Statement
from rehearsal.authorization.roles import Roles
from rehearsal.deployment import Deployment
from rehearsal.engine import ACCOUNT_ID
from rehearsal.twin import Fleet

AMAZON = "000000000000"
"""The account of the public bundles, which nothing documents."""

_INVENTORY = (Resource.INVENTORY_OBJECTS, Resource.INVENTORY_LISTING)


def gate_of(
    deployment: Deployment,
    fleet: Fleet,
    inputs: Sequence[Mapping[str, Any]],
    secret_arns: Sequence[str],
    on_use: Callable[[Use], None],
) -> Gate:
    """The gate. `secret_arns` are those of the real domains' service accounts.

    Raises rehearsal.authorization.policies.PolicyFault for a policy that is not understood.
    """
    owners = {row["BundleId"]: str(row.get("Owner", ACCOUNT_ID)) for row in fleet.bundles}

    def owner_of_bundle(bundle_id: str) -> str:
        owner = owners.get(bundle_id, ACCOUNT_ID)
        return AMAZON if owner.casefold() == "amazon" else owner

    def key_of(arn: str) -> str | None:
        # Secrets are not the stack's: moto has them.
        secret = secretsmanager_backends[ACCOUNT_ID][fleet.region].secrets.get(arn)
        return deployment.roles.keys.get(arn) or (secret.kms_key_id if secret else None)

    account = Account(fleet.region, ACCOUNT_ID, key_of, owner_of_bundle)
    table = account.arn("dynamodb", f"table/{deployment.ledger_table}")
    buckets = sorted(
        {
            given["select"]["inventory"]["bucket"]
            for given in inputs
            if given.get("select", {}).get("inventory")
        }
    )
    arns = {
        Resource.INVENTORY_OBJECTS: [f"arn:aws:s3:::{name}/*" for name in buckets],
        Resource.INVENTORY_LISTING: [f"arn:aws:s3:::{name}" for name in buckets],
        Resource.DIRECTORY_SECRETS: list(secret_arns),
        Resource.LEDGER: [table] if secret_arns else [],
    }
    [assess] = (spec for spec in FUNCTIONS if spec.name == "assess")
    inventory = [grant for grant in assess.grants if grant.on in _INVENTORY]
    _configure(deployment.roles, "assess", deployment.runs_bucket, inventory, arns)
    _configure(deployment.roles, "clean_up", deployment.runs_bucket, DIRECTORY_GRANTS, arns)
    return Gate(deployment.roles, account, on_use)


def _configure(
    roles: Roles, caller: str, runs_bucket: str, grants: Sequence[Grant], arns: Mapping[Resource, list[str]]
) -> None:
    """Give the grants to a role on what the rehearsal brings, unless the stage has something of the kind:
    then its own configuration is what is rehearsed."""
    actions = {action.lower() for grant in grants for action in grant.actions}
    statements = roles.by_caller[caller].statements
    for one in statements:
        if actions & set(one.actions) and any(runs_bucket not in resource for resource in one.resources):
            return
    statements += [
        Statement.read({"Effect": "Allow", "Action": list(grant.actions), "Resource": arns[grant.on]})
        for grant in grants
        if arns.get(grant.on)
    ]
