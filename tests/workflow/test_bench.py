"""The bench's scripts on the twin, and ours beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from bench.case import Case
from bench.ideal import ideal_seconds
from bench.our_run import run_ours
from bench.results import Result
from bench.script_run import run_script
from bench.scripts import SCRIPTS
from bench.table import print_tables
from rehearsal.clock import VirtualClock
from rehearsal.twin import Twin

CASE = Case(size=30, in_flight=10, seed=3)


@pytest.fixture(scope="module")
def ran() -> dict[str, Result]:
    return {name: run_script(name, script, CASE) for name, script in SCRIPTS.items()}


def durations() -> list[float]:
    fleet = CASE.fleet()
    twin = Twin(VirtualClock(fleet.now), fleet, seed=CASE.seed)
    return [twin.duration(row["WorkspaceId"]).total_seconds() for row in fleet.workspaces]


def test_every_script_migrates_all_and_knows_what_it_looked_at(ran: dict[str, Result]) -> None:
    guide, forget, single = ran.values()
    assert [one.migrated for one in (guide, forget, single)] == [30, 30, 30]
    assert [one.outcomes_known for one in (guide, forget, single)] == [30, 0, 30]
    assert [one.most_in_flight for one in (guide, forget, single)] == [25, 30, 1]
    assert forget.workspaces_calls == 30


def test_no_script_beats_the_twins_true_durations(ran: dict[str, Result]) -> None:
    guide, forget, single = ran.values()
    true = durations()
    assert max(true) <= forget.makespan_seconds <= max(true) + 30 * 1.2
    assert sum(true) <= single.makespan_seconds <= sum(true) + 30 * 62
    assert max(true[:25]) + max(true[25:]) <= guide.makespan_seconds


def test_a_script_takes_the_same_time_again(ran: dict[str, Result]) -> None:
    name = next(iter(SCRIPTS))
    again = run_script(name, SCRIPTS[name], CASE)
    assert again.makespan_seconds == ran[name].makespan_seconds
    assert again.workspaces_calls == ran[name].workspaces_calls


def test_ours_is_measured_beside_the_ideal(ran: dict[str, Result], tmp_path: Path) -> None:
    ours, ideal = run_ours(CASE, tmp_path)
    assert ours.migrated == ours.outcomes_known == 30
    assert ours.most_in_flight <= 10
    assert ideal_seconds([max(durations())], 1) <= ideal < ours.makespan_seconds
    calls = (tmp_path / "calls.jsonl").read_text().splitlines()
    of_workspaces = [line for line in map(json.loads, calls) if line["service"] == "workspaces"]
    assert ours.workspaces_calls == len(of_workspaces)
    assert ours.transitions > 0
    assert ours.dollars == pytest.approx(sum(ours.more["dollarsByService"].values()), abs=1e-5)

    ways = [one.document(ideal) for one in (ours, *ran.values())]
    assert all(way["timesTheIdeal"] >= 1 for way in ways if way["mostInFlight"] <= 10)
    console = Console(record=True, width=200)
    found = {"case": {"size": 30, "inFlight": 10, "seed": 3}, "ideal": {"makespanSeconds": ideal}}
    print_tables(console, {**found, "ways": ways, "functions": [], "layerMiB": None})
    printed = console.export_text()
    assert all(name.split(",")[0] in printed for name in ("ours", *SCRIPTS))
