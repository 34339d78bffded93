"""What the tables of facts do not show of the rules, because another rule speaks first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from migrator.domain.bundle_rules import BUNDLE_UNKNOWN, needed_facts, waits_for_edition
from migrator.domain.bundles import Bundle, Fact, Source
from migrator.domain.fixed_rules import FIXED_RULES
from migrator.domain.rule_ids import RuleId
from migrator.domain.rules import judge
from migrator.domain.scenarios import offered
from migrator.domain.severity import Severity
from migrator.domain.workspace_rules import DUPLICATE_USER
from tests.samples import GOOD, SOURCE_ID, between, bundle, target

PUBLIC = bundle("Standard with Windows 10 (Server 2019 based)")
CUSTOM = bundle("Ours with Windows 10", public=False)
CLEVER = bundle("Office of the CFO, Windows 10", public=False)
BYOL = bundle("Ours with Windows 10", public=False, tenancy="DEDICATED")
NAMELESS = bundle("Ours", public=False)
TO = target("Performance with Windows 10 (Server 2022 based)")
SOURCES = (PUBLIC, CUSTOM, CLEVER, BYOL, NAMELESS)


@pytest.mark.parametrize("source", SOURCES, ids=lambda one: one.name)
def test_without_a_target_one_rule_says_so_and_the_others_are_silent(source: Bundle) -> None:
    facts = between(source, None)
    found = {rule.rule_id for rule in FIXED_RULES if rule.check(facts) is not None}
    assert found - {RuleId.BUNDLE_UNKNOWN, RuleId.LINUX} == {RuleId.BUNDLE_UNAVAILABLE}


def test_a_row_that_was_relaxed_is_not_blocked_by_the_table_again() -> None:
    facts = between(CUSTOM, TO)
    assert judge(facts, FIXED_RULES, {}).blocked_by is RuleId.CUSTOM_10_TO_PUBLIC_10
    assert judge(facts, FIXED_RULES, {RuleId.CUSTOM_10_TO_PUBLIC_10: Severity.WARN}).passes


def test_facts_are_needed_for_the_rules_that_block() -> None:
    assert needed_facts({}) == {"os", "edition", "licence"}
    assert needed_facts({RuleId.PLUS_EDITION: Severity.WARN}) == {"os", "licence"}
    relaxed = (RuleId.BYOL_SOURCE, RuleId.BYOL_TARGET, RuleId.SCENARIO, RuleId.CUSTOM_10_TO_PUBLIC_10)
    assert needed_facts(dict.fromkeys(relaxed, Severity.OFF)) == {"os", "edition"}


@pytest.mark.parametrize(
    ("source", "to", "waits"),
    [
        (CLEVER, TO, True),
        (CUSTOM, TO, False),
        (PUBLIC, target("Office of the CFO, Windows 10", public=False), False),
        (CLEVER, target("Office of the CFO, Windows 10", public=False), False),
        (NAMELESS, TO, False),
    ],
)
def test_an_edition_is_waited_for_only_if_it_is_the_sources_and_all_that_lacks(
    source: Bundle, to: Bundle, waits: bool
) -> None:
    assert waits_for_edition(between(source, to)) is waits


def test_three_of_a_users_other_workspaces_are_named() -> None:
    found = DUPLICATE_USER.check(replace(GOOD, shares_user_with=("ws-1", "ws-2", "ws-3", "ws-4")))
    assert found is not None
    assert found.detail == "Its user has 5 WorkSpaces in the directory, also ws-1, ws-2, ws-3."


def test_what_the_guide_offers_is_listed_by_source_then_target() -> None:
    listed = [(str(source), str(to)) for source, to in offered()]
    assert listed == sorted(listed)
    assert len(listed) == 9


@pytest.mark.parametrize(
    ("fact", "spoken"), [("os", "operating system"), ("edition", "edition"), ("licence", "licence")]
)
def test_an_unknown_fact_is_named_and_so_is_where_to_state_it(fact: str, spoken: str) -> None:
    unknown: dict[str, Any] = {fact: Fact(None, Source.UNKNOWN)}
    source = replace(PUBLIC, **unknown)
    found = BUNDLE_UNKNOWN.check(between(source, TO))
    assert found is not None
    assert found.detail == f"Neither the API nor a name tells the {spoken} of {SOURCE_ID} ({PUBLIC.name!r})."
    assert found.next_step == f"State bundleFacts.{SOURCE_ID}.{fact} in the run's input."
