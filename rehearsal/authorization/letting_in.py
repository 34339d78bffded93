"""Whom a resource's own policy lets in: a role's trust policy, a key's, a topic's, a bucket's, a queue's.

Source: the IAM guide, "AWS JSON policy elements: Principal", and the KMS guide, "Key policies".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.authorization.policies import Context, PolicyFault, Statement

EVERYBODY = "*"


@dataclass(frozen=True)
class Door:
    """The statements of one policy, each with the principals it is about."""

    statements: tuple[tuple[frozenset[str], Statement], ...]

    @staticmethod
    def read(documents: Iterable[Mapping[str, Any]]) -> Door:
        """From statements whose intrinsic functions are resolved. A role's trust policy names no resource: it
        is about the role. Raises PolicyFault."""
        return Door(
            tuple(
                (_principals(one), Statement.read({"Resource": "*", **one}))
                for one in documents
                if "Principal" in one
            )
        )

    def lets(self, principal: str, action: str, resource: str, context: Context) -> bool | None:
        """Whether the principal, a service's name or an account's ARN, may; None: nothing is said of it.

        One statement that denies is enough. Raises PolicyFault.
        """
        found = {
            statement.allows
            for principals, statement in self.statements
            if principals & {EVERYBODY, principal} and statement.resource_for(action, resource, context)
        }
        return False if False in found else (True if found else None)


def root(account_id: str) -> str:
    """The principal that stands for all whom an account's IAM policies allow."""
    return f"arn:aws:iam::{account_id}:root"


def _principals(document: Mapping[str, Any]) -> frozenset[str]:
    principal = document["Principal"]
    if principal == EVERYBODY:
        return frozenset({EVERYBODY})
    unknown = sorted(principal.keys() - {"AWS", "Service"})
    if unknown:
        raise PolicyFault(f"a rehearsal does not know {', '.join(unknown)} as a principal: {document}")
    named = (one if isinstance(one, list) else [one] for one in principal.values())
    return frozenset(each for names in named for each in names)
