"""Condition, filter and key condition expressions. Source: Amazon DynamoDB, "Condition and filter
expressions, operators, and functions"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from rehearsal.dynamodb.grammar import ExpressionFault, Given, Operand, Reader, at
from rehearsal.dynamodb.values import Item, Value, begins_with, contains, equal, kind_of, order, size

Test = Callable[[Item, Given], bool]

_COMPARISONS: dict[str, Callable[[Value | None, Value | None], bool]] = {
    "=": equal,
    "<>": lambda one, other: not equal(one, other),
    "<": lambda one, other: order(one, other) == -1,
    ">": lambda one, other: order(one, other) == 1,
    "<=": lambda one, other: order(one, other) in (-1, 0),
    ">=": lambda one, other: order(one, other) in (1, 0),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that was read: what tells whether it holds, and the placeholders it names."""

    holds: Test
    names: frozenset[str]
    values: frozenset[str]


@lru_cache(maxsize=4096)
def read_condition(text: str) -> Condition:
    """Raises ExpressionFault."""
    reader = Reader(text)
    test = _either(reader)
    if not reader.done:
        raise reader.fault()
    return Condition(test, frozenset(reader.names), frozenset(reader.values))


def _either(reader: Reader) -> Test:
    test = _both(reader)
    while reader.keyword("OR"):
        test = _or(test, _both(reader))
    return test


def _or(one: Test, other: Test) -> Test:
    return lambda item, given: one(item, given) or other(item, given)


def _both(reader: Reader) -> Test:
    test = _maybe_not(reader)
    while reader.keyword("AND"):
        test = _and(test, _maybe_not(reader))
    return test


def _and(one: Test, other: Test) -> Test:
    return lambda item, given: one(item, given) and other(item, given)


def _maybe_not(reader: Reader) -> Test:
    if reader.keyword("NOT"):
        test = _maybe_not(reader)
        return lambda item, given: not test(item, given)
    return _one(reader)


def _one(reader: Reader) -> Test:
    if reader.sign("("):
        test = _either(reader)
        reader.expect(")")
        return test
    if reader.peek(1) == ("sign", "(") and reader.peek()[1] != "size":
        return _function(reader)
    left = _operand(reader)
    if sign := reader.sign(*_COMPARISONS):
        return _compared(_COMPARISONS[sign], left, _operand(reader))
    if reader.keyword("BETWEEN"):
        low = _operand(reader)
        if not reader.keyword("AND"):
            raise reader.fault()
        return _and(
            _compared(_COMPARISONS[">="], left, low), _compared(_COMPARISONS["<="], left, _operand(reader))
        )
    if reader.keyword("IN"):
        reader.expect("(")
        members = [_operand(reader)]
        while reader.sign(","):
            members.append(_operand(reader))
        reader.expect(")")
        return lambda item, given: any(equal(left(item, given), one(item, given)) for one in members)
    raise reader.fault()


def _compared(compare: Callable[[Value | None, Value | None], bool], one: Operand, other: Operand) -> Test:
    return lambda item, given: compare(one(item, given), other(item, given))


def _operand(reader: Reader) -> Operand:
    if reader.peek() == ("name", "size") and reader.called():
        path = at(reader.path())
        reader.expect(")")
        return lambda item, given: size(path(item, given))
    return reader.path_or_value()


def _function(reader: Reader) -> Test:
    name = reader.called()
    test: Test
    if name in ("attribute_exists", "attribute_not_exists"):
        path = at(reader.path())
        there = name == "attribute_exists"
        test = lambda item, given: (path(item, given) is not None) is there  # noqa: E731
    elif name in ("begins_with", "contains", "attribute_type"):
        left = reader.path_or_value()
        reader.expect(",")
        right = reader.path_or_value()
        test = _compared({"begins_with": begins_with, "contains": contains}.get(name, _is_of), left, right)
    else:
        raise ExpressionFault(f"Invalid function name; function: {name}")
    reader.expect(")")
    return test


def _is_of(value: Value | None, kind: Value | None) -> bool:
    return value is not None and kind is not None and kind_of(value) == kind.get("S")
