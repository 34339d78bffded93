"""What each answer to MigrateWorkspace leaves to do: the one call that nobody may make twice in doubt."""

from __future__ import annotations

from typing import Any, cast

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from migrator.adapters.clear_answers import UnclearAnswer
from migrator.adapters.migrating import Answer, Kind, Migrating
from migrator.adapters.pace import Pace

SOURCE, BUNDLE = "ws-000000001", "wsb-2t22dcv5r"


class World:
    """One client and one budget: what was done, in its order."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer
        self.done: list[Any] = []

    def take(self) -> None:
        self.done.append("took its turn")

    def migrate_workspace(self, **parameters: str) -> Any:
        self.done.append(parameters)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def asked(answer: Any) -> Answer:
    world = World(answer)
    found = Migrating(cast(Any, world), cast(Pace, world)).migrate(SOURCE, BUNDLE)
    assert world.done == ["took its turn", {"SourceWorkspaceId": SOURCE, "BundleId": BUNDLE}]
    return found


def refusal(code: str, status: int = 400, message: str = "why") -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "MigrateWorkspace",
    )


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("ThrottlingException", 400, Kind.THROTTLED),
        ("ThrottlingException", 503, Kind.THROTTLED),
        ("OperationInProgressException", 400, Kind.NOT_NOW),
        ("ResourceUnavailableException", 400, Kind.NOT_NOW),
        ("InternalServerError", 500, Kind.FAILED),
        ("ServiceUnavailable", 503, Kind.FAILED),
        ("Unheard", 499, Kind.REFUSED),
        ("AccessDeniedException", 400, Kind.REFUSED),
        ("InvalidParameterValuesException", 400, Kind.REFUSED),
        ("OperationNotSupportedException", 400, Kind.REFUSED),
    ],
)
def test_a_refusal(code: str, status: int, kind: Kind) -> None:
    assert asked(refusal(code, status)) == Answer(kind, None, code, "why")


def test_a_refusal_without_a_word_is_one() -> None:
    assert asked(ClientError({}, "MigrateWorkspace")) == Answer(Kind.REFUSED, None, "Unknown", "")


def test_a_target_of_its_own_is_a_start_and_nothing_else_is() -> None:
    assert asked({"TargetWorkspaceId": "ws-t00000001"}) == Answer(Kind.STARTED, "ws-t00000001")
    for answer in ({}, {"TargetWorkspaceId": ""}, {"TargetWorkspaceId": None}, {"TargetWorkspaceId": SOURCE}):
        assert asked(answer) == Answer(Kind.NO_ANSWER, None, "NoTargetWorkspaceId")


@pytest.mark.parametrize(
    "error",
    [ConnectTimeoutError(endpoint_url="https://x"), EndpointConnectionError(endpoint_url="https://x")],
)
def test_what_was_never_sent_did_not_act(error: Exception) -> None:
    assert asked(error) == Answer(Kind.THROTTLED, None, type(error).__name__, str(error))


@pytest.mark.parametrize(
    "error",
    [
        ReadTimeoutError(endpoint_url="https://x"),
        HTTPClientError(error="reset"),
        ResponseParserError("no JSON"),
        UnclearAnswer("A service answered what cannot be read."),
    ],
)
def test_what_was_sent_and_not_understood_may_have_acted(error: Exception) -> None:
    assert asked(error) == Answer(Kind.NO_ANSWER, None, type(error).__name__, str(error))
