"""Hooks into moto's DynamoDB: the same answers, without work that grows with the table, and transactions
that can be repeated.

The ledger is read and written for every step of every migration. moto probes each attribute value for ten
types under many names, sums up the whole item for each attribute set, and copies the table for each
transaction; with thousands of rows that is nearly all the time a rehearsal takes.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any

from botocore.model import Shape
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from rehearsal.hooking import Hooks, Replacement

ledger_hook = Hooks[None]()

_SCALARS = frozenset({"S", "N", "BOOL", "NULL"})


def verify_ledger_hooks() -> list[str]:
    """What of moto has changed under these hooks. Ask while none is installed."""
    return ledger_hook.verify()


@contextmanager
def ledger_hooks_installed() -> Iterator[None]:
    """All of them, for as long as the context lasts."""
    with ExitStack() as stack:
        for each in ledger_hook.declared:
            each.install(None, Replacement(stack))
        yield


@ledger_hook(
    {
        "moto.core.serialize:BaseJSONSerializer._serialize_type_structure": "36873909cd0a",
        "moto.core.serialize:ResponseSerializer._serialize_type_structure": "f9b47068f40c",
    }
)
def attribute_values_are_not_probed(_: None, replace: Replacement) -> None:
    """An attribute value is its own serialization already; binary ones still go moto's way."""

    def serialize(self: Any, serialized: Any, value: Any, shape: Shape, key: str) -> None:
        plain = _plain(value) if shape.name == "AttributeValue" else None
        if plain is None:
            original(self, serialized, value, shape, key)
        else:
            serialized[key] = plain

    original = replace.attribute(BaseJSONSerializer, "_serialize_type_structure", serialize)


def _plain(value: Any) -> dict[str, Any] | None:
    """The value as JSON has it; None where something in it is binary."""
    if isinstance(value, DynamoType):
        kind, content = value.type, value.value
    elif isinstance(value, dict) and len(value) == 1:
        ((kind, content),) = value.items()
    else:
        return None
    if kind in _SCALARS or kind in ("SS", "NS"):
        return {kind: content}
    if kind == "L":
        items = [_plain(one) for one in content]
        return None if None in items else {"L": items}
    if kind == "M":
        members = {name: _plain(one) for name, one in content.items()}
        return None if None in members.values() else {"M": members}
    return None


@ledger_hook({"moto.dynamodb.models.dynamo_type:LimitedSizeDict.__setitem__": "d979580fdbe1"})
def items_are_not_summed_up(_: None, replace: Replacement) -> None:
    """The limit of 400 KB is far from any row of the ledger; the sum is made for each attribute."""

    def set_item(self: Any, key: str, value: Any) -> None:
        dict.__setitem__(self, key, value)

    replace.attribute(LimitedSizeDict, "__setitem__", set_item)


@ledger_hook({"moto.dynamodb.models:DynamoDBBackend.transact_write_items": "81db2cb7d94e"})
def transactions_copy_what_they_touch(_: None, replace: Replacement) -> None:
    """Undone from the rows that the transaction names, not from a copy of the whole table."""

    def deep_copy(value: Any, *more: Any) -> Any:
        return value if isinstance(value, Table) else copy.deepcopy(value, *more)

    def transact(self: Any, transact_items: list[dict[str, Any]]) -> None:
        before = [_row_of(self, next(iter(item.values()))) for item in transact_items]
        try:
            original(self, transact_items)
        except Exception:
            for row in before:
                _put_back(*row)
            raise

    replace.attribute(models, "copy", SimpleNamespace(deepcopy=deep_copy))
    original = replace.attribute(DynamoDBBackend, "transact_write_items", transact)


@ledger_hook({"moto.dynamodb.responses:DynamoHandler.transact_write_items": "61c163fff213"})
def repeated_transactions_act_once(_: None, replace: Replacement) -> None:
    """DynamoDB answers a transaction with a token it has seen as it did before, and writes nothing: so the
    SDK may repeat one whose answer was lost. (DynamoDB forgets a token after ten minutes; the SDK repeats
    within two.)"""

    def transact(self: Any) -> Any:
        seen: dict[str, Any] = self.dynamodb_backend.__dict__.setdefault("_answers_by_token", {})
        token = self.body.get("ClientRequestToken")
        if token not in seen:
            answer = original(self)
            if token is not None:
                seen[token] = answer
            return answer
        return seen[token]

    original = replace.attribute(DynamoHandler, "transact_write_items", transact)


def _row_of(backend: Any, write: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
    """Table, hash key, range key and a copy of the row that a write is about."""
    table = backend.get_table(write["TableName"])
    key = write.get("Key") or write["Item"]
    hash_key = DynamoType(key[table.hash_key_attr])
    range_key = DynamoType(key[table.range_key_attr]) if table.range_key_attr else None
    return table, hash_key, range_key, copy.deepcopy(table.get_item(hash_key, range_key))


def _put_back(table: Any, hash_key: Any, range_key: Any, item: Any) -> None:
    if range_key is None:
        if item is None:
            table.items.pop(hash_key, None)
        else:
            table.items[hash_key] = item
    elif item is None:
        table.items.get(hash_key, {}).pop(range_key, None)
    else:
        table.items[hash_key][range_key] = item
