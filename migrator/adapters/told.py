"""Which events of a run the bus has taken, in the ledger: the report puts the rest.

Rows: run#<run> / told#<first id>, the ids that one invocation put.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from migrator.adapters.clock import Clock
from migrator.adapters.items import from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_IDS_IN_A_ROW = 500


class Told:
    """Ids of events, by run."""

    def __init__(self, client: DynamoDBClient, table: str, clock: Clock, *, retention_days: int) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._retention = timedelta(days=retention_days)

    def note(self, run_id: str, event_ids: Sequence[str]) -> None:
        """Remember that these were taken."""
        expires_at = int((self._clock.now() + self._retention).timestamp())
        for start in range(0, len(event_ids), _IDS_IN_A_ROW):
            ids = list(event_ids[start : start + _IDS_IN_A_ROW])
            key = {"pk": f"run#{run_id}", "sk": f"told#{ids[0]}"}
            self._client.put_item(
                TableName=self._table, Item=to_item(key | {"ids": ids, "expiresAt": expires_at})
            )

    def all(self, run_id: str) -> set[str]:
        """Everything the bus is known to have taken for the run."""
        found: set[str] = set()
        paginator = self._client.get_paginator("query")
        for page in paginator.paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :run AND begins_with(sk, :told)",
            ExpressionAttributeValues=to_item({":run": f"run#{run_id}", ":told": "told#"}),
            ConsistentRead=True,
        ):
            for item in page["Items"]:
                found.update(from_item(item)["ids"])
        return found
