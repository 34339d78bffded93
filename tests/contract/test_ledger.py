"""The ledger on DynamoDB: claims, permits and outcomes are all or nothing, whatever is repeated."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, cast

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from migrator.adapters.holds import Claim, Holds
from migrator.adapters.ledger import Ledger
from migrator.adapters.table import Table
from migrator.adapters.witness import Witness
from migrator.domain.migration import Ending
from migrator.domain.outcomes import Outcome
from migrator.domain.plan import Candidate
from migrator.domain.records import MigrationRecord, Permits, RunRecord, Stage, waiting
from rehearsal.answering import Services
from rehearsal.direct_hooks import services_answer_here
from rehearsal.dynamodb import DynamoDB

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
DIRECTORY = "d-9067b2d8e5"
MIGRATED = Ending(Outcome.MIGRATED, None, "", "")
ROLLED_BACK = Ending(Outcome.ROLLED_BACK, None, "It failed.", "Look.")


class HandClock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class Store:
    """Both doors to the one table."""

    ledger: Ledger
    holds: Holds


def new_store() -> Store:
    table = new_table(HandClock())
    return Store(Ledger(table), Holds(table))


@cache
def _client() -> DynamoDBClient:
    """Made once: that takes longer than most tests. What it is answered is each mock's own."""
    return boto3.client("dynamodb", "us-east-1")


