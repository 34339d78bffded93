"""The operations of DynamoDB that the functions call, each a function of its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from rehearsal.dynamodb.reading import Reading
from rehearsal.dynamodb.requests import supported
from rehearsal.dynamodb.table import KeySchema, Table
from rehearsal.dynamodb.units import RequestUnits
from rehearsal.dynamodb.writing import Writing
from rehearsal.twin.errors import ServiceError

Request = Mapping[str, Any]
Response = dict[str, Any]

_TABLE_MEMBERS = frozenset(
    {
        "TableName",
        "AttributeDefinitions",
        "KeySchema",
        "BillingMode",
        "GlobalSecondaryIndexes",
        "ProvisionedThroughput",
    }
)


class DynamoDB:
    """One account's tables in one Region.

    Not here, as in a table without streams: throughput, eventually consistent reads (all are consistent),
    and the deletion of what has expired.
    """

    service = "dynamodb"

    def __init__(self, now: Callable[[], datetime], *, region: str, account_id: str) -> None:
        self.region = region
        self._arn = f"arn:aws:dynamodb:{region}:{account_id}:table/"
        self._tables: dict[str, Table] = {}
        self.units = RequestUnits()
        reading, writing = Reading(self._table, self.units), Writing(self._table, now, self.units)
        self._operations: dict[str, Callable[[Request], Response]] = {
            "CreateTable": self._create_table,
            "DescribeTable": self._describe_table,
            "BatchGetItem": reading.batch_get_item,
            "GetItem": reading.get_item,
            "Query": reading.query,
            "Scan": reading.scan,
            "DeleteItem": writing.delete_item,
            "PutItem": writing.put_item,
            "TransactWriteItems": writing.transact_write_items,
            "UpdateItem": writing.update_item,
        }

    def answers(self, operation: str, parameters: Request) -> bool:
        """Every call: there is no other DynamoDB."""
        del operation, parameters
        return True

    def answer(self, operation: str, request: Request) -> Response:
        """The response. Raises ServiceError, and NotImplementedError for what is not here."""
        handler = self._operations.get(operation)
        if handler is None:
            raise NotImplementedError(f"the rehearsal's DynamoDB does not answer {operation}")
        return handler(request)

    def _table(self, name: str) -> Table:
        table = self._tables.get(name.rpartition("/")[2])
        if table is None:
            raise ServiceError("ResourceNotFoundException", "Requested resource not found")
        return table

    def _create_table(self, request: Request) -> Response:
        supported(request, _TABLE_MEMBERS)
        name = request["TableName"]
        if name in self._tables:
            raise ServiceError("ResourceInUseException", f"Table already exists: {name}")
        kinds = {one["AttributeName"]: one["AttributeType"] for one in request["AttributeDefinitions"]}
        indexes = {
            index["IndexName"]: _schema(index["KeySchema"], kinds)
            for index in request.get("GlobalSecondaryIndexes", ())
        }
        self._tables[name] = Table(name, _schema(request["KeySchema"], kinds), indexes)
        return {"TableDescription": self._described(name)}

    def _describe_table(self, request: Request) -> Response:
        return {"Table": self._described(self._table(request["TableName"]).name)}

    def _described(self, name: str) -> Response:
        table = self._tables[name]
        schema = table.schema
        roles = zip(schema.names, ("HASH", "RANGE"), strict=False)
        return {
            "TableName": name,
            "TableArn": self._arn + name,
            "TableStatus": "ACTIVE",
            "ItemCount": len(table),
            "KeySchema": [{"AttributeName": one, "KeyType": role} for one, role in roles],
            "AttributeDefinitions": [
                {"AttributeName": one, "AttributeType": kind} for one, kind in schema.kinds.items()
            ],
        }


def _schema(rows: list[dict[str, str]], kinds: Mapping[str, str]) -> KeySchema:
    by_role = {row["KeyType"]: row["AttributeName"] for row in rows}
    return KeySchema(by_role["HASH"], by_role.get("RANGE"), kinds)
