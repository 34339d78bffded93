"""What the twin needs of a clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol


class Cancellable(Protocol):
    """What the clock hands out for an action to come."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """Virtual time, as far as the twin needs it."""

    def now(self) -> datetime: ...

    def call_at(self, when: datetime, action: Callable[[], None], *, name: str) -> Cancellable: ...
