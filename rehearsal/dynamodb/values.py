"""Attribute values as the API writes them, {"S": "..."}: compared, ordered, added, measured."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any

Value = dict[str, Any]
Item = dict[str, Value]

ITEM_LIMIT_BYTES = 400 * 1024
"""Source: DynamoDB quotas, "Items"."""

_PRECISE = Context(prec=38)
"""Source: Amazon DynamoDB, "Data types": numbers have up to 38 digits of precision."""

_ORDERED = frozenset({"S", "N", "B"})
_SETS = frozenset({"SS", "NS", "BS"})


@lru_cache(maxsize=100_000)
def number(text: str) -> Decimal:
    """The number that a value of type N holds."""
    return Decimal(text)


def number_text(value: Decimal) -> str:
    """A number as DynamoDB writes it: no exponent, no trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def kind_of(value: Value) -> str:
    """The one key of a value: its type."""
    (kind,) = value
    return kind


def comparable(value: Value) -> tuple[str, Any]:
    """Type and content; equal where DynamoDB takes two values for equal."""
    ((kind, content),) = value.items()
    if kind == "N":
        return kind, number(content)
    if kind == "NS":
        return kind, frozenset(number(one) for one in content)
    if kind in _SETS:
        return kind, frozenset(content)
    if kind == "L":
        return kind, tuple(comparable(one) for one in content)
    if kind == "M":
        return kind, frozenset((name, comparable(one)) for name, one in content.items())
    return kind, content


def equal(one: Value | None, other: Value | None) -> bool:
    """Whether both are there and the same."""
    if one is None or other is None:
        return False
    return one == other or comparable(one) == comparable(other)


def order(one: Value | None, other: Value | None) -> int | None:
    """-1, 0 or 1; None where the two have no order: missing, of different types, or of a type without one."""
    if one is None or other is None:
        return None
    ((kind, a),), ((other_kind, b),) = one.items(), other.items()
    if kind != other_kind or kind not in _ORDERED:
        return None
    if kind == "N":
        a, b = number(a), number(b)
    return int(a > b) - int(a < b)


def begins_with(value: Value | None, start: Value | None) -> bool:
    """For texts and for binary values."""
    if value is None or start is None:
        return False
    ((kind, content),), ((other_kind, beginning),) = value.items(), start.items()
    return kind == other_kind and kind in ("S", "B") and content.startswith(beginning)


def contains(value: Value | None, part: Value | None) -> bool:
    """A text in a text, an element in a set or a list."""
    if value is None or part is None:
        return False
    ((kind, content),), ((part_kind, wanted),) = value.items(), part.items()
    if kind in ("S", "B"):
        return kind == part_kind and wanted in content
    if kind in _SETS:
        return kind[0] == part_kind and equal({kind: [*content, wanted]}, value)
    return kind == "L" and any(equal(one, part) for one in content)


def size(value: Value | None) -> Value | None:
    """What the function size of an expression gives."""
    if value is None:
        return None
    ((kind, content),) = value.items()
    if kind == "S":
        return {"N": str(len(content.encode()))}
    if kind in ("N", "BOOL", "NULL"):
        return None
    return {"N": str(len(content))}


def added(one: Value, other: Value) -> Value | None:
    """The sum of two numbers; None where one is none."""
    if "N" not in one or "N" not in other:
        return None
    return {"N": number_text(_PRECISE.add(number(one["N"]), number(other["N"])))}


def subtracted(one: Value, other: Value) -> Value | None:
    """The difference of two numbers; None where one is none."""
    if "N" not in one or "N" not in other:
        return None
    return {"N": number_text(_PRECISE.subtract(number(one["N"]), number(other["N"])))}


def united(one: Value, other: Value) -> Value | None:
    """The union of two sets of the same type; None where they are not."""
    kind = kind_of(one)
    if kind not in _SETS or kind not in other:
        return None
    known = {_member(kind, each) for each in one[kind]}
    return {kind: one[kind] + [each for each in other[kind] if _member(kind, each) not in known]}


def without(one: Value, other: Value) -> Value | None:
    """A set less another of the same type; None where they are not. Its content may be empty."""
    kind = kind_of(one)
    if kind not in _SETS or kind not in other:
        return None
    gone = {_member(kind, each) for each in other[kind]}
    return {kind: [each for each in one[kind] if _member(kind, each) not in gone]}


def _member(kind: str, element: Any) -> Any:
    return number(element) if kind == "NS" else element


def item_bytes(item: Mapping[str, Value]) -> int:
    """How large DynamoDB counts an item. Source: Amazon DynamoDB, "Item sizes and formats"."""
    return sum(_text_bytes(name) + _bytes(value) for name, value in item.items())


def _text_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _bytes(value: Value) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return _text_bytes(content)
    if kind == "N":
        return len(content.lstrip("-0.").replace(".", "")) // 2 + 2
    if kind in ("BOOL", "NULL"):
        return 1
    if kind == "B":
        return len(content)
    if kind == "L":
        return 3 + sum(1 + _bytes(one) for one in content)
    if kind == "M":
        return 3 + sum(1 + _text_bytes(name) + _bytes(one) for name, one in content.items())
    return sum(_bytes({kind[0]: one}) for one in content)
