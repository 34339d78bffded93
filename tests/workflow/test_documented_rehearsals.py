"""Every line of README and docs that rehearses, run as it stands: export, run, forecast."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from infra.sources import PROJECT
from rehearsal.cli import main
from rehearsal.results import RUN_FILES
from rehearsal.samba import what_is_missing
from tests.contract.test_documented_commands import blocks, commands
from tests.twin_bench import bench
from tests.workflow.test_rehearse_command import DIRECTORY, small_fleet

LINES = commands(".venv/bin/rehearse")
README = PROJECT / "README.md"
FIRST = "ws-0123456789"
"""The WorkSpace that the README's examples name."""

Json = dict[str, Any]
Run = Callable[[str], Result]


def shown(what: str) -> Any:
    """The README's JSON block that is an input, a faults file, or the Twin section of a fleet."""
    texts = [text for path, text in blocks("json") if path == README]
    texts += [f"{{{text}}}" for path, text in blocks("text") if path == README and '"Twin"' in text]
    found = [json.loads(text) for text in texts]
    [one] = [
        each
        for each in found
        if {
            "input": isinstance(each, dict) and "select" in each,
            "faults": isinstance(each, list),
            "twin": isinstance(each, dict) and "Twin" in each,
        }[what]
    ]
    return one


def documented_fleet() -> Json:
    """A few WorkSpaces for which everything that the README shows means something."""
    text = json.dumps(small_fleet(*["migrates"] * 6)).replace("ws-000000001", FIRST)
    fleet: Json = json.loads(text)
    fleet["Tags"] = {one["WorkspaceId"]: [{"Key": "Wave", "Value": "1"}] for one in fleet["Workspaces"]}
    return fleet | {"Twin": fleet["Twin"] | shown("twin")["Twin"]}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the files that the lines name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fleet.json").write_text(json.dumps(documented_fleet()), encoding="utf-8")
    (tmp_path / "input.json").write_text(json.dumps(shown("input")), encoding="utf-8")
    (tmp_path / "faults.json").write_text(json.dumps(shown("faults")), encoding="utf-8")
    return tmp_path


def words_of(line: str) -> list[str]:
    """As a shell would split it, with everything in it that may be left out."""
    return shlex.split(re.sub(r"[\[\]]", "", line).replace("--seed N", "--seed 7"))[1:]


def of(command: str) -> list[str]:
    return [line for line in LINES if words_of(line)[0] == command]


def test_each_line_is_run_by_one_of_these_tests() -> None:
    assert sorted(LINES) == sorted([*of("run"), *of("forecast"), *of("export")])
    assert all(of(one) for one in ("run", "forecast", "export"))


@pytest.mark.parametrize("line", [line for line in of("run") if "samba" not in line])
def test_a_run_as_it_is_documented(line: str, desk: Path) -> None:
    done = CliRunner().invoke(main, words_of(line))
    # The README's fleet rolls one back.
    assert done.exit_code == 3, done.output
    report = json.loads(done.stdout.splitlines()[-1])
    outcomes = {one["workspaceId"]: one["outcome"] for one in report["workspaces"]}
    assert outcomes[FIRST] == "RolledBack"
    table = README.read_text(encoding="utf-8").partition("| File in `out` |")[2].partition("\n\n")[0]
    there = {path.name for path in (desk / "out").iterdir()}
    optional = {"computers.jsonl"}
    assert set(re.findall(r"`([\w.-]+\.\w+)`", table)) - optional <= there
    assert set(RUN_FILES) <= there


@pytest.mark.parametrize("line", [line for line in of("run") if "samba" in line])
def test_a_run_against_real_domains_as_it_is_documented(line: str, desk: Path) -> None:
    missing = what_is_missing()
    if missing and os.geteuid() != 0 and not os.environ.get("CI"):
        pytest.skip(missing)
    done = CliRunner().invoke(main, words_of(line))
    assert done.exit_code == 3, done.output
    assert (desk / "out" / "computers.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize("line", of("forecast"))
def test_a_forecast_as_it_is_documented(line: str, desk: Path) -> None:
    # Each seed is like the others, and costs as much.
    words = words_of(line.replace("--seeds 20", "--seeds 2"))
    done = CliRunner().invoke(main, [*words, "--json"])
    assert done.exit_code == 0, done.output
    seeds, other = (words[words.index(one) + 1] for one in ("--seeds", "--max-in-flight"))
    assert seeds == "2"
    told = json.dumps(json.loads(done.stdout.splitlines()[-1]))
    assert seeds in told
    assert other in told


@pytest.mark.parametrize("line", of("export"))
def test_an_export_as_it_is_documented_can_be_rehearsed(
    line: str, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = words_of(line)
    fleet = documented_fleet()
    fleet["Twin"] |= {"region": words[words.index("--region") + 1]}
    (desk / "fleet.json").unlink()
    (desk / "profiles").write_text("[readonly]\naws_access_key_id=test\naws_secret_access_key=test\n")
    for name, value in (
        ("AWS_SHARED_CREDENTIALS_FILE", str(desk / "profiles")),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ):
        monkeypatch.setenv(name, value)
    with bench(fleet):
        # The account is one of this machine's: nothing needs its pace.
        done = CliRunner().invoke(main, [*words, "--rate", "100000"])
    assert done.exit_code == 0, done.output
    assert len(json.loads((desk / "fleet.json").read_text(encoding="utf-8"))["Workspaces"]) == 6
    ran = CliRunner().invoke(
        main,
        ["run", "--fleet", "fleet.json", "--input", str(PROJECT / "examples/dry-run.json"), "--out", "out"],
    )
    assert DIRECTORY in (PROJECT / "examples/dry-run.json").read_text(encoding="utf-8")
    assert ran.exit_code == 0, ran.output
