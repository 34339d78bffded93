"""Which migrations are worth a look now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from migrator.domain.durations import Durations
from migrator.domain.records import Glimpsed
from migrator.domain.run_input import Polling
from migrator.steps.progress import age_of
from migrator.steps.seeing import LOOK_AT_ONCE

_WORTH_A_PAGE = 0.2
"""Ends to be expected, of what does not fit into the pages before."""


_Record = TypeVar("_Record", bound=Glimpsed)


def worth_a_look(
    records: Iterable[_Record], polling: Polling, durations: Durations, now: datetime
) -> list[_Record]:
    """The migrations to look at now, the likeliest to have ended first.

    Nothing before the first of them is due. A page is filled with what is under way, due or not, for it
    costs the same; a further page is worth its call only if something on it is likely to have ended.
    """
    under_way = [record for record in records if record.to_be_looked_at]
    if not any(age_of(record, now) >= polling.first_after_seconds for record in under_way):
        return []

    def chance(record: _Record) -> float:
        if record.target_workspace_id is None:
            return 1.0  # Not even its target is known.
        return durations.ends_within(age_of(record, now), polling.every_seconds)

    ranked = sorted(under_way, key=lambda record: (-chance(record), record.workspace_id))
    needed, missed = len(ranked), 0.0
    while needed and missed + chance(ranked[needed - 1]) < _WORTH_A_PAGE:
        needed -= 1
        missed += chance(ranked[needed])
    pages = max(1, -(-needed // LOOK_AT_ONCE))
    # What fills a page: first the targets that were never seen, for their computers' names.
    rest = sorted(ranked[needed:], key=lambda record: record.target_seen)
    return [*ranked[:needed], *rest][: pages * LOOK_AT_ONCE]
