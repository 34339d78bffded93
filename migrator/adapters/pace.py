"""The WorkSpaces API's rate as one budget for all functions of the stack.

The service allows 2 calls a second with bursts of 5 for the whole account and Region. Every function
books its calls in the ledger, in a single item that holds the time at which the budget would be
whole again, and makes each call at the moment it booked. Part of the burst stays unbooked: calls
reach the service a little later than they were made, and not all equally so.
"""

from __future__ import annotations

from collections import deque

from migrator.adapters.clear_answers import UNLIKE
from migrator.adapters.clock import Clock
from migrator.adapters.rows import damaged
from migrator.adapters.table import Row, Table

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
        self._whole_at = 0.0

    def book(self, calls: int) -> None:
        """Book that many calls ahead; what is not used is lost to everybody."""
        missing = calls - len(self._booked)
        if missing <= 0:
            return
        cost = round(missing * self._interval, 6)
        while True:
            now = self._clock.now().timestamp()
            # What was so when it was last seen is tried first; where it is so no more, the other is.
            tries = [self._afresh, self._further] if self._whole_at < now else [self._further, self._afresh]
            whole_at = tries[0](now, cost) or tries[1](now, cost)
            if whole_at is not None:
                break
        self._whole_at = whole_at
        begun = whole_at - cost - self._lead
        self._booked.extend(max(now, begun + number * self._interval) for number in range(missing))

    def _further(self, now: float, cost: float) -> float | None:
        """Book behind the bookings of others; None where there are none to come."""
        changed = self._table.updated(
            KEY, "SET whole_at = whole_at + :cost", "whole_at >= :now", {":cost": cost, ":now": round(now, 6)}
        )
        return None if changed is None else _whole_at(changed)

    def _afresh(self, now: float, cost: float) -> float | None:
        """Book from now on; None where others have booked beyond."""
        changed = self._table.updated(
            KEY,
            "SET whole_at = :next",
            "attribute_not_exists(pk) OR whole_at < :now",
            {":next": round(now + cost, 6), ":now": round(now, 6)},
        )
        return None if changed is None else _whole_at(changed)

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


def _whole_at(row: Row) -> float:
    try:
        return float(row["whole_at"])
    except UNLIKE as fault:
        raise damaged({**KEY, **row}, fault) from fault
