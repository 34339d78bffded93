"""Migrations in virtual time: what the guide says happens between MigrateWorkspace and the end.

The new WorkSpace is AVAILABLE when its migration has ended, as the guide says, even where the original was
STOPPED: its first boot was part of it. With auto-stop that one goes back to rest after its time-out.

The source keeps the state it had while its migration runs: the service has no MIGRATING state, the guide
promises that a source that is recovered is back in "its original state", and nothing says that it ever left
it. The user volume comes from the last snapshot, at the moment the migration begins.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import exp
from typing import Any

from rehearsal.twin.account import Account
from rehearsal.twin.auto_stop import stop_when_idle
from rehearsal.twin.behaviour import Behaviour, Course
from rehearsal.twin.bundles import Bundle
from rehearsal.twin.clocks import Cancellable, Clock
from rehearsal.twin.desktops import Desktop
from rehearsal.twin.drives import first_boot_of
from rehearsal.twin.fleet import Durations
from rehearsal.twin.snapshots import EVERY, SnapshotSchedule
from rehearsal.twin.targets import make_target, seeded, target_id

TERMINATING_SECONDS = (60, 180)
TERMINATED_SECONDS = (120, 300)
"""How long a WorkSpace shows as TERMINATING and then as TERMINATED before its id returns nothing."""


@dataclass(slots=True, eq=False)
class Migration:
    """A migration under way, held by its source and by its target."""

    source: Desktop
    target: Desktop
    behaviour: Behaviour
    source_state: str
    timers: list[Cancellable] = field(default_factory=list)

    def end(self) -> None:
        """Neither WorkSpace is being migrated any more."""
        for timer in self.timers:
            timer.cancel()
        self.source.migration = self.target.migration = None


class Migrations:
    """Begins migrations and brings each to the end its behaviour says. Durations, new ids and new names are
    drawn from the seed and the source's id alone, whatever else happens in between."""

    def __init__(
        self,
        clock: Clock,
        account: Account,
        durations: Durations,
        seed: int,
        note: Callable[..., None],
    ) -> None:
        self._clock = clock
        self._account = account
        self._durations = durations
        self._seed = seed
        self._note = note
        self._attempts: dict[str, int] = {}

    def duration(self, workspace_id: str) -> timedelta:
        """How long the migration of this WorkSpace takes, whoever begins it and whenever."""
        draw = self._draw("duration", workspace_id)
        longest = self._durations.longest_minutes
        minutes = longest
        for _ in range(100):  # the far tail is drawn again: the guide says up to one hour
            minutes = self._durations.median_minutes * exp(self._durations.sigma * draw.gauss(0.0, 1.0))
            if minutes <= longest:
                break
        return timedelta(seconds=round(min(minutes, longest) * 60, 3))

    def begin(self, source: Desktop, bundle: Bundle, behaviour: Behaviour) -> str:
        """Accepts a migration and returns the target's id. Raises ResourceUnavailableException without an
        address."""
        attempt = self._attempts.get(source.workspace_id, 0) + 1
        new_id = target_id(self._account, self._seed, source.workspace_id, attempt)
        if behaviour.course is Course.NEVER_STARTS:
            self._attempts[source.workspace_id] = attempt
            self._note("never-started", source.workspace_id, new_id, bundleId=bundle.bundle_id)
            return new_id
        draw = self._draw("computer", source.workspace_id, attempt)
        target = make_target(self._account, source, bundle, new_id, self._clock.now(), draw)
        self._attempts[source.workspace_id] = attempt
        migration = Migration(source, target, behaviour, source.state)
        source.migration = target.migration = migration
        self._account.desktops.add(target)
        duration = self.duration(source.workspace_id)
        self._note(
            "started",
            source.workspace_id,
            new_id,
            directoryId=source.directory_id,
            sourceBundleId=source.row["BundleId"],
            bundleId=bundle.bundle_id,
            computerName=target.computer_name,
            userVolumeFrom=_iso(target.origin.snapshot if target.origin else None),
        )
        self._schedule(migration, duration)
        return new_id

    def terminate(self, desktop: Desktop) -> None:
        """TerminateWorkspaces. Whoever terminates a target ends its migration, and its source is itself
        again."""
        migration = desktop.migration
        is_target = migration is not None and migration.target is desktop
        if migration is not None and is_target:
            migration.end()
        self._terminate(desktop, leaves_computer=is_target)

    def resume_terminations(self) -> None:
        """Brings WorkSpaces that are on their way out when the rehearsal begins to their end."""
        for desktop in self._account.desktops:
            if desktop.state == "TERMINATING":
                self._terminate(desktop, leaves_computer=False)
            elif desktop.state == "TERMINATED":
                self._vanish_later(desktop)

    def _schedule(self, migration: Migration, duration: timedelta) -> None:
        source_id = migration.source.workspace_id
        course = migration.behaviour.course
        if (
            migration.source.row["WorkspaceProperties"].get("NestedVirtualizationEnabled")
            and course is Course.MIGRATES
        ):
            course = Course.ROLLS_BACK  # [api] with nested virtualization on, the migration fails
        if course is Course.ROLLS_BACK:
            duration *= self._draw("rollback", source_id).uniform(0.3, 0.95)
        action = {
            Course.MIGRATES: self._finish,
            Course.ROLLS_BACK: self._roll_back,
            Course.STICKS: self._stick,
            Course.LOST: self._lose,
        }[course]
        at = self._clock.now() + duration
        migration.timers.append(
            self._clock.call_at(at, lambda: action(migration), name=f"migration of {source_id}")
        )

    def _finish(self, migration: Migration) -> None:
        source, target = migration.source, migration.target
        migration.end()
        target.state = "AVAILABLE"
        now = self._clock.now()
        first = now + timedelta(
            seconds=self._draw("snapshot", target.workspace_id).uniform(0, EVERY.total_seconds())
        )
        target.snapshots = SnapshotSchedule.of_a_new_workspace(first)
        target.connection = {
            "WorkspaceId": target.workspace_id,
            "ConnectionState": "DISCONNECTED",
        }
        target.connection_row_from = now + timedelta(minutes=5)
        if target.origin is not None:
            target.origin.first_boot = now
        source.successor = target
        if migration.source_state == "STOPPED":
            stop_when_idle(self._clock, target)
        self._note("finished", source.workspace_id, target.workspace_id, **_volumes(target))
        if not source.terminated:
            self._terminate(source, leaves_computer=migration.behaviour.leaves_computer, successor=target)

    def _roll_back(self, migration: Migration) -> None:
        migration.end()
        self._note("rolled-back", migration.source.workspace_id, migration.target.workspace_id)
        if migration.behaviour.leaves_target:
            migration.target.state = "ERROR"
            return
        self._terminate(migration.target, leaves_computer=True, source=migration.source)

    def _stick(self, migration: Migration) -> None:
        # Not ended: the source is still "being migrated" and the service says so to whoever tries again.
        self._note("stuck", migration.source.workspace_id, migration.target.workspace_id)

    def _lose(self, migration: Migration) -> None:
        migration.end()
        self._note("lost", migration.source.workspace_id, migration.target.workspace_id)
        for desktop in (migration.source, migration.target):
            self._release(desktop)
            self._remove_computer(desktop)
            desktop.end_session(self._clock.now())
            desktop.state = "TERMINATED"
            self._account.desktops.drop(desktop)

    def _terminate(
        self,
        desktop: Desktop,
        *,
        leaves_computer: bool,
        source: Desktop | None = None,
        successor: Desktop | None = None,
    ) -> None:
        desktop.state = "TERMINATING"
        desktop.end_session(self._clock.now())
        if leaves_computer:
            self._note_left_computer(desktop)
        ids = (
            source.workspace_id if source else desktop.workspace_id,
            successor.workspace_id if successor else desktop.workspace_id if source else None,
        )

        def terminated() -> None:
            desktop.state = "TERMINATED"
            self._release(desktop)
            if not leaves_computer:
                self._remove_computer(desktop)
            self._note("terminated", *ids, terminatedWorkspaceId=desktop.workspace_id)
            self._vanish_later(desktop)

        self._after("terminating", desktop, TERMINATING_SECONDS, terminated)

    def _vanish_later(self, desktop: Desktop) -> None:
        self._after("terminated", desktop, TERMINATED_SECONDS, lambda: self._account.desktops.drop(desktop))

    def _after(
        self, what: str, desktop: Desktop, seconds: tuple[int, int], action: Callable[[], None]
    ) -> None:
        delay = timedelta(seconds=round(self._draw(what, desktop.workspace_id).uniform(*seconds), 3))
        self._clock.call_at(self._clock.now() + delay, action, name=f"{what} {desktop.workspace_id}")

    def _release(self, desktop: Desktop) -> None:
        if desktop.subnet is not None and "IpAddress" in desktop.row:
            desktop.subnet.give_back(desktop.row["IpAddress"])
            desktop.subnet = None

    def _remove_computer(self, desktop: Desktop) -> None:
        domain = self._account.computers.domain(desktop.directory_id)
        computer = domain.named(desktop.computer_name) if domain else None
        if domain and computer:
            domain.delete(computer.object_guid)

    def _note_left_computer(self, desktop: Desktop) -> None:
        domain = self._account.computers.domain(desktop.directory_id)
        computer = domain.named(desktop.computer_name) if domain else None
        if computer:
            self._note(
                "computer-left",
                desktop.workspace_id,
                None,
                directoryId=desktop.directory_id,
                computerName=desktop.computer_name,
                objectGUID=str(computer.object_guid),
                distinguishedName=computer.dn,
            )

    def _draw(self, *of: object) -> random.Random:
        return seeded(self._seed, *of)


def _volumes(desktop: Desktop) -> dict[str, Any]:
    boot = first_boot_of(desktop)
    properties = desktop.row["WorkspaceProperties"]
    return {
        "rootVolumeSizeGib": properties["RootVolumeSizeGib"],
        "userVolumeSizeGib": properties["UserVolumeSizeGib"],
        "userVolumeFrom": _iso(desktop.origin.snapshot if desktop.origin else None),
        "formerProfile": boot.former_profile if boot else None,
        "migrationLog": boot.log if boot else None,
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
