"""What many rehearsals say together."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from rehearsal.forecast.figures import figures, spread
from rehearsal.forecast.scenarios import AS_GIVEN, scenarios, usual_alternatives
from rehearsal.forecast.tables import CSV_COLUMNS, as_csv, print_forecast
from rehearsal.forecast.trial import Ending

COST = {
    "workspaces": 10,
    "priced": 9,
    "totalInMonth": 100.5,
    "monthlyFees": 90.0,
    "newMonthlyFees": 110.0,
    "monthlyDifference": 20.0,
}


def ending(seed: int, minutes: float, migrated: int = 8, cost: dict[str, Any] | None = None) -> Ending:
    outcomes = {("Migrated", ""): migrated, ("Ineligible", "opt-out"): 10 - migrated}
    return Ending(
        AS_GIVEN,
        seed,
        minutes * 60,
        f"2026-11-28T0{int(minutes // 60)}:{int(minutes % 60):02d}:00Z",
        {kind: number for kind, number in outcomes.items() if number},
        migrated < 5,
        {"d-1": (seed, 100), "d-2": (3, 50)},
        cost,
    )


@pytest.mark.parametrize(
    ("values", "p50", "p90"),
    [([7], 7, 7), ([1, 2], 1, 2), (range(1, 11), 5, 9), (range(1, 12), 6, 10), ([3, 1, 2], 2, 3)],
)
def test_percentiles_are_values_that_occurred(values: list[float], p50: float, p90: float) -> None:
    found = spread(values)
    assert (found.p50, found.p90) == (p50, p90)


@given(st.lists(st.integers(0, 100), min_size=1))
def test_nine_runs_of_ten_stay_at_or_below_p90(values: list[float]) -> None:
    found = spread(values)
    assert found.least <= found.p50 <= found.p90 <= found.most
    assert sum(value <= found.p50 for value in values) * 2 >= len(values)
    assert sum(value <= found.p90 for value in values) * 10 >= 9 * len(values)


def test_figures_of_some_runs() -> None:
    found = figures([ending(1, 60, 8, COST), ending(2, 90, 4, COST), ending(3, 61, 8, COST)])
    assert found["seconds"] == {"least": 3600, "p50": 3660, "p90": 5400, "most": 5400}
    assert found["endsAt"] == {"p50": "2026-11-28T01:01:00Z", "p90": "2026-11-28T01:30:00Z"}
    assert found["migrated"]["p50"] == 8
    assert found["notMigrated"] == {"least": 2, "p50": 2, "p90": 6, "most": 6}
    assert found["brakePulledIn"] == 1
    assert found["addresses"] == {"d-1": {"needed": 3, "free": 100}, "d-2": {"needed": 3, "free": 50}}
    assert found["cost"]["totalInMonth"]["p50"] == 100.5
    assert found["cost"]["unpriced"] == 1


def test_an_outcome_that_a_run_does_not_have_counts_as_none_there() -> None:
    found = figures([ending(1, 60, 10), ending(2, 60, 8)])
    (left,) = [row for row in found["outcomes"] if row["reason"] == "opt-out"]
    assert (left["least"], left["most"]) == (0, 2)
    assert found["cost"] is None


def test_one_thing_is_changed_at_a_time() -> None:
    given_input = {"maxInFlight": 40, "dryRun": True, "window": {"closesAt": "2026-11-28T06:00:00Z"}}
    tried = scenarios(given_input, [20, 40, 80], ["2026-11-28T06:00:00Z", "2026-11-28T04:00:00Z"])
    assert [one.name for one in tried] == [
        AS_GIVEN,
        "maxInFlight 20",
        "maxInFlight 80",
        "closes 2026-11-28T04:00:00Z",
    ]
    assert all(one.given["dryRun"] is False for one in tried)
    assert [one.given["maxInFlight"] for one in tried] == [40, 20, 80, 40]
    assert given_input["dryRun"] is True


@pytest.mark.parametrize(
    ("planned", "others"), [(100, [50, 200]), (1, [2]), (1000, [500]), (700, [350, 1000])]
)
def test_alternatives_stay_within_what_an_input_may_say(planned: int, others: list[int]) -> None:
    assert usual_alternatives({"maxInFlight": planned}) == others


def test_csv_and_table_tell_the_same() -> None:
    found = {"seeds": [1, 2], "scenarios": [figures([ending(1, 60, 8, COST), ending(2, 90, 8, COST)])]}
    (row,) = csv.DictReader(io.StringIO(as_csv(found)))
    assert tuple(row) == CSV_COLUMNS
    assert (row["seconds_p90"], row["addresses_needed"], row["not_migrated_p50"]) == ("5400", "5", "2")
    console = Console(record=True, width=80)  # as where there is no terminal
    print_forecast(console, found)
    printed = console.export_text()
    assert "…" not in printed
    for told in ("as given", "1:00 h", "1:30 h", "11-28 01:30Z", "8 of 10", "+20 $", "opt-out", "d-2"):
        assert told in printed
