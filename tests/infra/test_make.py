"""The commands a reader types."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.link_checkout import link
from infra.sources import PROJECT


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A checkout whose environment is ready, with a `rehearse` that ends as REHEARSE_CODE says."""
    for part in ("Makefile", "pyproject.toml", "requirements.txt"):
        shutil.copy(PROJECT / part, tmp_path / part)
    (tmp_path / "infra").mkdir()
    shutil.copy(PROJECT / "infra" / "link_checkout.py", tmp_path / "infra")
    commands = tmp_path / ".venv" / "bin"
    commands.mkdir(parents=True)
    (commands / "rehearse").write_text(
        '#!/bin/sh\necho "rehearse $*"\nexit "$REHEARSE_CODE"\n', encoding="utf-8"
    )
    (commands / "rehearse").chmod(0o755)
    (tmp_path / ".venv" / ".ready").write_text("", encoding="utf-8")
    return tmp_path


def make(desk: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    # What this test run's own make left in the environment is not this make's.
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}
    return subprocess.run(
        ["make", *arguments],
        cwd=desk,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_rehearsal_in_which_some_roll_back_is_what_the_example_is_for(desk: Path) -> None:
    done = make(desk, "rehearse", REHEARSE_CODE="3")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines == [
        "rehearse run --fleet examples/fleet-120.json --input examples/migrate.json --out build/rehearsal",
        "Exit code 3, as it should be: this fleet holds WorkSpaces whose migration fails.",
        "The report: build/rehearsal/report.html",
    ]


@pytest.mark.parametrize("code", ["0", "1", "2", "4"])
def test_any_other_end_of_the_example_is_a_failure(desk: Path, code: str) -> None:
    done = make(desk, "rehearse", REHEARSE_CODE=code)
    assert done.returncode != 0
    assert f"meant to end with exit code 3, and ended with {code}" in done.stderr


def test_an_old_python_is_named_before_anything_is_made(desk: Path) -> None:
    (desk / ".venv" / ".ready").unlink()
    old = desk / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    old.chmod(0o755)
    done = make(desk, "setup", f"PYTHON={old}")
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed" in done.stderr


def test_every_target_explains_itself() -> None:
    listed = {line.split()[1] for line in make(PROJECT, "help").stdout.splitlines()}
    assert listed >= {"setup", "rehearse", "test", "check", "synth", "deploy", "lock", "clean"}


def test_continuous_integration_runs_the_one_test_command() -> None:
    script = PROJECT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert lines[-1] == "make test"


def test_a_linked_checkout_can_be_imported_and_its_commands_run(tmp_path: Path) -> None:
    checkout, packages, scripts = (tmp_path / name for name in ("checkout", "packages", "scripts"))
    for directory in (checkout, packages, scripts):
        directory.mkdir()
    (checkout / "pyproject.toml").write_text(
        '[project]\nname = "it"\n[project.scripts]\nit = "itself:main"\n', encoding="utf-8"
    )
    (checkout / "itself.py").write_text("def main() -> int:\n    return 7\n", encoding="utf-8")
    [command] = link(checkout, packages, scripts, sys.executable)
    assert command == scripts / "it"
    assert (packages / "it.pth").read_text(encoding="utf-8") == f"{checkout}\n"
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    assert subprocess.run([command], env=environment, check=False).returncode == 7
