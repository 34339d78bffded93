"""The virtual clock: order, exact time, seeded entropy, and failures that name what went wrong."""

from __future__ import annotations

import random
import threading
import time
import uuid
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from types import FunctionType
from uuid import uuid4

import pytest
from greenlet import GreenletExit

from rehearsal.clock import VirtualClock
from rehearsal.tasks import DeadlockError, NotInTaskError, Task

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


def run_all(clock: VirtualClock) -> None:
    clock.run(lambda: not clock.blocked())


def test_time_moves_only_when_every_task_is_blocked_and_ties_go_by_sequence(clock: VirtualClock) -> None:
    log: list[tuple[str, float]] = []

    def sleeper(name: str, *naps: float) -> None:
        for nap in naps:
            clock.sleep(nap)
            log.append((name, (clock.now() - START).total_seconds()))

    clock.spawn(sleeper, "a", 2, 2, name="a")
    clock.spawn(sleeper, "b", 1, 3, name="b")
    clock.spawn(sleeper, "c", 4, name="c", delay=0.5)
    run_all(clock)
    # b sleeps until 4 from 1 on and so stands before a, which sleeps until 4 from 2 on.
    assert log == [("b", 1), ("a", 2), ("b", 4), ("a", 4), ("c", 4.5)]


def test_a_hundred_thousand_tenths_are_exactly_ten_thousand_seconds(clock: VirtualClock) -> None:
    def tick() -> None:
        for _ in range(100_000):
            clock.sleep(0.1)

    clock.spawn(tick, name="tick")
    run_all(clock)
    assert clock.now() == START + timedelta(seconds=10_000)


def test_installed_time_is_virtual_to_the_microsecond(clock: VirtualClock) -> None:
    seen: list[tuple[float, datetime, datetime]] = []

    def nap() -> None:
        time.sleep(1.234567)
        seen.append((time.time(), datetime.now(UTC), datetime.now()))  # noqa: DTZ005 - local time is what is looked at

    with clock.installed():
        clock.spawn(nap, name="nap")
        run_all(clock)
    expected = START + timedelta(seconds=1, microseconds=234567)
    assert seen == [(expected.timestamp(), expected, expected.replace(tzinfo=None))]
    assert clock.now() == expected
    assert abs(time.time() - START.timestamp()) > 1  # and outside, time is real again


def test_installed_sleep_outside_a_task_is_real_and_clock_sleep_is_an_error(clock: VirtualClock) -> None:
    with clock.installed():
        before = time.perf_counter()
        time.sleep(0.01)
        assert time.perf_counter() - before >= 0.01
        assert clock.now() == START
        with pytest.raises(NotInTaskError):
            clock.sleep(1)
        # A thread of its own, a progress display's, sleeps really even while a task runs.
        other = threading.Thread(target=time.sleep, args=(0.01,))

        def start_and_join() -> None:
            other.start()
            other.join()

        clock.spawn(start_and_join, name="starts a thread")
        run_all(clock)
    assert clock.now() == START


def test_an_event_set_and_cleared_at_once_still_wakes(clock: VirtualClock) -> None:
    event = clock.event()
    woken: list[bool] = []

    def blink() -> None:
        event.set()
        event.clear()

    clock.spawn(lambda: woken.append(event.wait(100)), name="first")
    clock.spawn(lambda: woken.append(event.wait()), name="second")
    clock.spawn(lambda: woken.append(event.wait(3)), name="too late", delay=10)
    clock.call_at(START + timedelta(seconds=5), blink, name="blink")
    run_all(clock)
    assert woken == [True, True, False]
    assert clock.now() == START + timedelta(seconds=13)


def test_call_at_runs_at_its_time_unless_cancelled(clock: VirtualClock) -> None:
    ran: list[tuple[str, datetime]] = []
    clock.call_at(START + timedelta(hours=2), lambda: ran.append(("two", clock.now())), name="two")
    clock.call_at(START + timedelta(hours=1), lambda: ran.append(("one", clock.now())), name="one").cancel()
    clock.call_at(START - timedelta(hours=1), lambda: ran.append(("past", clock.now())), name="past")
    clock.run(lambda: len(ran) == 2)
    assert ran == [("past", START), ("two", START + timedelta(hours=2))]


def test_run_stops_at_an_instant_and_goes_on_from_there(clock: VirtualClock) -> None:
    done = clock.spawn(clock.sleep, 60, name="minute").finished
    at = START + timedelta(seconds=20)
    clock.call_at(at, lambda: None, name="look")
    clock.run(lambda: clock.now() >= at)
    assert clock.now() == at
    assert not done.is_set()
    clock.run(done.is_set)
    assert clock.now() == START + timedelta(seconds=60)


def test_what_a_task_dies_of_is_raised_by_run_and_names_the_task(clock: VirtualClock) -> None:
    def die() -> None:
        clock.sleep(1)
        raise ZeroDivisionError("boom")

    clock.spawn(die, name="unlucky")
    with pytest.raises(ZeroDivisionError, match="boom") as caught:
        run_all(clock)
    assert "unlucky" in caught.value.__notes__[0]
    run_all(clock)  # the others, had there been any, could go on


def test_a_deadlock_names_every_task_and_what_it_waits_for(clock: VirtualClock) -> None:
    clock.spawn(clock.event("the approval").wait, name="state AwaitApproval")
    clock.spawn(clock.event("a beat").wait, 99_999_999, name="state Forgotten")
    with pytest.raises(DeadlockError) as caught:
        clock.run(lambda: False)
    assert [(each.task, each.waiting_for) for each in caught.value.blocked] == [
        ("state AwaitApproval", "the approval"),
        ("state Forgotten", "a beat"),
    ]
    assert "state AwaitApproval waits for the approval" in str(caught.value)
    assert "state Forgotten waits for a beat, until 2030-01-23T11:46:39Z" in str(caught.value)
    assert clock.now() == START


