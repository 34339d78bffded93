"""Each attempt at the WorkSpaces API waits for its turn, the repeated ones too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from moto import mock_aws

from migrator.adapters.pace import Pace
from migrator.adapters.paced import ATTEMPTS, Paced
from tests.contract.test_ledger import NOW, HandClock, new_table


def refusal(code: str, status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "DescribeWorkspaces",
    )


class Service:
    """Answers with what it is given, and remembers when it was asked."""

    def __init__(self, clock: HandClock, *answers: Any) -> None:
        self._clock = clock
        self._answers = list(answers)
        self.asked: list[float] = []

    def describe_workspaces(self, **_: Any) -> Any:
        self.asked.append((self._clock.now() - NOW).total_seconds())
        answer = self._answers.pop(0) if self._answers else {"Workspaces": []}
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[HandClock]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield HandClock()


def paced(clock: HandClock, service: Service, *, rate: float = 2.0) -> Paced:
    pace = Pace(new_table(clock), clock, rate=rate, burst=5)
    return Paced(service, pace)


@pytest.mark.parametrize(
    "error",
    [
        refusal("ThrottlingException"),
        refusal("SlowDown"),
        refusal("InternalServerError", 500),
        refusal("ServiceUnavailable", 503),
        ReadTimeoutError(endpoint_url="https://x"),
        ConnectTimeoutError(endpoint_url="https://x"),
        EndpointConnectionError(endpoint_url="https://x"),
    ],
    ids=repr,
)
def test_what_passes_by_itself_is_tried_again(clock: HandClock, error: Exception) -> None:
    service = Service(clock, error, error, {"Workspaces": ["one"]})

    assert paced(clock, service).describe_workspaces() == {"Workspaces": ["one"]}
    assert len(service.asked) == 3


@pytest.mark.parametrize("code", ["AccessDeniedException", "InvalidParameterValuesException"])
def test_what_does_not_is_not(clock: HandClock, code: str) -> None:
    service = Service(clock, refusal(code))

    with pytest.raises(ClientError, match=code):
        paced(clock, service).describe_workspaces()
    assert len(service.asked) == 1


def test_it_gives_up_with_the_service_s_own_error(clock: HandClock) -> None:
    service = Service(clock, *[refusal("ThrottlingException")] * 20)

    with pytest.raises(ClientError, match="ThrottlingException"):
        paced(clock, service).describe_workspaces()
    assert len(service.asked) == ATTEMPTS


def test_repeated_attempts_are_within_the_rate_and_rest_longer_each_time(clock: HandClock) -> None:
    service = Service(clock, *[refusal("ThrottlingException")] * 7)

    paced(clock, service, rate=0.5).describe_workspaces()

    pauses = [after - before for before, after in zip(service.asked, service.asked[1:], strict=False)]
    assert pauses[-1] >= 20
    for number in range(len(service.asked)):
        window = [one for one in service.asked if service.asked[number] <= one < service.asked[number] + 10]
        assert len(window) <= 5 + 10 * 0.5
