"""Calls that a role does not allow are told, whatever the caller makes of the error."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from migrator.adapters.refusals import tell_refusals
from migrator.domain.approvals import not_asked
from migrator.domain.refusals import NOT_ALLOWED
from migrator.domain.report import Failure

ENTRY = {"Source": "s", "DetailType": "t", "Detail": "{}"}


@pytest.fixture
def told() -> list[tuple[str, str, str]]:
    return []


@pytest.fixture
def client(told: list[tuple[str, str, str]]) -> Any:
    made = boto3.client("events", "us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
    tell_refusals(made, lambda *refusal: told.append(refusal))
    return made


@pytest.mark.parametrize("code", sorted(NOT_ALLOWED))
def test_a_refusal_is_told_with_operation_code_and_sentence(
    client: Any, told: list[tuple[str, str, str]], code: str
) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("put_events", code, "You may not.", 403)
        with pytest.raises(ClientError):
            client.put_events(Entries=[ENTRY])
    assert told == [("events:PutEvents", code, "You may not.")]


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalException", "ResourceNotFoundException"])
def test_other_errors_are_their_callers(client: Any, told: list[tuple[str, str, str]], code: str) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("put_events", code)
        with pytest.raises(ClientError):
            client.put_events(Entries=[ENTRY])
    assert not told


def test_an_answer_is_no_refusal(client: Any, told: list[tuple[str, str, str]]) -> None:
    with Stubber(client) as stub:
        stub.add_response("put_events", {"FailedEntryCount": 0, "Entries": []})
        client.put_events(Entries=[ENTRY])
    assert not told


@pytest.mark.parametrize(
    ("state", "failure"),
    [
        ({}, None),
        ({"notApproved": {"Error": "States.Timeout", "Cause": ""}}, None),
        ({"notApproved": {"Error": "Rejected", "Cause": "Not this weekend."}}, None),
        ({"notApproved": {}}, None),
        (
            {"notApproved": {"Error": "SNS.AuthorizationErrorException", "Cause": "not authorized"}},
            Failure(error="SNS.AuthorizationErrorException", cause="not authorized"),
        ),
    ],
)
def test_nobody_was_asked_only_where_the_topic_did_not_take_the_request(
    state: dict[str, Any], failure: Failure | None
) -> None:
    assert not_asked(state) == failure
