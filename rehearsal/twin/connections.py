"""What the service knows of who is connected: as of its last look, every five minutes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from rehearsal.twin.desktops import Desktop

CHECKED_EVERY = timedelta(minutes=5)
"""How often the service looks who is connected."""


def as_of_the_beginning(
    stated: dict[str, Any] | None, taken_at: datetime, now: datetime
) -> dict[str, Any] | None:
    """A row of a fleet file that was taken at one time, for a rehearsal that begins at another: whoever was
    connected has left since. Who connects from then on, the file's "Twin" says."""
    if stated is None or taken_at >= now or stated.get("ConnectionState") != "CONNECTED":
        return stated
    last = max(stated.get("LastKnownUserConnectionTimestamp") or taken_at, taken_at)
    return {**stated, "ConnectionState": "DISCONNECTED", "LastKnownUserConnectionTimestamp": last}


def connection_row(desktop: Desktop, now: datetime) -> dict[str, Any] | None:
    """A WorkSpace's row of DescribeWorkspacesConnectionStatus; None where it has none.

    What the fleet file states holds until its user connects or leaves.
    """
    row = desktop.connection
    if row is None or desktop.terminated or not desktop.shown_at(now):
        return None
    if desktop.connection_row_from is not None and now < desktop.connection_row_from:
        return None
    first = row.get("ConnectionStateCheckTimestamp") or desktop.connection_row_from or now
    checked = first + CHECKED_EVERY * ((now - first) // CHECKED_EVERY) if first < now else first
    if checked != row.get("ConnectionStateCheckTimestamp") and first < now:
        row = {**row, "ConnectionStateCheckTimestamp": checked}
    at_rest = "UNKNOWN" if desktop.state in ("STOPPED", "STOPPING") else "DISCONNECTED"
    known = [(began, ended) for began, ended in desktop.sessions if began <= checked]
    if not known:
        return {**row, "ConnectionState": at_rest} if desktop.origin is not None else row
    ended = known[-1][1]
    connected = ended is None or ended > checked
    return {
        **row,
        "ConnectionState": "CONNECTED" if connected else at_rest,
        "LastKnownUserConnectionTimestamp": checked if connected or ended is None else ended,
    }
