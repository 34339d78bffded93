"""The same seed gives the same bytes on anybody's machine: whatever AWS configuration, zone, language, hash
seed and clock it has, and wherever the command is called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from rehearsal.simulation.trial import differing_files
from tests.workflow.test_rehearse_command import small_fleet, the_input

PROJECT = Path(__file__).parents[2]

AWS_CONFIG = """
[default]
region = eu-west-3
retry_mode = adaptive
max_attempts = 9
output = text
endpoint_url = http://127.0.0.1:9
use_fips_endpoint = true
"""

FAR_CLOCK = """
import datetime, os, time_machine
time_machine.travel(datetime.datetime.fromisoformat(os.environ["THE_CLOCK_SAYS"]), tick=True).start()
"""

FAULTS = [
    {"operation": "DescribeWorkspaces", "probability": 0.3, "emptyPage": True},
    {"service": "workspaces", "probability": 0.1, "error": "ThrottlingException"},
    {"function": "poll", "crashAfter": "*", "skip": 6},
    {"function": "start", "clockSkewSeconds": 2},
]


def rehearsed(place: Path, name: str, cwd: Path, **environment: str) -> Path:
    out = place / name
    command = [sys.executable, "-m", "rehearsal.cli", "run", "--seed", "5", "--out", str(out)]
    for file in ("fleet", "input", "faults"):
        command += [f"--{file}", str(place / f"{file}.json")]
    done = subprocess.run(
        command,
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    return out


def test_the_machine_is_in_no_file(tmp_path: Path) -> None:
    fleet = small_fleet("migrates", "rolls-back", "never-starts", "migrates", "migrates")
    for name, document in (("fleet", fleet), ("input", the_input()), ("faults", FAULTS)):
        (tmp_path / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    (home / ".aws" / "config").write_text(AWS_CONFIG, encoding="utf-8")
    clock = tmp_path / "clock"
    clock.mkdir()
    (clock / "sitecustomize.py").write_text(FAR_CLOCK, encoding="utf-8")
    plain = rehearsed(tmp_path, "plain", PROJECT, PYTHONHASHSEED="0")
    other = rehearsed(
        tmp_path,
        "other",
        home,
        HOME=str(home),
        PYTHONPATH=f"{clock}:{PROJECT}",
        THE_CLOCK_SAYS="2035-03-30T01:59:00+00:00",
        PYTHONHASHSEED="424242",
        TZ="America/St_Johns",
        LC_ALL="C.UTF-8",
        AWS_PROFILE="nobodys",
        AWS_ENDPOINT_URL="http://127.0.0.1:9",
        AWS_MAX_ATTEMPTS="1",
        HTTPS_PROXY="http://127.0.0.1:9",
    )
    assert (plain / "report.json").is_file()
    assert differing_files(plain, other) == []
