"""The account-wide rate of calls: a bucket of tokens that time fills."""

from __future__ import annotations

from datetime import datetime


class TokenBucket:
    """`rate` tokens a second flow in, `burst` fit; a call takes one or is throttled. A throttled call takes
    none."""

    def __init__(self, rate: float, burst: int, now: datetime) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._tokens = float(burst)
        self._at = now

    def take(self, now: datetime) -> bool:
        """Whether a call at this time is within the rate."""
        self._tokens = min(self._burst, self._tokens + (now - self._at).total_seconds() * self._rate)
        self._at = now
        if self._tokens < 1.0 - 1e-9:  # the sum of many small inflows falls short of a whole by rounding
            return False
        self._tokens -= 1.0
        return True
