"""A provisioned domain, to be copied for each domain controller: provisioning takes seconds, copying none."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from rehearsal.samba.database import Database
from rehearsal.samba.presence import require_samba

ADMINISTRATOR_PASSWORD = "Adm1nistrator-of-a-test"  # noqa: S105 (of a domain that lives for seconds)
SERVICE_ACCOUNT = "svc-workspaces-cleanup"
SERVICE_PASSWORD = "Cl34n-up-of-a-test"  # noqa: S105

COMPUTER_CLASS = "bf967a86-0de6-11d0-a285-00aa003049e2"
ACCOUNT_CONTROL = "bf967a68-0de6-11d0-a285-00aa003049e2"

MAY_DELETE = f"(OA;CIIO;SDDC;;{COMPUTER_CLASS};{{sid}})"
"""What docs/directory.md has an administrator delegate on the unit: delete computers, and what is in them."""

MAY_DISABLE = f"(OA;CIIO;WP;{ACCOUNT_CONTROL};{COMPUTER_CLASS};{{sid}})"
"""What the mode `disable` needs besides."""

_STATE = ("private", "state", "cache", "lock", "run", "bind", "ncalrpc", "ntp", "sysvol", "log")


class ProvisioningFailed(Exception):
    """samba-tool could not make the domain; the message is its own."""


@dataclass(frozen=True, slots=True)
class Template:
    """A domain nobody has started: its files, its names, the service account's SID."""

    path: Path
    domain: str
    unit: str
    service_sid: str

    @property
    def base_dn(self) -> str:
        return ",".join(f"DC={label}" for label in self.domain.split("."))

    @property
    def netbios_name(self) -> str:
        """The domain's short name."""
        return self.domain.split(".")[0].upper()[:15]

    @property
    def service_user(self) -> str:
        """The service account's user principal name."""
        return f"{SERVICE_ACCOUNT}@{self.domain}"


def provision(path: Path, domain: str, unit: str) -> Template:
    """A new domain with the unit for WorkSpaces and the account that may clean up there.

    `unit` is the DN of the organizational unit, below the domain; its parents are made with it.
    Raises SambaMissing, ProvisioningFailed.
    """
    require_samba()
    short = domain.split(".")[0].upper()[:15]
    configuration = write_configuration(path, domain, "127.77.0.1")
    done = subprocess.run(
        [
            *("samba-tool", "domain", "provision", "-s", str(configuration)),
            *(f"--realm={domain.upper()}", f"--domain={short}", "--host-name=DC1"),
            *("--host-ip=127.77.0.1", "--server-role=dc", "--dns-backend=NONE"),
            f"--adminpass={ADMINISTRATOR_PASSWORD}",
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TDB_NO_FSYNC": "1"},
    )
    if done.returncode != 0:
        raise ProvisioningFailed(done.stderr[-2000:])
    database = Database(configuration, path / "private" / "sam.ldb")
    try:
        return _furnish(database, path, domain, unit)
    finally:
        database.close()


def _furnish(database: Database, path: Path, domain: str, unit: str) -> Template:
    base = ",".join(f"DC={label}" for label in domain.split("."))
    parts = unit.removesuffix(f",{base}").split(",")
    for depth in range(len(parts), 0, -1):
        above = ",".join([*parts[depth - 1 :], base])
        if above.upper().startswith("OU="):
            database.add(above, {"objectClass": "organizationalUnit"})
    account = database.add(
        f"CN={SERVICE_ACCOUNT},CN=Users,{base}",
        {
            "objectClass": "user",
            "sAMAccountName": SERVICE_ACCOUNT,
            "userPrincipalName": f"{SERVICE_ACCOUNT}@{domain}",
            "unicodePwd": f'"{SERVICE_PASSWORD}"',
            "userAccountControl": 0x10200,
        },
    )
    database.allow(unit, MAY_DELETE.format(sid=account.sid))
    # Five wrong passwords lock an account, for half an hour.
    database.replace(
        base,
        {
            "lockoutThreshold": 5,
            "lockoutDuration": -18_000_000_000,
            "lockOutObservationWindow": -18_000_000_000,
        },
    )
    return Template(path, domain, unit, account.sid)


def copy(template: Template, path: Path, address: str) -> Path:
    """The template's files for a domain controller of that address; its smb.conf."""
    shutil.copytree(template.path, path, symlinks=True)
    return write_configuration(path, template.domain, address)


def write_configuration(path: Path, domain: str, address: str) -> Path:
    """smb.conf with every state directory below `path`: whatever is not named would be the machine's."""
    for name in _STATE:
        (path / name).mkdir(parents=True, exist_ok=True)
    settings = {
        "netbios name": "DC1",
        "realm": domain.upper(),
        "workgroup": domain.split(".")[0].upper()[:15],
        "server role": "active directory domain controller",
        # One process, and only the ports of LDAP, which Samba takes as literals: hence an address each.
        "server services": "ldap",
        "interfaces": f"{address}/8",
        "bind interfaces only": "yes",
        "private dir": path / "private",
        "state directory": path / "state",
        "cache directory": path / "cache",
        "lock directory": path / "lock",
        "pid directory": path / "run",
        "binddns dir": path / "bind",
        "ncalrpc dir": path / "ncalrpc",
        "ntp signd socket directory": path / "ntp",
        "log file": path / "log" / "log.samba",
        "vfs objects": "dfs_samba4 acl_xattr xattr_tdb",
        "tls enabled": "yes",
        "tls keyfile": path / "private" / "tls" / "key.pem",
        "tls certfile": path / "private" / "tls" / "cert.pem",
        "tls cafile": path / "private" / "tls" / "ca.pem",
    }
    lines = ["[global]", *(f"{name} = {value}" for name, value in settings.items())]
    shares = (("sysvol", path / "sysvol"), ("netlogon", path / "sysvol" / domain / "scripts"))
    for share, place in shares:
        lines += [f"[{share}]", f"path = {place}", "read only = no"]
    file = path / "smb.conf"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file
