"""The threat model says of each threat how the defence is tested: by tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra.sources import PROJECT
from migrator.domain.computer_rules import SafetyRule

MODEL = (PROJECT / "docs" / "threat-model.md").read_text(encoding="utf-8")
MAKEFILE = (PROJECT / "Makefile").read_text(encoding="utf-8")


def threats() -> dict[str, str]:
    """By what it is about, the last cell of each row of the table."""
    rows = [line.strip("|").split(" | ") for line in MODEL.splitlines() if line.startswith("| ")]
    head, *rest = rows
    assert [cell.strip() for cell in head][-1] == "Tested by"
    assert all(len(row) == len(head) for row in rest)
    return {row[0].strip(): row[-1].strip(" |") for row in rest if not row[0].startswith("---")}


def named(cell: str) -> list[str]:
    """What the cell names in backticks; there is nothing else in it."""
    assert re.fullmatch(r"`[^`]+`(, `[^`]+`)*", cell), cell
    return re.findall(r"`([^`]+)`", cell)


def how_many_tests(path: Path) -> int:
    files = path.rglob("test_*.py") if path.is_dir() else [path]
    return sum(
        len(re.findall(r"^def test_", file.read_text(encoding="utf-8"), re.MULTILINE)) for file in files
    )


@pytest.mark.parametrize("threat", threats())
def test_how_it_is_tested_names_tests_that_are_there(threat: str) -> None:
    tests = 0
    for one in named(threats()[threat]):
        if command := re.fullmatch(r"make ([a-z-]+)", one):
            assert re.search(rf"^{command[1]}:.*## ", MAKEFILE, re.MULTILINE), one
        elif module := re.fullmatch(r"python -m ([a-z_.]+)", one):
            path = PROJECT / module[1].replace(".", "/")
            assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), one
        else:
            assert (PROJECT / one).exists(), one
            tests += how_many_tests(PROJECT / one) if one.startswith("tests/") else 0
    assert tests, "no test at all"


def test_it_counts_the_rules_that_keep_an_object() -> None:
    assert f"{len(SafetyRule)} rules that keep an object" in MODEL


def test_what_it_links_is_there() -> None:
    for page in ("SECURITY.md", "docs/threat-model.md"):
        text = (PROJECT / page).read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)#]+)", text):
            assert ((PROJECT / page).parent / link).resolve().exists(), f"{page}: {link}"
