"""A request's expressions, read and checked against the placeholders it defines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from rehearsal.dynamodb.conditions import Condition, read_condition
from rehearsal.dynamodb.grammar import ExpressionFault, Given
from rehearsal.dynamodb.keys import KeyCondition, read_key_condition
from rehearsal.dynamodb.projections import Projection, read_projection
from rehearsal.dynamodb.table import invalid
from rehearsal.dynamodb.updates import Update, read_update
from rehearsal.dynamodb.values import Item

Request = Mapping[str, Any]


class _Read(Protocol):
    @property
    def names(self) -> frozenset[str]: ...

    @property
    def values(self) -> frozenset[str]: ...


_Part = TypeVar("_Part", bound=_Read)


class Expressions:
    """What a request says in expressions. Raises ServiceError for what DynamoDB would not take."""

    __slots__ = ("_read", "condition", "filter", "given", "key_condition", "projection", "update")

    def __init__(self, request: Request) -> None:
        self.given = Given(
            request.get("ExpressionAttributeNames") or {}, request.get("ExpressionAttributeValues") or {}
        )
        self._read: list[_Read] = []
        self.condition: Condition | None = self._part(request, "ConditionExpression", read_condition)
        self.update: Update | None = self._part(request, "UpdateExpression", read_update)
        self.filter: Condition | None = self._part(request, "FilterExpression", read_condition)
        self.key_condition: KeyCondition | None = self._part(
            request, "KeyConditionExpression", read_key_condition
        )
        self.projection: Projection | None = self._part(request, "ProjectionExpression", read_projection)
        self._check_placeholders()

    def _part(self, request: Request, member: str, read: Callable[[str], _Part]) -> _Part | None:
        text = request.get(member)
        if text is None:
            return None
        try:
            part = read(text)
        except ExpressionFault as fault:
            raise invalid(f"Invalid {member}: {fault}") from None
        self._read.append(part)
        if missing := part.names - self.given.names.keys():
            raise invalid(
                f"Invalid {member}: An expression attribute name used in the document path is not defined; "
                f"attribute name: {min(missing)}"
            )
        if missing := part.values - self.given.values.keys():
            raise invalid(
                f"Invalid {member}: An expression attribute value used in expression is not defined; "
                f"attribute value: {min(missing)}"
            )
        return part

    def _check_placeholders(self) -> None:
        for member, defined in (
            ("ExpressionAttributeNames", self.given.names),
            ("ExpressionAttributeValues", self.given.values),
        ):
            if not defined:
                continue
            if not self._read:
                raise invalid(f"{member} can only be specified when using expressions")
            unused = set(defined)
            for part in self._read:
                unused -= part.names
                unused -= part.values
            if unused:
                raise invalid(
                    f"Value provided in {member} unused in expressions: keys: {{{', '.join(sorted(unused))}}}"
                )

    def allows(self, item: Item | None) -> bool:
        """Whether the condition holds for the row as it is (None: there is none)."""
        return self.condition is None or self.condition.holds(item or {}, self.given)

    def attributes(self) -> frozenset[str] | None:
        """What is wanted of each item; None where it is all."""
        if self.projection is None:
            return None
        try:
            return self.projection.attributes(self.given)
        except ExpressionFault as fault:
            raise invalid(f"Invalid ProjectionExpression: {fault}") from None

    def keeps(self, item: Item) -> bool:
        """Whether the filter lets the row through."""
        return self.filter is None or self.filter.holds(item, self.given)
