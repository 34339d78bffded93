"""The commands of docs/directory.md, by a shell, on a domain controller: delegate, restore, enable."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.adapters.directory import AccessDenied
from rehearsal.samba import SERVICE_PASSWORD, DomainController
from rehearsal.samba.template import ADMINISTRATOR_PASSWORD
from tests.contract.test_documented_commands import blocks, commands
from tests.directory.plants import BASE, DOMAIN, UNIT, Plant, SambaGarden, open_ldap

LINES = commands("samba-tool", "ldbsearch", "ldbmodify")
COMPUTER = "WSAMZN-0ABC"
"""What the document calls the computer."""

Shell = Callable[..., str]


@pytest.fixture
def shell(controller: DomainController, tmp_path: Path) -> Shell:
    """Runs a line, with what stands in it for the reader's own replaced; what it printed."""
    environment = {**os.environ, "PASSWD": ADMINISTRATOR_PASSWORD}

    def run(line: str, **own: str) -> str:
        done = subprocess.run(
            ["bash", "-euc", here(line, controller.address, **own)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def here(text: str, address: str = "", **own: str) -> str:
    """A text of the document, said of this domain."""
    text = text.replace("OU=WorkSpaces,DC=corp,DC=example,DC=com", UNIT)
    text = text.replace("dc1.corp.example.com", address)
    for word, value in own.items():
        text = text.replace(f"={word}", f"={value}").replace(f";{word})", f";{value})")
        text = text.replace(f":{word},", f":{value},")
    return text


def line(*parts: str) -> str:
    """The one line with all of these."""
    [found] = [one for one in LINES if all(part in one for part in parts)]
    return found


def test_each_line_is_run_by_one_of_these_tests() -> None:
    run = [
        line("user show"),
        line("dsacl set", "SDDC"),
        line("dsacl set", "WP"),
        line("ldbsearch"),
        line("ldbmodify"),
        line("user enable"),
    ]
    assert sorted(run) == sorted(LINES)


def test_what_is_delegated_is_enough_to_delete_and_to_disable(
    controller: DomainController, shell: Shell
) -> None:
    garden = SambaGarden(controller)
    account = "svc-another-cleanup"
    made = garden.database.add(
        f"CN={account},CN=Users,{BASE}",
        {
            "objectClass": "user",
            "sAMAccountName": account,
            "userPrincipalName": f"{account}@{DOMAIN}",
            "unicodePwd": f'"{SERVICE_PASSWORD}"',
            "userAccountControl": 0x10200,
        },
    )
    shown = shell(line("user show").replace("svc-workspaces-cleanup", account))
    assert f"objectSid: {made.sid}\n" in shown
    doomed, kept = garden.plant(Plant("D-DOOMED")), garden.plant(Plant("D-KEPT"))
    directory = open_ldap(controller, user=f"{account}@{DOMAIN}")
    with pytest.raises(AccessDenied):
        directory.delete(doomed)
    shell(line("dsacl set", "SDDC"), SID=made.sid)
    directory.delete(doomed)
    assert not garden.exists(doomed)
    [found] = directory.find("D-KEPT")
    with pytest.raises(AccessDenied):
        directory.disable(found)
    shell(line("dsacl set", "WP"), SID=made.sid)
    directory.disable(found)
    assert garden.control(kept) == 0x1002
    directory.close()

    shell(line("user enable"), GUID=kept)
    assert garden.control(kept) == 0x1000


def test_what_was_deleted_comes_back(controller: DomainController, shell: Shell, tmp_path: Path) -> None:
    garden = SambaGarden(controller)
    guid = garden.plant(Plant(COMPUTER))
    directory = garden.open()
    directory.delete(guid)
    directory.close()
    assert not garden.exists(guid)
    [ldif] = [text for path, text in blocks("ldif") if path.name == "directory.md"]
    restore = here(ldif, GUID=guid)
    shown = shell(line("ldbsearch"), GUID=guid)
    assert f"lastKnownParent: {UNIT}\n" in shown
    assert restore.splitlines()[0] in shown
    (tmp_path / "restore.ldif").write_text(restore, encoding="utf-8")
    shell(line("ldbmodify"))
    assert garden.exists(guid)
