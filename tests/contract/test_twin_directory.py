"""The stand-in directory: what a clean-up finds there, and what it can do."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest

from rehearsal.twin.directory import Domain, NoSuchObject, NoSuchValue
from tests.twin_bench import DIRECTORY, NOW, Bench, bench, fleet_document, workspace_id


def domain_of(on: Bench) -> Domain:
    domain = on.twin.directory.domain(DIRECTORY)
    assert domain is not None
    return domain


def test_a_workspace_has_a_computer_object_in_the_directorys_unit() -> None:
    document = fleet_document()
    unit = "OU=Desktops,OU=IT,DC=corp,DC=example,DC=com"
    document["Directories"][0]["WorkspaceCreationProperties"] = {"DefaultOu": unit}
    document["Workspaces"][0]["ComputerName"] = "EC2AMAZ-1A2B3C4"
    with bench(document) as on:
        (found,) = domain_of(on).search("ec2amaz-1a2b3c4$")
        assert found["distinguishedName"] == f"CN=EC2AMAZ-1A2B3C4,{unit}"
        assert found["sAMAccountName"] == "EC2AMAZ-1A2B3C4$"
        assert found["userAccountControl"] == 0x1000
        assert found["primaryGroupID"] == 515
        assert found["isCriticalSystemObject"] is False
        assert found["objectCategory"] == "CN=Computer,CN=Schema,CN=Configuration,DC=corp,DC=example,DC=com"
        object_class = found["objectClass"]
        assert isinstance(object_class, list)
        assert object_class[-1] == "computer"
        created = found["whenCreated"]
        assert isinstance(created, datetime)
        assert created < datetime.fromisoformat(NOW)
        names = found["servicePrincipalName"]
        assert isinstance(names, list)
        assert {name.split("/")[0] for name in names} == {"HOST", "RestrictedKrbHost", "TERMSRV", "WSMAN"}


def test_without_a_unit_there_is_a_plausible_one_and_stated_empty_it_is_computers() -> None:
    with bench() as on:
        assert domain_of(on).default_ou == "OU=WorkSpaces,DC=corp,DC=example,DC=com"
    document = fleet_document()
    document["Directories"][0]["WorkspaceCreationProperties"] = {"DefaultOu": ""}
    with bench(document) as on:
        assert domain_of(on).default_ou == "CN=Computers,DC=corp,DC=example,DC=com"
        row = on.workspaces.describe_workspace_directories()["Directories"][0]
        assert row["WorkspaceCreationProperties"]["DefaultOu"] == ""


def test_a_targets_object_is_made_when_the_migration_begins() -> None:
    with bench() as on:
        name = on.row(on.migrate())["ComputerName"]
        (found,) = domain_of(on).search(f"{name}$")
        assert found["whenCreated"] == on.clock.now()
        assert found["pwdLastSet"] == on.clock.now()
        assert found["lastLogonTimestamp"] is None


def test_delete_is_by_guid_and_once() -> None:
    with bench(fleet_document(2)) as on:
        domain = domain_of(on)
        name = on.row(workspace_id(0))["ComputerName"]
        (found,) = domain.search(f"{name}$")
        guid = UUID(str(found["objectGUID"]))
        assert domain.read(guid) == found
        domain.delete(guid)
        assert domain.search(f"{name}$") == []
        assert domain.read(guid) is None
        assert len(domain.computers) == 1
        with pytest.raises(NoSuchObject):
            domain.delete(guid)


def test_an_exchange_of_the_accounts_flags_needs_the_old_ones() -> None:
    with bench() as on:
        domain = domain_of(on)
        computer = domain.computers[0]
        with pytest.raises(NoSuchValue):
            domain.exchange_control(computer.object_guid, 0x1020, 0x1022)
        assert computer.user_account_control == 0x1000
        domain.exchange_control(computer.object_guid, 0x1000, 0x1002)
        assert computer.user_account_control == 0x1002
        assert not computer.enabled


def test_children_are_listed() -> None:
    with bench() as on:
        domain = domain_of(on)
        computer = domain.computers[0]
        child = UUID(int=7)
        computer.children[child] = "serviceConnectionPoint"
        assert domain.children(computer.object_guid) == {child: "serviceConnectionPoint"}


def test_identifiers_are_the_same_for_every_seed_and_differ_from_each_other() -> None:
    def identifiers(seed: int) -> list[tuple[object, object]]:
        with bench(fleet_document(20), seed=seed) as on:
            return [(each.object_guid, each.object_sid) for each in domain_of(on).computers]

    first = identifiers(1)
    assert first == identifiers(2)
    assert len(set(first)) == 20


def test_a_directory_of_iam_identity_center_has_no_computer_objects() -> None:
    document = fleet_document()
    document["Directories"][0]["DirectoryType"] = "AWS_IAM_IDENTITY_CENTER"
    with bench(document) as on:
        assert on.twin.directory.domain(DIRECTORY) is None
        on.migrate()
        on.pass_time(7200)
        assert on.what() == ["started", "finished", "terminated"]
