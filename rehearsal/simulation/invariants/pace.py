"""The service's rate: a burst of 5, then 2 calls a second, for all functions of all runs together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from rehearsal.simulation.evidence import Evidence, moment

_CLOCKS_DIFFER = timedelta(seconds=0.25)
"""More than this and what the functions book for one moment comes at others."""

_ROUNDING = 0.005
"""`at` is told to the millisecond."""


def within_the_rate(evidence: Evidence) -> Iterator[str]:
    """No window holds more calls than the bucket gives, whatever is repeated; requests that were late
    on their way come beside those of their time."""
    if evidence.skew > _CLOCKS_DIFFER or evidence.delayed("workspaces"):
        return
    disturbed = evidence.disturbed("workspaces")
    rate = float(evidence.world.settings["API_RATE_PER_SECOND"])
    burst = float(evidence.world.settings["API_BURST"])
    tokens, last = burst, None
    for call in evidence.calls:
        if call["service"] != "workspaces":
            continue
        at: datetime = moment(call["at"])
        if last is not None:
            tokens = min(burst, tokens + (at - last).total_seconds() * rate)
        last = at
        tokens -= 1
        if tokens < -_ROUNDING:
            yield f"{call['operation']} at {call['at']} is beyond {burst:g} and {rate:g} a second"
            return
        if call["error"] == "ThrottlingException" and not disturbed:
            yield f"the service throttled {call['operation']} at {call['at']}"
            return
