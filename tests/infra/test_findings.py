"""cdk-nag finds what the list accepts: nothing more, and nothing less."""

from __future__ import annotations

import pytest

from infra.findings import ACCEPTED, Accepted, Finding, compare, find
from infra.sources import DEFINITION, PROJECT


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
