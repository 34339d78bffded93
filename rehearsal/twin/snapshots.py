"""The snapshots of a WorkSpace's volumes, as a function of time: every 12 hours a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

EVERY = timedelta(hours=12)
"""The guide: a WorkSpace must be 12 hours old, so that a snapshot of its user volume has been made."""


@dataclass(frozen=True, slots=True)
class SnapshotSchedule:
    """The snapshots that were stated, and from when on a new one comes every 12 hours (None: none ever
    comes).

    `rebuild` are those of the user volume, which migration uses; `restore` those of both volumes.
    """

    rebuild: tuple[datetime, ...]
    restore: tuple[datetime, ...]
    first_new: datetime | None

    @classmethod
    def stated(
        cls, rebuild: Sequence[datetime], restore: Sequence[datetime], taken_at: datetime
    ) -> SnapshotSchedule:
        """What a fleet file says that was taken at this time. A newest snapshot that was older than 12 hours
        then says that they have ceased to come, and so does an empty list: neither is made good behind the
        file's back."""
        newest = max(rebuild, default=None)
        alive = newest is not None and newest + EVERY > taken_at
        return cls(
            tuple(sorted(rebuild)), tuple(sorted(restore)), newest + EVERY if newest and alive else None
        )

    @classmethod
    def of_a_new_workspace(cls, first_new: datetime) -> SnapshotSchedule:
        """A new WorkSpace has none until its first comes."""
        return cls((), (), first_new)

    def _newest_made(self, now: datetime) -> datetime | None:
        if self.first_new is None or now < self.first_new:
            return None
        return self.first_new + EVERY * ((now - self.first_new) // EVERY)

    def rebuild_at(self, now: datetime) -> list[datetime]:
        """Snapshots of the user volume that can be used at this time, oldest first."""
        return self._available(self.rebuild, now)

    def restore_at(self, now: datetime) -> list[datetime]:
        """Snapshots of both volumes that can be used at this time, oldest first."""
        return self._available(self.restore, now)

    def newest_at(self, now: datetime) -> datetime | None:
        """The last available snapshot of the user volume: what a migration that begins now makes drive D
        from."""
        return max(self.rebuild_at(now), default=None)

    def _available(self, stated: Sequence[datetime], now: datetime) -> list[datetime]:
        made = self._newest_made(now)
        found = [*(each for each in stated if each <= now), *([made] if made else [])]
        if stated and not found:
            # Taken while the file was being written, after the rehearsal begins: the one before it is there.
            found = [stated[-1] + EVERY * ((now - stated[-1]) // EVERY)]
        return found
