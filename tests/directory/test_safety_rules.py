"""Every safety rule, broken for real in a Samba domain: only true orphans go, each refusal has its reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from migrator.domain.computer_rules import SafetyRule
from rehearsal.samba import DomainController
from tests.directory.clean_up_bench import LIVING, CleanUp, clean_up_bench
from tests.directory.plants import BASE, CREATED, ENDED, UNIT, Plant, SambaGarden, filetime, generalized
from tests.twin_bench import DIRECTORY

TRAPS: list[tuple[Plant, SafetyRule]] = [
    (Plant("T-DC", control=0x2000), SafetyRule.DOMAIN_CONTROLLER),
    (Plant("T-RODC", control=0x04001000), SafetyRule.READ_ONLY_DOMAIN_CONTROLLER),
    (Plant("T-DELEGATE", control=0x81000), SafetyRule.DELEGATION),
    (Plant("T-AUTH", control=0x1001000), SafetyRule.DELEGATION),
    (Plant("T-CONSTRAINED", delegates_to="cifs/files.corp.example.com"), SafetyRule.DELEGATION),
    (Plant("T-POINTS", service_points=2, protected_points=True), SafetyRule.PROTECTED),
    (Plant("T-GROUP", primary_group=513), SafetyRule.PRIMARY_GROUP),
    (Plant("T-CRITICAL", critical=True), SafetyRule.CRITICAL),
    (Plant("T-SQL", services=["MSSQLSvc/t-sql.corp.example.com:1433"]), SafetyRule.SERVICE),
    (Plant("T-HTTP", services=["http/t-http"]), SafetyRule.SERVICE),
    (Plant("T-PROTECTED", protected=True), SafetyRule.PROTECTED),
    (Plant("T-OUTSIDE", place=f"CN=Computers,{BASE}"), SafetyRule.OUTSIDE_UNIT),
    (Plant("T-NEAR", place=f"OU=Not WorkSpaces,OU=IT,{BASE}"), SafetyRule.OUTSIDE_UNIT),
    (Plant("T-OLDER", created=CREATED - timedelta(days=400)), SafetyRule.OLDER),
    (Plant("T-NEWER", created=ENDED + timedelta(days=2)), SafetyRule.NEWER),
    (Plant("T-USED", used=ENDED + timedelta(days=1)), SafetyRule.USED_AGAIN),
    (Plant(LIVING), SafetyRule.LIVE_WORKSPACE),
    (Plant("T-BITLOCKER", recovery_passwords=1), SafetyRule.CHILDREN_UNREADABLE),
    (
        Plant("T-CONFLICT", common_name="T-CONFLICT\nCNF:01234567-89ab-cdef-0123-456789abcdef"),
        SafetyRule.CONFLICT,
    ),
]
ORPHANS = [
    Plant("O-PLAIN"),
    Plant("O-DISABLED", control=0x1002),
    Plant("O-SPN", services=["TERMSRV/O-SPN", "WSMAN/o-spn.corp.example.com"]),
    Plant("O-DEEP", place=f"OU=Berlin,{UNIT}"),
    Plant("O-CHILDREN", service_points=2),
    Plant("O-META", common_name='O, OU="WorkSpaces"+x'),
    Plant("(O-ÄÖ)"),
    Plant("O-USED", used=ENDED - timedelta(minutes=10)),
]


@pytest.fixture(scope="module")
def garden(shared_controller: DomainController) -> SambaGarden:
    for unit in (f"OU=Not WorkSpaces,OU=IT,{BASE}", f"OU=Berlin,{UNIT}"):
        shared_controller.database.add(unit, {"objectClass": "organizationalUnit"})
    return SambaGarden(shared_controller)


@pytest.fixture
def clean_up(shared_controller: DomainController, tmp_path: Path) -> Iterator[CleanUp]:
    with clean_up_bench(shared_controller, tmp_path) as found:
        yield found


def test_only_true_orphans_are_gone_and_each_refusal_names_its_rule(
    garden: SambaGarden, clean_up: CleanUp
) -> None:
    traps = {plant.name: garden.plant(plant) for plant, _ in TRAPS}
    orphans = {plant.name: garden.plant(plant) for plant in ORPHANS}
    strangers = [garden.plant(Plant(name)) for name in ("O-PLAI", "O-PLAIN2", "XO-PLAIN", "NOBODYS")]
    clean_up.open_run("run-1")
    clean_up.failed("run-1", *traps, *orphans, "O-GONE", "*", "O-PLAIN)(cn=*")

    lines = clean_up.run("run-1")

    assert {name: lines[name]["result"] for name in orphans} == dict.fromkeys(orphans, "deleted")
    assert not [name for name, guid in orphans.items() if garden.exists(guid)]
    assert {name: lines[name]["reason"].partition(":")[0] for name in traps} == {
        plant.name: rule.value for plant, rule in TRAPS
    }
    assert {lines[name]["result"] for name in traps} == {"refused"}
    assert [name for name, guid in traps.items() if not garden.exists(guid)] == []
    assert all(garden.exists(guid) for guid in strangers)
    assert {lines[name]["result"] for name in ("O-GONE", "*", "O-PLAIN)(cn=*")} == {"already-gone"}
    for name, guid in orphans.items():
        record = clean_up.object("run-1", f"directory/{guid}.ldif")
        assert guid in record, name
    decisions = {
        one["computerName"]: one
        for one in clean_up.document("run-1", f"directory/decisions-{DIRECTORY}.json")
    }
    assert decisions.keys() == traps.keys() | orphans.keys()
    critical = decisions["T-CRITICAL"]["evidence"]
    assert critical["objects"][0]["isCriticalSystemObject"] is True
    assert critical["readAt"] == "2026-11-23T02:50:00Z"
    assert critical["domainController"].lower() == "dc1.corp.example.com"
    assert "serviceConnectionPoint" in clean_up.object("run-1", f"directory/{orphans['O-CHILDREN']}.ldif")
    assert not [name for name, guid in traps.items() if f"directory/{guid}.ldif" in clean_up.objects("run-1")]


def test_a_service_account_of_a_group_is_no_computer(garden: SambaGarden, clean_up: CleanUp) -> None:
    """objectClass=computer matches it, too."""
    identity = garden.database.add(
        f"CN=T-GMSA,{UNIT}",
        {
            "objectClass": "msDS-GroupManagedServiceAccount",
            "sAMAccountName": "T-GMSA$",
            "dNSHostName": "t-gmsa.corp.example.com",
            "userAccountControl": 0x1000,
            "msDS-ManagedPasswordInterval": 30,
        },
    )
    garden.database.replace(
        f"CN=T-GMSA,{UNIT}", {"whenCreated": generalized(CREATED), "pwdLastSet": filetime(CREATED)}
    )
    clean_up.open_run("run-1")
    clean_up.failed("run-1", "T-GMSA")
    line = clean_up.run("run-1")["T-GMSA"]
    assert line["result"] == "refused"
    assert line["reason"].startswith("not-computer: it is msDS-GroupManagedServiceAccount")
    assert garden.exists(identity.guid)


def test_a_user_with_a_computers_account_name_is_no_computer(garden: SambaGarden, clean_up: CleanUp) -> None:
    user = garden.database.add(f"CN=T-USER,{UNIT}", {"objectClass": "user", "sAMAccountName": "T-USER$"})
    clean_up.open_run("run-1")
    clean_up.failed("run-1", "T-USER")
    assert clean_up.run("run-1")["T-USER"]["reason"].startswith("not-computer: it is user")
    assert garden.exists(user.guid)


def test_of_two_objects_with_one_name_neither_is_touched(garden: SambaGarden, clean_up: CleanUp) -> None:
    first = garden.plant(Plant("T-TWICE"))
    second = garden.plant(Plant("T-OTHER", place=f"CN=Computers,{BASE}"))
    garden.database.replace_raw(f"CN=T-OTHER,CN=Computers,{BASE}", {"sAMAccountName": "T-TWICE$"})
    clean_up.open_run("run-1")
    clean_up.failed("run-1", "T-TWICE")
    line = clean_up.run("run-1")["T-TWICE"]
    assert line["result"] == "refused"
    assert line["reason"].startswith("several: 2 objects have this name")
    assert garden.exists(first)
    assert garden.exists(second)
