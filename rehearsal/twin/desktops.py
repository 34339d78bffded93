"""The WorkSpaces of the twin and the ways to look them up, each in time proportional to the page that is
asked for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rehearsal.twin.snapshots import SnapshotSchedule

if TYPE_CHECKING:
    from rehearsal.twin.migrations import Migration
    from rehearsal.twin.subnets import Subnet


@dataclass(slots=True)
class Origin:
    """What a migration makes a WorkSpace from: the source, the last snapshot of its user volume (None: there
    is none, and drive D begins empty), and when it booted for the first time."""

    source: Desktop
    snapshot: datetime | None
    first_boot: datetime | None = None


@dataclass(slots=True, eq=False)
class Desktop:
    """One WorkSpace. `row` is what DescribeWorkspaces returns for it, kept up to date in place.

    `origin` is None for the fleet's own. `known_since` is when the rehearsal began, or it was made.
    `sessions` are the times at which its user was connected, the last maybe still is; `successor` what it
    became. `shown_from` is when the service begins to return it: what is new may be known late.
    """

    row: dict[str, Any]
    sequence: int
    snapshots: SnapshotSchedule
    known_since: datetime
    subnet: Subnet | None = None
    tags: dict[str, str] = field(default_factory=dict)
    connection: dict[str, Any] | None = None
    connection_row_from: datetime | None = None
    migration: Migration | None = None
    origin: Origin | None = None
    sessions: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    successor: Desktop | None = None
    shown_from: datetime | None = None
    gone: bool = False

    @property
    def workspace_id(self) -> str:
        return str(self.row["WorkspaceId"])

    @property
    def directory_id(self) -> str:
        return str(self.row["DirectoryId"])

    @property
    def state(self) -> str:
        return str(self.row["State"])

    @state.setter
    def state(self, state: str) -> None:
        self.row["State"] = state

    @property
    def terminated(self) -> bool:
        """Whether it is on its way out or out: nothing can be done with it any more."""
        return self.gone or self.state in ("TERMINATING", "TERMINATED")

    def shown_at(self, now: datetime) -> bool:
        """Whether the service returns it yet."""
        return self.shown_from is None or now >= self.shown_from

    @property
    def in_use(self) -> bool:
        """Whether its user is connected."""
        return bool(self.sessions) and self.sessions[-1][1] is None

    def end_session(self, now: datetime) -> None:
        """Its user is connected no more."""
        if self.in_use:
            self.sessions[-1] = (self.sessions[-1][0], now)

    @property
    def computer_name(self) -> str:
        return str(self.row.get("ComputerName", ""))


class _Listing:
    """Desktops in the order in which they came to be; the ones that are gone are dropped now and then."""

    __slots__ = ("_desktops", "_gone")

    def __init__(self) -> None:
        self._desktops: list[Desktop] = []
        self._gone = 0

    def add(self, desktop: Desktop) -> None:
        self._desktops.append(desktop)

    def one_is_gone(self) -> None:
        self._gone += 1
        if self._gone > 64 and self._gone * 2 > len(self._desktops):
            self._desktops = [desktop for desktop in self._desktops if not desktop.gone]
            self._gone = 0

    def after(self, sequence: int) -> Iterator[Desktop]:
        start = bisect_right(self._desktops, sequence, key=lambda desktop: desktop.sequence)
        for index in range(start, len(self._desktops)):
            desktop = self._desktops[index]
            if not desktop.gone:
                yield desktop


class Desktops:
    """All WorkSpaces of the account, by id, directory, directory and user, bundle."""

    def __init__(self) -> None:
        self._by_id: dict[str, Desktop] = {}
        self._listings: dict[tuple[str, ...], _Listing] = {("all",): _Listing()}
        self._next_sequence = 0

    def next_sequence(self) -> int:
        """The sequence number of the next desktop: pages are told by it."""
        self._next_sequence += 1
        return self._next_sequence

    def add(self, desktop: Desktop) -> None:
        self._by_id[desktop.workspace_id] = desktop
        for key in self._keys(desktop):
            self._listings.setdefault(key, _Listing()).add(desktop)

    def drop(self, desktop: Desktop) -> None:
        """The service forgets it: from now on its id returns nothing."""
        desktop.gone = True
        self._by_id.pop(desktop.workspace_id, None)
        for key in self._keys(desktop):
            self._listings[key].one_is_gone()

    def get(self, workspace_id: str) -> Desktop | None:
        return self._by_id.get(workspace_id)

    def shown(self, workspace_id: str, now: datetime) -> Desktop | None:
        """The WorkSpace of this id if the service returns it."""
        desktop = self._by_id.get(workspace_id)
        return desktop if desktop is not None and desktop.shown_at(now) else None

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Desktop]:
        return iter(list(self._by_id.values()))

    def after(
        self,
        sequence: int,
        *,
        directory_id: str | None = None,
        user_name: str | None = None,
        bundle_id: str | None = None,
    ) -> Iterator[Desktop]:
        """Those with a higher sequence number, in order; at most one kind of filter. User names fold case,
        as in AD."""
        if bundle_id is not None:
            key: tuple[str, ...] = ("bundle", bundle_id)
        elif directory_id is not None and user_name is not None:
            key = ("user", directory_id, user_name.casefold())
        elif directory_id is not None:
            key = ("directory", directory_id)
        else:
            key = ("all",)
        listing = self._listings.get(key)
        return listing.after(sequence) if listing else iter(())

    @staticmethod
    def _keys(desktop: Desktop) -> tuple[tuple[str, ...], ...]:
        row = desktop.row
        return (
            ("all",),
            ("directory", row["DirectoryId"]),
            ("user", row["DirectoryId"], row["UserName"].casefold()),
            ("bundle", row["BundleId"]),
        )
