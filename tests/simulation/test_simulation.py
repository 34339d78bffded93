"""Seeds through the real state machine: those that found something, for ever, and as many others as fit into
a minute. `make simulate SEEDS=n` tries more; a failing seed prints its complete reproducer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.sources import PROJECT
from rehearsal.simulation.draw import draw_case
from rehearsal.simulation.trial import differing_files, template, try_case, try_seed

FOUND = {
    (1, 100): "the brake was not looked at again within a batch",
    (1, 181): "the target of the user's other migration was taken for the one whose answer was lost",
    (1, 184): "the brake was not looked at again within a batch",
    (1, 230): "a terminated WorkSpace killed the dry run that asked for its snapshots",
    (1, 237): "a terminated WorkSpace killed its batch",
    (1, 738): "the computer's name of a target first seen as TERMINATING was not kept",
    (1, 806): "the computer's name of a target first seen as TERMINATED was not kept",
    (1, 1359): "bookings of the API's budget were used long after their time",
}
"""Drawing and seed of what failed once, and what it found."""

FRESH = range(20_000, 20_024)

KEPT = PROJECT / "build" / "simulation"
"""Where a failing seed's files stay, for its reproducer."""


@pytest.fixture(scope="session")
def template_path() -> Path:
    return template()


@pytest.mark.parametrize(("drawing", "seed"), FOUND)
def test_what_was_found_stays_mended(drawing: int, seed: int, template_path: Path) -> None:
    trial = try_seed(seed, KEPT, template_path, drawing)

    assert trial.held, trial.told()


@pytest.mark.parametrize("seed", FRESH)
def test_every_invariant_holds(seed: int, template_path: Path) -> None:
    trial = try_seed(seed, KEPT, template_path)

    assert trial.held, trial.told()


@pytest.mark.parametrize("seed", [181, 20_000])
def test_a_seed_gives_the_same_bytes_twice(seed: int, template_path: Path, tmp_path: Path) -> None:
    for name in ("one", "other"):
        try_case(draw_case(seed), tmp_path / name, template_path)

    assert list((tmp_path / "one" / "out").rglob("calls.jsonl"))
    assert differing_files(tmp_path / "one", tmp_path / "other") == []


def test_a_seed_gives_the_same_bytes_in_another_process(template_path: Path, tmp_path: Path) -> None:
    """By its reproducer: the files of the case, through the command."""
    case = draw_case(100)
    try_case(case, tmp_path / "here", template_path)
    case.write(tmp_path / "there")

    line = case.command(tmp_path / "there").split()
    subprocess.run(
        [sys.executable, "-m", "rehearsal.cli", *line[1:]],
        cwd=PROJECT,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        check=False,
    )

    assert list((tmp_path / "there" / "out").rglob("calls.jsonl"))
    assert differing_files(tmp_path / "here", tmp_path / "there") == []
