"""Statements of IAM policies, and whether they allow an action on a resource.

Kept evaluators do not serve: moto's knows neither `?` nor most conditions, and takes those it does not know
as fulfilled. This one knows what the stack's policies use and refuses to guess about the rest. Source: the
IAM guide, "Policy evaluation logic" and "IAM JSON policy elements".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_KNOWN = {"Action", "Condition", "Effect", "Principal", "Resource", "Sid"}

Context = Mapping[str, str]
"""What a call is made with, by condition key in lower case."""


class PolicyFault(Exception):
    """A policy holds something whose meaning is not written down here; the message names it."""


@dataclass(frozen=True)
class Statement:
    """One statement. `resources` are patterns as they are written."""

    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, Any]]

    @staticmethod
    def read(document: Mapping[str, Any]) -> Statement:
        """From a policy whose intrinsic functions are resolved. Raises PolicyFault."""
        unknown = sorted(document.keys() - _KNOWN)
        if unknown:
            raise PolicyFault(f"a rehearsal does not know {', '.join(unknown)} in a statement: {document}")
        conditions = document.get("Condition", {})
        for operator in conditions:
            if operator not in _OPERATORS:
                raise PolicyFault(f"a rehearsal does not know the condition operator {operator}: {document}")
        resources = tuple(_as_list(document["Resource"]))
        if any("${" in one for one in resources):
            raise PolicyFault(f"a rehearsal does not know policy variables: {document}")
        actions = tuple(one.lower() for one in _as_list(document["Action"]))
        return Statement(document["Effect"] == "Allow", actions, resources, conditions)

    def resource_for(self, action: str, resource: str, context: Context) -> str | None:
        """The first of its resources that makes it apply; None: it does not. Raises PolicyFault."""
        if not any(matches(one, action.lower()) for one in self.actions):
            return None
        found = next((one for one in self.resources if matches(one, resource)), None)
        return found if found is not None and _fulfilled(self.conditions, context) else None


def granted_by(statements: Iterable[Statement], action: str, resource: str, context: Context) -> str | None:
    """The resource, as a statement writes it, by which the action is allowed; None: it is not.

    One statement that denies is enough. Raises PolicyFault.
    """
    granted = None
    for statement in statements:
        found = statement.resource_for(action, resource, context)
        if found is not None and not statement.allows:
            return None
        granted = granted or found
    return granted


def matches(pattern: str, text: str) -> bool:
    """IAM's wildcards: `*` for any characters, `?` for one."""
    if "*" not in pattern and "?" not in pattern:
        return pattern == text
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL) is not None


def _fulfilled(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Every operator and every key of it must hold, each with one of its values."""
    for operator, keys in conditions.items():
        for key, values in keys.items():
            if key.lower() not in context:
                raise PolicyFault(f"a rehearsal does not know the condition key {key}")
            actual = context[key.lower()]
            if not any(_OPERATORS[operator](str(one), actual) for one in _as_list(values)):
                return False
    return True


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "ArnEquals": matches,
    "ArnLike": matches,
    "Bool": lambda wanted, actual: wanted.lower() == actual.lower(),
    "NumericLessThan": lambda wanted, actual: float(actual) < float(wanted),
    "StringEquals": lambda wanted, actual: wanted == actual,
    "StringLike": matches,
}


def _as_list(value: Any) -> list[Any]:
    """IAM writes a list of one as the one."""
    return value if isinstance(value, list) else [value]
