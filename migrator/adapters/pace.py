"""The WorkSpaces API's rate as one budget for all functions of the stack.

The service allows 2 calls a second with bursts of 5 for the whole account and Region. Every function
books its calls in the ledger, in a single item that holds the time at which the budget would be
whole again, and makes each call at the moment it booked. Part of the burst stays unbooked: calls
reach the service a little later than they were made, and not all equally so.
"""

from __future__ import annotations

from collections import deque

from migrator.adapters.clock import Clock
from migrator.adapters.table import Table

KEY = {"pk": "rate#workspaces", "sk": "bookings"}
SLACK_CALLS = 2
"""Calls of the burst that are never booked."""
LATE_SECONDS = 1.0
"""A booking that was not used for so long, after a time-out or a retry, is void: the budget became whole
without it, and what became whole is booked by others."""


class Pace:
    """Books calls and waits for the booked moment: one for each invocation, never shared."""

    def __init__(self, table: Table, clock: Clock, *, rate: float, burst: int) -> None:
        self._table = table
        self._clock = clock
        self._interval = 1 / rate
        self._lead = max(0, burst - 1 - SLACK_CALLS) * self._interval
        self._booked: deque[float] = deque()

    def book(self, calls: int) -> None:
        """Book that many calls ahead, in one write; what is not used is lost to everybody."""
        missing = calls - len(self._booked)
        while missing > 0:
            now = self._clock.now().timestamp()
            found = self._table.get(KEY)
            known = float(found["whole_at"]) if found else None
            whole_at = max(known or 0.0, now)
            if self._write(known, round(whole_at + missing * self._interval, 6)):
                self._booked.extend(
                    max(now, whole_at + number * self._interval - self._lead) for number in range(missing)
                )
                return

    def _write(self, known: float | None, whole_at: float) -> bool:
        condition = "attribute_not_exists(pk)" if known is None else "whole_at = :known"
        values = {":next": whole_at} if known is None else {":next": whole_at, ":known": known}
        return self._table.update(KEY, "SET whole_at = :next", condition, values)

    def take(self) -> None:
        """Wait for the next booked moment; books one call where none is booked, or none is good any more."""
        now = self._clock.now().timestamp()
        while self._booked and self._booked[0] < now - LATE_SECONDS:
            self._booked.popleft()
        if not self._booked:
            self.book(1)
        moment = self._booked.popleft()
        self._clock.sleep(moment - self._clock.now().timestamp())

    def rest(self, seconds: float) -> None:
        """Wait before the next attempt at what has just failed."""
        self._clock.sleep(seconds)
