"""The twin's Active Directory behind the door that the clean-up function uses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from migrator.adapters.directory import ChangedMeanwhile, Directory, HasChildren
from migrator.domain.computers import ACCOUNT_DISABLED, Child, ComputerObject
from rehearsal.twin.directory import Domain, NoSuchObject, NoSuchValue, NotALeaf, StandInDirectory

MOST_CHANGES = 100
"""As many as a stage's directory allows where its configuration says nothing."""


class TwinDirectory:
    """One domain of the twin."""

    def __init__(self, domain: Domain, *, most_changes: int = MOST_CHANGES) -> None:
        self._domain = domain
        self._most_changes = most_changes

    @property
    def unit(self) -> str:
        return self._domain.default_ou

    @property
    def most_changes(self) -> int:
        return self._most_changes

    @property
    def domain_controller(self) -> str:
        return f"dc1.{self._domain.name}"

    def find(self, computer_name: str) -> tuple[ComputerObject, ...]:
        return tuple(self._computer(found) for found in self._domain.search(f"{computer_name}$"))

    def read(self, object_guid: str) -> ComputerObject | None:
        found = self._domain.read(object_guid)
        return None if found is None else self._computer(found)

    def children(self, object_guid: str) -> tuple[Child, ...]:
        parent = self._domain.read(object_guid)
        if parent is None:
            return ()
        dn = parent["distinguishedName"]
        below = sorted(self._domain.children(object_guid).items())
        hidden = range(self._domain.hidden_children(object_guid))
        protected = self._domain.children_protected(object_guid)
        return (
            *(Child(str(guid), f"CN={guid},{dn}", kind, protected) for guid, kind in below),
            *(Child(None, f"CN=hidden-{number},{dn}", None, None) for number in hidden),
        )

    def disable(self, computer: ComputerObject) -> None:
        before = computer.user_account_control or 0
        after = before | ACCOUNT_DISABLED
        if after == before:
            return
        try:
            self._domain.exchange_control(computer.object_guid, before, after)
        except (NoSuchValue, NoSuchObject) as fault:
            raise ChangedMeanwhile("its userAccountControl is not any more what was read") from fault

    def delete(self, object_guid: str) -> None:
        try:
            self._domain.delete(object_guid)
        except NoSuchObject:
            return
        except NotALeaf as fault:
            raise HasChildren("there are objects below it that the service account cannot see") from fault

    def record(self, object_guid: str) -> str:
        found = self._domain.read(object_guid) or {}
        lines = [f"# objectGUID {object_guid}", "version: 1", f"dn: {found.get('distinguishedName')}"]
        for name, value in sorted(found.items()):
            values = value if isinstance(value, list) else [value]
            lines += [f"{name}: {one}" for one in values if one is not None]
        return "\n".join(lines) + "\n"

    def reconnect(self) -> None:
        """There is no connection to renew."""

    def close(self) -> None:
        """There is none to close."""

    def _computer(self, found: Mapping[str, Any]) -> ComputerObject:
        return ComputerObject(
            distinguished_name=found["distinguishedName"],
            sam_account_name=found["sAMAccountName"],
            object_guid=found["objectGUID"],
            object_sid=found["objectSid"],
            when_created=_to_the_second(found["whenCreated"]),
            user_account_control=found["userAccountControl"],
            primary_group_id=found["primaryGroupID"],
            critical=found["isCriticalSystemObject"],
            leaf_class=found["objectClass"][-1],
            category=found["objectCategory"].partition(",")[0].removeprefix("CN="),
            service_principal_names=tuple(found["servicePrincipalName"]),
            delegates=bool(found["msDS-AllowedToDelegateTo"]),
            denies_deletion=self._domain.denies_deletion(found["objectGUID"]),
            password_set=found["pwdLastSet"],
            last_logon_timestamp=found["lastLogonTimestamp"],
            usn_changed=found["uSNChanged"],
        )


class TwinDirectories:
    """All domains of the twin."""

    def __init__(self, directory: StandInDirectory) -> None:
        self._directory = directory

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(domain.directory_id for domain in self._directory.domains)

    def open(self, directory_id: str) -> Directory | None:
        domain = self._directory.domain(directory_id)
        return None if domain is None else TwinDirectory(domain)


def _to_the_second(moment: datetime) -> datetime:
    """A directory keeps whenCreated without fractions."""
    return moment.replace(microsecond=0)
