"""Forecasts of a small fleet."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from infra.freshness import template_for_rehearsal
from rehearsal.cli import main
from rehearsal.forecast.running import ForecastFault, told_with_reproducer
from rehearsal.forecast.trial import Job, try_once
from rehearsal.run import Task, rehearse
from rehearsal.sampling import TARGET, sample_fleet
from rehearsal.twin import load_fleet

SIZE = 20


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("forecast")
    fleet = sample_fleet(SIZE, troubles=False)
    place.joinpath("fleet.json").write_text(json.dumps(fleet))
    given = {
        "select": {"directoryIds": [row["DirectoryId"] for row in fleet["Directories"]]},
        "target": {"bundleId": TARGET},
        "maxInFlight": 4,
    }
    place.joinpath("input.json").write_text(json.dumps(given))
    return place


def job(place: Path, seed: int = 1, **changes: Any) -> Job:
    given = json.loads((place / "input.json").read_text()) | {"dryRun": False} | changes
    return Job(
        "as given", given, seed, template_for_rehearsal("dev"), place / "fleet.json", place / "input.json"
    )


def test_an_ending_is_what_the_report_says(place: Path, tmp_path: Path) -> None:
    one = job(place)
    found = try_once(one)
    task = Task(
        one.template, load_fleet(one.fleet), [dict(one.given)], [one.input], (), one.seed, 0.0, tmp_path
    )
    (run,) = rehearse(task)
    assert run.report is not None
    assert (found.seconds, found.ended_at) == (run.report["virtualSeconds"], run.report["endedAt"])
    assert found.outcomes == {("Migrated", ""): SIZE}
    assert found.cost == run.report["cost"]["fleet"]
    needed = {directory: most for directory, (most, _) in found.addresses.items()}
    assert all(most > 0 for most in needed.values())
    # A source's address is given back some minutes after its target has one: more than are in flight.
    assert max(needed.values()) <= 4 + 6


def test_less_in_flight_takes_longer_and_needs_fewer_addresses(place: Path) -> None:
    few, many = try_once(job(place, maxInFlight=2)), try_once(job(place, maxInFlight=10))
    assert few.seconds > many.seconds
    assert sum(most for most, _ in few.addresses.values()) < sum(most for most, _ in many.addresses.values())


def test_a_rehearsal_that_dies_is_told_with_what_makes_it_die_again(place: Path) -> None:
    one = job(place, seed=7)
    broken = Job(one.scenario, one.given, one.seed, Path("no-template"), one.fleet, one.input)
    ending = try_once(broken)
    assert ending.failure is not None
    assert "no-template" in ending.failure
    told = str(ForecastFault(told_with_reproducer(ending, broken))).splitlines()
    assert "--seed 7" in told[1]
    assert told[2] == 'with this in the input: {"dryRun": false}'


@pytest.mark.slow
def test_the_command_tells_the_same_again_on_however_many_processors(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    for processors in (1, 2):
        monkeypatch.setattr("os.cpu_count", lambda processors=processors: processors)
        done = CliRunner().invoke(
            main,
            [
                "forecast",
                *("--fleet", str(place / "fleet.json"), "--input", str(place / "input.json")),
                *("--seeds", "2", "--max-in-flight", "8", "--csv", str(tmp_path / "forecast.csv"), "--json"),
                *("--html", str(tmp_path / f"{processors}.html")),
            ],
        )
        assert done.exit_code == 0, done.output
        told.append(done.stdout)
    assert told[0] == told[1]
    page, again = ((tmp_path / f"{processors}.html").read_text() for processors in (1, 2))
    assert page == again
    assert f"fleet.json</bdi>, {SIZE} WorkSpaces" in page
    found = json.loads(told[0].splitlines()[-1])
    assert [row["scenario"] for row in found["scenarios"]] == ["as given", "maxInFlight 8"]
    assert [row["runs"] for row in found["scenarios"]] == [2, 2]
    assert len((tmp_path / "forecast.csv").read_text().splitlines()) == 3


def test_wrong_files_are_told(tmp_path: Path) -> None:
    fleet, given = tmp_path / "fleet.json", tmp_path / "input.json"
    fleet.write_text("{}")
    given.write_text('{"target": {}}')
    done = CliRunner().invoke(main, ["forecast", "--fleet", str(fleet), "--input", str(given)])
    assert done.exit_code == 2
    assert "$.Workspaces" in done.output
    assert "$.select" in done.output


def test_a_time_without_an_offset_is_told(place: Path) -> None:
    done = CliRunner().invoke(
        main,
        [
            "forecast",
            *("--fleet", str(place / "fleet.json"), "--input", str(place / "input.json")),
            *("--closes-at", "2026-11-28T06:00:00"),
        ],
    )
    assert (done.exit_code, "offset from UTC" in done.output) == (2, True)


def test_an_input_that_matches_nothing_is_told(place: Path, tmp_path: Path) -> None:
    given = json.loads((place / "input.json").read_text()) | {"select": {"userNames": ["nobody"]}}
    (tmp_path / "input.json").write_text(json.dumps(given))
    files = ["--fleet", str(place / "fleet.json"), "--input", str(tmp_path / "input.json")]
    done = CliRunner().invoke(main, ["forecast", *files, "--seeds", "1", "--max-in-flight", "4"])
    assert done.exit_code == 2
    assert "$.select: matches no WorkSpace" in done.output


def test_directories_without_workspaces_need_no_addresses(place: Path, tmp_path: Path) -> None:
    fleet = json.loads((place / "fleet.json").read_text())
    fleet["Directories"].append({"DirectoryId": "wsd-7h1k2m3n4", "WorkspaceType": "POOLS"})
    (tmp_path / "fleet.json").write_text(json.dumps(fleet))
    found = try_once(replace(job(place), fleet=tmp_path / "fleet.json"))
    assert found.failure is None
    assert found.addresses.keys() == {row["DirectoryId"] for row in fleet["Workspaces"]}
