"""The brake: when a run stops starting more."""

from __future__ import annotations


def brake_due(*, failed: int, planned: int, abort_at_failure_percent: float) -> bool:
    """Whether more than that share of the planned migrations has failed.

    The share is of all that was planned, not of those that finished: one early failure among a
    thousand pulls nothing, and the run stops as soon as it can no longer end within tolerance.
    """
    return failed * 100 > planned * abort_at_failure_percent
