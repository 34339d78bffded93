"""The guide's table of available migration scenarios: every row, and every combination it does not have."""

from __future__ import annotations

from itertools import product

import pytest

from migrator.domain.bundles import Bundle, unlisted_bundle
from migrator.domain.fixed_rules import FIXED_RULES
from migrator.domain.rule_ids import RuleId
from migrator.domain.rules import judge
from migrator.domain.scenarios import Desktop, Kind, available, desktop_of, offered
from migrator.domain.severity import Severity
from tests.samples import SOURCE_ID, TARGET_ID, between, bundle

SYSTEMS = ("Windows 7", "Windows 10", "Windows 11", "Amazon Linux 2", "Ubuntu 22.04", "RHEL 9", "Rocky 9")
CELLS = list(product(("public", "custom", "BYOL"), SYSTEMS))

Cell = tuple[str, str]


def cell(kind: str, system: str, bundle_id: str) -> Bundle:
    return bundle(
        f"Finance {system}",
        public=kind == "public",
        tenancy="DEDICATED" if kind == "BYOL" else None,
        bundle_id=bundle_id,
    )


# The guide's rows, one by one: (source, target, available).
ROWS: list[tuple[Cell, Cell, bool]] = [
    *(
        ((source, "Windows 7"), (to, "Windows 10"), True)
        for source, to in product(("public", "custom"), repeat=2)
    ),
    (("custom", "Windows 7"), ("public", "Windows 7"), False),
    (("custom", "Windows 7"), ("custom", "Windows 7"), False),
    (("public", "Windows 7"), ("custom", "Windows 7"), False),
    *(
        ((source, "Windows 10"), (to, "Windows 7"), False)
        for source, to in product(("public", "custom"), repeat=2)
    ),
    (("custom", "Windows 10"), ("public", "Windows 10"), False),
    (("public", "Windows 10"), ("custom", "Windows 10"), True),
    (("custom", "Windows 10"), ("custom", "Windows 10"), True),
    (("BYOL", "Windows 7"), ("BYOL", "Windows 7"), False),
    (("BYOL", "Windows 7"), ("BYOL", "Windows 10"), True),
    (("BYOL", "Windows 10"), ("BYOL", "Windows 7"), False),
    (("BYOL", "Windows 10"), ("BYOL", "Windows 10"), True),
]
BY_THE_BILLING_NOTE = (("public", "Windows 10"), ("public", "Windows 10"))
"""Value to Standard, Performance to Power: the guide's note on billing speaks of such migrations."""

GO = {(source, to) for source, to, yes in ROWS if yes} | {BY_THE_BILLING_NOTE}


def reason(source: Cell, to: Cell) -> RuleId | None:
    """The first rule that says no, in the words of the guide's limits and its table."""
    if (source, to) in GO:
        return None
    if not (source[1].startswith("Windows") and to[1].startswith("Windows")):
        return RuleId.LINUX
    if to[1] == "Windows 7":
        return RuleId.WINDOWS_7_TARGET
    if source[0] == "BYOL" != to[0]:
        return RuleId.BYOL_SOURCE
    if to[0] == "BYOL" != source[0]:
        return RuleId.BYOL_TARGET
    if (source, to) == (("custom", "Windows 10"), ("public", "Windows 10")):
        return RuleId.CUSTOM_10_TO_PUBLIC_10
    return RuleId.SCENARIO


@pytest.mark.parametrize(("source", "to"), [*product(CELLS, CELLS)])
def test_every_combination(source: Cell, to: Cell) -> None:
    facts = between(cell(*source, SOURCE_ID), cell(*to, TARGET_ID))
    assert judge(facts, FIXED_RULES, {}).blocked_by is reason(source, to)


@pytest.mark.parametrize(("source", "to", "yes"), ROWS)
def test_every_row_of_the_guide(source: Cell, to: Cell, yes: bool) -> None:
    assert available(*(Desktop(Kind(kind), system) for kind, system in (source, to))) is yes
    assert (reason(source, to) is None) is yes


def test_what_is_offered_is_what_the_guide_offers() -> None:
    told = {((a.kind.value, a.experience), (b.kind.value, b.experience)) for a, b in offered()}
    assert told == GO
    assert len(offered()) == len(GO) == 9


@pytest.mark.parametrize("server", [2016, 2019, 2022, 2025])
def test_a_windows_server_is_the_windows_10_experience(server: int) -> None:
    found = desktop_of(bundle(f"Standard with Windows 10 (Server {server} based)"))
    assert found == Desktop(Kind.PUBLIC, "Windows 10")
    assert str(found) == "public Windows 10"


def test_a_bundle_of_which_something_is_unknown_has_no_cell() -> None:
    assert desktop_of(bundle("Golden", public=False)) is None
    assert desktop_of(bundle("Windows 10", public=False, image_tenancy=None)) is None
    assert desktop_of(unlisted_bundle(SOURCE_ID)) is None


RELAXED_LINUX = {RuleId.LINUX: Severity.WARN}


def test_relaxing_linux_opens_linux_to_linux_and_nothing_else() -> None:
    def blocked(source: str, to: str) -> RuleId | None:
        facts = between(bundle(source), bundle(to, bundle_id=TARGET_ID))
        return judge(facts, FIXED_RULES, RELAXED_LINUX).blocked_by

    assert blocked("Amazon Linux 2", "Ubuntu 24.04") is None
    assert blocked("Ubuntu 22.04", "Rocky 9") is None
    assert blocked("Ubuntu 22.04", "Amazon Linux 2") is RuleId.SCENARIO
    assert blocked("Windows 10", "Ubuntu 24.04") is RuleId.SCENARIO
    assert blocked("Ubuntu 24.04", "Windows 10") is RuleId.SCENARIO


def test_the_message_says_which_row_is_missing() -> None:
    facts = between(cell("BYOL", "Windows 10", SOURCE_ID), cell("BYOL", "Windows 11", TARGET_ID))
    finding = judge(facts, FIXED_RULES, {}).finding
    assert finding is not None
    assert "no row from BYOL Windows 10 to BYOL Windows 11" in finding.detail


def test_the_table_says_nothing_of_a_bundle_nobody_knows() -> None:
    known, unknown = bundle("Windows 10"), bundle("Golden", public=False, bundle_id=TARGET_ID)
    checks = {rule.rule_id: rule.check for rule in FIXED_RULES}
    for facts in (between(known, unknown), between(unknown, known), between(unknown, unknown)):
        assert checks[RuleId.SCENARIO](facts) is None
        assert checks[RuleId.CUSTOM_10_TO_PUBLIC_10](facts) is None
