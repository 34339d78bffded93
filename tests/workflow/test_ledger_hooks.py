"""The hooks into moto's DynamoDB: the same answers as without them, and undone transactions undone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.dynamodb.models.table import Table

from rehearsal.moto_ledger_hooks import ledger_hooks_installed, verify_ledger_hooks

ITEM: dict[str, Any] = {
    "pk": {"S": "run#1"},
    "sk": {"S": "run"},
    "count": {"N": "3"},
    "share": {"N": "0.25"},
    "halted": {"BOOL": False},
    "nothing": {"NULL": True},
    "tags": {"L": [{"S": "a"}, {"M": {"deep": {"L": [{"N": "1"}]}}}]},
    "names": {"SS": ["x", "y"]},
    "raw": {"B": b"\x00\x01"},
    "mixed": {"L": [{"B": b"\x02"}, {"S": "b"}]},
}


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture
def table() -> Iterator[Any]:
    with mock_aws(), ledger_hooks_installed():
        yield new_table()


def new_table() -> Any:
    client = boto3.client("dynamodb", "us-east-1")
    client.create_table(
        TableName="ledger",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def test_moto_is_as_the_hooks_expect_it() -> None:
    assert verify_ledger_hooks() == []


def test_answers_are_the_same_with_and_without_the_hooks() -> None:
    answers = []
    for hooks in (nullcontext(), ledger_hooks_installed()):
        with mock_aws(), hooks:
            client = new_table()
            client.put_item(TableName="ledger", Item=ITEM)
            key = {"pk": ITEM["pk"], "sk": ITEM["sk"]}
            got = client.get_item(TableName="ledger", Key=key)["Item"]
            queried = client.query(
                TableName="ledger",
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": ITEM["pk"]},
            )["Items"]
            batch = client.batch_get_item(RequestItems={"ledger": {"Keys": [key]}})["Responses"]["ledger"]
            answers.append([got, *queried, *batch])

    without, with_hooks = answers
    assert with_hooks == without
    assert with_hooks == [ITEM] * 3


def write(kind: str, name: str, **more: Any) -> dict[str, Any]:
    key = {"pk": {"S": "row"}, "sk": {"S": name}}
    where = {"Item": key | {"value": {"S": "new"}}} if kind == "Put" else {"Key": key}
    return {kind: {"TableName": "ledger", **where, **more}}


def test_a_transaction_whose_last_write_is_refused_leaves_every_row_as_it_was(table: Any) -> None:
    for name in ("kept", "deleted"):
        table.put_item(
            TableName="ledger", Item={"pk": {"S": "row"}, "sk": {"S": name}, "value": {"S": "old"}}
        )
    before = table.scan(TableName="ledger")["Items"]
    writes = [
        write("Put", "fresh"),
        write("Delete", "deleted"),
        write(
            "Update",
            "kept",
            UpdateExpression="SET #v = :new",
            ExpressionAttributeNames={"#v": "value"},
            ExpressionAttributeValues={":new": {"S": "changed"}},
        ),
        write("Put", "refused", ConditionExpression="attribute_exists(pk)"),
    ]

    with pytest.raises(ClientError, match="TransactionCanceledException"):
        table.transact_write_items(TransactItems=writes)

    after = table.scan(TableName="ledger")["Items"]
    assert sorted(after, key=str) == sorted(before, key=str)


def test_a_transaction_copies_no_table(table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Table, memo: dict[int, Any]) -> Table:
        raise AssertionError("the table was copied")

    monkeypatch.setattr(Table, "__deepcopy__", refuse, raising=False)

    table.transact_write_items(TransactItems=[write("Put", "fresh")])

    assert len(table.scan(TableName="ledger")["Items"]) == 1


def test_a_transaction_that_is_repeated_with_its_token_acts_once(table: Any) -> None:
    add = write(
        "Update",
        "counter",
        UpdateExpression="ADD #v :one",
        ExpressionAttributeNames={"#v": "value"},
        ExpressionAttributeValues={":one": {"N": "1"}},
    )

    for token in ("first", "first", "second"):
        table.transact_write_items(TransactItems=[add], ClientRequestToken=token)

    assert table.scan(TableName="ledger")["Items"][0]["value"] == {"N": "2"}


def test_a_transaction_that_was_refused_is_tried_again_with_its_token(table: Any) -> None:
    writes = [write("Put", "late", ConditionExpression="attribute_exists(pk)")]
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        table.transact_write_items(TransactItems=writes, ClientRequestToken="again")
    table.put_item(TableName="ledger", Item={"pk": {"S": "row"}, "sk": {"S": "late"}})

    table.transact_write_items(TransactItems=writes, ClientRequestToken="again")

    assert table.scan(TableName="ledger")["Items"][0]["value"] == {"S": "new"}
