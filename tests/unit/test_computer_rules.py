"""Who may be removed: every rule by itself, from facts alone; what is unknown keeps an object."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.domain.computer_rules import SafetyRule, changed, refusal
from migrator.domain.computers import Child, ComputerObject, Living, Orphan, Reading, Role

UNIT = "OU=WorkSpaces,DC=corp,DC=example,DC=com"
STARTED = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
ENDED = STARTED + timedelta(minutes=40)
MINUTE = timedelta(minutes=1)

ORPHAN = Orphan("ws-1", "d-1", "PC-1", Role.FAILED_TARGET, STARTED, ENDED)
COMPUTER = ComputerObject(
    distinguished_name=f"CN=PC-1,{UNIT}",
    sam_account_name="PC-1$",
    object_guid="11111111-1111-1111-1111-111111111111",
    object_sid="S-1-5-21-1-2-3-1104",
    when_created=STARTED + MINUTE,
    user_account_control=0x1000,
    primary_group_id=515,
    critical=False,
    leaf_class="computer",
    category="Computer",
    service_principal_names=("HOST/PC-1", "RestrictedKrbHost/PC-1", "TERMSRV/PC-1", "WSMAN/pc-1.corp"),
    denies_deletion=False,
    usn_changed=7,
)
LIVING = Living.of({"OTHER": "AVAILABLE"}, ENDED)
POINT = Child("22222222-2222-2222-2222-222222222222", f"CN=p,CN=PC-1,{UNIT}", "serviceConnectionPoint", False)


def rule(
    computer: ComputerObject = COMPUTER,
    *,
    orphan: Orphan = ORPHAN,
    living: Living | None = LIVING,
    children: tuple[Child, ...] = (),
) -> SafetyRule | None:
    found = refusal(orphan, Reading((computer,), children, "dc1", ENDED), living, UNIT)
    return found.rule if found else None


def test_an_orphan_may_go() -> None:
    assert rule() is None
    assert rule(children=(POINT, POINT)) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sam_account_name": "PC-2$"}, SafetyRule.IDENTITY),
        ({"sam_account_name": "PĆ-1$"}, SafetyRule.IDENTITY),
        ({"delegates": True}, SafetyRule.DELEGATION),
        ({"user_account_control": 0x2000}, SafetyRule.DOMAIN_CONTROLLER),
        ({"user_account_control": 0x3000}, SafetyRule.DOMAIN_CONTROLLER),
        ({"user_account_control": 0x04001000}, SafetyRule.READ_ONLY_DOMAIN_CONTROLLER),
        ({"user_account_control": 0x81000}, SafetyRule.DELEGATION),
        ({"user_account_control": 0x1001000}, SafetyRule.DELEGATION),
        ({"user_account_control": 0x200}, SafetyRule.NOT_WORKSTATION),
        ({"user_account_control": 0x800}, SafetyRule.NOT_WORKSTATION),
        ({"user_account_control": None}, SafetyRule.UNREADABLE),
        ({"primary_group_id": 516}, SafetyRule.PRIMARY_GROUP),
        ({"primary_group_id": None}, SafetyRule.UNREADABLE),
        ({"critical": True}, SafetyRule.CRITICAL),
        ({"leaf_class": "msDS-GroupManagedServiceAccount"}, SafetyRule.NOT_COMPUTER),
        ({"category": "ms-DS-Group-Managed-Service-Account"}, SafetyRule.NOT_COMPUTER),
        ({"leaf_class": ""}, SafetyRule.NOT_COMPUTER),
        ({"service_principal_names": ("HOST/PC-1", "MSSQLSvc/PC-1:1433")}, SafetyRule.SERVICE),
        ({"service_principal_names": ("MSSQLSvc",)}, SafetyRule.SERVICE),
        ({"denies_deletion": True}, SafetyRule.PROTECTED),
        ({"denies_deletion": None}, SafetyRule.UNREADABLE),
        ({"distinguished_name": f"CN=PC-1\\0ACNF:1,{UNIT}"}, SafetyRule.CONFLICT),
        ({"distinguished_name": "CN=PC-1,CN=Computers,DC=corp,DC=example,DC=com"}, SafetyRule.OUTSIDE_UNIT),
        ({"distinguished_name": f"CN=PC-1\\,{UNIT}"}, SafetyRule.OUTSIDE_UNIT),
        ({"distinguished_name": "nonsense"}, SafetyRule.UNREADABLE),
        ({"when_created": None}, SafetyRule.UNREADABLE),
        ({"when_created": STARTED - 6 * MINUTE}, SafetyRule.OLDER),
        ({"when_created": ENDED + 6 * MINUTE}, SafetyRule.NEWER),
        ({"password_set": ENDED + 6 * MINUTE}, SafetyRule.USED_AGAIN),
        ({"last_logon": ENDED + 6 * MINUTE}, SafetyRule.USED_AGAIN),
        ({"last_logon_timestamp": ENDED + 6 * MINUTE}, SafetyRule.USED_AGAIN),
    ],
)
def test_what_keeps_an_object(changes: dict[str, Any], expected: SafetyRule) -> None:
    assert rule(replace(COMPUTER, **changes)) is expected


def test_of_several_services_the_first_is_named() -> None:
    several = replace(COMPUTER, service_principal_names=("http/PC-1", "MSSQLSvc/PC-1:1433", "Ftp/PC-1"))
    found = refusal(ORPHAN, Reading((several,), (), "dc1", ENDED), LIVING, UNIT)
    assert found is not None
    assert found.detail == "it offers a service: Ftp/PC-1"


@pytest.mark.parametrize(
    "changes",
    [
        {"user_account_control": 0x1002},
        {"user_account_control": 0x11020},
        {"sam_account_name": "pc-1$"},
        {"leaf_class": "Computer"},
        {"service_principal_names": ()},
        {"service_principal_names": ("host/PC-1", "TermSrv/PC-1")},
        {"distinguished_name": f"CN=PC-1,OU=Berlin,{UNIT.lower()}"},
        {"when_created": STARTED - 4 * MINUTE},
        {"when_created": ENDED + 4 * MINUTE},
        {"last_logon": ENDED + 4 * MINUTE},
        {"last_logon": None, "password_set": None, "last_logon_timestamp": None},
    ],
)
def test_what_does_not(changes: dict[str, Any]) -> None:
    assert rule(replace(COMPUTER, **changes)) is None


def test_a_former_computer_is_as_old_as_it_likes_and_no_younger_than_the_migration() -> None:
    former = replace(ORPHAN, role=Role.FORMER_COMPUTER)
    long_ago = replace(COMPUTER, when_created=STARTED - timedelta(days=900), last_logon=STARTED)
    assert rule(long_ago, orphan=former) is None
    assert rule(replace(COMPUTER, when_created=STARTED + 6 * MINUTE), orphan=former) is SafetyRule.NEWER
    assert rule(replace(long_ago, last_logon=ENDED + 6 * MINUTE), orphan=former) is SafetyRule.USED_AGAIN


@pytest.mark.parametrize(
    ("living", "expected"),
    [
        (None, SafetyRule.LIVE_UNKNOWN),
        (Living.of({}, ENDED), SafetyRule.LIVE_UNKNOWN),
        (Living.of({"pc-1": "STOPPED"}, ENDED), SafetyRule.LIVE_WORKSPACE),
        (Living.of({"PC-1": "TERMINATING"}, ENDED), SafetyRule.LIVE_WORKSPACE),
    ],
)
def test_the_living_keep_theirs(living: Living | None, expected: SafetyRule) -> None:
    assert rule(living=living) is expected


@pytest.mark.parametrize(
    ("child", "expected"),
    [
        (Child(None, "CN=x", None), SafetyRule.CHILDREN_UNREADABLE),
        (Child("g", "CN=x", None), SafetyRule.CHILDREN_UNREADABLE),
        (Child("g", "CN=x", "msFVE-RecoveryInformation", False), SafetyRule.CHILDREN),
        (Child("g", "CN=x", "user", False), SafetyRule.CHILDREN),
        (Child("g", "CN=x", "serviceConnectionPoint", None), SafetyRule.CHILDREN_UNREADABLE),
        (Child("g", "CN=x", "serviceConnectionPoint", True), SafetyRule.PROTECTED),
    ],
)
def test_what_is_below_keeps_it(child: Child, expected: SafetyRule) -> None:
    assert rule(children=(POINT, child)) is expected


def test_of_several_none_is_touched() -> None:
    reading = Reading((COMPUTER, replace(COMPUTER, object_guid="other")), (), "dc1", ENDED)
    found = refusal(ORPHAN, reading, LIVING, UNIT)
    assert found is not None
    assert found.rule is SafetyRule.SEVERAL


@given(st.integers(0, 0xFFFFFFFF))
def test_whatever_the_flags_only_a_plain_workstation_may_go(control: int) -> None:
    plain = bool(control & 0x1000) and not control & (0x2000 | 0x04000000 | 0x80000 | 0x1000000)
    assert (rule(replace(COMPUTER, user_account_control=control)) is None) == plain


@pytest.mark.parametrize("field", ["object_guid", "object_sid", "sam_account_name", "distinguished_name"])
def test_a_change_of_identity_is_seen(field: str) -> None:
    found = changed(COMPUTER, replace(COMPUTER, **{field: "another"}))  # type: ignore[arg-type]
    assert found is not None
    assert found.rule is SafetyRule.CHANGED
    assert "another" in found.detail
    assert changed(COMPUTER, COMPUTER) is None
    assert changed(COMPUTER, None) is None


def test_the_evidence_is_plain_json() -> None:
    facts = Reading((COMPUTER,), (POINT,), "dc1.corp.example.com", ENDED).evidence()
    assert facts["readAt"] == "2026-11-28T02:40:00Z"
    assert facts["objects"][0]["whenCreated"] == "2026-11-28T02:01:00Z"
    assert facts["children"][0]["class"] == "serviceConnectionPoint"


def test_the_rules_have_the_published_ids() -> None:
    """A contract: reports and records in the bucket hold them."""
    assert set(SafetyRule) == {
        *("several", "identity", "unreadable", "live-unknown", "live-workspace", "domain-controller"),
        *("read-only-domain-controller", "delegation", "not-workstation", "primary-group", "critical"),
        *("not-computer", "service", "protected", "conflict", "outside-unit", "older", "newer", "used-again"),
        *("children", "children-unreadable", "changed"),
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"when_created": STARTED - 5 * MINUTE}, None),
        ({"when_created": STARTED - 5 * MINUTE - timedelta(seconds=1)}, SafetyRule.OLDER),
        ({"when_created": ENDED + 5 * MINUTE}, None),
        ({"when_created": ENDED + 5 * MINUTE + timedelta(seconds=1)}, SafetyRule.NEWER),
        ({"last_logon": ENDED + 5 * MINUTE}, None),
        ({"last_logon": ENDED + 5 * MINUTE + timedelta(seconds=1)}, SafetyRule.USED_AGAIN),
    ],
)
def test_clocks_may_differ_by_five_minutes_and_no_more(
    changes: dict[str, Any], expected: SafetyRule | None
) -> None:
    assert rule(replace(COMPUTER, **changes)) is expected


@pytest.mark.parametrize(("minutes", "expected"), [(5, None), (6, SafetyRule.NEWER)])
def test_so_may_those_of_a_former_computer(minutes: int, expected: SafetyRule | None) -> None:
    former = replace(ORPHAN, role=Role.FORMER_COMPUTER)
    assert rule(replace(COMPUTER, when_created=STARTED + minutes * MINUTE), orphan=former) is expected


@pytest.mark.parametrize("name", ["PC-1\\0ACNF:1", "PC-1\\00DEL", "PC-1+OU=a\\0AB", "PC-1\\0ACNF:1+OU=a"])
def test_a_name_that_a_conflict_gave_in_any_of_its_parts(name: str) -> None:
    assert rule(replace(COMPUTER, distinguished_name=f"CN={name},{UNIT}")) is SafetyRule.CONFLICT


@pytest.mark.parametrize("guid", [None, "22222222"])
@pytest.mark.parametrize("leaf", [None, "serviceConnectionPoint"])
@pytest.mark.parametrize("denies", [None, False])
def test_a_child_that_cannot_be_read_keeps_its_parent(
    guid: str | None, leaf: str | None, denies: bool | None
) -> None:
    child = Child(guid, "CN=p", leaf, denies_deletion=denies)
    readable = None not in (guid, leaf, denies)
    assert rule(children=(child,)) is (None if readable else SafetyRule.CHILDREN_UNREADABLE)


@pytest.mark.parametrize(
    ("leaf", "category", "told"),
    [
        ("user", "Computer", "it is user, no computer"),
        ("", "Person", "it is Person, no computer"),
        ("", "", "it is of an unknown class, no computer"),
        ("user", "Person", "it is user, no computer"),
    ],
)
def test_what_it_is_instead_is_told(leaf: str, category: str, told: str) -> None:
    computer = replace(COMPUTER, leaf_class=leaf, category=category)
    found = refusal(ORPHAN, Reading((computer,), (), "dc1", ENDED), LIVING, UNIT)
    assert found is not None
    assert found.detail == told
