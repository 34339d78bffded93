"""The rules of planning, one by one: when each finds something, when not, and what it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from migrator.domain.bundle_names import Edition
from migrator.domain.bundle_rules import caveats, needed_facts
from migrator.domain.bundles import Bundle, Licence, StatedFacts, unlisted_bundle, with_statements
from migrator.domain.facts import FixedFacts
from migrator.domain.fixed_rules import FIXED_RULES
from migrator.domain.rule_ids import RuleId
from migrator.domain.rules import judge
from migrator.domain.severity import Severity
from migrator.domain.systems import System
from tests.samples import GOOD, SOURCE_ID, TARGET_ID, between, bundle, target

RULES = {rule.rule_id: rule for rule in FIXED_RULES}


def custom(name: str, **more: Any) -> Bundle:
    return bundle(name, public=False, **more)


def custom_target(name: str, **more: Any) -> Bundle:
    return target(name, public=False, **more)


WINDOWS_10 = bundle("Standard with Windows 10")
LINUX = bundle("Standard with Ubuntu 22.04")
BYOL = custom("Windows 10 desktop", tenancy="DEDICATED")

FINDS: list[tuple[RuleId, FixedFacts, str]] = [
    (RuleId.OPT_OUT, replace(GOOD, tags=frozenset({"Wave", "MigrationOptOut"})), "MigrationOptOut"),
    (RuleId.BUNDLE_UNAVAILABLE, between(WINDOWS_10, None), "does not exist in this Region"),
    (RuleId.BUNDLE_UNAVAILABLE, replace(GOOD, target=None, target_bundle_id=None), "target.byBundle"),
    (RuleId.BUNDLE_UNAVAILABLE, between(WINDOWS_10, target("Windows 10", state="PENDING")), "not AVAILABLE"),
    (RuleId.BUNDLE_UNAVAILABLE, between(WINDOWS_10, target("Windows 10", state="ERROR")), "not AVAILABLE"),
    (RuleId.BUNDLE_UNAVAILABLE, between(WINDOWS_10, target("Windows 10", bundle_type="STANDBY")), "standby"),
    (RuleId.SAME_BUNDLE, between(WINDOWS_10, WINDOWS_10), "already on the target bundle"),
    (RuleId.LINUX, between(LINUX, target("Power with Ubuntu 24.04")), "it runs and the target is Linux"),
    (RuleId.LINUX, between(LINUX, target("Windows 10")), "it runs Linux"),
    (RuleId.LINUX, between(WINDOWS_10, target("Rocky Linux 9")), "the target is Linux"),
    (RuleId.LINUX, between(WINDOWS_10, custom_target("Golden", image_platform="LINUX")), "the target is"),
    (RuleId.LINUX, between(custom("Golden", image_platform="LINUX"), target("Windows 10")), "it runs"),
    (RuleId.LINUX, between(WINDOWS_10, target("Standard with Ubuntu")), "the target is Linux"),
    (RuleId.WINDOWS_7_TARGET, between(WINDOWS_10, target("Standard with Windows 7")), "Windows 7"),
    (RuleId.WINDOWS_7_TARGET, between(WINDOWS_10, custom_target("Windows 7")), "Windows 7"),
    (RuleId.WINDOWS_7_TARGET, between(BYOL, custom_target("Windows 7", tenancy="DEDICATED")), "Windows 7"),
    (RuleId.BYOL_SOURCE, between(BYOL, target("Windows 10")), "is BYOL, the target"),
    (RuleId.BYOL_SOURCE, between(BYOL, custom_target("Windows 10")), "is BYOL, the target"),
    (RuleId.BYOL_TARGET, between(WINDOWS_10, custom_target("Windows 10", tenancy="DEDICATED")), "is public"),
    (
        RuleId.BYOL_TARGET,
        between(custom("Windows 10"), custom_target("Windows 10", tenancy="DEDICATED")),
        "is custom",
    ),
    (RuleId.PLUS_EDITION, between(WINDOWS_10, target("Windows 10 and Office 2016")), "the target includes"),
    (
        RuleId.PLUS_EDITION,
        between(bundle("Standard Plus with Windows 10"), target("Windows 10")),
        "its bundle includes",
    ),
    (RuleId.BUNDLE_UNKNOWN, between(WINDOWS_10, custom_target("Golden 2024-06")), "the operating system of"),
    (
        RuleId.BUNDLE_UNKNOWN,
        between(custom("Golden 2024-06"), custom_target("Windows 10")),
        "operating system",
    ),
    (RuleId.BUNDLE_UNKNOWN, between(WINDOWS_10, custom_target("Front office Windows 10")), "the edition of"),
    (
        RuleId.BUNDLE_UNKNOWN,
        between(custom("Windows 10", image_tenancy=None), custom_target("Windows 10")),
        "licence",
    ),
    (RuleId.BUNDLE_UNKNOWN, between(unlisted_bundle(SOURCE_ID), target("Windows 10")), "does not describe"),
    (RuleId.CUSTOM_10_TO_PUBLIC_10, between(custom("Windows 10"), target("Windows 10")), "custom Windows 10"),
    (RuleId.SCENARIO, between(WINDOWS_10, custom_target("Windows 11")), "no row from public Windows 10"),
    (
        RuleId.NESTED_VIRTUALIZATION,
        between(WINDOWS_10, target("Windows 10"), nested_virtualization=True),
        "Nested",
    ),
    (RuleId.STANDBY, between(WINDOWS_10, target("Windows 10"), has_standby=True), "standby"),
    (RuleId.DUPLICATE_USER, replace(GOOD, shares_user_with=("ws-2", "ws-3")), "has 3 WorkSpaces"),
]


@pytest.mark.parametrize(("rule_id", "facts", "words"), FINDS)
def test_a_rule_finds_something_and_blocks(rule_id: RuleId, facts: FixedFacts, words: str) -> None:
    verdict = judge(facts, FIXED_RULES, {})
    assert verdict.blocked_by is rule_id
    assert verdict.finding is not None
    assert words in verdict.finding.detail
    assert verdict.finding.next_step.endswith(".")
    assert not verdict.finding.heals


@pytest.mark.parametrize(("rule_id", "facts", "words"), FINDS)
def test_its_severity_can_be_set(rule_id: RuleId, facts: FixedFacts, words: str) -> None:
    warned = judge(facts, FIXED_RULES, {rule_id: Severity.WARN})
    assert warned.blocked_by is not rule_id
    assert any(one.startswith(f"{rule_id}: ") and words in one for one in warned.warnings)
    off = judge(facts, FIXED_RULES, {rule_id: Severity.OFF})
    assert off.blocked_by is not rule_id
    assert not any(one.startswith(f"{rule_id}: ") for one in off.warnings)


PASSES: list[tuple[RuleId, FixedFacts]] = [
    (RuleId.OPT_OUT, replace(GOOD, tags=frozenset({"migrationoptout", "OptOut"}))),
    (RuleId.LINUX, between(custom("Golden"), custom_target("Golden", image_platform="WINDOWS"))),
    (RuleId.WINDOWS_7_TARGET, between(bundle("Standard with Windows 7"), target("Windows 10"))),
    (RuleId.WINDOWS_7_TARGET, between(WINDOWS_10, custom_target("Golden"))),
    (RuleId.BYOL_SOURCE, between(BYOL, custom_target("Windows 10", tenancy="DEDICATED"))),
    (RuleId.BYOL_SOURCE, between(BYOL, custom_target("Windows 10", image_tenancy=None))),
    (RuleId.BYOL_TARGET, between(BYOL, custom_target("Windows 10", tenancy="DEDICATED"))),
    (
        RuleId.BYOL_TARGET,
        between(custom("Windows 10", image_tenancy=None), custom_target("Windows 10", tenancy="DEDICATED")),
    ),
    (
        RuleId.PLUS_EDITION,
        between(bundle("Value with Windows 10 and Office 2016"), target("Performance Plus with Windows 10")),
    ),
    (
        RuleId.PLUS_EDITION,
        between(bundle("Standard Plus with Windows 10"), custom_target("Front office Windows 10")),
    ),
    (RuleId.PLUS_EDITION, between(custom("Front office Windows 10"), target("Power Plus with Windows 10"))),
    (RuleId.DUPLICATE_USER, GOOD),
]


@pytest.mark.parametrize(("rule_id", "facts"), PASSES)
def test_a_rule_finds_nothing(rule_id: RuleId, facts: FixedFacts) -> None:
    assert RULES[rule_id].check(facts) is None


def test_nothing_is_found_against_an_ordinary_migration() -> None:
    verdict = judge(GOOD, FIXED_RULES, {})
    assert (verdict.passes, verdict.warnings) == (True, ())
    # GPU to non-GPU and back, as the guide says.
    for source, to in (("GRAPHICS", "STANDARD"), ("POWER", "GRAPHICSPRO")):
        facts = between(
            bundle("Graphics with Windows 10 (Server 2019 based)", compute_type=source),
            target("Power with Windows 10 (Server 2019 based)", compute_type=to),
        )
        assert judge(facts, FIXED_RULES, {}).passes


def test_a_language_that_changes_is_noted_whatever_the_severity() -> None:
    facts = between(bundle("Windows 10 (Japanese)"), target("Windows 10 (English)"))
    for severity in (Severity.BLOCK, Severity.WARN):
        verdict = judge(facts, FIXED_RULES, {RuleId.LANGUAGE: severity})
        assert verdict.passes
        assert verdict.warnings == ("language: Its language changes from ja_JP to en_US.",)
    assert judge(facts, FIXED_RULES, {RuleId.LANGUAGE: Severity.OFF}).warnings == ()


@pytest.mark.parametrize(
    ("source", "to"),
    [
        ("Windows 10", "Windows 10"),
        ("Windows 10 (Japanese)", "Windows 10"),
        ("Windows 10", "Windows 10 (Korean)"),
        ("Windows 10 (Korean)", "Windows 10 ko_KR"),
    ],
)
def test_an_unknown_or_equal_language_is_no_finding(source: str, to: str) -> None:
    assert judge(between(bundle(source), target(to)), FIXED_RULES, {}).warnings == ()


ALIKE = "Standard with Windows 10 (Server 2019 based)"


def protocol_change(source: Bundle, to: Bundle, **workspace: Any) -> bool:
    facts = between(source, replace(to, compute_type=to.compute_type), **workspace)
    return RULES[RuleId.PROTOCOL_ONLY].check(facts) is not None


def same(name: str, **more: Any) -> Bundle:
    return target(name, **{"compute_type": "STANDARD", **more})


def test_of_several_protocols_the_first_is_the_one_in_use() -> None:
    source, to = bundle(f"{ALIKE} (PCoIP)"), same(f"{ALIKE} (PCoIP)")
    assert not protocol_change(source, to, protocols=("PCOIP", "WSP"))
    assert protocol_change(source, to, protocols=("WSP", "PCOIP"))


def test_a_change_of_nothing_but_the_protocol_is_warned_of() -> None:
    facts = between(bundle(f"{ALIKE} (PCoIP)"), same(f"{ALIKE} (WSP)"))
    verdict = judge(facts, FIXED_RULES, {})
    assert verdict.passes
    assert verdict.warnings[0].startswith("protocol-only: ")
    assert "from PCOIP to WSP" in verdict.warnings[0]
    blocked = judge(facts, FIXED_RULES, {RuleId.PROTOCOL_ONLY: Severity.BLOCK})
    assert blocked.blocked_by is RuleId.PROTOCOL_ONLY
    assert blocked.finding is not None
    assert "ModifyWorkspaceProperties" in blocked.finding.next_step


@pytest.mark.parametrize(
    ("expected", "source", "to", "workspace"),
    [
        (True, bundle(f"{ALIKE} (PCoIP)"), same(f"{ALIKE} (WSP)"), {}),
        # What the WorkSpace streams with now is what counts.
        (True, bundle(ALIKE), same(f"{ALIKE} (WSP)"), {"protocols": ("PCOIP",)}),
        (False, bundle(f"{ALIKE} (PCoIP)"), same(f"{ALIKE} (WSP)"), {"protocols": ("WSP",)}),
        (True, custom("Finance Windows 10 PCoIP"), same("Finance Windows 10 WSP", public=False), {}),
        (False, bundle(f"{ALIKE} (WSP)"), same(f"{ALIKE} (DCV)"), {}),
        (False, bundle(ALIKE), same(f"{ALIKE} (WSP)"), {}),
        (False, bundle(f"{ALIKE} (PCoIP)"), same(ALIKE), {}),
        (False, bundle(f"{ALIKE} (PCoIP)"), same(f"{ALIKE} (WSP)", compute_type="POWER"), {}),
        (False, bundle(f"{ALIKE} (PCoIP)"), same("Standard with Windows 10 (Server 2022 based) (WSP)"), {}),
        (False, bundle(f"{ALIKE} (PCoIP)"), same(f"{ALIKE} Plus (WSP)"), {}),
        (False, bundle(f"{ALIKE} (PCoIP)"), same(f"{ALIKE} (WSP)", public=False), {}),
        (False, bundle(f"{ALIKE} (PCoIP)"), same(f"{ALIKE} (Japanese) (WSP)"), {}),
        (False, custom(f"{ALIKE} (PCoIP)"), same(f"{ALIKE} (WSP)", public=False, tenancy="DEDICATED"), {}),
    ],
)
def test_what_counts_as_nothing_but_the_protocol(
    expected: bool, source: Bundle, to: Bundle, workspace: dict[str, Any]
) -> None:
    assert protocol_change(source, to, **workspace) is expected


def test_unknown_facts_are_named_with_the_field_that_would_state_them() -> None:
    facts = between(unlisted_bundle(SOURCE_ID), custom_target("Golden office", image_tenancy=None))
    finding = RULES[RuleId.BUNDLE_UNKNOWN].check(facts)
    assert finding is not None
    for field in ("os", "edition", "licence"):
        assert f"bundleFacts.{SOURCE_ID}.{field}" in finding.next_step
        assert f"bundleFacts.{TARGET_ID}.{field}" in finding.next_step
    assert "'Golden office'" in finding.detail


KNOWN = StatedFacts(System.WINDOWS_10, Edition.STANDARD, Licence.INCLUDED)


def test_stating_them_lets_it_go() -> None:
    stated = {SOURCE_ID: KNOWN, TARGET_ID: KNOWN}
    facts = between(
        with_statements(unlisted_bundle(SOURCE_ID), stated),
        with_statements(custom_target("Golden office", image_tenancy=None), stated),
    )
    assert judge(facts, FIXED_RULES, {}).passes
    assert list(caveats(facts)) == []


ALL = frozenset({"os", "edition", "licence"})
OS_RULES = (RuleId.WINDOWS_7_TARGET, RuleId.LINUX, RuleId.SCENARIO, RuleId.CUSTOM_10_TO_PUBLIC_10)
LICENCE_RULES = (RuleId.BYOL_SOURCE, RuleId.BYOL_TARGET, RuleId.SCENARIO, RuleId.CUSTOM_10_TO_PUBLIC_10)


@pytest.mark.parametrize("relaxed", [Severity.WARN, Severity.OFF])
def test_a_fact_is_needed_while_one_rule_that_looks_at_it_blocks(relaxed: Severity) -> None:
    assert needed_facts({}) == ALL
    assert needed_facts(dict.fromkeys(RuleId, Severity.BLOCK)) == ALL
    assert needed_facts({RuleId.PLUS_EDITION: relaxed}) == ALL - {"edition"}
    for rules, name in ((OS_RULES, "os"), (LICENCE_RULES, "licence")):
        assert name not in needed_facts(dict.fromkeys(rules, relaxed))
        for one in rules:
            assert name in needed_facts({rule: relaxed for rule in rules if rule is not one})


def test_a_fact_that_no_blocking_rule_needs_may_be_unknown_and_is_told() -> None:
    severities = {RuleId.PLUS_EDITION: Severity.WARN}
    facts = replace(
        between(WINDOWS_10, custom_target("Front office Windows 10")), needed=needed_facts(severities)
    )
    assert judge(facts, FIXED_RULES, severities).passes
    assert list(caveats(facts)) == [
        f"bundle-unknown: the edition of {TARGET_ID} ('Front office Windows 10') is unknown."
    ]


def test_the_edition_of_a_custom_bundle_is_inferred_and_told() -> None:
    told = list(caveats(between(custom("Windows 10"), custom_target("Windows 10"))))
    assert [SOURCE_ID in told[0], TARGET_ID in told[1], len(told)] == [True, True, 2]
    assert f"bundleFacts.{TARGET_ID}.edition" in told[1]
    assert list(caveats(between(WINDOWS_10, target("Windows 10")))) == []
    assert list(caveats(between(custom("Windows 10 no Office"), None))) == []


def test_a_statement_that_contradicts_the_service_is_told() -> None:
    stated = {TARGET_ID: StatedFacts(licence=Licence.INCLUDED)}
    to = custom_target("Windows 10 non-Plus", tenancy="DEDICATED")
    facts = between(WINDOWS_10, with_statements(to, stated))
    (told,) = caveats(facts)
    assert told.startswith(f"bundle-unknown: bundleFacts.{TARGET_ID}.licence states included")


def test_every_reason_is_told_at_once() -> None:
    facts = replace(
        between(BYOL, target("Standard Plus with Windows 7"), has_standby=True),
        tags=frozenset({"MigrationOptOut"}),
    )
    verdict = judge(facts, FIXED_RULES, {})
    assert verdict.blocked_by is RuleId.OPT_OUT
    assert [one.partition(":")[0] for one in verdict.warnings] == [
        "windows-7-target",
        "byol-source",
        "plus-edition",
        "scenario",
        "standby",
    ]


def test_not_found_and_region_are_decided_by_the_selection() -> None:
    assert RULES[RuleId.NOT_FOUND].check(GOOD) is None
    assert RULES[RuleId.REGION].check(GOOD) is None


def test_every_rule_of_planning_is_in_these_tables() -> None:
    elsewhere = {RuleId.NOT_FOUND, RuleId.REGION, RuleId.LANGUAGE, RuleId.PROTOCOL_ONLY}
    assert RULES.keys() - {rule_id for rule_id, *_ in FINDS} == elsewhere
