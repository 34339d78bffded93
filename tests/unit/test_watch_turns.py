"""Whose turn it is to look after a directory's migrations, and to start."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from migrator.domain.watch import Watch
from tests.samples import NOW

SECOND = timedelta(seconds=1)
WATCH = Watch("batch-0002", place=2, startable=3, look_at=NOW, until=NOW + 60 * SECOND)


def test_whoever_has_it_keeps_it() -> None:
    assert WATCH.open_to("batch-0002", 0, NOW)


@pytest.mark.parametrize(
    ("startable", "theirs", "open_"), [(0, 3, False), (1, 3, False), (0, 0, False), (1, 0, True)]
)
def test_another_batch_gets_it_only_if_it_has_starts_and_the_one_that_looks_has_none(
    startable: int, theirs: int, open_: bool
) -> None:
    assert replace(WATCH, startable=theirs).open_to("batch-0003", startable, NOW) is open_


def test_who_gave_no_sign_of_life_has_lost_it() -> None:
    assert not WATCH.open_to("batch-0003", 0, WATCH.until)
    assert WATCH.open_to("batch-0003", 0, WATCH.until + SECOND)


@pytest.mark.parametrize(("place", "ahead"), [(0, 3), (1, 3), (2, 3), (3, 3), (4, 28), (5, 53)])
def test_the_starts_of_the_batches_between_come_first(place: int, ahead: int) -> None:
    assert WATCH.ahead_of(place, 25) == ahead
