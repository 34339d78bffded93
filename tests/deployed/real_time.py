"""The twin's clock by this machine's: what takes hours takes seconds, and is told by the real time."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

TIMES_AS_FAST = 600
"""What the twin says takes half an hour is over in three seconds: functions live by this machine's clock."""


@dataclass(order=True)
class _Due:
    when: datetime
    number: int
    action: Callable[[], None] | None = field(compare=False)

    def cancel(self) -> None:
        self.action = None


class RealTime:
    """A clock in the twin's sense. It has no thread: call `catch_up` before each look."""

    def __init__(self) -> None:
        self._due: list[_Due] = []
        self._numbers = itertools.count()
        self._at: datetime | None = None

    def now(self) -> datetime:
        """Now; while something that was due happens, the moment it was due."""
        return self._at or datetime.now(UTC)

    def call_at(self, when: datetime, action: Callable[[], None], *, name: str) -> _Due:
        """When the time until `when` has passed, as fast as it passes here."""
        del name
        now = self.now()
        due = _Due(now + (when - now) / TIMES_AS_FAST, next(self._numbers), action)
        heapq.heappush(self._due, due)
        return due

    def catch_up(self) -> None:
        """Let happen what is due, in its order and each at its own moment."""
        until = datetime.now(UTC)
        while self._due and self._due[0].when <= until:
            due = heapq.heappop(self._due)
            if due.action is not None:
                self._at = due.when
                try:
                    due.action()
                finally:
                    self._at = None
