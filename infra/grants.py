"""From the grants of the tables to statements of a role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aws_cdk import aws_iam as iam

from infra.permissions import Grant, Resource

Arns = Mapping[Resource, list[str]]


def statements(grants: Iterable[Grant], arns: Arns) -> list[iam.PolicyStatement]:
    """One statement for each grant.

    A kind of resource of which this stage has none, such as inventory buckets where none is
    configured, gives no statement. Raises KeyError for a kind that `arns` does not know.
    """
    found = []
    for grant in grants:
        resources = ["*"] if grant.on is Resource.ANY else arns[grant.on]
        if resources:
            found.append(iam.PolicyStatement(actions=list(grant.actions), resources=resources))
    return found
