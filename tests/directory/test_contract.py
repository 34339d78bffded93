"""What the clean-up relies on holds behind both doors: the rehearsal's directory and a real domain."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from migrator.adapters.directory import AccessDenied, ChangedMeanwhile, Directory, HasChildren
from migrator.domain.distinguished_names import parse_dn, strictly_below
from rehearsal.samba.template import MAY_DISABLE
from tests.directory.plants import (
    BASE,
    CREATED,
    ENDED,
    UNIT,
    Garden,
    Plant,
    SambaGarden,
    StandInGarden,
)


@pytest.fixture(params=["stand-in", "samba"])
def garden(request: pytest.FixtureRequest) -> Garden:
    if request.param == "stand-in":
        return StandInGarden()
    return SambaGarden(request.getfixturevalue("shared_controller"))


@pytest.fixture
def directory(garden: Garden) -> Iterator[Directory]:
    opened = garden.open()
    yield opened
    opened.close()


def test_it_says_who_answers_and_where_it_may_act(directory: Directory) -> None:
    assert directory.domain_controller.lower() == "dc1.corp.example.com"
    assert directory.unit == UNIT
    assert directory.most_changes == 100


def test_a_computer_is_found_with_its_facts(garden: Garden, directory: Directory) -> None:
    used = ENDED + timedelta(days=1)
    services = ["TERMSRV/FACTS-1"]
    guid = garden.plant(Plant("FACTS-1", used=used, services=services))

    [found] = directory.find("facts-1")

    assert found.object_guid == guid
    assert found.sam_account_name == "FACTS-1$"
    assert found.distinguished_name == f"CN=FACTS-1,{UNIT}"
    assert (found.object_sid or "").startswith("S-1-5-21-")
    assert found.when_created == CREATED
    assert found.password_set == CREATED
    assert found.last_logon_timestamp == used
    assert found.last_used == used
    assert (found.user_account_control, found.primary_group_id) == (0x1000, 515)
    assert (found.leaf_class, found.category.casefold()) == ("computer", "computer")
    assert "TERMSRV/FACTS-1" in found.service_principal_names
    assert found.denies_deletion is False
    assert not found.critical
    assert not found.disabled
    assert directory.read(guid) == found


@pytest.mark.parametrize(
    ("plant", "attribute", "value"),
    [
        (Plant("ODD-CTRL", control=0x1002), "disabled", True),
        (Plant("ODD-CRIT", critical=True), "critical", True),
        (Plant("ODD-DELEG", delegates_to="cifs/files.corp.example.com"), "delegates", True),
        (Plant("ODD-PROT", protected=True), "denies_deletion", True),
        (
            Plant("ODD-PLACE", place=f"CN=Computers,{BASE}"),
            "distinguished_name",
            f"CN=ODD-PLACE,CN=Computers,{BASE}",
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Plant) else "",
)
def test_what_is_unlike_an_orphan_is_seen(
    garden: Garden, directory: Directory, plant: Plant, attribute: str, value: object
) -> None:
    garden.plant(plant)
    [found] = directory.find(plant.name)
    assert getattr(found, attribute) == value


def test_what_is_not_there_is_not_found(directory: Directory) -> None:
    assert directory.find("NOWHERE") == ()
    assert directory.read("01234567-89ab-cdef-0123-456789abcdef") is None
    directory.delete("01234567-89ab-cdef-0123-456789abcdef")


@pytest.mark.parametrize("name", ["*", "META*", "META-1)(cn=*", "META\\2a", "(META-1)", "META-1$"])
def test_a_name_is_never_a_pattern(garden: Garden, directory: Directory, name: str) -> None:
    for existing in ("META-1", "META-2"):
        if not directory.find(existing):
            garden.plant(Plant(existing))
    assert directory.find(name) == ()


@pytest.mark.parametrize("common_name", [None, "PC,OU=X", "PC+CN=Y", "#PC", 'PC "1"', "PC\\1", "ПК=1"])
@pytest.mark.parametrize("name", ["PC(1)", "#PC&", "ПК-1"])
def test_names_with_meaning_elsewhere_are_names(
    garden: Garden, directory: Directory, name: str, common_name: str | None
) -> None:
    guid = garden.plant(Plant(name, common_name=common_name))
    [found] = directory.find(name)
    assert found.object_guid == guid
    assert strictly_below(found.distinguished_name, UNIT)
    assert parse_dn(found.distinguished_name)[0] == (("cn", (common_name or name).lower()),)
    assert guid in directory.record(guid)
    directory.delete(guid)
    assert not garden.exists(guid)


def test_children_are_listed_and_deleted_one_by_one(garden: Garden, directory: Directory) -> None:
    guid = garden.plant(Plant("PARENT-1", service_points=2))
    children = directory.children(guid)
    assert [child.leaf_class for child in children] == ["serviceConnectionPoint"] * 2
    with pytest.raises(HasChildren):
        directory.delete(guid)
    for child in children:
        assert child.distinguished_name.endswith(f",CN=PARENT-1,{UNIT}")
        directory.delete(str(child.object_guid))
    directory.delete(guid)
    assert not garden.exists(guid)


def test_what_is_below_and_protected_is_seen(garden: Garden, directory: Directory) -> None:
    guid = garden.plant(Plant("PARENT-2", service_points=1, protected_points=True))
    assert [child.denies_deletion for child in directory.children(guid)] == [True]
    other = garden.plant(Plant("PARENT-3", service_points=1))
    assert [child.denies_deletion for child in directory.children(other)] == [False]


def test_what_is_below_and_cannot_be_read_keeps_its_parent(garden: Garden, directory: Directory) -> None:
    guid = garden.plant(Plant("LOCKED-1", recovery_passwords=1))
    [child] = directory.children(guid)
    assert (child.object_guid, child.leaf_class) == (None, None)
    with pytest.raises(HasChildren):
        directory.delete(guid)
    assert garden.exists(guid)


def test_the_record_names_the_object_and_what_is_below_it(garden: Garden, directory: Directory) -> None:
    guid = garden.plant(Plant("RECORD-1"))
    record = directory.record(guid)
    assert "version: 1\n" in record
    assert f"\ndn: CN=RECORD-1,{UNIT}\n" in record.replace("\n ", "")
    assert "sAMAccountName: RECORD-1$\n" in record


def test_disabling_needs_the_flags_that_were_read(garden: Garden) -> None:
    if isinstance(garden, SambaGarden):
        sid = garden.controller.template.service_sid
        garden.database.allow(UNIT, MAY_DISABLE.format(sid=sid))
    directory = garden.open()
    guid = garden.plant(Plant("SWAP-1"))
    [found] = directory.find("SWAP-1")
    garden.set_control(guid, 0x1020)
    with pytest.raises(ChangedMeanwhile):
        directory.disable(found)
    assert garden.control(guid) == 0x1020
    again = directory.read(guid)
    assert again is not None
    directory.disable(again)
    assert garden.control(guid) == 0x1022
    disabled = directory.read(guid)
    assert disabled is not None
    directory.disable(disabled)
    assert garden.control(guid) == 0x1022
    directory.close()


def test_delete_is_by_guid_and_a_repeat_is_success(garden: Garden, directory: Directory) -> None:
    guid = garden.plant(Plant("TWICE-1"))
    directory.delete(guid)
    assert not garden.exists(guid)
    assert directory.read(guid) is None
    directory.delete(guid)


def test_a_new_connection_serves_on(garden: Garden, directory: Directory) -> None:
    guid = garden.plant(Plant("AGAIN-1"))
    directory.reconnect()
    assert directory.read(guid) is not None


def test_the_least_right_reaches_no_further_than_the_unit(shared_controller: object) -> None:
    garden = SambaGarden(shared_controller)  # type: ignore[arg-type]
    guid = garden.plant(Plant("BEYOND-1", place=f"CN=Computers,{BASE}"))
    directory = garden.open()
    with pytest.raises(AccessDenied):
        directory.delete(guid)
    assert garden.exists(guid)
    directory.close()
