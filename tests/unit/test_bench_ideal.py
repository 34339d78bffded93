"""The lower bound of the bench."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.ideal import ideal_seconds

DURATIONS = st.lists(st.integers(1, 50).map(float), max_size=20)


@pytest.mark.parametrize(
    ("durations", "places", "seconds"),
    [
        ([], 3, 0),
        ([5], 3, 5),
        ([5, 5, 5], 3, 5),
        ([5, 5, 5, 5], 3, 10),
        ([9, 1, 1, 1], 2, 9),
        ([1, 1, 9, 1], 2, 10),
        ([4, 3, 2], 1, 9),
    ],
)
def test_places_are_refilled_at_once_and_in_order(
    durations: list[float], places: int, seconds: float
) -> None:
    assert ideal_seconds(durations, places) == seconds


@given(DURATIONS, st.integers(1, 5))
def test_nobody_can_be_faster_than_all_places_busy_all_the_time(durations: list[float], places: int) -> None:
    found = ideal_seconds(durations, places)
    assert found >= max([sum(durations) / places, *durations, 0])
    assert found <= sum(durations)
    if durations:
        assert found <= sum(durations) / places + max(durations)
