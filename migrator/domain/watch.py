"""The watch: one batch at a time looks after all of a run's migrations in a directory.

A look costs a page, whoever's migrations are on it. So one batch looks for all, and fills its pages with
those that are likely to have ended. It is the batch whose turn it is to start: what it sees end, it
replaces at once. The others sleep until their turn, or until their own are likely to have ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Watch:
    """Who looks, and when."""

    batch_id: str
    place: int
    """Of the batch among those of its directory."""
    startable: int
    """WorkSpaces of the batch that only want a permit."""
    look_at: datetime
    """When the next look is worth its calls."""
    until: datetime
    """The batch has given no sign of life if it is later than that."""

    def open_to(self, batch_id: str, startable: int, now: datetime) -> bool:
        """Whether the batch may look after all: it does already, or who did is dead or has nothing to
        start while this one has."""
        if self.batch_id == batch_id or self.until < now:
            return True
        return startable > 0 and self.startable == 0

    def ahead_of(self, place: int, batch_size: int) -> int:
        """Starts that come before those of the batch at that place."""
        return self.startable + max(0, place - self.place - 1) * batch_size
