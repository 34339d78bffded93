"""Taking the watch over a run's migrations in a directory, keeping it, and sleeping while others have it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from migrator.domain.plan import Batch
from migrator.domain.records import RunRecord
from migrator.domain.run_input import RunInput
from migrator.domain.watch import Watch
from migrator.services import Services

SIGN_OF_LIFE = timedelta(minutes=7)
"""Longer than a function may run and the state machine takes to repeat it after a failure."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a batch stands to the watch."""

    watch: Watch
    mine: bool
    ahead: int
    """Starts that come before this batch's."""

    def looking_at(self, moment: datetime) -> Standing:
        """With another moment for the next look."""
        return replace(self, watch=replace(self.watch, look_at=moment))


def standing(
    services: Services,
    run: RunRecord,
    given: RunInput,
    batch: Batch,
    seen: Watch | None,
    startable: Callable[[datetime], int],
    *,
    first_start: bool = False,
) -> Standing:
    """Take the watch if it is open to the batch; how the batch stands to it. `seen` is the watch as it was
    read a moment ago.

    At their first start all batches come at once: the watch is then the first one's.
    """
    ledger = services.ledger
    while True:
        now = services.clock.now()
        ready = startable(now)
        if seen is None and first_start and batch.place:
            seen = Watch("", 0, given.batch_size, now, now + SIGN_OF_LIFE)
        if seen is not None and not seen.open_to(batch.batch_id, ready, now):
            return Standing(seen, False, seen.ahead_of(batch.place, given.batch_size))
        if seen is not None and seen.batch_id == batch.batch_id:
            return Standing(seen, True, 0)
        first_look = now + timedelta(seconds=given.polling.first_after_seconds)
        taken = Watch(
            batch.batch_id, batch.place, ready, seen.look_at if seen else first_look, now + SIGN_OF_LIFE
        )
        if ledger.keep_watch(run.run_id, batch.directory_id, taken, seen):
            return Standing(taken, True, 0)
        seen = ledger.watch(run.run_id, batch.directory_id)


def keep(
    services: Services,
    run: RunRecord,
    batch: Batch,
    held: Standing,
    *,
    startable: int,
    look_at: datetime,
    wait_seconds: float | None,
) -> None:
    """Say that the batch that has the watch will be back after the wait; None: it is done itself, and
    whoever wakes next looks after what is left. Another that took the watch meanwhile keeps it."""
    now = services.clock.now()
    until = now if wait_seconds is None else now + timedelta(seconds=wait_seconds) + SIGN_OF_LIFE
    watch = Watch(batch.batch_id, batch.place, startable, look_at, until)
    services.ledger.keep_watch(run.run_id, batch.directory_id, watch, held.watch)
