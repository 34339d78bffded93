"""Migrations in virtual time: what the guide says happens between MigrateWorkspace and the end.

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
from typing import Any, Protocol

from rehearsal.twin.account import Account, computer_name
from rehearsal.twin.behaviour import Behaviour, Course
from rehearsal.twin.bundles import Bundle
from rehearsal.twin.desktops import Desktop
from rehearsal.twin.errors import unavailable
from rehearsal.twin.fleet import Durations
from rehearsal.twin.snapshots import EVERY, SnapshotSchedule
from rehearsal.twin.subnets import NoFreeAddress, take_address

TERMINATING_SECONDS = (60, 180)
TERMINATED_SECONDS = (120, 300)
"""How long a WorkSpace shows as TERMINATING and then as TERMINATED before its id returns nothing."""


class Cancellable(Protocol):
    """What the clock hands out for an action to come."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """Virtual time, as far as the twin needs it."""

    def now(self) -> datetime: ...

    def call_at(self, when: datetime, action: Callable[[], None], *, name: str) -> Cancellable: ...


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
        target_id = self._target_id(source.workspace_id, attempt)
        if behaviour.course is Course.NEVER_STARTS:
            self._attempts[source.workspace_id] = attempt
            self._note("never-started", source.workspace_id, target_id, bundleId=bundle.bundle_id)
            return target_id
        target = self._new_target(source, bundle, target_id, attempt)
        self._attempts[source.workspace_id] = attempt
        migration = Migration(source, target, behaviour, source.state)
        source.migration = target.migration = migration
        self._account.desktops.add(target)
        duration = self.duration(source.workspace_id)
        self._note(
            "started",
            source.workspace_id,
            target_id,
            directoryId=source.directory_id,
            sourceBundleId=source.row["BundleId"],
            bundleId=bundle.bundle_id,
            computerName=target.computer_name,
            userVolumeFrom=_iso(target.user_data_as_of),
        )
        self._schedule(migration, duration)
        return target_id

    def terminate(self, desktop: Desktop) -> None:
        """TerminateWorkspaces. Whoever terminates a target ends its migration, and its source is itself
        again."""
        migration = desktop.migration
        is_target = migration is not None and migration.target is desktop
        if migration is not None:
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
        mode = target.row["WorkspaceProperties"].get("RunningMode")
        asleep = migration.source_state == "STOPPED" and mode in ("AUTO_STOP", "MANUAL")
        target.state = "STOPPED" if asleep else "AVAILABLE"
        now = self._clock.now()
        first = now + timedelta(
            seconds=self._draw("snapshot", target.workspace_id).uniform(0, EVERY.total_seconds())
        )
        target.snapshots = SnapshotSchedule.of_a_new_workspace(first)
        target.connection = {
            "WorkspaceId": target.workspace_id,
            "ConnectionState": "UNKNOWN" if asleep else "DISCONNECTED",
        }
        target.connection_row_from = now + timedelta(minutes=5)
        self._note("finished", source.workspace_id, target.workspace_id, **_volumes(target))
        if not source.terminated:
            self._terminate(source, leaves_computer=migration.behaviour.leaves_computer, successor=target)

    def _roll_back(self, migration: Migration) -> None:
        migration.end()
        self._note("rolled-back", migration.source.workspace_id, migration.target.workspace_id)
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

    def _new_target(self, source: Desktop, bundle: Bundle, target_id: str, attempt: int) -> Desktop:
        directory_id = source.directory_id
        try:
            subnet, address = take_address(self._account.subnets_of(directory_id))
        except NoFreeAddress:
            raise unavailable(
                f"The subnets of directory {directory_id} have no free IP address for the new WorkSpace.",
                directory_id,
            ) from None
        now = self._clock.now()
        domain = self._account.computers.domain(directory_id)
        name = computer_name(self._draw("computer", source.workspace_id, attempt), domain)
        if domain is not None:
            domain.join(name, now)
        row: dict[str, Any] = {
            "WorkspaceId": target_id,
            "DirectoryId": directory_id,
            "UserName": source.row["UserName"],
            "IpAddress": address,
            "State": "PENDING",
            "BundleId": bundle.bundle_id,
            "SubnetId": subnet.subnet_id,
            "ComputerName": name,
            "WorkspaceProperties": self._properties_on(source, bundle),
            "ModificationStates": [],
        }
        for kept in (
            "VolumeEncryptionKey",
            "UserVolumeEncryptionEnabled",
            "RootVolumeEncryptionEnabled",
            "WorkspaceName",
        ):
            if kept in source.row:
                row[kept] = source.row[kept]
        return Desktop(
            row=row,
            sequence=self._account.desktops.next_sequence(),
            snapshots=SnapshotSchedule((), (), None),
            subnet=subnet,
            tags=dict(source.tags),
            user_data_as_of=source.snapshots.newest_at(now),
        )

    def _properties_on(self, source: Desktop, bundle: Bundle) -> dict[str, Any]:
        """The guide: the running mode is kept; the root volume grows to the new bundle's default if it must;
        a user volume whose size differs from its bundle's default keeps it, otherwise the larger of the two
        it is."""
        old = source.row["WorkspaceProperties"]
        old_default = self._account.bundles[source.row["BundleId"]].user_gib
        user_gib = old["UserVolumeSizeGib"]
        new = {name: value for name, value in old.items() if name != "NestedVirtualizationEnabled"}
        new["RootVolumeSizeGib"] = max(old["RootVolumeSizeGib"], bundle.root_gib)
        new["UserVolumeSizeGib"] = user_gib if user_gib != old_default else max(user_gib, bundle.user_gib)
        new["ComputeTypeName"] = bundle.compute_type
        new["OperatingSystemName"] = bundle.operating_system
        if bundle.protocols:
            new["Protocols"] = list(bundle.protocols)
        return new

    def _target_id(self, source_id: str, attempt: int) -> str:
        draw = self._draw("target", source_id, attempt)
        while True:
            target_id = "ws-" + "".join(draw.choice("0123456789abcdefghijklmnopqrstuvwxyz") for _ in range(9))
            if self._account.desktops.get(target_id) is None:
                return target_id

    def _draw(self, *of: object) -> random.Random:
        return random.Random(":".join(str(each) for each in (self._seed, *of)))


def _volumes(desktop: Desktop) -> dict[str, Any]:
    properties = desktop.row["WorkspaceProperties"]
    return {
        "rootVolumeSizeGib": properties["RootVolumeSizeGib"],
        "userVolumeSizeGib": properties["UserVolumeSizeGib"],
        "userVolumeFrom": _iso(desktop.user_data_as_of),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
