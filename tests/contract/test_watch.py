"""The watch on DynamoDB: one batch at a time looks after a run's migrations in a directory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from moto import mock_aws

from migrator.domain.plan import Batch
from migrator.domain.run_input import RunInput, parse_run_input
from migrator.steps.watching import SIGN_OF_LIFE, Standing, keep, standing
from tests.contract.test_ledger import DIRECTORY, NOW, HandClock, Store, new_store, run


@dataclass
class Around:
    """What the steps know of the world, as far as the watch needs it."""

    store: Store
    clock: HandClock

    @property
    def ledger(self) -> object:
        return self.store.ledger


GIVEN: RunInput = parse_run_input(
    {"select": {"directoryIds": [DIRECTORY]}, "target": {"bundleId": "wsb-new000001"}}
)


@pytest.fixture
def around(monkeypatch: pytest.MonkeyPatch) -> Iterator[Around]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield Around(new_store(), HandClock())


def batch(place: int) -> Batch:
    return Batch(f"batch-{place + 1:04d}", DIRECTORY, (), (), place)


def ask(around: Around, place: int, *, startable: int = 25, first_start: bool = False) -> Standing:
    return standing(
        around,  # type: ignore[arg-type]
        run(),
        GIVEN,
        batch(place),
        around.store.ledger.watch("run-1", DIRECTORY),
        lambda _: startable,
        first_start=first_start,
    )


def tell(around: Around, place: int, held: Standing, *, startable: int, wait: float | None = 60.0) -> None:
    keep(
        around,  # type: ignore[arg-type]
        run(),
        batch(place),
        held,
        startable=startable,
        look_at=held.watch.look_at,
        wait_seconds=wait,
    )


def test_the_first_to_ask_has_it_and_keeps_it(around: Around) -> None:
    mine = ask(around, 0)
    other = ask(around, 3)

    assert (mine.mine, mine.ahead) == (True, 0)
    assert mine.watch.look_at == NOW + timedelta(minutes=10)
    assert (other.mine, other.ahead) == (False, 25 + 2 * 25)
    assert ask(around, 0).mine


def test_at_their_first_start_all_leave_it_to_the_first_batch(around: Around) -> None:
    early = ask(around, 2, first_start=True)

    assert (early.mine, early.ahead) == (False, 50)
    assert ask(around, 0, first_start=True).mine
    assert not ask(around, 2).mine


def test_without_a_first_batch_another_one_takes_it_when_it_wakes(around: Around) -> None:
    ask(around, 2, first_start=True)

    assert ask(around, 2).mine


def test_it_goes_to_a_batch_that_can_start_when_its_own_has_nothing_to_start(around: Around) -> None:
    tell(around, 0, ask(around, 0), startable=0)

    assert not ask(around, 1, startable=0).mine
    assert ask(around, 1, startable=4).mine
    assert not ask(around, 0, startable=0).mine


def test_it_goes_to_whoever_asks_when_there_was_no_sign_of_life(around: Around) -> None:
    tell(around, 0, ask(around, 0), startable=5, wait=60)

    around.clock.sleep(60 + SIGN_OF_LIFE.total_seconds())
    assert not ask(around, 1).mine
    around.clock.sleep(1)
    assert ask(around, 1).mine


def test_it_is_free_when_its_batch_is_done(around: Around) -> None:
    tell(around, 0, ask(around, 0), startable=0, wait=None)

    around.clock.sleep(1)
    assert ask(around, 1, startable=0).mine


def test_who_lost_it_does_not_get_it_back_by_keeping_it(around: Around) -> None:
    slow = ask(around, 0)
    around.clock.sleep(SIGN_OF_LIFE.total_seconds() + 1)
    ask(around, 1)

    tell(around, 0, slow, startable=25)

    assert ask(around, 1).mine
    assert not ask(around, 0).mine
