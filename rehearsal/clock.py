"""Virtual time, and the one scheduler everything in a rehearsal runs on.

One task runs at a time, as a greenlet, until it blocks; time moves only when every task is blocked,
to the next (wake time, sequence). Nothing depends on operating-system threads or on how fast this
machine is, so the same program gives the same order, whatever else runs here.

Time is kept as whole microseconds since the epoch: sums of waits are exact.
"""

from __future__ import annotations

import heapq
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from datetime import UTC, datetime, timedelta
from typing import Any, SupportsIndex

import time_machine
from greenlet import GreenletExit, getcurrent, greenlet

from rehearsal.entropy import SeededEntropy
from rehearsal.tasks import Blocked, DeadlockError, Event, NotInTaskError, Task, Timer, Waiting

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // _MICROSECOND


class VirtualClock:
    """Virtual time and the scheduler of greenlets: one runnable task at a time; time moves to the next
    (wake time, sequence) only when every task is blocked."""

    def __init__(self, start: datetime, *, horizon: timedelta = timedelta(days=60), seed: int = 0) -> None:
        if start.tzinfo is None:
            raise ValueError("the clock's start must be an aware datetime")
        self._now = _microseconds(start)
        self._horizon = self._now + horizon // _MICROSECOND
        self._sequence = 0
        self._ready: deque[Task] = deque()
        self._timers: list[tuple[int, int, Waiting | Timer]] = []
        self._stale = 0
        self._tasks: dict[Task, None] = {}
        self._hub: greenlet | None = None
        self._current: Task | None = None
        self._error: BaseException | None = None
        self._traveller: time_machine.Traveller | None = None
        self._thread = threading.get_ident()
        self.entropy = SeededEntropy(seed)

    # -- for everybody

    def now(self) -> datetime:
        """The virtual time, aware, in UTC."""
        return EPOCH + timedelta(microseconds=self._now)

    def inside_task(self) -> bool:
        return self._current is not None and threading.get_ident() == self._thread

    @property
    def current(self) -> Task:
        if self._current is None:
            raise NotInTaskError("no task is running")
        return self._current

    def sleep(self, seconds: float) -> None:
        """Blocks the current task; others run meanwhile. Zero lets every task that is ready go first."""
        self.wait_any((), max(seconds, 0.0))

    def event(self, label: str = "an event") -> Event:
        return Event(self, label)

    def spawn(self, target: Callable[..., object], *args: Any, name: str, delay: float = 0.0) -> Task:
        """Starts a task after `delay` virtual seconds. It inherits no context variables. If it dies of an
        exception, `run` raises that exception."""
        task = Task(self, lambda: target(*args), name)
        self._tasks[task] = None
        if delay > 0:
            self._push(self._now + round(delay * 1_000_000), Timer(lambda: self._ready.append(task), name))
        else:
            self._ready.append(task)
        return task

    def call_at(self, when: datetime, action: Callable[[], None], *, name: str) -> Timer:
        """Runs `action`, which must not block, at that virtual time (now, if it has passed)."""
        timer = Timer(action, name)
        self._push(max(_microseconds(when), self._now), timer)
        return timer

    def wait_any(self, events: tuple[Event, ...], timeout: float | None = None) -> bool:
        """Blocks the current task until one of the events is set (True) or `timeout` virtual seconds
        have passed (False). Inside `deadline`, raises its error when that comes first."""
        if any(event.is_set() for event in events):
            return True
        task = self._current
        if task is None or self._hub is None:
            raise NotInTaskError("only a task of the virtual clock can wait")
        if task.killed:
            raise GreenletExit
        wakes_at = None if timeout is None else self._now + round(timeout * 1_000_000)
        late: Callable[[], BaseException] | None = None
        if task.deadline is not None and (wakes_at is None or wakes_at > task.deadline[0]):
            wakes_at = max(task.deadline[0], self._now)
            late = task.deadline[1]
        waiting = task.waiting = Waiting(task, events, wakes_at)
        for event in events:
            event.waiting.append(waiting)
        # What lies behind the horizon never comes: leaving it out keeps a year's default time-out of every
        # finished task from filling the heap.
        if wakes_at is not None and wakes_at <= self._horizon:
            self._push(wakes_at, waiting)
        self._current = None
        self._hub.switch()
        self._current = task
        task.waiting = None
        for event in events:
            if waiting in event.waiting:
                event.waiting.remove(waiting)
        if task.killed:
            raise GreenletExit
        if late is not None and not waiting.fired:
            raise late()
        return waiting.fired

    @contextmanager
    def deadline(self, seconds: float, error: Callable[[], BaseException]) -> Iterator[None]:
        """Inside, the current task may block until `seconds` from now: at that moment `error()` is raised."""
        task = self.current
        outer = task.deadline
        limit = self._now + round(seconds * 1_000_000)
        task.deadline = outer if outer is not None and outer[0] <= limit else (limit, error)
        try:
            yield
        finally:
            task.deadline = outer

    def run(self, until: Callable[[], bool]) -> None:
        """Drives tasks until the predicate, looked at between steps, holds.

        Raises whatever a task died of, and DeadlockError when nothing can move before the horizon.
        """
        if self._hub is not None:
            raise RuntimeError("the clock is already running")
        self._hub = getcurrent()
        try:
            while not until():
                if self._ready:
                    self._step(self._ready.popleft())
                else:
                    self._advance()
        finally:
            self._hub = None

    def blocked(self) -> list[Blocked]:
        """Every live task and what it waits for, oldest first."""
        return [
            Blocked(
                task.name,
                str(task.waiting) if task.waiting else "its start",
                EPOCH + timedelta(microseconds=task.waiting.wakes_at)
                if task.waiting and task.waiting.wakes_at is not None
                else None,
            )
            for task in self._tasks
        ]

    @contextmanager
    def installed(self) -> Iterator[VirtualClock]:
        """While inside: time.time and datetime.now are virtual (local time is UTC), time.sleep of a task is
        virtual, uuid and random are seeded. On the way out every task that is left is ended."""
        if self._traveller is not None:
            raise RuntimeError("the clock is already installed")
        real_sleep = time.sleep

        def sleep(seconds: float | SupportsIndex) -> None:
            # Threads of their own (a progress display's) and the program around the rehearsal sleep really.
            if self.inside_task():
                self.sleep(float(seconds))
            else:
                real_sleep(seconds)

        random_before = random.getstate()
        with time_machine.travel(self.now(), tick=False) as self._traveller, self.entropy.installed():
            time.sleep = sleep
            try:
                yield self
            finally:
                time.sleep = real_sleep
                self._end_all()
                self._traveller = None
                random.setstate(random_before)

    # -- the scheduler

    def _push(self, when: int, what: Waiting | Timer) -> None:
        self._sequence += 1
        heapq.heappush(self._timers, (when, self._sequence, what))

    def wake(self, waiting: Waiting, *, fired: bool) -> None:
        if waiting.over:
            return
        waiting.over = True
        waiting.fired = fired
        self._ready.append(waiting.task)
        if waiting.wakes_at is not None and waiting.wakes_at <= self._horizon:
            self._forget_timer()

    def _forget_timer(self) -> None:
        self._stale += 1
        if self._stale > 10_000 and self._stale > len(self._timers) // 2:
            self._timers = [timer for timer in self._timers if not timer[2].over]
            heapq.heapify(self._timers)
            self._stale = 0

    def _step(self, task: Task) -> None:
        if task.greenlet is None:
            if task.killed:
                self._end(task)
                return
            task.greenlet = greenlet(self._main, parent=self._hub)
            # A fresh context: nothing of whoever spawned it, such as an invocation's identity, leaks in.
            task.greenlet.gr_context = Context()
            task.greenlet.switch(task)
        else:
            task.greenlet.switch()
        self._current = None
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _main(self, task: Task) -> None:
        self._current = task
        try:
            task.target()
        except GreenletExit:
            pass
        except BaseException as error:  # noqa: BLE001 - run raises it, in the greenlet that called it
            error.add_note(f"in the task {task.name!r} at {self.now():%Y-%m-%dT%H:%M:%S.%fZ} virtual time")
            self._error = error
        finally:
            self._end(task)

    def _end(self, task: Task) -> None:
        self._tasks.pop(task, None)
        task.greenlet = None
        task.finished.set()

    def _advance(self) -> None:
        while self._timers:
            when, _, what = self._timers[0]
            if what.over:
                heapq.heappop(self._timers)
                self._stale = max(self._stale - 1, 0)
                continue
            if when > self._horizon:
                break
            heapq.heappop(self._timers)
            if when > self._now:
                if self._traveller is not None:
                    self._traveller.shift(timedelta(microseconds=when - self._now))
                self._now = when
            if isinstance(what, Timer):
                what.run()
            else:
                what.over = True
                self._ready.append(what.task)
            return
        raise DeadlockError(self.now(), EPOCH + timedelta(microseconds=self._horizon), self.blocked())

    def _end_all(self) -> None:
        errors: list[BaseException] = []
        self._hub = getcurrent()
        self._timers.clear()
        while self._tasks:
            task = next(iter(self._tasks))
            task.killed = True
            try:
                self._step(task)
            except BaseException as error:  # noqa: BLE001 - all the others end first
                errors.append(error)
        self._ready.clear()
        self._hub = None
        if errors:
            raise errors[0]
