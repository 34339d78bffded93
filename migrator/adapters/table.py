"""One DynamoDB table: conditional writes, transactions, consistent reads of plain rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from migrator.adapters.clear_answers import UNLIKE, UnclearAnswer
from migrator.adapters.clock import Clock
from migrator.adapters.items import from_item, to_item
from migrator.adapters.listings import ending
from migrator.domain.pages import pages

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Row = dict[str, Any]
Key = dict[str, str]

_BATCH_GET = 100
_CONFLICT_PAUSE_SECONDS = 0.05
_CONFLICT_TRIES = 40
_UNPROCESSED_TRIES = 12
_LONGEST_PAUSE_SECONDS = 2.0


class Table:
    """Reads are consistent; writes are conditional."""

    def __init__(self, client: DynamoDBClient, name: str, clock: Clock, *, retention_days: int) -> None:
        self.client = client
        self.name = name
        self._clock = clock
        self._retention = timedelta(days=retention_days)

    def expiry(self) -> dict[str, int]:
        """The TTL attribute of a row that is written now."""
        return {"expiresAt": int((self._clock.now() + self._retention).timestamp())}

    def get(self, key: Key) -> Row | None:
        item = self.client.get_item(TableName=self.name, Key=to_item(key), ConsistentRead=True).get("Item")
        return self._row(item) if item else None

    def get_all(self, keys: Sequence[Key], attributes: Sequence[str] | None = None) -> Iterator[Row]:
        """Those of the rows that are there, in no order; only these of their attributes, if any are named.

        Raises TimeoutError if the table kept leaving keys unprocessed.
        """
        wanted: Row = {"ConsistentRead": True}
        if attributes is not None:
            # By placeholders: an attribute may be called as a word of the language is.
            names = {f"#{number}": name for number, name in enumerate(attributes)}
            wanted |= {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}
        for some in pages(list(keys), _BATCH_GET):
            left = [to_item(key) for key in some]
            tries = 0
            while left:
                if tries:
                    self._clock.sleep(min(_LONGEST_PAUSE_SECONDS, _CONFLICT_PAUSE_SECONDS * 2**tries))
                if tries == _UNPROCESSED_TRIES:
                    raise TimeoutError("the ledger kept leaving keys of a read unprocessed: it is throttled")
                answer = self.client.batch_get_item(
                    RequestItems={self.name: {"Keys": left, **wanted}}  # type: ignore[dict-item]
                )
                yield from map(self._row, answer.get("Responses", {}).get(self.name, []))
                unprocessed = answer.get("UnprocessedKeys", {}).get(self.name)
                left = list(unprocessed["Keys"]) if unprocessed else []
                tries += 1

    def below(self, pk: str, prefix: str) -> Iterator[Row]:
        """The rows of a partition whose sort key begins so, in its order."""
        paginator = self.client.get_paginator("query")
        found = paginator.paginate(
            TableName=self.name,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues=to_item({":pk": pk, ":prefix": prefix}),
            ConsistentRead=True,
        )
        for page in ending(found, f"the query of {pk}"):
            yield from map(self._row, page.get("Items", []))

    def every(self, pk_prefix: str, sk_prefix: str) -> Iterator[Row]:
        """Every row of the table whose keys begin so. Reads the whole table."""
        paginator = self.client.get_paginator("scan")
        found = paginator.paginate(
            TableName=self.name,
            FilterExpression="begins_with(pk, :pk) AND begins_with(sk, :sk)",
            ExpressionAttributeValues=to_item({":pk": pk_prefix, ":sk": sk_prefix}),
            ConsistentRead=True,
        )
        for page in ending(found, "the scan of the ledger"):
            yield from map(self._row, page.get("Items", []))

    def _row(self, item: Mapping[str, Any]) -> Row:
        try:
            return from_item(item)
        except UNLIKE as fault:
            raise UnclearAnswer(
                f"DynamoDB answered an item of {self.name} that is none ({type(fault).__name__}: {fault}). "
                "Nothing is concluded from it. Run again."
            ) from fault

    def write(self, row: Row) -> None:
        """Write the whole row, whatever was there."""
        self.client.put_item(TableName=self.name, Item=to_item(row))

    def put(self, row: Row, condition: str, values: Mapping[str, Any] | None = None, **more: Any) -> bool:
        """Write the whole row; False where the condition refused.

        An attempt may be acted on and answered with an error all the same; the SDK's next one is then refused
        because of the row that this very call wrote. It is told by its being the same, and no refusal.
        """
        if values:
            more["ExpressionAttributeValues"] = to_item(values)
        item = to_item(row)
        try:
            self.client.put_item(
                TableName=self.name,
                Item=item,
                ConditionExpression=condition,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **more,
            )
        except ClientError as error:
            if not _refused(error):
                raise
            there: Mapping[str, Any] | None = error.response.get("Item")  # type: ignore[assignment]
            return there == item
        return True

    def update(
        self, key: Key, expression: str, condition: str, values: Mapping[str, Any], **more: Any
    ) -> bool:
        """Change some of the row's attributes; False where the condition refused."""
        return _granted(
            lambda: self.client.update_item(
                TableName=self.name,
                Key=to_item(key),
                UpdateExpression=expression,
                ConditionExpression=condition,
                ExpressionAttributeValues=to_item(values),
                **more,
            )
        )

    def updated(self, key: Key, expression: str, condition: str, values: Mapping[str, Any]) -> Row | None:
        """Change some of the row's attributes, and return them; None where the condition refused."""
        answers: list[Row] = []

        def write() -> None:
            answer = self.client.update_item(
                TableName=self.name,
                Key=to_item(key),
                UpdateExpression=expression,
                ConditionExpression=condition,
                ExpressionAttributeValues=to_item(values),
                ReturnValues="UPDATED_NEW",
            )
            answers.append(self._row(answer.get("Attributes", {})))

        return answers[0] if _granted(write) else None

    def putting(self, row: Row, condition: str, values: Mapping[str, Any]) -> Row:
        """A put, as a part of a transaction."""
        return {
            "Put": {
                "TableName": self.name,
                "Item": to_item(row),
                "ConditionExpression": condition,
                "ExpressionAttributeValues": to_item(values),
            }
        }

    def updating(
        self, key: Key, expression: str, values: Mapping[str, Any], condition: str | None = None
    ) -> Row:
        """An update, as a part of a transaction."""
        update = {
            "TableName": self.name,
            "Key": to_item(key),
            "UpdateExpression": expression,
            "ExpressionAttributeValues": to_item(values),
        }
        if condition is not None:
            update["ConditionExpression"] = condition
        return {"Update": update}

    def deleting(self, key: Key) -> Row:
        """A deletion, as a part of a transaction."""
        return {"Delete": {"TableName": self.name, "Key": to_item(key)}}

    def transact(self, writes: list[Row]) -> set[int]:
        """Write all or nothing: indices of the writes whose condition refused; empty when all was written.

        Raises TimeoutError if other transactions kept conflicting with it.
        """
        for _ in range(_CONFLICT_TRIES):
            try:
                self.client.transact_write_items(TransactItems=writes)  # type: ignore[arg-type]
            except ClientError as error:
                if error.response["Error"]["Code"] != "TransactionCanceledException":
                    raise
                reasons: Any = error.response.get("CancellationReasons", [])
                codes = [reason.get("Code") for reason in reasons]
                refused = {i for i, code in enumerate(codes) if code == "ConditionalCheckFailed"}
                if refused:
                    return refused
                if not any(code in ("TransactionConflict", "ThrottlingError") for code in codes):
                    raise
                self._clock.sleep(_CONFLICT_PAUSE_SECONDS)
            else:
                return set()
        raise TimeoutError("the ledger's transaction kept conflicting with others")


def _granted(write: Callable[[], Any]) -> bool:
    try:
        write()
    except ClientError as error:
        if _refused(error):
            return False
        raise
    return True


def _refused(error: ClientError) -> bool:
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"
