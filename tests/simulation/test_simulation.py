"""Seeds through the real state machine: those that found something, for ever, and as many others as fit into
a minute. `make simulate SEEDS=n` tries more; a failing seed prints its complete reproducer."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
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
    (1, 30_001): "a run told to go without free addresses asked for permits without end",
    (2, 32_206): "an empty page of images with a token was taken for none: bundle-unknown",
    (2, 32_233): "an empty page of directories with a token was taken for none: no addresses",
    (2, 50_088): "what the clock called was told in the files of both runs",
    (2, 50_183): "a target first seen on its way out by its user was never taken for seen",
    (3, 60_160): "the canary's batch died, and the rest went without it",
    (3, 300_143): "the invariant asked only at the ends of the time a judgement was made in",
    (3, 300_315): "the oracle did not see that a WorkSpace on its way out loses its connection status",
    (3, 300_298): "the invariant counted from the call where the ledger knows the intent only",
    (3, 301_982): "what had been tried once and was then kept back for good was looked at for ever",
    (3, 302_263): "the invariant took the second attempt of a write for the write",
    (3, 301_092): "the report told the event again of what another run had migrated, without that run",
    (3, 301_905): "the invariant asked who was killed at every try to tell the end",
    (3, 310_574): "who was to go had no line where planning died before it had its batches",
    (3, 410_116): "the oracle did not see that another run's migration takes the connection status away",
    (3, 500_624): "a limit reckoned before two migrations ended let one more begin than there were addresses",
    (3, 700_233): "what was gone when it was looked for after a failed call was called for again",
    (3, 700_355): "a batch died after a call was answered with a failure: its migration was given up",
    (4, 810_456): "a report that could be written only later was told under the id of the one that was not",
    (4, 810_906): "what the brake kept back while it waited for another run was told as that run's",
    (4, 820_024): "a service that took no call for ever kept a run going for ever",
    (4, 840_213): "a WorkSpace that a repeated planning judged otherwise was told under the same id",
    (4, 1_002_704): "a planning that was halted and redriven counted its verdicts twice, and otherwise",
    (4, 1_003_987): "the invariant held what a dying function saw for known",
    (4, 1_004_291): "a look that came fifteen minutes late was taken for proof, and the call made again",
    (4, 1_004_007): "the invariant did not know that a run may migrate what another has made",
    (4, 1_102_188): "the invariant looked in the wrong run for the answers that kept a WorkSpace back",
    (4, 1_103_090): "an id that the inventory lists in another Region got two verdicts",
    (4, 1_104_464): "the invariant did not know that a user was on the way in when a dry run looked",
    (4, 1_103_271): "a user's WorkSpace that was being changed when it was planned was taken for the target",
    (4, 1_104_271): "a run died because the tags of what it had migrated could not be read",
    (4, 810_470): "the invariant took requests that were late on their way for too many at once",
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


EVERYTHING = [
    {"service": "workspaces", "error": "ThrottlingException", "afterSeconds": 60, "forSeconds": 20},
    {"operation": "DescribeWorkspaces", "emptyPage": True, "probability": 0.2},
    {"operation": "MigrateWorkspace", "hideTargetSeconds": 60, "probability": 0.3},
    {"operation": "TransactWriteItems", "delaySeconds": 1.5, "probability": 0.1},
    {"operation": "MigrateWorkspace", "lostResponse": True, "times": 2},
    {"function": "poll", "crashAfter": "*", "skip": 20},
    {"function": "start", "hangAfter": "*", "skip": 50},
    {"function": "poll", "clockSkewSeconds": 0.4},
    {"haltAfterSeconds": 900, "redriveAfterSeconds": 300, "runId": "rehearsal-1"},
]
WORKING = {"users": {"onWorkingDays": 0.5, "outsideHours": 0.5, "from": "00:00", "to": "12:00"}}


def test_a_seed_gives_the_same_bytes_in_other_processes_whatever_goes_wrong(tmp_path: Path) -> None:
    """Two runs that overlap, users at work, one fault of each kind: by the reproducer, with another order of
    hashes each time."""
    drawn = draw_case(100)
    fleet = {**drawn.fleet, "Twin": {**drawn.fleet["Twin"], **WORKING}}
    case = replace(drawn, fleet=fleet, faults=EVERYTHING, stagger_seconds=120)
    assert len(case.inputs) == 2
    for hashes in ("0", "4242"):
        case.write(tmp_path / hashes)
        line = case.command(tmp_path / hashes).split()
        subprocess.run(
            [sys.executable, "-m", "rehearsal.cli", *line[1:]],
            cwd=PROJECT,
            env={**os.environ, "PYTHONHASHSEED": hashes},
            capture_output=True,
            check=False,
        )

    events = (tmp_path / "0" / "out" / "rehearsal-1" / "twin.jsonl").read_text()
    assert '"finished"' in events
    assert '"connected"' in events
    assert (tmp_path / "0" / "out" / "rehearsal-1" / "report.json").is_file(), "redriven to its end"
    assert differing_files(tmp_path / "0" / "out", tmp_path / "4242" / "out") == []
