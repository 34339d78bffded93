"""The bus: ten entries a call, and what each entry's answer leaves to be done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import ANY, Stubber

from migrator.adapters.bus import AT_ONCE, Bus
from migrator.domain.events import RunStarted

NOW = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)


class HandClock:
    """Time that only sleeping moves."""

    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def event(number: int) -> RunStarted:
    return RunStarted(
        event_id=f"run-{number}/started",
        at=NOW,
        run_id=f"run-{number}",
        stage="dev",
        dry_run=True,
        execution_arn="arn:aws:states:eu-west-1:123456789012:execution:migrate:run",
        planned=0,
        counts={},
    )


@pytest.fixture
def client() -> Any:
    return boto3.client(
        "events",
        "eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )


def answers(*codes: str | None) -> dict[str, Any]:
    """PutEvents' answer with a code for each entry that failed."""
    entries = [{"EventId": "1"} if code is None else {"ErrorCode": code} for code in codes]
    return {"FailedEntryCount": sum(code is not None for code in codes), "Entries": entries}


def ids(events: list[RunStarted]) -> list[str]:
    return [one.run_id for one in events]


def test_more_than_a_call_takes_go_in_several(client: Any) -> None:
    events = [event(number) for number in range(2 * AT_ONCE + 3)]
    with Stubber(client) as stub:
        for count in (AT_ONCE, AT_ONCE, 3):
            stub.add_response("put_events", answers(*[None] * count), {"Entries": [ANY] * count})
        taken, refused = Bus(client, "ours", HandClock()).put(events)
        stub.assert_no_pending_responses()
    assert (taken, refused) == (events, [])


def test_an_entry_says_what_a_rule_matches(client: Any) -> None:
    [one] = [event(1)]
    expected = {
        "EventBusName": "ours",
        "Source": "workspaces-fleet-migrator",
        "DetailType": "Run Started",
        "Time": NOW,
        "Detail": one.model_dump_json(by_alias=True),
    }
    with Stubber(client) as stub:
        stub.add_response("put_events", answers(None), {"Entries": [expected]})
        assert Bus(client, "ours", HandClock()).put([one]) == ([one], [])


def test_only_entries_that_may_be_taken_later_are_put_again_and_after_a_pause(client: Any) -> None:
    clock = HandClock()
    events = [event(number) for number in range(4)]
    with Stubber(client) as stub:
        stub.add_response(
            "put_events", answers(None, "ThrottlingException", "MalformedDetail", "InternalFailure")
        )
        stub.add_response("put_events", answers(None, "InternalFailure"), {"Entries": [ANY] * 2})
        stub.add_response("put_events", answers(None), {"Entries": [ANY]})
        taken, refused = Bus(client, "ours", clock).put(events)
        stub.assert_no_pending_responses()
    assert ids(taken) == ["run-0", "run-1", "run-3"]
    assert [(one.run_id, code) for one, code in refused] == [("run-2", "MalformedDetail")]
    assert clock.now() > NOW


def test_an_entry_that_stays_throttled_is_given_back(client: Any) -> None:
    with Stubber(client) as stub:
        for _ in range(3):
            stub.add_response("put_events", answers("ThrottlingException"))
        taken, refused = Bus(client, "ours", HandClock()).put([event(1)])
        stub.assert_no_pending_responses()
    assert (ids(taken), [code for _, code in refused]) == ([], ["ThrottlingException"])


def test_after_a_call_that_failed_no_other_is_made(client: Any) -> None:
    events = [event(number) for number in range(2 * AT_ONCE + 3)]
    with Stubber(client) as stub:
        stub.add_response("put_events", answers(*[None] * AT_ONCE))
        stub.add_client_error("put_events", "AccessDeniedException")
        taken, refused = Bus(client, "ours", HandClock()).put(events)
    assert ids(taken) == ids(events[:AT_ONCE])
    assert ids([one for one, _ in refused]) == ids(events[AT_ONCE:])
    assert {code for _, code in refused} == {"AccessDeniedException"}


def test_a_bus_that_keeps_failing_is_left_alone(client: Any) -> None:
    bus = Bus(client, "ours", HandClock())
    with Stubber(client) as stub:
        for _ in range(3):
            stub.add_client_error("put_events", "InternalException")
        told = [bus.put([event(1)])[1][0][1] for _ in range(5)]
        stub.assert_no_pending_responses()
    assert told == ["InternalException"] * 3 + ["the bus failed before"] * 2


@pytest.mark.parametrize("answer", [{}, {"Entries": []}, {"Entries": [{"EventId": "1"}]}])
def test_an_answer_that_does_not_tell_of_each_event_leaves_all_to_be_put_again(
    client: Any, answer: dict[str, Any]
) -> None:
    events = [event(1), event(2)]
    with Stubber(client) as stub:
        stub.add_response("put_events", answer, {"Entries": ANY})
        taken, refused = Bus(client, "bus", HandClock()).put(events)
    assert taken == []
    assert refused == [(one, "UnclearAnswer") for one in events]
