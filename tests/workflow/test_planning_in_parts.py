"""A fleet larger than a function's memory and time is planned in parts, over as many turns as it takes."""

from __future__ import annotations

import gc
import json
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from migrator.domain.facts import Workspace
from migrator.steps import assess, gathering
from migrator.steps.parts import Look, Parts
from rehearsal.cli import main
from rehearsal.sampling import TARGET, sample_fleet

SIZE, PART = 300, 75
RATE, BURST = 2, 5

Json = dict[str, Any]


def planned(place: Path, *faults: Json) -> tuple[Json, list[Json]]:
    """A dry run of the sample: its report, and the calls it made."""
    place.mkdir()
    fleet = sample_fleet(SIZE)
    given = {
        "select": {"directoryIds": [one["DirectoryId"] for one in fleet["Directories"]]},
        "target": {"bundleId": TARGET},
    }
    for name, document in (("fleet", fleet), ("input", given), ("faults", faults)):
        (place / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    arguments = [
        part for name in ("fleet", "input", "faults") for part in (f"--{name}", str(place / f"{name}.json"))
    ]
    result = CliRunner().invoke(main, ["run", *arguments, "--out", str(place)])
    assert result.exit_code == 0, result.output
    calls = (place / "calls.jsonl").read_text(encoding="utf-8").splitlines()
    return json.loads((place / "report.json").read_text(encoding="utf-8")), list(map(json.loads, calls))


def held() -> int:
    return sum(isinstance(one, Workspace | Look) for one in gc.get_objects())


@pytest.fixture
def alive(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many WorkSpaces and looks are held whenever a part is written, beyond those of other tests."""
    counted: list[int] = []
    gc.collect()
    before = held()
    for name in ("write_fleet", "write_looks", "write_verdicts"):
        original = getattr(Parts, name)

        def write(parts: Parts, *arguments: Any, _original: Any = original) -> None:
            counted.append(held() - before)
            _original(parts, *arguments)

        monkeypatch.setattr(Parts, name, write)
    return counted


def test_no_turn_holds_the_fleet_and_the_plan_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alive: list[int]
) -> None:
    whole, _ = planned(tmp_path / "whole")
    assert max(alive) >= SIZE, "in one part the whole fleet is held: this count would notice"
    alive.clear()
    gc.collect()
    monkeypatch.setattr(gathering, "PART", PART)
    # Turns of a minute instead of fourteen.
    monkeypatch.setattr(assess, "_TIME_TO_HAND_OVER", 840.0)
    report, calls = planned(tmp_path / "parts")
    assert len(alive) >= 3 * SIZE / PART
    assert max(alive) <= 2 * PART
    assert told(whole) == told(report)
    assert len(told(whole)) == SIZE
    turns = [call for call in calls if str(call["parameters"].get("Key")).endswith("/assessment.json")]
    written = [call for call in turns if call["operation"] == "PutObject"]
    assert len(written) >= 2
    for call in written:
        body = call["parameters"]["Body"]
        size = body["bytes"] if isinstance(body, dict) else len(body)
        assert size < 150 * SIZE, "of the fleet a checkpoint holds ids, and looks at a single part"


def test_a_turn_that_is_killed_is_repeated_and_nobody_is_counted_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "PART", PART)
    monkeypatch.setattr(assess, "_TIME_TO_HAND_OVER", 840.0)
    whole, _ = planned(tmp_path / "whole")
    killed = [
        {"function": "assess", "crashAfter": "DescribeWorkspaces", "skip": 5},
        {"function": "assess", "crashAfter": "DescribeWorkspaceSnapshots", "skip": 100, "times": 2},
    ]
    report, calls = planned(tmp_path / "killed", *killed)
    assert told(report) == told(whole)
    assert len(calls) > 3 * SIZE


def told(report: Json) -> list[tuple[str, str, str | None]]:
    return [(one["workspaceId"], one["outcome"], one["reason"]) for one in report["workspaces"]]


def test_planning_stays_within_the_apis_rate(tmp_path: Path) -> None:
    _, calls = planned(tmp_path / "run")
    times = [
        datetime.fromisoformat(call["at"]).timestamp() for call in calls if call["service"] == "workspaces"
    ]
    assert len(times) > 250
    assert not [call for call in calls if call["error"] == "ThrottlingException"]
    level, last = float(BURST), times[0]
    for _, now in pairwise([times[0], *times]):
        level = min(BURST, level + (now - last) * RATE) - 1
        last = now
        assert level >= -0.01