def new_table(clock: HandClock) -> Table:
    client = _client()
    client.create_table(
        TableName="ledger",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return Table(client, "ledger", clock, retention_days=400)


@pytest.fixture(params=["motos", "the rehearsal's"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """On either DynamoDB: what a condition means must not be one stand-in's own idea."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with ExitStack() as stack:
        stack.enter_context(mock_aws())
        if request.param != "motos":
            here = DynamoDB(lambda: NOW, region="us-east-1", account_id="123456789012")
            stack.enter_context(services_answer_here(Services(here)))
        yield new_store()


def run(run_id: str = "run-1", started_at: datetime = NOW) -> RunRecord:
    return RunRecord(run_id, "arn:aws:states:us-east-1:1:execution:m:" + run_id, started_at, "{}", 10, 2)


def record(number: int = 1, batch_id: str = "batch-0001") -> MigrationRecord:
    return waiting(
        Candidate(f"ws-{number:09d}", DIRECTORY, f"user{number}", "wsb-old000001", "wsb-new000001"), batch_id
    )


def started(store: Store, one: RunRecord, number: int = 1) -> MigrationRecord:
    claim, intent = store.holds.claim(one, record(number), 5, NOW)
    assert claim is Claim.GRANTED
    return store.ledger.note(one.run_id, intent, stage=Stage.STARTED, target_workspace_id=f"ws-t{number:08d}")


def test_a_claim_takes_a_permit_and_writes_the_intent(store: Store) -> None:
    claim, intent = store.holds.claim(run(), record(), 1, NOW)

    assert claim is Claim.GRANTED
    assert (intent.stage, intent.sent, intent.started_at) == (Stage.CALLING, True, NOW)
    assert store.holds.permits(DIRECTORY).in_flight == 1
    assert store.ledger.migrations("run-1", ["ws-000000001"]) == {"ws-000000001": intent}


def test_no_permit_leaves_no_trace(store: Store) -> None:
    store.holds.claim(run(), record(1), 1, NOW)

    claim, _ = store.holds.claim(run(), record(2), 1, NOW)

    assert claim is Claim.NO_PERMIT
    assert store.holds.permits(DIRECTORY).in_flight == 1
    assert store.ledger.migrations("run-1", ["ws-000000002"]) == {}
    assert store.holds.last_migration(DIRECTORY, "ws-000000002") is None


def test_a_limit_of_zero_grants_nothing_even_in_an_empty_directory(store: Store) -> None:
    assert store.holds.claim(run(), record(), 0, NOW)[0] is Claim.NO_PERMIT


def test_a_workspace_is_claimed_once_in_a_run_and_by_one_run_at_a_time(store: Store) -> None:
    store.holds.claim(run(), record(), 5, NOW)

    assert store.holds.claim(run(), record(), 5, NOW)[0] is Claim.KNOWN
    assert store.holds.claim(run("run-2"), record(), 5, NOW)[0] is Claim.HELD
    assert store.holds.permits(DIRECTORY).in_flight == 1


def test_a_run_that_began_before_the_end_of_another_ones_migration_does_not_repeat_it(store: Store) -> None:
    first = run()
    store.ledger.open_run(first)
    store.holds.end("run-1", started(store, first), ROLLED_BACK, NOW + timedelta(minutes=30))

    overlapping = run("run-2", NOW + timedelta(minutes=10))
    later = run("run-3", NOW + timedelta(minutes=31))

    assert store.holds.claim(overlapping, record(), 5, NOW)[0] is Claim.HELD
    assert store.holds.claim(later, record(), 5, NOW)[0] is Claim.GRANTED


def test_an_end_returns_the_permit_and_counts_the_failure_once(store: Store) -> None:
    one = run()
    store.ledger.open_run(one)
    under_way = started(store, one)
    under_way = store.holds.address_seen("run-1", under_way, target_ip_address="10.0.0.9")
    assert store.holds.permits(DIRECTORY).addressed == 1

    for _ in range(2):
        store.holds.end("run-1", under_way, ROLLED_BACK, NOW + timedelta(minutes=30))

    assert (store.holds.permits(DIRECTORY).in_flight, store.holds.permits(DIRECTORY).addressed) == (0, 0)
    counted = store.ledger.run("run-1")
    assert counted is not None
    assert (counted.failed, counted.canary_failed) == (1, 0)
    last = store.holds.last_migration(DIRECTORY, "ws-000000001")
    assert last is not None
    assert (last.holder, last.run_id, last.outcome) == (None, "run-1", Outcome.ROLLED_BACK)


def test_a_failure_in_the_canary_counts_there_too(store: Store) -> None:
    one = run()
    store.ledger.open_run(one)
    _, intent = store.holds.claim(one, record(batch_id="canary-0001"), 5, NOW)

    store.holds.end("run-1", intent, ROLLED_BACK, NOW)

    counted = store.ledger.run("run-1")
    assert counted is not None
    assert (counted.failed, counted.canary_failed) == (1, 1)


def test_giving_back_frees_the_workspace_for_this_run_and_others(store: Store) -> None:
    one = run()
    _, intent = store.holds.claim(one, record(), 5, NOW)

    back = store.holds.give_back("run-1", intent, tries=1, not_before=NOW + timedelta(minutes=2))

    assert (back.stage, back.sent, back.addressed, back.tries) == (Stage.WAITING, False, False, 1)
    assert store.holds.permits(DIRECTORY).in_flight == 0
    assert store.holds.claim(run("run-2"), record(), 5, NOW)[0] is Claim.GRANTED


def test_opening_a_run_again_keeps_what_was_counted(store: Store) -> None:
    one = run()
    store.ledger.open_run(one)
    store.holds.end("run-1", started(store, one), ROLLED_BACK, NOW)

    store.ledger.open_run(one)

    counted = store.ledger.run("run-1")
    assert counted is not None
    assert counted.failed == 1


def test_the_brake_keeps_its_first_reason(store: Store) -> None:
    store.ledger.open_run(run())
    store.ledger.pull_brake("run-1", "first")
    store.ledger.pull_brake("run-1", "second")

    counted = store.ledger.run("run-1")
    assert counted is not None
    assert counted.braked == "first"


def test_a_late_write_does_not_undo_an_outcome(store: Store) -> None:
    one = run()
    store.ledger.open_run(one)
    under_way = started(store, one)
    ended = store.holds.end("run-1", under_way, MIGRATED, NOW)

    store.ledger.write("run-1", record())

    assert store.ledger.migrations("run-1", ["ws-000000001"])["ws-000000001"] == ended


def test_a_write_that_an_earlier_attempt_of_it_has_done_is_not_refused(store: Store) -> None:
    """The SDK repeats what was answered with a 5xx, also where the service had acted."""
    table = Table(_client(), "ledger", HandClock(), retention_days=400)
    row = {"pk": "run#run-1", "sk": "x", "until": "2026-11-28T02:00:00Z", "place": 3, "ids": ["a", "b"]}
    assert table.put(row, "attribute_not_exists(pk)")
    assert table.put(row, "attribute_not_exists(pk)")
    assert not table.put(row | {"place": 4}, "attribute_not_exists(pk)")
    assert table.get({"pk": "run#run-1", "sk": "x"}) == row
    assert not table.put(row | {"sk": "y"}, "attribute_exists(pk)")


def test_rows_of_a_run_expire(store: Store) -> None:
    store.ledger.open_run(run())
    store.holds.claim(run(), record(), 5, NOW)

    items = boto3.client("dynamodb", "us-east-1").scan(TableName="ledger")["Items"]

    expiry = {
        item["sk"]["S"]: item.get("expiresAt", {}).get("N") for item in items if "run#" in item["pk"]["S"]
    }
    assert expiry == {
        "run": str(int((NOW + timedelta(days=400)).timestamp())),
        "workspace#ws-000000001": str(int((NOW + timedelta(days=400)).timestamp())),
    }


def test_what_a_run_holds_is_known_by_directory(store: Store) -> None:
    store.holds.claim(run(), record(1), 5, NOW)
    store.holds.claim(run("run-2"), record(2), 5, NOW)

    assert store.holds.held_by("run-1", DIRECTORY) == ["ws-000000001"]
    assert store.holds.held(DIRECTORY) == {"run-1": ["ws-000000001"], "run-2": ["ws-000000002"]}
    assert store.holds.held_by("run-1", "d-other00000") == []


def test_directories_are_noted_in_which_a_permit_was_taken_or_given_back(store: Store) -> None:
    one = run()
    store.ledger.open_run(one)
    noted = []
    _, first = store.holds.claim(one, record(1), 1, NOW)
    noted.append(set(store.holds.changed))
    store.holds.changed.clear()
    store.holds.claim(one, record(2), 1, NOW)  # no permit
    noted.append(set(store.holds.changed))
    store.holds.give_back("run-1", first)
    noted.append(set(store.holds.changed))
    store.holds.changed.clear()
    under_way = started(store, one, 2)
    store.holds.changed.clear()
    store.holds.end("run-1", under_way, MIGRATED, NOW)
    noted.append(set(store.holds.changed))

    assert noted == [{DIRECTORY}, set(), {DIRECTORY}, {DIRECTORY}]


def test_what_comes_too_late_gets_the_record_as_the_ledger_has_it(store: Store) -> None:
    one = run()
    store.ledger.open_run(one)
    _, calling = store.holds.claim(one, record(), 5, NOW)

    too_early = store.holds.address_seen("run-1", calling, target_ip_address="10.0.0.9")
    assert (too_early.stage, too_early.addressed, too_early.target_ip_address) == (Stage.CALLING, False, None)
    under_way = store.ledger.note("run-1", calling, stage=Stage.STARTED, target_workspace_id="ws-t00000001")
    assert store.holds.give_back("run-1", calling) == under_way
    seen = store.holds.address_seen("run-1", under_way, target_ip_address="10.0.0.9")
    assert (seen.addressed, seen.target_ip_address) == (True, "10.0.0.9")
    assert store.holds.end("run-1", under_way, MIGRATED, NOW) == seen
    assert store.holds.permits(DIRECTORY) == Permits(1, 1, 0)
    ended = store.holds.end("run-1", seen, MIGRATED, NOW)
    assert (ended.stage, ended.outcome, ended.ended_at) == (Stage.ENDED, Outcome.MIGRATED, NOW)
    assert store.holds.end("run-1", seen, ROLLED_BACK, NOW) == ended
    assert store.holds.permits(DIRECTORY) == Permits(0, 0, 1)


def test_a_run_learns_how_long_migrations_take_from_those_that_succeeded(store: Store) -> None:
    one = run()
    store.ledger.open_run(one)
    later = NOW + timedelta(minutes=30)
    store.holds.end("run-1", started(store, one, 1), ROLLED_BACK, later)
    after_a_failure = store.ledger.run("run-1")
    store.holds.end("run-1", started(store, one, 2), MIGRATED, later)
    after_a_success = store.ledger.run("run-1")

    assert after_a_failure is not None
    assert after_a_success is not None
    assert (after_a_failure.migrated, after_a_failure.log_seconds) == (0, 0)
    assert (after_a_failure.failed, after_a_success.failed) == (1, 1)
    assert after_a_success.migrated == 1
    assert after_a_success.log_seconds == pytest.approx(math.log(1800), abs=1e-4)


def test_an_outcome_is_told_once_by_whoever_wrote_it(store: Store) -> None:
    told: list[tuple[str, Outcome | None]] = []

    class Listening:
        def outcome_written(self, run_id: str, ended: MigrationRecord) -> None:
            told.append((run_id, ended.outcome))

    holds = Holds(store.holds._table, cast(Witness, Listening()))
    one = run()
    store.ledger.open_run(one)
    under_way = started(store, one)
    for _ in range(2):
        holds.end("run-1", under_way, MIGRATED, NOW)

    assert told == [("run-1", Outcome.MIGRATED)]


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["claim", "address", "end", "give back", "end late"]),
        st.integers(1, 2),
        st.integers(1, 2),
        st.integers(0, 3),
    ),
    max_size=30,
)


def test_a_limit_is_void_once_a_target_with_its_address_has_given_its_permit_back(store: Store) -> None:
    one = run()
    store.ledger.open_run(one)
    _, intent = store.holds.claim(one, record(1), 5, NOW)
    started = store.ledger.note(one.run_id, intent, stage=Stage.STARTED)
    seen = store.holds.address_seen(one.run_id, started)
    before = store.holds.permits(DIRECTORY)
    store.holds.end(one.run_id, seen, MIGRATED, NOW)

    assert store.holds.claim(one, record(2), 5, NOW, before.addressed_gone)[0] is Claim.NO_PERMIT
    after = store.holds.permits(DIRECTORY)
    assert store.holds.claim(one, record(2), 5, NOW, after.addressed_gone)[0] is Claim.GRANTED


def test_the_counter_is_the_number_of_holders_whatever_happens_in_whatever_order(store: Store) -> None:
    tries = count()

    @settings(max_examples=60, deadline=None)
    @given(ACTIONS)
    def holds(actions: list[tuple[str, int, int, int]]) -> None:
        Interleaving(store, next(tries)).play(actions)

    holds()


class Interleaving:
    """Two runs over the same two WorkSpaces of a directory of their own."""

    def __init__(self, store: Store, number: int) -> None:
        self.store = store
        self.directory = f"d-{number:010d}"
        self.runs = [run(f"run-{number}-{one}") for one in (1, 2)]
        for one in self.runs:
            store.ledger.open_run(one)
        self.first: dict[tuple[int, int], MigrationRecord] = {}
        self.latest: dict[tuple[int, int], MigrationRecord] = {}

    def play(self, actions: list[tuple[str, int, int, int]]) -> None:
        for what, run_number, number, limit in actions:
            one = self.runs[run_number - 1]
            key = (run_number, number)
            if what == "claim":
                self.claim(one, key, limit)
            elif key in self.latest:
                self.act(what, one, key)
            self.check()

    def claim(self, one: RunRecord, key: tuple[int, int], limit: int) -> None:
        before = self.store.holds.permits(self.directory)
        asked = replace(record(key[1]), directory_id=self.directory)
        claim, intent = self.store.holds.claim(one, asked, limit, NOW, before.addressed_gone)
        if claim is Claim.GRANTED:
            assert before.in_flight < limit
            self.first[key] = self.latest[key] = intent

    def act(self, what: str, one: RunRecord, key: tuple[int, int]) -> None:
        held = self.latest[key]
        if what == "end late":
            self.store.holds.end(one.run_id, self.first[key], MIGRATED, NOW)
        elif what == "end":
            self.store.holds.end(one.run_id, held, ROLLED_BACK, NOW)
        elif what == "give back":
            self.store.holds.give_back(one.run_id, held)
        else:
            known = self.store.ledger.migrations(one.run_id, [held.workspace_id])[held.workspace_id]
            if known.stage is Stage.CALLING:
                known = self.store.ledger.note(one.run_id, known, stage=Stage.STARTED)
            if known.stage is Stage.STARTED and not known.addressed:
                self.latest[key] = self.store.holds.address_seen(one.run_id, known)

    def check(self) -> None:
        last = [self.store.holds.last_migration(self.directory, f"ws-{one:09d}") for one in (1, 2)]
        holders = [one for one in last if one is not None and one.holder]
        permits = self.store.holds.permits(self.directory)
        assert permits.in_flight == len(holders)
        flights = self.store.holds.held(self.directory)
        assert sum(map(len, flights.values())) == len(holders)
        assert 0 <= permits.addressed <= permits.in_flight
