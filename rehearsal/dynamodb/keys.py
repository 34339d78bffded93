"""Key condition expressions: one partition, and maybe some of its sort keys.

Source: Amazon DynamoDB, "Key condition expressions for the Query operation".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from rehearsal.dynamodb.grammar import ExpressionFault, Given, Operand, PathOf, Reader
from rehearsal.dynamodb.paths import found
from rehearsal.dynamodb.values import Item, Value, begins_with, order

_Holds = Callable[[Value | None, Item, Given], bool]

_SIGNS: dict[str, Callable[[int | None], bool]] = {
    "=": lambda one: one == 0,
    "<": lambda one: one == -1,
    ">": lambda one: one == 1,
    "<=": lambda one: one in (-1, 0),
    ">=": lambda one: one in (0, 1),
}


@dataclass(frozen=True, slots=True)
class _Term:
    path: PathOf
    holds: _Holds
    equals: Operand | None
    """What the path must be equal to, where it is that kind of term."""


@dataclass(frozen=True, slots=True)
class KeyCondition:
    """A key condition that was read, and the placeholders it names."""

    terms: tuple[_Term, ...]
    names: frozenset[str]
    values: frozenset[str]

    def partition(self, hash_name: str, given: Given) -> Value:
        """The partition key's value. Raises ExpressionFault where the condition does not fix it."""
        for term in self.terms:
            if term.path(given) == (hash_name,) and term.equals is not None:
                value = term.equals({}, given)
                if value is not None:
                    return value
        raise ExpressionFault(f"Query condition missed key schema element: {hash_name}")

    def check(self, names: tuple[str, ...], given: Given) -> None:
        """Raises ExpressionFault for a condition on anything but the key."""
        for term in self.terms:
            if term.path(given)[0] not in names or len(term.path(given)) > 1:
                raise ExpressionFault("Query key condition not supported")

    def rest(self, hash_name: str, given: Given) -> Callable[[Item], bool]:
        """What must hold of a row of the partition: all that is not about the partition key."""
        terms = [(term.holds, path) for term in self.terms if (path := term.path(given)) != (hash_name,)]
        return lambda item: all(holds(found(item, path), item, given) for holds, path in terms)

    def holds(self, item: Item, given: Given) -> bool:
        return all(term.holds(found(item, term.path(given)), item, given) for term in self.terms)


@lru_cache(maxsize=4096)
def read_key_condition(text: str) -> KeyCondition:
    """Raises ExpressionFault."""
    reader = Reader(text)
    terms = [_term(reader)]
    while reader.keyword("AND"):
        terms.append(_term(reader))
    if not reader.done or len(terms) > 2:
        raise reader.fault()
    return KeyCondition(tuple(terms), frozenset(reader.names), frozenset(reader.values))


def _term(reader: Reader) -> _Term:
    if reader.sign("("):
        term = _term(reader)
        reader.expect(")")
        return term
    if reader.called() == "begins_with":
        path = reader.path()
        reader.expect(",")
        start = reader.value()
        reader.expect(")")
        return _Term(path, lambda value, item, given: begins_with(value, start(item, given)), None)
    path = reader.path()
    if reader.keyword("BETWEEN"):
        low = reader.value()
        if not reader.keyword("AND"):
            raise reader.fault()
        high = reader.value()
        return _Term(
            path,
            lambda value, item, given: (
                order(value, low(item, given)) in (0, 1) and order(value, high(item, given)) in (-1, 0)
            ),
            None,
        )
    sign = reader.sign(*_SIGNS)
    if sign is None:
        raise reader.fault()
    other, fits = reader.value(), _SIGNS[sign]
    return _Term(
        path,
        lambda value, item, given: fits(order(value, other(item, given))),
        other if sign == "=" else None,
    )
