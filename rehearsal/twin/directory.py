"""The stand-in Active Directory: the computer objects behind a directory's WorkSpaces.

Its answers are shaped like those of an LDAP client: attributes by their LDAP names, times aware UTC, object
GUIDs as text. Nothing in it knows which WorkSpace an object belongs to; that is what a clean-up has to find
out.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

WORKSTATION_TRUST_ACCOUNT = 0x1000
ACCOUNT_DISABLED = 0x2
DOMAIN_COMPUTERS = 515


class NoSuchObject(Exception):
    """LDAP result 32: there is no such object (any more)."""


class NoSuchValue(Exception):
    """LDAP result 16: the attribute has not the value that was to be taken away."""


class NotALeaf(Exception):
    """LDAP result 66: there are objects below it."""


@dataclass(slots=True, eq=False)
class ComputerObject:
    """A computer object. `children` are objects below it, each with its GUID and class."""

    dn: str
    sam_account_name: str
    object_guid: UUID
    object_sid: str
    when_created: datetime
    pwd_last_set: datetime
    last_logon_timestamp: datetime | None
    user_account_control: int = WORKSTATION_TRUST_ACCOUNT
    primary_group_id: int = DOMAIN_COMPUTERS
    is_critical_system_object: bool = False
    object_class: tuple[str, ...] = ("top", "person", "organizationalPerson", "user", "computer")
    object_category: str = "Computer"
    service_principal_names: tuple[str, ...] = ()
    children: dict[UUID, str] = field(default_factory=dict)
    hidden_children: int = 0
    """Objects below it that a service account cannot read, such as BitLocker recovery passwords."""
    denies_deletion: bool = False
    """Whether its access list holds an entry that denies deletion."""
    delegates_to: str | None = None
    """A service it may reach on behalf of others."""
    protected_children: bool = False
    """Whether the access lists of what is below it deny deletion."""
    usn_changed: int = 0
    """Goes up with every change of the object."""

    @property
    def enabled(self) -> bool:
        """Whether the account may log on."""
        return not self.user_account_control & ACCOUNT_DISABLED

    def attributes(self, domain: str) -> dict[str, object]:
        """What an LDAP search returns for it."""
        name = self.sam_account_name.removesuffix("$")
        naming_context = ",".join(f"DC={label}" for label in domain.split("."))
        return {
            "distinguishedName": self.dn,
            "cn": name,
            "name": name,
            "sAMAccountName": self.sam_account_name,
            "dNSHostName": f"{name}.{domain}".lower(),
            "objectGUID": str(self.object_guid),
            "objectSid": self.object_sid,
            "objectClass": list(self.object_class),
            "objectCategory": f"CN={self.object_category},CN=Schema,CN=Configuration,{naming_context}",
            "whenCreated": self.when_created,
            "pwdLastSet": self.pwd_last_set,
            "lastLogonTimestamp": self.last_logon_timestamp,
            "userAccountControl": self.user_account_control,
            "primaryGroupID": self.primary_group_id,
            "isCriticalSystemObject": self.is_critical_system_object,
            "servicePrincipalName": list(self.service_principal_names),
            "msDS-AllowedToDelegateTo": [self.delegates_to] if self.delegates_to else [],
            "uSNChanged": self.usn_changed,
        }


class Mirror(Protocol):
    """A real domain that follows a domain of the twin."""

    def joined(self, computer: ComputerObject, domain: Domain) -> tuple[UUID, str]:
        """The GUID and SID that its object got there."""
        ...

    def left(self, computer: ComputerObject) -> None: ...


class Domain:
    """The computer objects of one directory's domain."""

    def __init__(self, directory_id: str, name: str, default_ou: str) -> None:
        self.directory_id = directory_id
        self.name = name
        self.default_ou = default_ou
        self._draw = random.Random(f"domain {directory_id}")
        self._sid = "S-1-5-21-" + "-".join(str(self._draw.getrandbits(31)) for _ in range(3))
        self._rid = 1103
        self._usn = 3000
        self.mirror: Mirror | None = None
        """A real domain that is to hold what this one holds."""
        self._by_guid: dict[UUID, ComputerObject] = {}
        self._by_name: dict[str, list[ComputerObject]] = {}

    @property
    def base_dn(self) -> str:
        """The naming context of the domain."""
        return ",".join(f"DC={label}" for label in self.name.split("."))

    def join(self, computer_name: str, at: datetime, *, last_logon: datetime | None = None) -> ComputerObject:
        """A computer joins the domain: its object appears in the directory's organizational unit."""
        self._rid += 1
        self._usn += 1
        computer = ComputerObject(
            dn=f"CN={computer_name},{self.default_ou}",
            sam_account_name=f"{computer_name}$",
            object_guid=UUID(int=self._draw.getrandbits(128), version=4),
            object_sid=f"{self._sid}-{self._rid}",
            when_created=at,
            pwd_last_set=at,
            last_logon_timestamp=last_logon,
            usn_changed=self._usn,
            service_principal_names=tuple(
                f"{service}/{host}"
                for service in ("HOST", "RestrictedKrbHost", "TERMSRV", "WSMAN")
                for host in (computer_name, f"{computer_name}.{self.name}".lower())
            ),
        )
        self._by_guid[computer.object_guid] = computer
        if self.mirror is not None:
            self.known_as(computer, *self.mirror.joined(computer, self))
        self._by_name.setdefault(computer.sam_account_name.casefold(), []).append(computer)
        return computer

    def search(self, sam_account_name: str) -> list[dict[str, object]]:
        """Every computer object of the domain with this sAMAccountName, as an LDAP search returns them."""
        return [found.attributes(self.name) for found in self._by_name.get(sam_account_name.casefold(), [])]

    def read(self, object_guid: UUID | str) -> dict[str, object] | None:
        """The object with this GUID, or None."""
        found = self._by_guid.get(UUID(str(object_guid)))
        return found.attributes(self.name) if found else None

    def children(self, object_guid: UUID | str) -> dict[UUID, str]:
        """Objects below this one that a service account can read: GUID to class. Raises NoSuchObject."""
        return dict(self._existing(object_guid).children)

    def hidden_children(self, object_guid: UUID | str) -> int:
        """How many objects below this one a service account cannot read. Raises NoSuchObject."""
        return self._existing(object_guid).hidden_children

    def children_protected(self, object_guid: UUID | str) -> bool:
        """Whether what is below this one denies deletion. Raises NoSuchObject."""
        return self._existing(object_guid).protected_children

    def denies_deletion(self, object_guid: UUID | str) -> bool:
        """Whether its access list denies deletion to somebody. Raises NoSuchObject."""
        return self._existing(object_guid).denies_deletion

    def exchange_control(self, object_guid: UUID | str, before: int, after: int) -> None:
        """Takes userAccountControl's old value away and adds the new one, as one modification.

        Raises NoSuchObject, and NoSuchValue when the old value is not the one it has.
        """
        computer = self._existing(object_guid)
        if computer.user_account_control != before:
            raise NoSuchValue(str(computer.user_account_control))
        computer.user_account_control = after
        self._usn += 1
        computer.usn_changed = self._usn

    def delete(self, object_guid: UUID | str) -> None:
        """Deletes the object with this GUID, whatever it is called now, or a child of one.

        Raises NoSuchObject, NotALeaf.
        """
        guid = UUID(str(object_guid))
        if guid not in self._by_guid:
            for parent in self._by_guid.values():
                if parent.children.pop(guid, None) is not None:
                    return
        computer = self._existing(guid)
        if computer.children or computer.hidden_children:
            raise NotALeaf(computer.dn)
        if self.mirror is not None:
            self.mirror.left(computer)
        self.forget(computer)

    def known_as(self, computer: ComputerObject, object_guid: UUID, object_sid: str) -> None:
        """Its object has another GUID and SID: those that a real domain gave it."""
        del self._by_guid[computer.object_guid]
        computer.object_guid, computer.object_sid = object_guid, object_sid
        self._by_guid[object_guid] = computer

    def forget(self, computer: ComputerObject) -> None:
        """The computer's object is gone."""
        del self._by_guid[computer.object_guid]
        same_name = self._by_name[computer.sam_account_name.casefold()]
        same_name.remove(computer)
        if not same_name:
            del self._by_name[computer.sam_account_name.casefold()]

    def named(self, computer_name: str) -> ComputerObject | None:
        """The object of a computer, for the twin's own use; the newest if there are several."""
        found = self._by_name.get(f"{computer_name}$".casefold(), [])
        return found[-1] if found else None

    @property
    def computers(self) -> list[ComputerObject]:
        """All computer objects, oldest first."""
        return list(self._by_guid.values())

    def _existing(self, object_guid: UUID | str) -> ComputerObject:
        found = self._by_guid.get(UUID(str(object_guid)))
        if found is None:
            raise NoSuchObject(str(object_guid))
        return found


class StandInDirectory:
    """The domains of the account's directories, by directory id. A directory without a domain (IAM Identity
    Center) has no computer objects and is not here."""

    def __init__(self, domains: Iterable[Domain]) -> None:
        self._domains = {domain.directory_id: domain for domain in domains}

    def domain(self, directory_id: str) -> Domain | None:
        """The domain of a directory, or None if it has no computer objects."""
        return self._domains.get(directory_id)

    @property
    def domains(self) -> list[Domain]:
        """All domains."""
        return list(self._domains.values())


def long_before(moment: datetime, draw: random.Random) -> datetime:
    """When a desktop that has been in use for a while joined its domain: one to three years ago."""
    return moment - timedelta(days=draw.randint(365, 1095), seconds=draw.randint(0, 86399))
