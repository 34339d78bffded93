"""A directory in trouble: each trouble has a clear result, and nothing is tried that could make it worse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from migrator.adapters.directory import CredentialsRefused
from migrator.adapters.ldap_directory import LdapDirectory
from migrator.adapters.runs import Runs
from rehearsal.samba import Authority, DomainController
from tests.directory.clean_up_bench import CleanUp, clean_up_bench
from tests.directory.plants import BASE, UNIT, Plant, SambaGarden, open_ldap

WRONG = "wr0ng-Password"


def wrong_passwords(controller: DomainController) -> int:
    """How many the domain has counted for the service account."""
    user = controller.template.service_user
    [found] = controller.database.search(BASE, f"(userPrincipalName={user})", "badPwdCount")
    return int(found.get("badPwdCount", ["0"])[0])


def reason(found: CleanUp, *computers: str) -> str:
    """Clean up after a run that left these; why the first was left."""
    found.open_run("run-1")
    found.failed("run-1", *computers)
    lines = found.run("run-1")
    assert {line["result"] for line in lines.values()} == {"failed"}
    return str(lines[computers[0]]["reason"])


def test_a_wrong_password_is_tried_once_and_never_again(controller: DomainController, tmp_path: Path) -> None:
    guid = SambaGarden(controller).plant(Plant("F-1"))
    spare = [controller.address, controller.address]
    with clean_up_bench(controller, tmp_path, password=WRONG, endpoints=spare) as found:
        assert "user name or password is wrong" in reason(found, "F-1", "F-2")
        assert wrong_passwords(controller) == 1
        for number in (2, 3):
            found.open_run(f"run-{number}")
            found.failed(f"run-{number}", "F-1")
            line = found.run(f"run-{number}")["F-1"]
            assert line["reason"].startswith("the directory refused this password at 2026-11-23T02:50:00Z")
        assert wrong_passwords(controller) == 1
        assert SambaGarden(controller).exists(guid)
        found.put_secret(username=controller.template.service_user, password=WRONG + "2")
        found.run("run-1")
        assert wrong_passwords(controller) == 2


def test_a_right_password_after_a_wrong_one_serves(controller: DomainController, tmp_path: Path) -> None:
    from rehearsal.samba import SERVICE_PASSWORD

    SambaGarden(controller).plant(Plant("F-1"))
    with clean_up_bench(controller, tmp_path, password=WRONG) as found:
        reason(found, "F-1")
        found.put_secret(username=controller.template.service_user, password=SERVICE_PASSWORD)
        assert found.run("run-1")["F-1"]["result"] == "deleted"


def test_a_locked_account_is_named_as_such(controller: DomainController, tmp_path: Path) -> None:
    for _ in range(5):
        with pytest.raises(CredentialsRefused):
            open_ldap(controller, password=WRONG)
    with clean_up_bench(controller, tmp_path) as found:
        assert "the account is locked" in reason(found, "F-1")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"userAccountControl": 0x10202}, "the account is disabled"),
        ({"accountExpires": 131_000_000_000_000_000}, "the account has expired"),
        ({"pwdLastSet": 0, "userAccountControl": 0x200}, "the password must be changed first"),
    ],
)
def test_an_account_that_may_not_log_on_is_named_as_such(
    shared_controller: DomainController, changes: dict[str, int], why: str, tmp_path: Path
) -> None:
    database = shared_controller.database
    name = f"svc-{changes.get('userAccountControl', 0)}-{len(changes)}"
    dn = f"CN={name},CN=Users,{BASE}"
    account = {"objectClass": "user", "sAMAccountName": name, "unicodePwd": '"Of-4n-0ther-account"'}
    database.add(dn, {**account, "userAccountControl": 0x10200})
    database.replace(dn, changes)
    with clean_up_bench(shared_controller, tmp_path) as found:
        found.put_secret(username=f"CORP\\{name}", password="Of-4n-0ther-account")
        assert why in reason(found, "F-1")


def test_an_expired_certificate_is_named_as_such(controller: DomainController, tmp_path: Path) -> None:
    controller.stop()
    controller.certify(expired=True)
    controller.start()
    with clean_up_bench(controller, tmp_path) as found:
        assert "certificate has expired" in reason(found, "F-1")


def test_a_certificate_of_another_host_is_not_trusted(controller: DomainController, tmp_path: Path) -> None:
    controller.stop()
    controller.certify(for_address=False)
    controller.start()
    with clean_up_bench(controller, tmp_path) as found:
        assert "a certificate that is not trusted: IP address mismatch" in reason(found, "F-1")


def test_a_certificate_of_another_authority_is_not_trusted(
    shared_controller: DomainController, tmp_path: Path
) -> None:
    with clean_up_bench(shared_controller, tmp_path, caCertificate=Authority("Another").pem) as found:
        assert "configure the CA that issued it" in reason(found, "F-1")
    assert wrong_passwords(shared_controller) == 0


def test_a_unit_of_another_domain_is_not_served(shared_controller: DomainController, tmp_path: Path) -> None:
    unit = "OU=WorkSpaces,DC=other,DC=example,DC=com"
    with clean_up_bench(shared_controller, tmp_path, organizationalUnit=unit) as found:
        assert "is in another domain" in reason(found, "F-1")


def test_a_domain_controller_that_hangs_before_tls(controller: DomainController, tmp_path: Path) -> None:
    controller.freeze()
    with clean_up_bench(controller, tmp_path) as found:
        assert "did not finish TLS within 2 s" in reason(found, "F-1", "F-2")
    controller.thaw()


def test_nobody_there_and_the_next_serves(controller: DomainController, tmp_path: Path) -> None:
    guid = SambaGarden(controller).plant(Plant("F-1"))
    with clean_up_bench(controller, tmp_path, endpoints=["127.77.255.1"]) as found:
        assert "cannot be reached" in reason(found, "F-1")
    endpoints = ["127.77.255.1", controller.address]
    with clean_up_bench(controller, tmp_path, endpoints=endpoints) as found:
        found.open_run("run-1")
        found.failed("run-1", "F-1")
        assert found.run("run-1")["F-1"]["result"] == "deleted"
    assert not SambaGarden(controller).exists(guid)


def test_a_secret_without_a_password_is_named(shared_controller: DomainController, tmp_path: Path) -> None:
    with clean_up_bench(shared_controller, tmp_path) as found:
        found.put_secret(user="svc", pass_word="x")
        assert '{"username": ..., "password": ...}' in reason(found, "F-1")


def test_access_denied_ends_the_run(shared_controller: DomainController, tmp_path: Path) -> None:
    garden = SambaGarden(shared_controller)
    guids = [garden.plant(Plant(name)) for name in ("F-DENIED", "F-AFTER")]
    account = {"objectClass": "user", "sAMAccountName": "svc-nothing", "unicodePwd": '"N0-right-at-all"'}
    garden.database.add(f"CN=svc-nothing,CN=Users,{BASE}", {**account, "userAccountControl": 0x10200})
    with clean_up_bench(shared_controller, tmp_path) as found:
        found.put_secret(username="CORP\\svc-nothing", password="N0-right-at-all")
        found.open_run("run-1")
        found.failed("run-1", "F-DENIED", "F-AFTER")
        lines = found.run("run-1")
    assert "denies the service account access" in lines["F-DENIED"]["reason"]
    assert lines["F-AFTER"]["reason"].startswith("Not tried: the run stopped at F-DENIED")
    assert all(map(garden.exists, guids))


def test_an_object_renamed_between_read_and_change_ends_the_run(
    shared_controller: DomainController, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    garden = SambaGarden(shared_controller)
    first, after = garden.plant(Plant("F-RENAMED")), garden.plant(Plant("F-LATER"))
    impostors: list[str] = []
    truly = Runs.write

    def rename_meanwhile(self: Runs, run_id: str, name: str, *rest: str) -> str:
        if name.endswith(".ldif") and not impostors:
            impostors.append(renamed(garden, "F-RENAMED"))
        return truly(self, run_id, name, *rest)

    monkeypatch.setattr(Runs, "write", rename_meanwhile)
    with clean_up_bench(shared_controller, tmp_path) as found:
        found.open_run("run-1")
        found.failed("run-1", "F-RENAMED", "F-LATER")
        lines = found.run("run-1")
    assert lines["F-RENAMED"]["result"] == "refused"
    assert lines["F-RENAMED"]["reason"].startswith("changed: ")
    assert lines["F-LATER"]["reason"].startswith("Not tried: the run stopped at F-RENAMED, whose object")
    assert all(map(garden.exists, (first, after, *impostors)))


def test_an_object_renamed_in_the_last_moment_is_still_the_one_that_goes(
    shared_controller: DomainController, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    garden = SambaGarden(shared_controller)
    guid = garden.plant(Plant("F-MOMENT"))
    impostors: list[str] = []
    truly = LdapDirectory.delete

    def rename_first(self: LdapDirectory, object_guid: str) -> None:
        impostors.append(renamed(garden, "F-MOMENT"))
        truly(self, object_guid)

    monkeypatch.setattr(LdapDirectory, "delete", rename_first)
    with clean_up_bench(shared_controller, tmp_path) as found:
        found.open_run("run-1")
        found.failed("run-1", "F-MOMENT")
        assert found.run("run-1")["F-MOMENT"]["result"] == "deleted"
    assert not garden.exists(guid)
    assert garden.exists(impostors[0])


def renamed(garden: SambaGarden, name: str) -> str:
    """Rename an object, and put another one into its place; the GUID of that one."""
    garden.database.rename(f"CN={name},{UNIT}", f"CN={name}-moved,{UNIT}")
    names = {"sAMAccountName": f"{name}-X$", "servicePrincipalName": []}
    garden.database.replace(f"CN={name}-moved,{UNIT}", names)
    return garden.plant(Plant(name))


@pytest.mark.parametrize("thaws", [True, False])
def test_a_domain_controller_that_hangs_in_a_delete(
    controller: DomainController, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, thaws: bool
) -> None:
    garden = SambaGarden(controller)
    first, second = garden.plant(Plant("F-HUNG")), garden.plant(Plant("F-NEXT"))
    truly_delete, truly_reconnect = LdapDirectory.delete, LdapDirectory.reconnect
    hung: list[Any] = []

    def hang_once(self: LdapDirectory, object_guid: str) -> None:
        if not hung:
            controller.freeze()
            hung.append(object_guid)
        truly_delete(self, object_guid)

    def perhaps_thaw(self: LdapDirectory) -> None:
        if thaws:
            controller.thaw()
        truly_reconnect(self)

    monkeypatch.setattr(LdapDirectory, "delete", hang_once)
    monkeypatch.setattr(LdapDirectory, "reconnect", perhaps_thaw)
    with clean_up_bench(controller, tmp_path) as found:
        found.open_run("run-1")
        found.failed("run-1", "F-HUNG", "F-NEXT")
        lines = found.run("run-1")
        assert f"directory/{first}.ldif" in found.objects("run-1")
    controller.thaw()
    line = lines["F-HUNG"]
    if thaws:
        # Whichever of the two it served first, the line tells what the second look saw.
        assert line["result"] == "deleted" or "still there" in line["reason"]
        assert lines["F-NEXT"]["result"] == "deleted"
        assert not garden.exists(second)
    else:
        assert line["result"] == "failed"
        assert "may have been made all the same" in line["reason"]
        assert "by its GUID" in line["reason"]
        assert lines["F-NEXT"]["reason"].startswith("Not tried: the run stopped at F-HUNG")
        assert garden.exists(second)


def test_three_refusals_in_a_row_end_the_run(shared_controller: DomainController, tmp_path: Path) -> None:
    garden = SambaGarden(shared_controller)
    names = [f"F-UNWILLING-{number}" for number in range(3)] + ["F-FOURTH"]
    guids = [garden.plant(Plant(name)) for name in names]
    for name in names[:3]:
        # The directory itself refuses to delete what bears this flag.
        garden.database.replace(f"CN={name},{UNIT}", {"systemFlags": -2147483648})
    with clean_up_bench(shared_controller, tmp_path) as found:
        found.open_run("run-1")
        found.failed("run-1", *names)
        lines = found.run("run-1")
    assert {lines[name]["result"] for name in names} == {"failed"}
    assert "refused: unwillingToPerform" in lines["F-UNWILLING-0"]["reason"]
    assert lines["F-FOURTH"]["reason"].startswith("Not tried: 3 faults in a row")
    assert all(map(garden.exists, guids))
