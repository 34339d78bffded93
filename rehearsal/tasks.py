"""What the virtual clock runs and what blocks it: tasks, events, timers, and the report of a deadlock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from greenlet import GreenletExit, greenlet


class Scheduler(Protocol):
    """What tasks and events need of the clock."""

    def wake(self, waiting: Waiting, *, fired: bool) -> None: ...

    def wait_any(self, events: tuple[Event, ...], timeout: float | None = None) -> bool: ...


class NotInTaskError(RuntimeError):
    """Something tried to block outside any task, where there is nobody else to run meanwhile."""


@dataclass(frozen=True)
class Blocked:
    """One task that cannot go on: what it waits for, and when it would wake by itself (None: never)."""

    task: str
    waiting_for: str
    wakes_at: datetime | None

    def __str__(self) -> str:
        wakes = f", until {self.wakes_at:%Y-%m-%dT%H:%M:%SZ}" if self.wakes_at else ""
        return f"{self.task} waits for {self.waiting_for}{wakes}"


class DeadlockError(RuntimeError):
    """Nothing can move before the clock's horizon. `blocked` names every task and what it waits for."""

    _SHOWN = 40

    def __init__(self, at: datetime, horizon: datetime, blocked: list[Blocked]) -> None:
        self.at = at
        self.blocked = blocked
        lines = [f"  {each}" for each in blocked[: self._SHOWN]]
        if len(blocked) > self._SHOWN:
            lines.append(f"  and {len(blocked) - self._SHOWN} more")
        super().__init__(
            f"at {at:%Y-%m-%dT%H:%M:%SZ} nothing can move before the horizon {horizon:%Y-%m-%dT%H:%M:%SZ}; "
            f"blocked tasks: {len(blocked)}\n" + "\n".join(lines)
        )


class Waiting:
    """One blocking of one task: by events, by time, or both; whichever comes first ends it."""

    __slots__ = ("fired", "on", "over", "task", "wakes_at")

    def __init__(self, task: Task, on: tuple[Event, ...], wakes_at: int | None) -> None:
        self.task = task
        self.on = on
        self.wakes_at = wakes_at
        self.over = False
        self.fired = False

    def __str__(self) -> str:
        return " or ".join(str(event) for event in self.on) or "time to pass"


class Event:
    """threading.Event in virtual time. Whoever waits when it is set wakes, even if it is cleared at once."""

    __slots__ = ("_clock", "_set", "label", "waiting")

    def __init__(self, clock: Scheduler, label: str = "an event") -> None:
        self._clock = clock
        self._set = False
        self.waiting: list[Waiting] = []
        self.label = label

    def __str__(self) -> str:
        return self.label

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        self._set = True
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            self._clock.wake(each, fired=True)

    def clear(self) -> None:
        self._set = False

    def wait(self, timeout: float | None = None) -> bool:
        """True when it was set, False after `timeout` virtual seconds."""
        return self._set or self._clock.wait_any((self,), timeout)


class Task:
    """A target that runs as a greenlet on a clock; `finished` is set however it ends."""

    __slots__ = (
        "_clock",
        "_given_up",
        "_shielded",
        "deadline",
        "finished",
        "greenlet",
        "killed",
        "name",
        "target",
        "waiting",
    )

    def __init__(self, clock: Scheduler, target: Callable[[], object], name: str) -> None:
        self._clock = clock
        self.target = target
        self.greenlet: greenlet | None = None
        self.waiting: Waiting | None = None
        self.deadline: tuple[int, Callable[[], BaseException]] | None = None
        self.killed = False
        self._shielded = False
        self._given_up = False
        self.name = name
        self.finished = Event(clock, f"{name} to end")

    @contextmanager
    def shield(self) -> Iterator[None]:
        """Inside, the task goes on though it be killed; it ends where it leaves."""
        outer, self._shielded = self._shielded, True
        try:
            yield
        finally:
            self._shielded = outer
            if self._given_up and not outer:
                self.killed = True
                raise GreenletExit

    def kill(self) -> None:
        """Ends the task where it is blocked, running its finally blocks; a shielded one ends later."""
        if self.killed or self.finished.is_set():
            return
        if self._shielded:
            self._given_up = True
            return
        self.killed = True
        if self.waiting is not None:
            self._clock.wake(self.waiting, fired=False)


class Timer:
    """An action at a virtual time; `cancel` is safe at any time."""

    __slots__ = ("action", "name")

    def __init__(self, action: Callable[[], None], name: str) -> None:
        self.action: Callable[[], None] | None = action
        self.name = name

    def cancel(self) -> None:
        self.action = None

    @property
    def over(self) -> bool:
        return self.action is None

    def run(self) -> None:
        action, self.action = self.action, None
        if action is not None:
            action()