def test_nothing_runs_behind_the_horizon() -> None:
    clock = VirtualClock(START, horizon=timedelta(hours=1))
    clock.spawn(clock.sleep, 3600, name="on time")
    run_all(clock)
    clock.call_at(START + timedelta(hours=2), lambda: pytest.fail("it ran"), name="later")
    clock.spawn(clock.sleep, 0.000001, name="late")
    with pytest.raises(DeadlockError, match="late waits for time to pass"):
        run_all(clock)


@pytest.mark.parametrize("timeout", [99_999_999, 3600], ids=["behind the horizon", "before it"])
def test_waits_that_ended_early_do_not_pile_up(clock: VirtualClock, timeout: float) -> None:
    event = clock.event()

    def waiter() -> None:
        for _ in range(30_000):
            event.wait(timeout)

    def waker(task: Task) -> None:
        while not task.finished.is_set():
            event.set()
            event.clear()
            clock.sleep(0)

    clock.spawn(waker, clock.spawn(waiter, name="waiter"), name="waker")
    run_all(clock)
    assert clock.now() == START
    assert len(clock._timers) < 25_000


def test_waits_that_timed_out_do_not_stay_with_the_event(clock: VirtualClock) -> None:
    event = clock.event()

    def waiter() -> None:
        for _ in range(100):
            assert not event.wait(1)

    clock.spawn(waiter, name="waiter")
    run_all(clock)
    assert event.waiting == []


def test_a_deadline_is_raised_at_its_moment_in_the_task(clock: VirtualClock) -> None:
    class TooLong(BaseException):
        pass

    seen: list[datetime] = []

    def slow() -> None:
        try:
            with clock.deadline(900, TooLong):
                clock.sleep(600)
                clock.sleep(600)
        except TooLong:
            seen.append(clock.now())
        clock.sleep(600)  # outside, the limit is gone
        seen.append(clock.now())

    clock.spawn(slow, name="slow")
    run_all(clock)
    assert seen == [START + timedelta(seconds=900), START + timedelta(seconds=1500)]


def test_a_killed_task_ends_where_it_is_and_a_shielded_one_where_its_shield_ends(clock: VirtualClock) -> None:
    log: list[str] = []

    def work(name: str) -> None:
        try:
            clock.sleep(100)
            log.append(f"{name} done")
        finally:
            log.append(f"{name} cleaned up")

    def shielded_work(name: str) -> None:
        with clock.current.shield():
            work(name)
        log.append("never reached")

    def kill_both() -> None:
        plain.kill()
        shielded.kill()

    plain = clock.spawn(work, "plain", name="plain")
    shielded = clock.spawn(shielded_work, "shielded", name="shielded")
    clock.call_at(START + timedelta(seconds=1), kill_both, name="kill")
    clock.run(plain.finished.is_set)
    assert clock.now() == START + timedelta(seconds=1)
    run_all(clock)
    assert log == ["plain cleaned up", "shielded done", "shielded cleaned up"]


def test_tasks_inherit_no_context(clock: VirtualClock) -> None:
    who: ContextVar[str] = ContextVar("who", default="nobody")
    seen: list[str] = []

    def outer() -> None:
        who.set("outer")
        clock.spawn(lambda: seen.append(who.get()), name="inner")
        clock.sleep(1)
        seen.append(who.get())

    token = who.set("the program around")
    clock.spawn(outer, name="outer")
    run_all(clock)
    assert seen == ["nobody", "outer"]
    assert who.get() == "the program around"
    who.reset(token)


def test_leaving_installed_ends_what_is_left(clock: VirtualClock) -> None:
    log: list[str] = []

    def stubborn() -> None:
        try:
            clock.event().wait()
        except GreenletExit:
            log.append("ended")
            clock.sleep(1)  # is refused

    with clock.installed():
        clock.spawn(stubborn, name="stubborn")
        clock.spawn(clock.sleep, 100, name="never begins", delay=50)
        clock.run(lambda: clock.blocked()[0].waiting_for == "an event")
    assert log == ["ended"]
    assert clock.blocked() == []


def test_uuid_and_random_are_seeded_again_by_every_installation() -> None:
    def draw(seed: int) -> tuple[str, str, float]:
        with VirtualClock(START, seed=seed).installed():
            return str(uuid.uuid4()), str(uuid4()), random.random()  # noqa: S311 - seeded is the point

    clock = VirtualClock(START, seed=1)
    with clock.installed():
        first = uuid4(), random.random()  # noqa: S311 - seeded is the point
    with clock.installed():
        assert first == (uuid4(), random.random())  # noqa: S311 - seeded is the point
    state = random.getstate()
    assert draw(1) == draw(1)
    assert draw(1) != draw(2)
    assert random.getstate() == state
    assert uuid4() != uuid4()
    assert uuid4().version == 4


def uuid4_of_a_module() -> uuid.UUID:
    return uuid4()


def test_each_module_has_its_own_stream_of_uuids() -> None:
    def calls(module: str, times: int) -> list[uuid.UUID]:
        draw = FunctionType(uuid4_of_a_module.__code__, {"__name__": module, "uuid4": uuid4})
        return [draw() for _ in range(times)]

    with VirtualClock(START).installed():
        undisturbed = calls("ours", 2)
    with VirtualClock(START).installed():
        first = calls("ours", 1)
        calls("theirs", 5)
        assert first + calls("ours", 1) == undisturbed
