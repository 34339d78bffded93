"""The rules of the second look: when each finds something, and whether waiting may cure it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from migrator.domain.facts import Connection, PassingFacts
from migrator.domain.passing_rules import PASSING_RULES
from migrator.domain.rule_ids import RuleId
from migrator.domain.rules import judge
from migrator.domain.severity import Severity
from migrator.domain.systems import System
from tests.samples import NOW, READY, WORKSPACE, ready

HOUR = timedelta(hours=1)
SNAPSHOT = NOW - 5 * HOUR
HEALS, LASTS = True, False

FINDS: list[tuple[RuleId, PassingFacts, bool, str]] = [
    *(
        (RuleId.STATE, ready(state), HEALS, f"Its state is {state}")
        for state in (
            "PENDING",
            "IMPAIRED",
            "UNHEALTHY",
            "REBOOTING",
            "STARTING",
            "REBUILDING",
            "RESTORING",
            "MAINTENANCE",
            "UPDATING",
            "STOPPING",
        )
    ),
    *(
        (RuleId.STATE, ready(state), LASTS, f"Its state is {state}")
        for state in ("SUSPENDED", "TERMINATING", "TERMINATED", "UNKNOWN", "HIBERNATED")
    ),
    (RuleId.STATE, ready("ERROR", os=System.UBUNTU_22_04), LASTS, "only when it is AVAILABLE"),
    (RuleId.ADMIN_MAINTENANCE, ready("ADMIN_MAINTENANCE"), LASTS, "ADMIN_MAINTENANCE"),
    (RuleId.MODIFICATION_IN_PROGRESS, ready(modifying=True), HEALS, "modification"),
    (RuleId.USER_CONNECTED, ready(connection=Connection("CONNECTED", None)), HEALS, "Its user is connected."),
    (
        RuleId.USER_CONNECTED,
        ready("STOPPED", connection=Connection("CONNECTED", None)),
        HEALS,
        "Its user is connected.",
    ),
    (RuleId.USER_CONNECTED, ready(connection=None), HEALS, "does not mean disconnected"),
    (RuleId.USER_CONNECTED, ready("STOPPED", connection=None), HEALS, "does not mean disconnected"),
    (RuleId.USER_CONNECTED, ready("ERROR", connection=None), HEALS, "does not mean disconnected"),
    (
        RuleId.USER_CONNECTED,
        ready("AVAILABLE", connection=Connection("UNKNOWN", None)),
        HEALS,
        "nobody can tell",
    ),
    (RuleId.USER_CONNECTED, ready("ERROR", connection=Connection("UNKNOWN", None)), HEALS, "nobody can tell"),
    (RuleId.USER_CONNECTED, ready(connection=Connection("DOZING", None)), HEALS, "DOZING"),
    (RuleId.NO_SNAPSHOT, ready(snapshots=()), HEALS, "drive D would be lost"),
    (
        RuleId.UNSAVED_WORK,
        ready(connection=Connection("DISCONNECTED", SNAPSHOT + timedelta(seconds=1))),
        HEALS,
        "after the newest snapshot",
    ),
    (
        RuleId.UNSAVED_WORK,
        ready("STOPPED", connection=Connection("UNKNOWN", SNAPSHOT + HOUR)),
        HEALS,
        "2026-11-22T22:00:00Z",
    ),
    (
        RuleId.SNAPSHOT_AGE,
        ready(
            snapshots=(NOW - 13 * HOUR - timedelta(seconds=1),), connection=Connection("DISCONNECTED", None)
        ),
        HEALS,
        "the limit is 13",
    ),
    (RuleId.SNAPSHOT_AGE, ready(max_snapshot_age_hours=4.5), HEALS, "5.0 hours old; the limit is 4.5"),
    (RuleId.ADDRESSES, ready(free_addresses=0), HEALS, "no free address"),
    (RuleId.ADDRESSES, ready(free_addresses=-3), HEALS, "no free address"),
]

PASSES = [
    READY,
    ready("STOPPED"),
    ready("ERROR"),
    ready("AVAILABLE", os=System.UBUNTU_22_04),
    ready("STOPPED", os=System.WINDOWS_SERVER_2019),
    ready("STOPPED", connection=Connection("UNKNOWN", NOW - 8 * HOUR)),
    ready(connection=Connection("DISCONNECTED", None)),
    ready(connection=Connection("DISCONNECTED", SNAPSHOT)),
    ready(snapshots=(NOW - 13 * HOUR,), connection=Connection("DISCONNECTED", NOW - 14 * HOUR)),
    # The newest of several counts, in whatever order they come.
    ready(
        snapshots=(NOW - 2 * HOUR, NOW - 26 * HOUR, NOW - 14 * HOUR),
        connection=Connection("DISCONNECTED", NOW - 3 * HOUR),
    ),
    ready(free_addresses=1),
]


@pytest.mark.parametrize("facts", PASSES)
def test_it_may_go(facts: PassingFacts) -> None:
    verdict = judge(facts, PASSING_RULES, {})
    assert (verdict.blocked_by, verdict.warnings) == (None, ())


@pytest.mark.parametrize(("rule_id", "facts", "heals", "words"), FINDS)
def test_a_rule_finds_something(rule_id: RuleId, facts: PassingFacts, heals: bool, words: str) -> None:
    verdict = judge(facts, PASSING_RULES, {})
    assert verdict.blocked_by is rule_id
    assert verdict.finding is not None
    assert verdict.finding.heals is heals
    assert words in verdict.finding.detail
    assert verdict.finding.next_step.endswith(".")
    if rule_id is RuleId.ADDRESSES:
        # No wish makes an address: a batch that is told to go without one would ask for ever.
        for severity in Severity:
            assert judge(facts, PASSING_RULES, {rule_id: severity}).blocked_by is rule_id
        return
    assert judge(facts, PASSING_RULES, {rule_id: Severity.OFF}).passes
    relaxed = judge(facts, PASSING_RULES, {rule_id: Severity.WARN})
    assert relaxed.passes
    assert relaxed.warnings == (f"{rule_id}: {verdict.finding.detail}",)


def test_what_each_rule_declares_about_waiting_is_what_it_finds() -> None:
    declared = {rule.rule_id: rule.heals for rule in PASSING_RULES}
    for rule_id, heals in declared.items():
        found = {heals for one, _, heals, _ in FINDS if one is rule_id}
        assert found == ({HEALS, LASTS} if heals is None else {heals}), rule_id


def test_what_lasts_is_told_before_what_may_pass() -> None:
    facts = replace(
        ready(free_addresses=0, connection=Connection("CONNECTED", NOW), modifying=True),
        workspace=replace(WORKSPACE, state="SUSPENDED", modifying=True),
    )
    verdict = judge(facts, PASSING_RULES, {})
    assert verdict.blocked_by is RuleId.STATE
    assert [one.partition(":")[0] for one in verdict.warnings] == [
        "modification-in-progress",
        "user-connected",
        "unsaved-work",
        "addresses",
    ]


def test_a_relaxed_connection_still_leaves_unsaved_work_blocking() -> None:
    facts = ready(connection=Connection("CONNECTED", NOW - HOUR))
    verdict = judge(facts, PASSING_RULES, {RuleId.USER_CONNECTED: Severity.WARN})
    assert verdict.blocked_by is RuleId.UNSAVED_WORK
    off = judge(facts, PASSING_RULES, {RuleId.USER_CONNECTED: Severity.OFF})
    assert (off.blocked_by, off.warnings) == (RuleId.UNSAVED_WORK, ())


def test_every_rule_of_the_second_look_is_in_the_table() -> None:
    assert {rule.rule_id for rule in PASSING_RULES} == {rule_id for rule_id, *_ in FINDS}
