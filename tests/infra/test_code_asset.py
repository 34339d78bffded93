"""The code asset holds the packages as they are committed."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.code_asset import NoFunctionCode, stage_code


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of two modules and a template, on which something has run."""
    for name in (
        *("functions/start.py", "functions/__pycache__/start.cpython-311.pyc", "functions/.start.py.swp"),
        *("migrator/report/page.html", "migrator/__pycache__/CACHEDIR.TAG", "elsewhere/other.py"),
    ):
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
        path.chmod(0o600)
    return tmp_path / "project"


def test_it_is_the_packages_without_a_run_s_litter(project: Path, tmp_path: Path) -> None:
    target = stage_code(project, tmp_path / "code")
    assert {p.relative_to(target).as_posix() for p in target.rglob("*")} == {
        *("functions", "functions/start.py"),
        *("migrator", "migrator/report", "migrator/report/page.html"),
    }
    assert (target / "functions" / "start.py").read_text(encoding="utf-8") == "functions/start.py"


def test_lambda_can_read_it_whatever_the_umask(project: Path, tmp_path: Path) -> None:
    target = stage_code(project, tmp_path / "code")
    modes = {(p.is_dir(), p.stat().st_mode & 0o777) for p in [target, *target.rglob("*")]}
    assert modes == {(True, 0o755), (False, 0o644)}


def test_it_takes_the_place_of_what_was_there(project: Path, tmp_path: Path) -> None:
    stage_code(project, tmp_path / "code")
    (project / "functions" / "start.py").rename(project / "functions" / "begin.py")
    target = stage_code(project, tmp_path / "code")
    assert [p.name for p in (target / "functions").iterdir()] == ["begin.py"]


def test_a_missing_package_is_named_and_what_was_there_stays(project: Path, tmp_path: Path) -> None:
    stage_code(project, tmp_path / "code")
    (project / "migrator").rename(project / "moved")
    with pytest.raises(NoFunctionCode, match="migrator/ is missing"):
        stage_code(project, tmp_path / "code")
    assert (tmp_path / "code" / "migrator" / "report" / "page.html").is_file()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("code")] == ["code"]
