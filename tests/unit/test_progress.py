"""What a batch does next, and when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.domain.durations import learned
from migrator.domain.outcomes import Outcome
from migrator.domain.records import MigrationRecord, Stage
from migrator.domain.run_input import Polling
from migrator.domain.watch import Watch
from migrator.steps.progress import Progress, poll_interval, what_next
from migrator.steps.room import Room
from migrator.steps.watching import Standing
from tests.samples import NOW

USUAL = learned(0, 0.0)
POLLING = Polling()


def record(
    number: int, stage: Stage, *, age: float | None = None, wait: float | None = None, **more: Any
) -> MigrationRecord:
    return MigrationRecord(
        f"ws-{number}",
        "d-1",
        f"user{number}",
        "wsb-1",
        "wsb-2",
        "batch-0001",
        stage,
        started_at=None if age is None else NOW - timedelta(seconds=age),
        not_before=None if wait is None else NOW + timedelta(seconds=wait),
        outcome=Outcome.MIGRATED if stage is Stage.ENDED else None,
        **more,
    )


def started(number: int, age: float) -> MigrationRecord:
    return record(number, Stage.STARTED, age=age, sent=True)


def after(
    *records: MigrationRecord,
    unseen: int = 0,
    in_flight: int = 0,
    permits: int = 0,
    look_in: float = 60.0,
    ahead: int | None = None,
    others: bool = False,
) -> Progress:
    """What follows; `unseen` are WorkSpaces of the batch that were not looked at yet.

    The batch has the watch unless `ahead` says how many starts come before its own.
    """
    known = {one.workspace_id: one for one in records}
    ids = [*known, *(f"ws-new-{number}" for number in range(unseen))]
    watch = Watch("batch-0001", 0, ahead or 0, NOW + timedelta(seconds=look_in), NOW)
    held = Standing(watch, ahead is None, ahead or 0)
    room = Room(in_flight + permits, in_flight)
    return what_next(ids, known, NOW, USUAL, room, held, 60.0, looks_for_others=others)


def test_a_batch_is_done_when_nothing_waits_and_nothing_is_under_way() -> None:
    assert after() == Progress("done", 0, 0, 0)
    assert after(record(1, Stage.ENDED), record(2, Stage.ENDED)) == Progress("done", 0, 0, 0)


def test_who_has_the_watch_goes_on_while_others_have_migrations_under_way() -> None:
    assert after(record(1, Stage.ENDED), others=True).document() == {
        "next": "poll",
        "waitSeconds": 60,
        "underWay": 0,
        "waiting": 0,
    }


def test_who_has_the_watch_wakes_for_the_next_look() -> None:
    assert after(started(1, 0), in_flight=1, look_in=600).wait_seconds == 600
    assert after(started(1, 1500), in_flight=1, look_in=-3).wait_seconds == 1


def test_free_permits_start_at_once() -> None:
    for found in (after(unseen=3, permits=5), after(started(1, 10), unseen=3, permits=1, in_flight=9)):
        assert (found.next, found.wait_seconds, found.waiting) == ("start", 1, 3)


def test_permits_go_to_those_ahead_first() -> None:
    assert after(unseen=3, permits=25, in_flight=75, ahead=25).next == "poll"
    assert after(unseen=3, permits=26, in_flight=74, ahead=25).next == "start"


def test_an_idle_directory_starts_even_without_room() -> None:
    """The second look then says that there is no address."""
    assert after(unseen=1, permits=0, in_flight=0).next == "start"


def test_without_a_permit_who_has_the_watch_asks_at_every_interval() -> None:
    """Other runs hold them."""
    found = after(unseen=3, permits=0, in_flight=40, look_in=600)
    assert (found.next, found.wait_seconds) == ("poll", 60)


def test_the_others_sleep_until_their_turn_is_near() -> None:
    """A hundred in flight end at about four a minute."""
    assert after(unseen=25, in_flight=100, ahead=1).wait_seconds == 30
    assert 120 <= after(unseen=25, in_flight=100, ahead=10).wait_seconds <= 150
    assert after(unseen=25, in_flight=100, ahead=75).wait_seconds == 300


def test_a_batch_that_is_looked_after_sleeps_until_its_own_have_probably_ended() -> None:
    young = after(*(started(n, 60) for n in range(25)), in_flight=100, ahead=9).wait_seconds
    late = after(started(1, 2400), in_flight=100, ahead=9).wait_seconds
    assert young == 600
    assert 30 <= late < 600


def test_when_nobody_waits_for_a_start_it_wakes_at_every_interval() -> None:
    """The run ends when its last batch wakes."""
    assert after(started(1, 60), in_flight=9, ahead=0).wait_seconds == 60


def test_what_is_blocked_for_now_is_looked_at_again_in_its_time() -> None:
    found = after(record(1, Stage.WAITING, wait=600, reason="user-connected"), permits=9, look_in=900)
    assert (found.next, found.wait_seconds) == ("poll", 600)
    due = after(record(1, Stage.WAITING, wait=-1, reason="user-connected"), permits=9)
    assert (due.next, due.wait_seconds) == ("start", 1)
    mixed = after(record(1, Stage.WAITING, wait=30), started(2, 1500), permits=9, in_flight=1)
    assert (mixed.next, mixed.wait_seconds) == ("poll", 30)


def test_a_call_that_did_not_act_is_repeated_by_a_start_in_its_time() -> None:
    found = after(record(1, Stage.CALLING, wait=120), in_flight=1, look_in=900)
    assert (found.next, found.wait_seconds, found.under_way) == ("poll", 120, 1)
    due = after(record(1, Stage.CALLING, wait=-5), in_flight=1)
    assert (due.next, due.wait_seconds) == ("start", 1)


def test_a_call_whose_answer_was_lost_is_looked_at_not_repeated() -> None:
    found = after(record(1, Stage.CALLING, age=0, sent=True), in_flight=1, look_in=600)
    assert (found.next, found.wait_seconds) == ("poll", 600)


@pytest.mark.parametrize(
    ("in_flight", "rate", "seconds"),
    [(1, 2.0, 40.0), (100, 2.0, 40.0), (1000, 2.0, 80.0), (1000, 20.0, 40.0)],
)
def test_polling_takes_half_of_the_budget_at_most(in_flight: int, rate: float, seconds: float) -> None:
    assert poll_interval(POLLING, in_flight, rate) == seconds


def made(number: int, kind: str, value: float) -> MigrationRecord:
    match kind:
        case "started":
            return started(number, value)
        case "waiting":
            return record(number, Stage.WAITING, wait=value)
        case "unsent":
            return record(number, Stage.CALLING, wait=value)
        case "unanswered":
            return record(number, Stage.CALLING, age=value, sent=True)
        case _:
            return record(number, Stage.ENDED)


AGES = st.integers(0, 7200)
RECORDS = st.one_of(
    AGES.map(lambda age: ("started", age)),
    st.integers(-600, 600).map(lambda wait: ("waiting", wait)),
    st.integers(-600, 600).map(lambda wait: ("unsent", wait)),
    AGES.map(lambda age: ("unanswered", age)),
    st.just(("ended", 0.0)),
)


@given(
    st.lists(RECORDS, max_size=25),
    st.integers(0, 25),
    st.integers(0, 1000),
    st.integers(0, 100),
    st.none() | st.integers(0, 100),
)
def test_whatever_a_batch_holds(
    kinds: list[tuple[str, float]], unseen: int, in_flight: int, permits: int, ahead: int | None
) -> None:
    records = [made(number, kind, value) for number, (kind, value) in enumerate(kinds)]
    found = after(*records, unseen=unseen, in_flight=in_flight, permits=permits, ahead=ahead)
    names = [kind for kind, _ in kinds]
    under_way = sum(kind in ("started", "unsent", "unanswered") for kind in names)
    waiting = names.count("waiting") + unseen
    assert (found.under_way, found.waiting) == (under_way, waiting)
    assert (found.next == "done") is (under_way + waiting == 0)
    if found.next == "done":
        return
    assert 1 <= found.wait_seconds <= 600
    repeats = any(kind == "unsent" and value <= 0 for kind, value in kinds)
    may_start = permits > (ahead or 0) or (permits == 0 and in_flight == 0)
    ready = unseen > 0 or any(kind == "waiting" and value <= 0 for kind, value in kinds)
    assert (found.next == "start") is (repeats or (may_start and ready))
