"""The rehearsal's DynamoDB and moto's: the same calls through boto3, the same answers from both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from rehearsal.answering import Services
from rehearsal.direct_hooks import services_answer_here, verify_direct_hooks
from rehearsal.dynamodb import DynamoDB

NOW = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
SESSION = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing")
HOW_IT_CAME = ("ResponseMetadata", "ConsumedCapacity", "ItemCollectionMetrics")
Call = tuple[str, dict[str, Any]]


class HandClock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment


@contextmanager
def ours(clock: HandClock | None = None) -> Iterator[Any]:
    clock = clock or HandClock()
    with ExitStack() as stack:
        stack.enter_context(mock_aws())
        here = DynamoDB(clock.now, region="us-east-1", account_id="123456789012")
        stack.enter_context(services_answer_here(Services(here)))
        yield new_table()


@contextmanager
def motos() -> Iterator[Any]:
    with mock_aws():
        yield new_table()


def new_table() -> Any:
    client: Any = SESSION.client("dynamodb", region_name="us-east-1")
    client.create_table(
        TableName="t",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "who")],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-who",
                "KeySchema": [
                    {"AttributeName": "who", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def answer(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
    """What a caller sees, without what only tells how it came."""
    try:
        response = getattr(client, operation)(**parameters)
    except ClientError as error:
        reasons = [reason["Code"] for reason in error.response.get("CancellationReasons", [])]
        return error.response["Error"]["Code"], reasons
    return {name: value for name, value in response.items() if name not in HOW_IT_CAME}


def key(pk: str = "p", sk: str = "a") -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


ITEM: dict[str, Any] = {
    **key(),
    "who": {"S": "ana"},
    "count": {"N": "3"},
    "share": {"N": "0.25"},
    "halted": {"BOOL": False},
    "nothing": {"NULL": True},
    "tags": {"L": [{"S": "a"}, {"M": {"deep": {"L": [{"N": "1"}]}}}]},
    "names": {"SS": ["x", "y"]},
    "raw": {"B": b"\x00\x01"},
}


def put(**attributes: Any) -> Call:
    return "put_item", {"TableName": "t", "Item": ITEM | attributes}


def put_if(condition: str, values: dict[str, Any] | None = None, names: dict[str, str] | None = None) -> Call:
    _, parameters = put(count={"N": "9"})
    return "put_item", parameters | expressions(ConditionExpression=condition, values=values, names=names)


def update(expression: str, values: dict[str, Any] | None = None, **more: Any) -> Call:
    names, returns = more.pop("names", None), more.pop("ReturnValues", "ALL_NEW")
    return "update_item", {
        "TableName": "t",
        "Key": more.pop("Key", key()),
        "ReturnValues": returns,
        **expressions(UpdateExpression=expression, values=values, names=names, **more),
    }


def expressions(values: Any = None, names: Any = None, **expression: str) -> dict[str, Any]:
    given: dict[str, Any] = dict(expression)
    if values:
        given["ExpressionAttributeValues"] = values
    if names:
        given["ExpressionAttributeNames"] = names
    return given


def get(**which: Any) -> Call:
    return "get_item", {"TableName": "t", "Key": key(**which), "ConsistentRead": True}


def query(condition: str, values: dict[str, Any], **more: Any) -> Call:
    return "query", {
        "TableName": "t",
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
        **more,
    }


def batch(projection: str, names: dict[str, str] | None = None) -> Call:
    wanted = {
        "Keys": [key(sk=one) for one in "ab"],
        **expressions(ProjectionExpression=projection, names=names),
    }
    return "batch_get_item", {"RequestItems": {"t": wanted}}


def transact(*writes: dict[str, Any], **more: Any) -> Call:
    return "transact_write_items", {"TransactItems": list(writes), **more}


def t_put(sk: str, condition: str | None = None) -> dict[str, Any]:
    return {
        "Put": {"TableName": "t", "Item": key(sk=sk)}
        | ({"ConditionExpression": condition} if condition else {})
    }


def t_add(sk: str, condition: str | None = None) -> dict[str, Any]:
    return {
        "Update": {
            "TableName": "t",
            "Key": key(sk=sk),
            "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
            **({"ConditionExpression": condition} if condition else {}),
        }
    }


THREE = [put(sk={"S": one}, count={"N": str(number)}) for number, one in enumerate("abc")]
ONE = {":one": {"N": "1"}}
P = {":p": {"S": "p"}}

SCRIPTS: dict[str, list[Call]] = {
    "what is put is got": [put(), get(), get(sk="b")],
    "old values": [put(), ("put_item", put(count={"N": "4"})[1] | {"ReturnValues": "ALL_OLD"}), get()],
    "delete": [put(), ("delete_item", {"TableName": "t", "Key": key(), "ReturnValues": "ALL_OLD"}), get()],
    "delete if": [
        put(),
        ("delete_item", {"TableName": "t", "Key": key(), "ConditionExpression": "attribute_exists(gone)"}),
        get(),
    ],
    "not there": [put_if("attribute_not_exists(pk)"), put_if("attribute_not_exists(pk)"), get()],
    "there": [put_if("attribute_exists(pk)"), get()],
    "equal": [
        put(),
        put_if("#c = :one", ONE, {"#c": "count"}),
        put_if("#c = :t", {":t": {"N": "3.0"}}, {"#c": "count"}),
    ],
    "unequal": [put(), put_if("who <> :a", {":a": {"S": "ana"}}), put_if("gone <> :a", {":a": {"S": "ana"}})],
    "less": [put(), put_if("#c < :n", {":n": {"N": "10"}}, {"#c": "count"}), get()],
    "at most, missing": [put(), put_if("gone <= :n", {":n": {"N": "10"}})],
    "between": [put(), put_if("#c BETWEEN :one AND :n", {**ONE, ":n": {"N": "5"}}, {"#c": "count"}), get()],
    "in": [put(), put_if("who IN (:a, :b)", {":a": {"S": "ana"}, ":b": {"S": "ben"}}), get()],
    "not, and, or": [
        put(),
        put_if(
            "NOT (who = :b OR attribute_not_exists(who)) AND attribute_exists(halted)", {":b": {"S": "b"}}
        ),
        put_if(
            "who = :b OR who = :a AND NOT attribute_exists(halted)", {":b": {"S": "b"}, ":a": {"S": "ana"}}
        ),
        get(),
    ],
    "functions": [
        put(),
        put_if("begins_with(who, :a) AND contains(names, :x)", {":a": {"S": "an"}, ":x": {"S": "x"}}),
        put_if("attribute_type(tags, :l) AND size(tags) > :one", {":l": {"S": "L"}, **ONE}),
        put_if("contains(who, :n)", {":n": {"S": "nn"}}),
        get(),
    ],
    "inside": [put(), put_if("tags[1].deep[0] = :one", ONE), put_if("tags[7] = :one", ONE)],
    "set": [put(), update("SET who = :a, fresh = :one", {":a": {"S": "ben"}, **ONE}), get()],
    "set, no row": [update("SET who = :a", {":a": {"S": "ben"}}), get()],
    "set, computed": [put(), update("SET #c = #c + :one, other = #c - :one", ONE, names={"#c": "count"})],
    "set, if not there": [
        put(),
        update("SET who = if_not_exists(who, :a), x = if_not_exists(y, :a)", {":a": {"S": "b"}}),
    ],
    "set, a list": [put(), update("SET tags = list_append(tags, :l)", {":l": {"L": [{"S": "z"}]}})],
    "set, inside": [put(), update("SET tags[1].deep[0] = :one, tags[9] = :one", ONE)],
    "set, nowhere": [put(), update("SET gone.deep = :one", ONE), get()],
    "set, of what is not there": [put(), update("SET who = gone", None), get()],
    "remove": [put(), update("REMOVE who, gone, tags[0]"), get()],
    "add": [put(), update("ADD #c :one, n :one", ONE, names={"#c": "count"}), get()],
    "add to a text": [put(), update("ADD who :one", ONE), get()],
    "add to a set": [put(), update("ADD names :s", {":s": {"SS": ["y", "z"]}}, ReturnValues="NONE"), get()],
    "delete from a set": [put(), update("DELETE names :s", {":s": {"SS": ["y"]}})],
    "delete a set": [put(), update("DELETE names :s", {":s": {"SS": ["x", "y"]}})],
    "all clauses": [put(), update("SET x = :one REMOVE who ADD n :one", ONE)],
    "update if": [
        put(),
        update("SET x = :one", {**ONE, ":a": {"S": "ben"}}, ConditionExpression="who = :a"),
        update("SET x = :one", {**ONE, ":a": {"S": "ana"}}, ConditionExpression="who = :a"),
        get(),
    ],
    "returned": [
        put(),
        *(update("SET who = :a", {":a": {"S": one}}, ReturnValues=one) for one in ("NONE", "ALL_OLD")),
    ],
    "the key is fixed": [put(), update("SET sk = :a", {":a": {"S": "b"}})],
    "no such clause": [put(), update("PUT x = :one", ONE)],
    "a reserved word": [put(), update("SET status = :one", ONE)],
    "an unused value": [put(), update("SET x = :one", {**ONE, ":two": {"N": "2"}})],
    "no such table": [("get_item", {"TableName": "other", "Key": key()})],
    "half a key": [("get_item", {"TableName": "t", "Key": {"pk": {"S": "p"}}})],
    "an item without its key": [("put_item", {"TableName": "t", "Item": {"pk": {"S": "p"}}})],
    "a key of another type": [("put_item", {"TableName": "t", "Item": {"pk": {"S": "p"}, "sk": {"N": "1"}}})],
    "batch": [
        *THREE,
        (
            "batch_get_item",
            {"RequestItems": {"t": {"Keys": [key(sk=one) for one in "cxa"], "ConsistentRead": True}}},
        ),
    ],
    "batch, some attributes": [
        *THREE,
        batch("who, #c, gone", {"#c": "count"}),
        batch("tags, sk"),
    ],
    "batch, attributes that are none": [
        put(),
        batch("#c, #c", {"#c": "count"}),
        batch("who", {"#unused": "count"}),
        batch("count"),
    ],
    "batch with a key twice": [
        ("batch_get_item", {"RequestItems": {"t": {"Keys": [key(), key()]}}}),
    ],
    "query": [*THREE, query("pk = :p", P), query("pk = :p", P, ScanIndexForward=False)],
    "query, some": [
        *THREE,
        query("pk = :p AND sk > :a", {**P, ":a": {"S": "a"}}),
        query("pk = :p AND begins_with(sk, :a)", {**P, ":a": {"S": "b"}}),
        query("pk = :p AND sk BETWEEN :a AND :b", {**P, ":a": {"S": "a"}, ":b": {"S": "b"}}),
        query("pk = :p", {":p": {"S": "none"}}),
    ],
    "query, filtered": [
        *THREE,
        query(
            "pk = :p",
            {**P, ":n": {"N": "0"}},
            FilterExpression="#c > :n",
            ExpressionAttributeNames={"#c": "count"},
        ),
    ],
    "query, by pages": [
        *THREE,
        query("pk = :p", P, Limit=2),
        query("pk = :p", P, ExclusiveStartKey=key(sk="b")),
        query("pk = :p", P, ExclusiveStartKey=key(sk="b"), ScanIndexForward=False),
    ],
    "query, by another key": [
        *THREE,
        put(sk={"S": "d"}, who={"S": "ben"}),
        query("who = :w", {":w": {"S": "ana"}}, IndexName="by-who"),
    ],
    "query without a partition": [query("sk = :p", P)],
    "scan": [*THREE, ("scan", {"TableName": "t"}), ("scan", {"TableName": "t", "Limit": 3})],
    "transaction": [
        put(),
        transact(t_put("b"), t_add("a"), t_add("c", "attribute_not_exists(pk)")),
        get(),
        get(sk="c"),
    ],
    "transaction, refused": [
        put(),
        transact(t_put("b"), t_add("a", "attribute_not_exists(pk)"), t_add("c", "attribute_exists(pk)")),
        get(),
        get(sk="b"),
    ],
    "transaction with a check": [
        put(),
        transact(
            t_put("b"),
            {
                "ConditionCheck": {
                    "TableName": "t",
                    "Key": key(),
                    "ConditionExpression": "attribute_exists(who)",
                }
            },
            {"Delete": {"TableName": "t", "Key": key(sk="c")}},
        ),
        get(sk="b"),
    ],
    "transaction twice on a row": [transact(t_put("b"), t_add("b")), get(sk="b")],
}


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, list[Any]]]:
    """The answers of both to every script."""
    found: dict[str, dict[str, list[Any]]] = {}
    for name, calls in SCRIPTS.items():
        for whose, table in (("ours", ours), ("moto's", motos)):
            with table() as client:
                found.setdefault(name, {})[whose] = [answer(client, *call) for call in calls]
    return found


REFUSED: dict[str, list[Call]] = {
    "less, of another type": [put(), put_if("who < :n", {":n": {"N": "10"}})],
    "overlapping": [put(), update("SET tags = :one, tags[0] = :one", ONE)],
    "a bad update": [put(), update("SET x = ", None)],
    "a bad condition": [put(), put_if("who = = :a", {":a": {"S": "a"}})],
    "an undefined value": [put(), put_if("who = :a AND x = :b", {":a": {"S": "a"}})],
    "an undefined name": [put(), put_if("#a = :one", ONE)],
    "too large": [put(raw={"B": b"0" * 410_000})],
    "no such function": [put(), put_if("exists(pk)")],
}
"""What DynamoDB refuses, and moto lets pass or dies of."""


@pytest.mark.parametrize("name", SCRIPTS)
def test_both_answer_alike(name: str, answers: dict[str, dict[str, list[Any]]]) -> None:
    assert answers[name]["ours"] == answers[name]["moto's"]


def test_botocore_is_as_the_hooks_expect_it() -> None:
    assert verify_direct_hooks() == []


@pytest.mark.parametrize("name", REFUSED)
def test_what_dynamodb_refuses_is_refused(name: str) -> None:
    with ours() as client:
        *before, last = [answer(client, *call) for call in REFUSED[name]]
    assert before in ([], [{}])
    code = "ConditionalCheckFailedException" if name == "less, of another type" else "ValidationException"
    assert last == (code, [])


SORT_KEYS = st.sampled_from("abc")
CONDITIONS = st.sampled_from(
    [None, "attribute_exists(pk)", "attribute_not_exists(pk)", "attribute_exists(n)"]
)
WRITES = st.lists(
    st.one_of(st.builds(t_put, SORT_KEYS, CONDITIONS), st.builds(t_add, SORT_KEYS, CONDITIONS)),
    min_size=1,
    max_size=3,
    unique_by=lambda write: next(iter(write.values())).get("Key", next(iter(write.values())).get("Item"))[
        "sk"
    ]["S"],
)


@settings(max_examples=25, deadline=None)
@given(st.lists(WRITES, max_size=6))
def test_any_transactions_leave_the_same_rows(transactions: list[list[dict[str, Any]]]) -> None:
    seen = []
    for table in (ours, motos):
        with table() as client:
            answers = [answer(client, *transact(*writes)) for writes in transactions]
            seen.append([*answers, answer(client, *query("pk = :p", P))])
    assert seen[0] == seen[1]


def test_a_token_that_was_seen_writes_nothing_for_ten_minutes() -> None:
    clock = HandClock()
    with ours(clock) as client:
        call = transact(t_add("a"), ClientRequestToken="token")
        for minutes in (0, 9, 2):
            clock.moment += timedelta(minutes=minutes)
            assert answer(client, *call) == {}
        assert answer(client, *get())["Item"]["n"] == {"N": "2"}
        other = transact(t_add("b"), ClientRequestToken="token")
        assert answer(client, *other) == ("IdempotentParameterMismatchException", [])


def test_a_refused_transaction_says_why_and_shows_the_row() -> None:
    with ours() as client:
        answer(client, *put())
        write = t_add("a", "attribute_not_exists(pk)")
        write["Update"]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        with pytest.raises(client.exceptions.TransactionCanceledException) as refused:
            client.transact_write_items(TransactItems=[t_put("b"), write])
    reasons = refused.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert reasons[1]["Item"] == ITEM


def test_rows_belong_to_nobody_outside() -> None:
    with ours() as client:
        mine = {**key(), "list": {"L": [{"S": "a"}]}}
        client.put_item(TableName="t", Item=mine)
        mine["list"]["L"].append({"S": "b"})
        got = client.get_item(TableName="t", Key=key())["Item"]
        got["list"]["L"].clear()
        assert client.get_item(TableName="t", Key=key())["Item"]["list"] == {"L": [{"S": "a"}]}


def test_a_page_of_a_query_ends_at_a_megabyte() -> None:
    with ours() as client:
        for one in "abcd":
            answer(client, *put(sk={"S": one}, raw={"B": b"0" * 390_000}))
        pages = list(
            client.get_paginator("query").paginate(
                TableName="t", KeyConditionExpression="pk = :p", ExpressionAttributeValues=P
            )
        )
    assert [page["Count"] for page in pages] == [3, 1]


def test_parameters_are_validated_as_ever() -> None:
    with ours() as client, pytest.raises(ParamValidationError, match="Missing required parameter"):
        client.get_item(TableName="t")


def test_what_is_not_there_is_named() -> None:
    with ours() as client:
        with pytest.raises(NotImplementedError, match="ListTables"):
            client.list_tables()
        with pytest.raises(NotImplementedError, match="ProjectionExpression"):
            client.get_item(TableName="t", Key=key(), ProjectionExpression="pk")


def test_a_response_says_how_it_came() -> None:
    with ours() as client:
        metadata = client.get_item(TableName="t", Key=key())["ResponseMetadata"]
    assert (metadata["HTTPStatusCode"], metadata["RetryAttempts"]) == (200, 0)
    assert metadata["RequestId"] == metadata["HTTPHeaders"]["x-amzn-requestid"]


@pytest.mark.parametrize("projection", ["#c, #other", "#c who", "#c,", "#c, who who"])
def test_a_projection_that_cannot_be_read_is_refused(projection: str) -> None:
    with ours() as client:
        assert answer(client, *batch(projection, {"#c": "count"})) == ("ValidationException", [])
