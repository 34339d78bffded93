"""What a dry run's migrations would do, added up: the page tells once what is common and counts the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from migrator.domain.outcomes import Outcome
from migrator.domain.report import Consequences, RunReport

_MOST_CHANGES = 8
"""Rows of the page's table of sizes; fleets rarely have more."""


@dataclass(frozen=True)
class SizeChange:
    """So many volumes of one drive that go from one size to another; GiB, None where unknown."""

    drive: str
    before: int | None
    after: int | None
    count: int

    @property
    def grows(self) -> bool:
        return self.before is not None and self.after is not None and self.after > self.before


@dataclass(frozen=True)
class Effects:
    """Of those that would go, how many, what becomes of their volumes, and how old their snapshots are."""

    count: int
    changes: tuple[SizeChange, ...]
    """The most frequent ones of each drive, C before D."""
    other_changes: int
    """Volumes whose change is not among them."""
    added_gib: int
    """How much all volumes grow together, as far as it is known."""
    oldest_snapshot: datetime | None
    newest_snapshot: datetime | None
    without_snapshot: int


def effects(report: RunReport) -> Effects | None:
    """None where nothing would go, or the run was no dry run."""
    told = [
        line.consequences
        for line in report.workspaces
        if line.outcome is Outcome.PLANNED and line.consequences is not None
    ]
    if not told:
        return None
    changes = [*_changes("C", ((one.root_volume_gib, one.new_root_volume_gib) for one in told))]
    changes += _changes("D", ((one.user_volume_gib, one.new_user_volume_gib) for one in told))
    shown = [*changes]
    if len(changes) > _MOST_CHANGES:
        frequent = sorted(changes, key=lambda one: -one.count)[:_MOST_CHANGES]
        shown = [one for one in changes if one in frequent]
    snapshots = [one.user_volume_as_of for one in told if one.user_volume_as_of is not None]
    return Effects(
        count=len(told),
        changes=tuple(shown),
        other_changes=sum(one.count for one in changes) - sum(one.count for one in shown),
        added_gib=sum(map(_added, told)),
        oldest_snapshot=min(snapshots, default=None),
        newest_snapshot=max(snapshots, default=None),
        without_snapshot=len(told) - len(snapshots),
    )


def _changes(drive: str, sizes: Iterable[tuple[int | None, int | None]]) -> Iterable[SizeChange]:
    counted = Counter(sizes)
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0][0] or 0, item[0][1] or 0))
    return (SizeChange(drive, before, after, count) for (before, after), count in ordered)


def _added(one: Consequences) -> int:
    pairs = (
        (one.root_volume_gib, one.new_root_volume_gib),
        (one.user_volume_gib, one.new_user_volume_gib),
    )
    return sum(after - before for before, after in pairs if before is not None and after is not None)
