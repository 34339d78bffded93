"""cdk-nag and cfn-lint find what their lists accept: nothing more, and nothing less."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.findings import ACCEPTED, Accepted, Finding, compare, find
from infra.sources import DEFINITION, PROJECT
from tests.infra.synthesis import Template


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    """What the rules find in the stack."""
    return find(PROJECT / DEFINITION)


def test_the_list_fits_the_stack(findings: list[Finding]) -> None:
    assert compare(findings, ACCEPTED) == []


def test_the_rules_look_at_all() -> None:
    """No finding at all would pass as well if the rules did not run."""
    assert len(ACCEPTED) > 5


def test_a_finding_that_is_not_accepted_is_a_fault(findings: list[Finding]) -> None:
    faults = compare(findings, [line for line in ACCEPTED if line.rule != "AwsSolutions-S1"])
    assert faults == ["not accepted: AwsSolutions-S1 at Runs/Bucket/Resource"]


def test_a_line_that_nothing_matches_is_a_fault(findings: list[Finding]) -> None:
    line = Accepted("AwsSolutions-S1", "Runs/Gone/Resource", "It was there once")
    assert compare(findings, [*ACCEPTED, line]) == [
        "stale: nothing gives AwsSolutions-S1 at Runs/Gone/Resource any more"
    ]


def test_cfn_lint_passes_over_nothing_that_is_not_there(kept: Template, tmp_path: Path) -> None:
    """Each check that it is told to ignore has its reason above it, and finds something."""
    lines = (PROJECT / ".cfnlintrc").read_text(encoding="utf-8").partition("ignore_checks:\n")[2].splitlines()
    ignored = {number: line.strip(" -") for number, line in enumerate(lines) if line.strip().startswith("- ")}
    assert [line for number, line in ignored.items() if not lines[number - 1].strip().startswith("# ")] == []
    file, ours = tmp_path / "template.json", tmp_path / "cfnlintrc"
    file.write_text(json.dumps(kept.content), encoding="utf-8")
    ours.write_text("regions:\n  - eu-west-1\n", encoding="utf-8")
    program = [
        str(Path(sys.executable).with_name("cfn-lint")),
        "--config-file",
        str(ours),
        "--format",
        "json",
        str(file),
    ]
    found = subprocess.run(program, capture_output=True, text=True, check=False)
    assert {one["Rule"]["Id"] for one in json.loads(found.stdout)} == set(ignored.values())
