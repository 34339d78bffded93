"""The lower bound: every place is refilled the instant it is free, nobody waits for a look or a call."""

from __future__ import annotations

import heapq
from collections.abc import Iterable


def ideal_seconds(durations: Iterable[float], places: int) -> float:
    """When the last of the migrations ends, if they begin in this order, `places` at a time."""
    busy: list[float] = []
    for duration in durations:
        begins = heapq.heappop(busy) if len(busy) >= places else 0.0
        heapq.heappush(busy, begins + duration)
    return max(busy, default=0.0)
