"""The API's rate, kept by waiting: 2 calls a second with bursts of 5 for the account and Region, all callers
together."""

from __future__ import annotations

from collections.abc import Callable

SLACK_CALLS = 3
"""Calls of the burst that are left to others: administrators work in the console meanwhile."""


class Pacer:
    """Waits before each call. `now` gives seconds that pass, `sleep` lets them."""

    def __init__(
        self, rate: float, burst: int, *, now: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self._interval = 1 / rate
        self._lead = max(0, burst - 1 - SLACK_CALLS) * self._interval
        self._now = now
        self._sleep = sleep
        self._whole_at = now()

    def take(self) -> None:
        """Returns when the next call may be made."""
        now = self._now()
        self._whole_at = max(self._whole_at, now) + self._interval
        wait = self._whole_at - self._interval - self._lead - now
        if wait > 0:
            self._sleep(wait)
