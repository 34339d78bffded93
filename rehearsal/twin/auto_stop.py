"""Auto-stop: a WorkSpace in this running mode stops when nobody has been connected for its time-out."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from rehearsal.twin.clocks import Clock
from rehearsal.twin.desktops import Desktop

STOPPING_SECONDS = 30


def auto_stops(desktop: Desktop) -> bool:
    """Whether its running mode is AUTO_STOP."""
    return bool(desktop.row["WorkspaceProperties"].get("RunningMode") == "AUTO_STOP")


def stop_when_idle(clock: Clock, desktop: Desktop) -> None:
    """Nobody is connected from now on: it stops after its time-out, unless somebody comes, or it is being
    migrated then."""
    if auto_stops(desktop):
        minutes = desktop.row["WorkspaceProperties"].get("RunningModeAutoStopTimeoutInMinutes", 60)
        _later(clock, desktop, minutes * 60, partial(_fall_asleep, clock, desktop, len(desktop.sessions)))


def _fall_asleep(clock: Clock, desktop: Desktop, sessions: int) -> None:
    idle = desktop.state == "AVAILABLE" and not desktop.in_use and len(desktop.sessions) == sessions
    if idle and desktop.migration is None:
        desktop.state = "STOPPING"
        _later(clock, desktop, STOPPING_SECONDS, partial(_stopped, desktop))


def _stopped(desktop: Desktop) -> None:
    if desktop.state == "STOPPING":
        desktop.state = "STOPPED"


def _later(clock: Clock, desktop: Desktop, seconds: float, action: partial[None]) -> None:
    clock.call_at(
        clock.now() + timedelta(seconds=seconds), action, name=f"auto-stop of {desktop.workspace_id}"
    )
