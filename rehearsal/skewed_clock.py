"""The functions' clocks: each may be a little ahead of the others, or behind."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from rehearsal.invocation import current_invocation


class SkewedClock:
    """Virtual time, as the function that is running reads it. `skew_seconds` tells by function how far its
    clock is ahead. Signatures and log lines have the true time."""

    def __init__(self, skew_seconds: Callable[[str], float]) -> None:
        self._skew_seconds = skew_seconds

    def now(self) -> datetime:
        now = datetime.now(UTC)
        invocation = current_invocation.get()
        skew = self._skew_seconds(invocation.function) if invocation else 0.0
        return now + timedelta(seconds=skew) if skew else now

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)
