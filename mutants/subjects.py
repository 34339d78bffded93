"""Which modules are mutated, and which tests must notice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """A module and the tests that must notice: few, for each mutant is tried on all of them."""

    module: str
    tests: tuple[str, ...]
    """What pytest is given."""


def _subject(name: str, *tests: str, layer: str = "domain") -> Subject:
    return Subject(f"migrator.{layer}.{name}", tuple(f"tests/{one}.py" for one in tests))


_RULES = (
    "unit/test_fixed_rules",
    "unit/test_scenarios",
    "unit/test_bundle_facts",
    "unit/test_rules_by_themselves",
)

SUBJECTS: tuple[Subject, ...] = (
    _subject("permits", "unit/test_starting"),
    _subject("brake", "unit/test_starting"),
    _subject("withholding", "unit/test_starting"),
    _subject("watch", "unit/test_watch_turns"),
    _subject("rules", "unit/test_passing_rules", "unit/test_fixed_rules"),
    _subject("workspace_rules", "unit/test_fixed_rules", "unit/test_rules_by_themselves"),
    _subject("scenarios", "unit/test_scenarios", "unit/test_rules_by_themselves"),
    _subject("verification", "unit/test_verification"),
    _subject("passing_rules", "unit/test_passing_rules"),
    _subject("limit_rules", *_RULES),
    _subject("scenario_rules", *_RULES),
    _subject("bundle_rules", *_RULES),
    _subject("migration", "unit/test_migration", "properties/test_deciding"),
    _subject("failed_targets", "unit/test_failed_targets"),
    _subject("computers", "unit/test_computer_rules", "unit/test_computers"),
    _subject("computer_rules", "unit/test_computer_rules"),
    _subject("selection", "unit/test_selection"),
    _subject("verdicts", "unit/test_verdicts"),
    _subject("plan", "unit/test_plan"),
    _subject("bundles", "unit/test_bundle_facts"),
    _subject("bundle_names", "unit/test_bundle_facts"),
    _subject("prices", "unit/test_prices", "properties/test_costs"),
    _subject("costs", "unit/test_prices", "properties/test_costs"),
    # Where permits are taken and given back, and a call is made or not.
    Subject("migrator.adapters.holds", ("tests/contract/test_ledger.py", "-k", "rehearsal")),
    _subject("migrating", "contract/test_migrating", layer="adapters"),
)

_UNTOLD = "desktop.compute_type is None or desktop.platform is None"

EXPLAINED: Mapping[str, str] = {
    "migrator.domain.bundle_rules:142: _otherwise_alike(source, target): first two swapped": (
        "alike is alike, whichever comes first"
    ),
    **dict.fromkeys(
        (f"migrator.adapters.migrating:86: 0: {other}" for other in (1, -1)),
        "a status that is not told is below 500 either way",
    ),
    (
        "migrator.domain.costs:40: self.now.unknown and self.now.unknown == self.then.unknown: "
        "without operand 1"
    ): "where nothing is unknown on either side, nothing is told either way",
    **dict.fromkeys(
        (
            "migrator.adapters.holds:225: ended.outcome is Outcome.MIGRATED and ended.started_at and "
            f"ended.en...: without operand {number}"
            for number in (2, 3)
        ),
        "what ends was begun, and has its end: for the type checker",
    ),
    **dict.fromkeys(
        (
            *(
                f"migrator.domain.prices:148: {_UNTOLD}: {what}"
                for what in ("And", "without operand 1", "without operand 2")
            ),
            "migrator.domain.prices:149: raise ValueError('told above'): left out",
        ),
        "what is missing was told above: for the type checker",
    ),
    **dict.fromkeys(
        (
            f"migrator.domain.prices:159: {what}"
            for what in (
                *("desktop.volumes.root_gib or 0: without operand 2", "0: 1", "0: -1"),
                "desktop.volumes.user_gib or 0: without operand 2",
            )
        ),
        "a size that is missing was told above: for the type checker",
    ),
}
"""Survivors that change nothing anybody could see, by `module:line: what`, and why."""
