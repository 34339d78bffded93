"""What the service knows of who is connected: as of its last look, every five minutes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from rehearsal.twin.desktops import Desktop

CHECKED_EVERY = timedelta(minutes=5)
"""How often the service looks who is connected."""


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
    known = [(began, ended) for began, ended in desktop.sessions if began <= checked]
    if not known:
        return row
    ended = known[-1][1]
    connected = ended is None or ended > checked
    at_rest = "UNKNOWN" if desktop.state in ("STOPPED", "STOPPING") else "DISCONNECTED"
    return {
        **row,
        "ConnectionState": "CONNECTED" if connected else at_rest,
        "LastKnownUserConnectionTimestamp": checked if connected or ended is None else ended,
    }
