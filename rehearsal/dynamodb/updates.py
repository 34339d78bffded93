"""Update expressions. Source: Amazon DynamoDB, "Update expressions"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from rehearsal.dynamodb.grammar import ExpressionFault, Given, Operand, PathOf, Reader, at
from rehearsal.dynamodb.paths import NoSuchParent, Path, drop, found, overlapping, put, written
from rehearsal.dynamodb.values import Item, Value, added, kind_of, subtracted, united, without

_CLAUSES = ("SET", "REMOVE", "ADD", "DELETE")
Change = Callable[[Item, Item, Path, Given], None]
"""Changes the second item at the path; values come from the first, as it was."""


@dataclass(frozen=True, slots=True)
class Update:
    """An update that was read: paths and what is done there, and the placeholders it names."""

    changes: tuple[tuple[PathOf, Change], ...]
    names: frozenset[str]
    values: frozenset[str]

    def paths(self, given: Given) -> list[Path]:
        """What is changed. Raises ExpressionFault where two overlap."""
        paths = [path(given) for path, _ in self.changes]
        clash = overlapping(paths)
        if clash:
            raise ExpressionFault(
                "Two document paths overlap with each other; must remove or rewrite one of these paths; "
                f"path one: {written(clash[0])}, path two: {written(clash[1])}"
            )
        return paths

    def apply(self, before: Item, after: Item, given: Given) -> None:
        """Changes `after`, a copy of `before`. Raises ExpressionFault where the values do not allow it."""
        changes = [(path, change) for path, (_, change) in zip(self.paths(given), self.changes, strict=True)]
        if any(isinstance(path[-1], int) for path, _ in changes):
            # From a list's end to its beginning: what is removed shifts nothing that is still to be changed.
            changes.sort(key=lambda one: -one[0][-1] if isinstance(one[0][-1], int) else 0)
        for path, change in changes:
            try:
                change(before, after, path, given)
            except NoSuchParent:
                raise ExpressionFault(
                    "The document path provided in the update expression is invalid for update"
                ) from None


@lru_cache(maxsize=4096)
def read_update(text: str) -> Update:
    """Raises ExpressionFault."""
    reader = Reader(text)
    changes: list[tuple[PathOf, Change]] = []
    seen: set[str] = set()
    while not reader.done:
        clause = reader.peek()[1].upper()
        if not reader.keyword(*_CLAUSES):
            raise reader.fault()
        if clause in seen:
            raise ExpressionFault(f'The "{clause}" section can only be used once in an update expression;')
        seen.add(clause)
        changes.append(_change(reader, clause))
        while reader.sign(","):
            changes.append(_change(reader, clause))
    return Update(tuple(changes), frozenset(reader.names), frozenset(reader.values))


def _change(reader: Reader, clause: str) -> tuple[PathOf, Change]:
    path = reader.path()
    if clause == "SET":
        reader.expect("=")
        return path, _set(_assigned(reader))
    if clause == "REMOVE":
        return path, lambda _, after, place, __: drop(after, place)
    value = reader.value()
    return path, _add(value) if clause == "ADD" else _delete(value)


def _set(operand: Operand) -> Change:
    def change(before: Item, after: Item, path: Path, given: Given) -> None:
        value = operand(before, given)
        if value is None:
            raise ExpressionFault(
                "The provided expression refers to an attribute that does not exist in the item"
            )
        put(after, path, value)

    return change


def _assigned(reader: Reader) -> Operand:
    left = _operand(reader)
    sign = reader.sign("+", "-")
    if sign is None:
        return left
    right = _operand(reader)
    combine = added if sign == "+" else subtracted

    def computed(item: Item, given: Given) -> Value | None:
        one, other = left(item, given), right(item, given)
        if one is None or other is None:
            return None
        result = combine(one, other)
        if result is None:
            raise ExpressionFault(
                "An operand in the update expression has an incorrect data type"
                if _from_item(one, item) or _from_item(other, item)
                else f"Incorrect operand type for operator or function; operator or function: {sign}"
            )
        return result

    return computed


def _from_item(value: Value, item: Item) -> bool:
    return any(value is one for one in item.values())


def _operand(reader: Reader) -> Operand:
    name = reader.called()
    if name == "if_not_exists":
        path = at(reader.path())
        reader.expect(",")
        otherwise = _operand(reader)
        reader.expect(")")
        return lambda item, given: (
            value if (value := path(item, given)) is not None else otherwise(item, given)
        )
    if name == "list_append":
        left = _operand(reader)
        reader.expect(",")
        right = _operand(reader)
        reader.expect(")")
        return _appended(left, right)
    if name is not None:
        raise ExpressionFault(f"Invalid function name; function: {name}")
    return reader.path_or_value()


def _appended(left: Operand, right: Operand) -> Operand:
    def operand(item: Item, given: Given) -> Value | None:
        one, other = left(item, given), right(item, given)
        if one is None or other is None:
            return None
        if "L" not in one or "L" not in other:
            raise ExpressionFault("An operand in the update expression has an incorrect data type")
        return {"L": one["L"] + other["L"]}

    return operand


def _add(operand: Operand) -> Change:
    def change(before: Item, after: Item, path: Path, given: Given) -> None:
        value, present = operand(before, given), found(before, path)
        assert value is not None  # noqa: S101 - a placeholder
        if kind_of(value) not in ("N", "SS", "NS", "BS"):
            raise ExpressionFault(
                "Incorrect operand type for operator or function; operator: ADD, operand type: "
                f"{kind_of(value)}"
            )
        if present is None:
            put(after, path, value)
            return
        result = added(present, value) or united(present, value)
        if result is None:
            raise ExpressionFault("An operand in the update expression has an incorrect data type")
        put(after, path, result)

    return change


def _delete(operand: Operand) -> Change:
    def change(before: Item, after: Item, path: Path, given: Given) -> None:
        value, present = operand(before, given), found(before, path)
        assert value is not None  # noqa: S101 - a placeholder
        if present is None:
            return
        result = without(present, value)
        if result is None:
            raise ExpressionFault("An operand in the update expression has an incorrect data type")
        if next(iter(result.values())):
            put(after, path, result)
        else:
            drop(after, path)

    return change
