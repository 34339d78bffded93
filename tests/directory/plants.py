"""Computer objects planted in a directory, the same way in the stand-in and in a real domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from migrator.adapters.directory import Directory
from migrator.adapters.ldap_connection import Credentials, Endpoint, Limits, connect, trust
from migrator.adapters.ldap_directory import LdapDirectory
from rehearsal.samba import SERVICE_PASSWORD, DomainController
from rehearsal.stand_in import TwinDirectory
from rehearsal.twin.directory import Domain

DOMAIN = "corp.example.com"
BASE = "DC=corp,DC=example,DC=com"
UNIT = f"OU=WorkSpaces,OU=IT,{BASE}"
STARTED = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CREATED = STARTED + timedelta(minutes=1)
ENDED = STARTED + timedelta(minutes=40)
BITLOCKER = "msFVE-RecoveryInformation"


@dataclass(frozen=True)
class Plant:
    """A computer object to be. What is not said is as a WorkSpace's orphan has it."""

    name: str
    common_name: str | None = None
    """Its CN, where that is not its name."""
    created: datetime = CREATED
    control: int = 0x1000
    primary_group: int = 515
    critical: bool = False
    services: Sequence[str] = ()
    place: str = UNIT
    protected: bool = False
    protected_points: bool = False
    """Whether what is below it is protected."""
    delegates_to: str | None = None
    used: datetime | None = None
    service_points: int = 0
    """Objects below it of the class that may be removed."""
    recovery_passwords: int = 0
    """Objects below it that no service account can read."""


class Garden(Protocol):
    """Where objects are planted, and what is there afterwards."""

    def plant(self, plant: Plant) -> str:
        """The new object's GUID."""
        ...

    def open(self) -> Directory: ...

    def exists(self, guid: str) -> bool: ...

    def set_control(self, guid: str, control: int) -> None: ...

    def control(self, guid: str) -> int: ...


class StandInGarden:
    """The rehearsal's directory."""

    def __init__(self) -> None:
        self.domain = Domain("d-9067012345", DOMAIN, UNIT)

    def plant(self, plant: Plant) -> str:
        computer = self.domain.join(plant.name, plant.created)
        computer.dn = f"CN={escaped(plant.common_name or plant.name)},{plant.place}"
        computer.user_account_control = plant.control
        computer.primary_group_id = plant.primary_group
        computer.is_critical_system_object = plant.critical
        computer.service_principal_names += tuple(plant.services)
        computer.denies_deletion = plant.protected
        computer.delegates_to = plant.delegates_to
        computer.protected_children = plant.protected_points
        computer.last_logon_timestamp = plant.used
        computer.hidden_children = plant.recovery_passwords
        for number in range(plant.service_points):
            computer.children[UUID(int=computer.object_guid.int ^ (number + 1))] = "serviceConnectionPoint"
        return str(computer.object_guid)

    def open(self) -> Directory:
        return TwinDirectory(self.domain)

    def exists(self, guid: str) -> bool:
        return self.domain.read(guid) is not None

    def set_control(self, guid: str, control: int) -> None:
        self.domain.exchange_control(guid, self.control(guid), control)

    def control(self, guid: str) -> int:
        [found] = [one for one in self.domain.computers if str(one.object_guid) == guid]
        return found.user_account_control


class SambaGarden:
    """A real domain."""

    def __init__(self, controller: DomainController) -> None:
        self.controller = controller
        self.database = controller.database

    def plant(self, plant: Plant) -> str:
        dn = f"CN={escaped(plant.common_name or plant.name)},{plant.place}"
        host = f"{plant.name}.{DOMAIN}".lower()
        own = [f"{kind}/{one}" for kind in ("HOST", "RestrictedKrbHost") for one in (plant.name, host)]
        identity = self.database.add(
            dn,
            {
                "objectClass": "computer",
                "sAMAccountName": f"{plant.name}$",
                "userAccountControl": 0x1000,
                "dNSHostName": host,
                "servicePrincipalName": [*own, *plant.services],
            },
        )
        system: dict[str, str | int] = {
            "whenCreated": generalized(plant.created),
            "pwdLastSet": filetime(plant.created),
        }
        if plant.control != 0x1000:
            system["userAccountControl"] = plant.control
        if plant.critical:
            system["isCriticalSystemObject"] = "TRUE"
        if plant.delegates_to is not None:
            system["msDS-AllowedToDelegateTo"] = plant.delegates_to
        if plant.used is not None:
            system["lastLogonTimestamp"] = filetime(plant.used)
        self.database.replace(dn, system)
        if plant.primary_group != 515:
            self.database.replace_raw(dn, {"primaryGroupID": plant.primary_group})
        if plant.protected:
            self.database.allow(dn, "(D;;SDDT;;;WD)", at_front=True)
        for number in range(plant.service_points):
            point = f"CN=point-{number},{dn}"
            self.database.add(point, {"objectClass": "serviceConnectionPoint"})
            if plant.protected_points:
                self.database.allow(point, "(D;;SDDT;;;WD)", at_front=True)
        for number in range(plant.recovery_passwords):
            self._recovery_password(dn, number)
        return identity.guid

    def _recovery_password(self, dn: str, number: int) -> None:
        child = f"CN=2026-11-2{number}T02:00:00-00:00{{{UUID(int=number + 1)}}},{dn}"
        self.database.add(
            child,
            {
                "objectClass": BITLOCKER,
                "msFVE-RecoveryGuid": "0123456789abcdef",
                "msFVE-RecoveryPassword": "111111-222222-333333-444444-555555-666666-777777-888888",
            },
        )
        # In a Microsoft domain its class's default access list shows it to administrators alone.
        self.database.allow(child, "(D;;GR;;;AU)", at_front=True)

    def open(self) -> Directory:
        return open_ldap(self.controller)

    def exists(self, guid: str) -> bool:
        return bool(self.database.search(BASE, f"(objectGUID={guid})", "cn"))

    def set_control(self, guid: str, control: int) -> None:
        [found] = self.database.search(BASE, f"(objectGUID={guid})", "cn")
        self.database.replace(found["dn"], {"userAccountControl": control})

    def control(self, guid: str) -> int:
        [found] = self.database.search(BASE, f"(objectGUID={guid})", "userAccountControl")
        return int(found["userAccountControl"][0])


def open_ldap(
    controller: DomainController,
    *,
    user: str | None = None,
    password: str = SERVICE_PASSWORD,
    ca_pem: str | None = None,
    host: str | None = None,
    answer_seconds: int = 5,
) -> LdapDirectory:
    """A directory through the adapter, as the service account."""
    endpoint = Endpoint(host or controller.host, controller.address)
    context = trust(ca_pem or controller.authority.pem)
    credentials = Credentials(user or controller.template.service_user, password)
    limits = Limits(2, answer_seconds)
    return LdapDirectory(
        lambda: connect(endpoint, context, credentials, limits, UNIT), unit=UNIT, most_changes=100
    )


def escaped(name: str) -> str:
    """A name as the value of an RDN."""
    special = "".join(f"\\{character}" if character in '"+,;<>=\\#' else character for character in name)
    return special.replace("\n", "\\0A")


def generalized(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M%S.0Z")


def filetime(moment: datetime) -> int:
    return int((moment - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000
