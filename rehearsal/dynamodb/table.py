"""A table's rows: found by key, kept in the order of their sort keys."""

from __future__ import annotations

import marshal
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.dynamodb.values import ITEM_LIMIT_BYTES, Item, Value, item_bytes, number
from rehearsal.json_values import copied
from rehearsal.twin.errors import ServiceError

Key = tuple[Any, Any]
"""Contents of the partition key and of the sort key (None without one)."""


_SCALARS = {"S", "N", "BOOL", "NULL", "B"}


def invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)


@dataclass(frozen=True, slots=True)
class KeySchema:
    """The attributes that identify a row or place it in an index."""

    hash_name: str
    range_name: str | None
    kinds: Mapping[str, str]
    """Types of the attributes, by name."""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.hash_name,) if self.range_name is None else (self.hash_name, self.range_name)

    def key_of(self, item: Item) -> Key:
        """Raises ServiceError where an attribute is missing or of another type."""
        contents = [self._content(item, name) for name in self.names]
        return contents[0], contents[1] if len(contents) > 1 else None

    def exactly(self, key: Item) -> Key:
        """The key, of which nothing else may be part."""
        if len(key) != len(self.names):
            raise invalid("The provided key element does not match the schema")
        return self.key_of(key)

    def places(self, item: Item) -> bool:
        """Whether the item has what an index of this schema needs."""
        return all(name in item and self.kinds[name] in item[name] for name in self.names)

    def _content(self, item: Item, name: str) -> Any:
        value = item.get(name)
        if value is None:
            raise invalid(f"One or more parameter values were invalid: Missing the key {name} in the item")
        return self.content(value, name)

    def content(self, value: Value, name: str) -> Any:
        """What identifies a row by this attribute. Raises ServiceError where it is of another type."""
        kind = self.kinds[name]
        if kind not in value:
            raise invalid(
                f"One or more parameter values were invalid: Type mismatch for key {name} expected: {kind} "
                f"actual: {next(iter(value))}"
            )
        content = value[kind]
        if kind != "N" and not content:
            raise invalid(
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
                f"contain an empty string value. Key: {name}"
            )
        return number(content) if kind == "N" else content


class Row:
    """An item as it is kept: never changed, only replaced. Read far more often than written."""

    __slots__ = ("_dumped", "bytes", "item")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.bytes = item_bytes(item)
        """Its size as DynamoDB counts it."""
        self._dumped: bytes | None = None

    def copy(self) -> Item:
        """The item, for whoever asked."""
        if self._dumped is None:
            self._dumped = marshal.dumps(self.item)
        copy: Item = marshal.loads(self._dumped)  # noqa: S302 - we wrote it ourselves a moment ago
        return copy

    def part(self, names: frozenset[str]) -> Item:
        """These of its attributes, for whoever asked."""
        return {
            name: value.copy() if value.keys() <= _SCALARS else copied(value)
            for name, value in self.item.items()
            if name in names
        }


@dataclass(slots=True)
class _Partition:
    rows: dict[Any, Row] = field(default_factory=dict)
    order: list[Any] = field(default_factory=list)


class Table:
    """Rows that nobody outside holds: what comes in and what goes out is copied."""

    def __init__(self, name: str, schema: KeySchema, indexes: Mapping[str, KeySchema]) -> None:
        self.name = name
        self.schema = schema
        self.indexes = indexes
        self._partitions: dict[Any, _Partition] = {}

    def get(self, key: Key) -> Row | None:
        partition = self._partitions.get(key[0])
        return None if partition is None else partition.rows.get(key[1])

    def put(self, key: Key, row: Row) -> None:
        """Raises ServiceError where the row is too large."""
        if row.bytes > ITEM_LIMIT_BYTES:
            raise invalid("Item size has exceeded the maximum allowed size")
        partition = self._partitions.get(key[0])
        if partition is None:
            partition = self._partitions[key[0]] = _Partition()
        if key[1] not in partition.rows:
            insort(partition.order, key[1]) if key[1] is not None else partition.order.append(None)
        partition.rows[key[1]] = row

    def delete(self, key: Key) -> None:
        partition = self._partitions.get(key[0])
        if partition is not None and partition.rows.pop(key[1], None) is not None:
            del partition.order[0 if key[1] is None else bisect_left(partition.order, key[1])]

    def partition(self, hash_content: Any, *, forward: bool, after: Any = None) -> Iterator[Row]:
        """The rows of a partition in the order of their sort keys; those beyond `after`, if it is given."""
        partition = self._partitions.get(hash_content)
        if partition is None:
            return
        order: Iterable[Any]
        if forward:
            start = 0 if after is None else _after(partition.order, after)
            order = partition.order[start:]
        else:
            end = len(partition.order) if after is None else bisect_left(partition.order, after)
            order = partition.order[:end][::-1]
        for one in order:
            yield partition.rows[one]

    def all(self) -> Iterator[Row]:
        """Every row, partition after partition."""
        for partition in self._partitions.values():
            for one in partition.order:
                yield partition.rows[one]

    def __len__(self) -> int:
        return sum(len(partition.rows) for partition in self._partitions.values())


def _after(order: list[Any], content: Any) -> int:
    place = bisect_left(order, content)
    return place + 1 if place < len(order) and order[place] == content else place


def copy_of(item: Mapping[str, Value]) -> Item:
    return copied(dict(item))  # type: ignore[no-any-return]
