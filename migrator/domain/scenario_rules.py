"""The guide's table of available migration scenarios, as rules."""

from __future__ import annotations

from migrator.domain.facts import FixedFacts
from migrator.domain.rule_ids import RuleId
from migrator.domain.rules import Finding, Rule
from migrator.domain.scenarios import Desktop, Kind, available, desktop_of
from migrator.domain.systems import System

_TABLE = "the guide, Available Migration Scenarios"
_CUSTOM_10 = Desktop(Kind.CUSTOM, "Windows 10")
_PUBLIC_10 = Desktop(Kind.PUBLIC, "Windows 10")


def _scenario(facts: FixedFacts) -> Finding | None:
    """Between two Linux bundles the rule `linux` decides, and today's service where that is relaxed."""
    if facts.target is None:
        return None
    if facts.source.linux and facts.target.linux:
        return _amazon_linux_target(facts.target.os.value)
    cells = _cells(facts)
    if cells is None or available(*cells) or cells == (_CUSTOM_10, _PUBLIC_10):
        return None
    return Finding(
        f"The guide's table of migration scenarios has no row from {cells[0]} to {cells[1]}.",
        "Choose a target that the table offers from this source; docs/reasons.md lists them.",
    )


def _amazon_linux_target(target: System | None) -> Finding | None:
    if target is not System.AMAZON_LINUX_2:
        return None
    return Finding(
        "Not even today's service migrates to Amazon Linux 2.", "Choose another Linux bundle as the target."
    )


SCENARIO = Rule(
    RuleId.SCENARIO,
    "The table of scenarios does not offer this source and target: what it does not list is not available.",
    _TABLE,
    "Choose a target that the table offers from this source.",
    "The table has grown: Windows 11 (BYOL only, never back) and Linux rows are not in the guide.",
    _scenario,
)


def _custom_10_to_public_10(facts: FixedFacts) -> Finding | None:
    if _cells(facts) != (_CUSTOM_10, _PUBLIC_10):
        return None
    return Finding(
        "The guide does not offer custom Windows 10 to public Windows 10.",
        "Choose a custom Windows 10 bundle, or set rules.custom-10-to-public-10 to warn where the "
        "service allows it.",
    )


CUSTOM_10_TO_PUBLIC_10 = Rule(
    RuleId.CUSTOM_10_TO_PUBLIC_10,
    "Custom Windows 10 to public Windows 10 is not offered.",
    _TABLE,
    "Choose a custom Windows 10 bundle, or relax the rule.",
    "No: the row has left the table.",
    _custom_10_to_public_10,
)


def _cells(facts: FixedFacts) -> tuple[Desktop, Desktop] | None:
    source = desktop_of(facts.source)
    target = desktop_of(facts.target) if facts.target else None
    return (source, target) if source and target else None
