"""GetItem, BatchGetItem, Query and Scan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from rehearsal.dynamodb.expressions import Expressions
from rehearsal.dynamodb.grammar import ExpressionFault
from rehearsal.dynamodb.requests import supported
from rehearsal.dynamodb.table import KeySchema, Row, Table, copy_of, invalid
from rehearsal.dynamodb.units import RequestUnits
from rehearsal.dynamodb.values import Item

Request = Mapping[str, Any]
Response = dict[str, Any]

PAGE_BYTES = 1024 * 1024
"""Of the rows that one Query or Scan reads. Source: Amazon DynamoDB, "Paginating table query results"."""

BATCH_KEYS = 100
BATCH_BYTES = 16 * 1024 * 1024
"""Source: DynamoDB API reference, BatchGetItem."""

_GET = frozenset({"TableName", "Key", "ConsistentRead"})
_BATCH = frozenset({"RequestItems"})
_BATCH_TABLE = frozenset({"Keys", "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames"})
_SCAN = frozenset(
    {
        "TableName",
        "ConsistentRead",
        "ExclusiveStartKey",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "FilterExpression",
        "Limit",
    }
)
_QUERY = _SCAN | {"IndexName", "KeyConditionExpression", "ScanIndexForward"}


class Reading:
    """Reads of tables. All are consistent."""

    def __init__(self, table: Callable[[str], Table], units: RequestUnits) -> None:
        self._table = table
        self._units = units

    def get_item(self, request: Request) -> Response:
        supported(request, _GET)
        table = self._table(request["TableName"])
        row = table.get(table.schema.exactly(request["Key"]))
        self._units.note_read(row.bytes if row else 0, consistent=bool(request.get("ConsistentRead")))
        return {} if row is None else {"Item": row.copy()}

    def batch_get_item(self, request: Request) -> Response:
        supported(request, _BATCH)
        wanted = request["RequestItems"]
        if sum(len(one["Keys"]) for one in wanted.values()) > BATCH_KEYS:
            raise invalid("Too many items requested for the BatchGetItem call")
        responses: dict[str, list[Item]] = {}
        left: dict[str, dict[str, Any]] = {}
        room = BATCH_BYTES
        for name, one in wanted.items():
            supported(one, _BATCH_TABLE)
            table = self._table(name)
            keys = [table.schema.exactly(key) for key in one["Keys"]]
            wanted = Expressions(one).attributes()
            if len(set(keys)) < len(keys):
                raise invalid("Provided list of item keys contains duplicates")
            rows = responses.setdefault(name, [])
            for place, key in enumerate(keys):
                row = table.get(key)
                self._units.note_read(row.bytes if row else 0, consistent=bool(one.get("ConsistentRead")))
                if row is None:
                    continue
                room -= row.bytes
                if room < 0:
                    left[name] = {**one, "Keys": one["Keys"][place:]}
                    break
                rows.append(row.copy() if wanted is None else row.part(wanted))
        return {"Responses": responses, "UnprocessedKeys": left}

    def query(self, request: Request) -> Response:
        supported(request, _QUERY)
        table = self._table(request["TableName"])
        expressions = Expressions(request)
        condition, given = expressions.key_condition, expressions.given
        if condition is None:
            raise invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified")
        schema = _schema(table, request)
        try:
            condition.check(schema.names, given)
            partition = condition.partition(schema.hash_name, given)
        except ExpressionFault as fault:
            raise invalid(str(fault)) from None
        start, forward = request.get("ExclusiveStartKey"), request.get("ScanIndexForward", True)
        rows: Iterable[Row]
        if schema is table.schema:
            content = schema.content(partition, schema.hash_name)
            after = None if start is None else table.schema.exactly(start)[1]
            rows = table.partition(content, forward=forward, after=after)
        else:
            rows = _of_index(table, schema, start, forward=forward)
        if schema is table.schema:
            holds = condition.rest(schema.hash_name, given)
            kept = (row for row in rows if holds(row.item))
        else:
            kept = (row for row in rows if condition.holds(row.item, given))
        return self._page(kept, request, expressions, {*table.schema.names, *schema.names})

    def scan(self, request: Request) -> Response:
        supported(request, _SCAN)
        table = self._table(request["TableName"])
        rows: Iterable[Row] = table.all()
        if start := request.get("ExclusiveStartKey"):
            rows = _beyond(rows, table.schema, start)
        return self._page(rows, request, Expressions(request), set(table.schema.names))

    def _page(
        self, rows: Iterable[Row], request: Request, expressions: Expressions, key_names: set[str]
    ) -> Response:
        """One page: `Limit` rows or a megabyte are read, the filter's are returned."""
        limit: int | None = request.get("Limit")
        items: list[Item] = []
        scanned = size = 0
        more: Response = {}
        last: Row | None = None
        for row in rows:
            if last is not None:
                key = {name: last.item[name] for name in sorted(key_names)}
                more = {"LastEvaluatedKey": copy_of(key)}
                break
            scanned += 1
            size += row.bytes
            if expressions.keeps(row.item):
                items.append(row.copy())
            if (limit is not None and scanned >= limit) or size >= PAGE_BYTES:
                last = row
        self._units.note_read(size, consistent=bool(request.get("ConsistentRead")))
        return {"Items": items, "Count": len(items), "ScannedCount": scanned} | more


def _schema(table: Table, request: Request) -> KeySchema:
    name = request.get("IndexName")
    if name is None:
        return table.schema
    if name not in table.indexes:
        raise invalid(f"The table does not have the specified index: {name}")
    if request.get("ConsistentRead"):
        raise invalid("Consistent reads are not supported on global secondary indexes")
    return table.indexes[name]


def _of_index(table: Table, schema: KeySchema, start: Item | None, *, forward: bool) -> Iterable[Row]:
    """The rows that an index has, in its order; rows with the same keys in the table's."""
    placed = [row for row in table.all() if schema.places(row.item)]
    placed.sort(key=lambda row: schema.key_of(row.item), reverse=not forward)
    return placed if start is None else _beyond(placed, table.schema, start)


def _beyond(rows: Iterable[Row], schema: KeySchema, start: Item) -> Iterator[Row]:
    """The rows after the one with the key of `start`."""
    key = schema.key_of(start)
    begun = False
    for row in rows:
        if begun:
            yield row
        begun = begun or schema.key_of(row.item) == key
