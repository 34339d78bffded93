"""PutItem, UpdateItem, DeleteItem and TransactWriteItems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rehearsal.dynamodb.expressions import Expressions
from rehearsal.dynamodb.grammar import ExpressionFault, Given
from rehearsal.dynamodb.requests import supported
from rehearsal.dynamodb.table import Key, Row, Table, copy_of, invalid
from rehearsal.dynamodb.units import RequestUnits
from rehearsal.dynamodb.values import Item
from rehearsal.json_values import copied
from rehearsal.twin.errors import ServiceError

Request = Mapping[str, Any]
Response = dict[str, Any]

TRANSACTION_WRITES = 100
TOKEN_LIVES = timedelta(minutes=10)
"""Source: DynamoDB API reference, TransactWriteItems."""

_REFUSED = "The conditional request failed"

_COMMON = frozenset(
    {
        "TableName",
        "ConditionExpression",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "ReturnValuesOnConditionCheckFailure",
    }
)
_MEMBERS = {
    "Put": _COMMON | {"Item"},
    "Update": _COMMON | {"Key", "UpdateExpression"},
    "Delete": _COMMON | {"Key"},
    "ConditionCheck": _COMMON | {"Key"},
}
_RETURNS = frozenset({"ReturnValues"})
_TRANSACTION = frozenset({"TransactItems", "ClientRequestToken"})


@dataclass(slots=True)
class _Write:
    """One write: the row it is about as it was, and as it is to be (None: no row)."""

    table: Table
    key: Key
    before: Row | None
    after: Row | None
    allowed: bool
    tells: bool
    """Whether a refusal is to show the row."""

    @property
    def bytes(self) -> int:
        return max(0 if row is None else row.bytes for row in (self.before, self.after))

    def do(self) -> None:
        if self.after is None:
            self.table.delete(self.key)
        elif self.after is not self.before:
            self.table.put(self.key, self.after)

    def undo(self) -> None:
        if self.before is None:
            self.table.delete(self.key)
        else:
            self.table.put(self.key, self.before)


class Writing:
    """Writes to tables. A row that is there is never changed but replaced: whoever has it keeps it."""

    def __init__(
        self, table: Callable[[str], Table], now: Callable[[], datetime], units: RequestUnits
    ) -> None:
        self._units = units
        self._table = table
        self._now = now
        self._tokens: dict[str, tuple[datetime, Any]] = {}

    def put_item(self, request: Request) -> Response:
        return self._alone("Put", request)

    def update_item(self, request: Request) -> Response:
        return self._alone("Update", request)

    def delete_item(self, request: Request) -> Response:
        return self._alone("Delete", request)

    def _alone(self, kind: str, request: Request) -> Response:
        supported(request, _MEMBERS[kind] | _RETURNS)
        write = self._prepared(kind, request)
        self._units.note_write(write.bytes, in_transaction=False)
        if not write.allowed:
            members = {"Item": write.before.copy()} if write.tells and write.before else {}
            raise ServiceError("ConditionalCheckFailedException", _REFUSED, **members)
        write.do()
        return _returned(write, request.get("ReturnValues", "NONE"))

    def transact_write_items(self, request: Request) -> Response:
        """All or nothing. A token that was seen is answered as before, and nothing is written."""
        supported(request, _TRANSACTION)
        token, asked = request.get("ClientRequestToken"), copied(request["TransactItems"])
        if token is not None and self._is_known(token, asked):
            return {}
        items = request["TransactItems"]
        if len(items) > TRANSACTION_WRITES:
            raise invalid(f"Member must have length less than or equal to {TRANSACTION_WRITES}")
        writes: list[_Write] = []
        for item in items:
            ((kind, one),) = item.items()
            supported(one, _MEMBERS[kind])
            writes.append(self._prepared(kind, one))
            self._units.note_write(writes[-1].bytes, in_transaction=True)
        if len({(write.table.name, write.key) for write in writes}) < len(writes):
            raise invalid("Transaction request cannot include multiple operations on one item")
        if not all(write.allowed for write in writes):
            raise _cancelled(writes)
        done: list[_Write] = []
        try:
            for write in writes:
                write.do()
                done.append(write)
        except ServiceError:
            for write in done:
                write.undo()
            raise
        if token is not None:
            self._tokens[token] = (self._now(), asked)
        return {}

    def _is_known(self, token: str, asked: Any) -> bool:
        oldest = self._now() - TOKEN_LIVES
        while self._tokens:
            first = next(iter(self._tokens))
            if self._tokens[first][0] >= oldest:
                break
            del self._tokens[first]
        if token not in self._tokens:
            return False
        if self._tokens[token][1] != asked:
            raise ServiceError(
                "IdempotentParameterMismatchException",
                "The provided client token has been used with a different request",
            )
        return True

    def _prepared(self, kind: str, request: Request) -> _Write:
        table = self._table(request["TableName"])
        expressions = Expressions(request)
        schema = table.schema
        key = schema.key_of(request["Item"]) if kind == "Put" else schema.exactly(request["Key"])
        before = table.get(key)
        item = before.item if before is not None else None
        allowed = expressions.allows(item)
        after = before
        if kind == "Delete":
            after = None
        elif kind == "Put" and allowed:
            after = Row(copy_of(request["Item"]))
        elif kind == "Update" and allowed:
            after = Row(_updated(table, request["Key"], item, expressions))
        tells = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        return _Write(table, key, before, after, allowed, tells)


def _updated(table: Table, key: Item, before: Item | None, expressions: Expressions) -> Item:
    base = before if before is not None else copy_of(key)
    if expressions.update is None:
        return base
    given = Given(expressions.given.names, copied(dict(expressions.given.values)))
    try:
        paths = expressions.update.paths(given)
        for path in paths:
            if path[0] in table.schema.names:
                raise invalid(
                    f"One or more parameter values were invalid: Cannot update attribute {path[0]}. "
                    "This attribute is part of the key"
                )
        # Whole attributes are replaced; what is inside one is changed in a copy.
        after = dict(base) if all(len(path) == 1 for path in paths) else copy_of(base)
        expressions.update.apply(before or {}, after, given)
    except ExpressionFault as fault:
        raise invalid(f"Invalid UpdateExpression: {fault}") from None
    return after


def _returned(write: _Write, wanted: str) -> Response:
    before = write.before.item if write.before is not None else {}
    after = write.after.item if write.after is not None else {}
    if wanted == "NONE":
        return {}
    if wanted == "ALL_OLD":
        shown = before
    elif wanted == "ALL_NEW":
        shown = after
    else:
        changed = {name for name in {**before, **after} if before.get(name) != after.get(name)}
        row = before if wanted == "UPDATED_OLD" else after
        shown = {name: row[name] for name in row if name in changed}
    return {"Attributes": copy_of(shown)} if shown else {}


def _cancelled(writes: list[_Write]) -> ServiceError:
    reasons: list[dict[str, Any]] = []
    for write in writes:
        if write.allowed:
            reasons.append({"Code": "None"})
            continue
        reason: dict[str, Any] = {"Code": "ConditionalCheckFailed", "Message": _REFUSED}
        if write.tells and write.before is not None:
            reason["Item"] = write.before.copy()
        reasons.append(reason)
    codes = ", ".join(reason["Code"] for reason in reasons)
    return ServiceError(
        "TransactionCanceledException",
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        CancellationReasons=reasons,
    )
