"""Commands of README and runbook that are neither calls to AWS nor rehearsals: make, and the redrive."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra.sources import PROJECT
from rehearsal.results import RUN_FILES
from tests.checkouts import make
from tests.contract.test_documented_commands import AWS, call, commands
from tests.workflow.small_machines import chain, invoke, stage

[REHEARSE] = [line for line in commands("make") if line == "make rehearse"]
[BENCH] = [line for line in commands("make") if " bench " in line]
[REDRIVE] = [line for line in AWS if " redrive-execution " in line]

JQ = "jq -Rs . ca.pem"
"""In a sentence of docs/directory.md."""


def test_the_example_fleet_is_rehearsed() -> None:
    # As wide as a reader's terminal.
    done = make(PROJECT, *shlex.split(REHEARSE)[1:], environment={"COLUMNS": "140"})
    assert done.returncode == 0, done.stderr
    assert set(RUN_FILES) <= {path.name for path in (PROJECT / "build" / "rehearsal").iterdir()}
    # What the README shows of it.
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    [headline] = [line for line in done.stdout.splitlines() if line.startswith("Not all of the fleet")]
    assert f"\n{headline}\n" in readme


def test_a_bench_of_three_desktops_measures_what_the_readme_says_of_it(tmp_path: Path) -> None:
    words = [
        "SIZE=3" if word.startswith("SIZE=") else word
        for word in [*shlex.split(BENCH)[1:], f"BENCH_ARGS=--out {tmp_path}"]
    ]
    done = make(PROJECT, *words)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["case"]["size"] == 3
    assert [way["migrated"] for way in found["ways"]] == [3] * 4
    assert {row["function"] for row in found["functions"]} >= {"assess", "start", "poll", "report"}
    assert found["layerMiB"] > 1


def test_a_stopped_execution_is_redriven() -> None:
    seen: list[Any] = []

    def work(event: Any, _: Any) -> object:
        seen.append(event)
        return {"step": len(seen)}

    with stage(work=work, redrivable=True) as on:
        wait = {"Type": "Wait", "Seconds": 100}
        execution = on.start(chain(One=invoke("work"), Wait=wait, Two=invoke("work")))
        on.run_until(60)
        execution.stop(error="Halted", cause="on purpose")
        on.run_until(1000)
        _, model, parameters = call(REDRIVE.replace("EXECUTION_ARN", execution.arn))
        assert model.name == "RedriveExecution"
        {execution.arn: execution}[parameters["executionArn"]].redrive()
        on.clock.run(lambda: execution.finished)
    assert execution.status == "SUCCEEDED"
    assert len(seen) == 2, "what had succeeded was not done again"


def test_a_certificate_is_printed_as_json_wants_it(tmp_path: Path) -> None:
    assert f"`{JQ}`" in (PROJECT / "docs" / "directory.md").read_text(encoding="utf-8")
    text = "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n"
    (tmp_path / "ca.pem").write_text(text, encoding="utf-8")
    if shutil.which("jq") is None:
        pytest.skip("needs jq: apt-get install jq")
    done = subprocess.run(shlex.split(JQ), cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == text
