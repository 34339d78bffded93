"""Users who connect and disconnect while a fleet migrates, each where the service has put them meanwhile.

A user connects to an AVAILABLE WorkSpace, also while it is being migrated: what is saved there after the
snapshot is gone when the migration has ended. A STOPPED one with auto-stop starts first, and stops again
after its user has been gone for its time-out. Somebody whose WorkSpace is terminated is cut off; the next
session is on the new one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import partial

from rehearsal.twin.account import Account
from rehearsal.twin.auto_stop import auto_stops, stop_when_idle
from rehearsal.twin.clocks import Clock
from rehearsal.twin.desktops import Desktop
from rehearsal.twin.habits import Calendar
from rehearsal.twin.targets import seeded

STARTING_SECONDS = (60, 120)
"""How long a stopped WorkSpace takes to start when its user connects."""


class Users:
    """The users of all WorkSpaces that the account has when the rehearsal begins."""

    def __init__(
        self, clock: Clock, account: Account, calendar: Calendar, seed: int, note: Callable[..., None]
    ) -> None:
        self._clock = clock
        self._calendar = calendar
        self._seed = seed
        self._note = note
        self._desktops = {} if calendar.empty else {each.workspace_id: each for each in account.desktops}
        if self._desktops:
            self._plan_day(clock.now())

    def _plan_day(self, now: datetime) -> None:
        """Everybody's sessions of this day that are still to come, and the next day's plan."""
        for workspace_id in self._desktops:
            for begins, ends in self._calendar.on(now.date(), workspace_id):
                if begins >= now:
                    action = partial(self._come, workspace_id, ends)
                    self._clock.call_at(begins, action, name=f"user of {workspace_id}")
        tomorrow = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
        self._clock.call_at(tomorrow, partial(self._plan_day, tomorrow), name="a new day")

    def _current(self, workspace_id: str) -> Desktop:
        """The user's WorkSpace now: the one that the fleet file has, or what has become of it."""
        desktop = self._desktops[workspace_id]
        while desktop.terminated and desktop.successor is not None:
            desktop = desktop.successor
        self._desktops[workspace_id] = desktop
        return desktop

    def _come(self, workspace_id: str, until: datetime) -> None:
        desktop = self._current(workspace_id)
        if not desktop.sessions and (desktop.connection or {}).get("ConnectionState") == "CONNECTED":
            return  # is there already, as the fleet file says
        asleep = desktop.state == "STOPPED" and auto_stops(desktop)
        if asleep and desktop.migration is None:
            desktop.state = "STARTING"
            draw = seeded(self._seed, "starting", desktop.workspace_id, self._clock.now().isoformat())
            self._later(draw.uniform(*STARTING_SECONDS), partial(self._started, desktop, until))
        elif desktop.state == "AVAILABLE" and not desktop.in_use:
            self._connect(desktop, until)

    def _started(self, desktop: Desktop, until: datetime) -> None:
        if desktop.state == "STARTING":
            desktop.state = "AVAILABLE"
            self._connect(desktop, max(until, self._clock.now() + timedelta(minutes=1)))

    def _connect(self, desktop: Desktop, until: datetime) -> None:
        desktop.sessions.append((self._clock.now(), None))
        migration = desktop.migration
        self._note(
            "connected",
            desktop.workspace_id,
            migration.target.workspace_id if migration else None,
            userName=desktop.row["UserName"],
        )
        began = desktop.sessions[-1][0]
        self._clock.call_at(
            until, partial(self._leave, desktop, began), name=f"user of {desktop.workspace_id}"
        )

    def _leave(self, desktop: Desktop, began: datetime) -> None:
        if not desktop.in_use or desktop.sessions[-1][0] != began:
            return  # cut off meanwhile
        desktop.end_session(self._clock.now())
        self._note("disconnected", desktop.workspace_id, None, userName=desktop.row["UserName"])
        stop_when_idle(self._clock, desktop)

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        self._clock.call_at(self._clock.now() + timedelta(seconds=round(seconds, 3)), action, name="users")
