"""The twin's Active Directory behind the door that the clean-up function uses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from migrator.adapters.directory import Directory
from migrator.domain.computers import ComputerObject
from rehearsal.twin.directory import Domain, NoSuchObject, StandInDirectory


class TwinDirectory:
    """One domain of the twin."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain

    def find(self, computer_name: str) -> list[ComputerObject]:
        return [_computer(found) for found in self._domain.search(f"{computer_name}$")]

    def children(self, object_guid: str) -> Mapping[str, str]:
        return {str(guid): kind for guid, kind in self._domain.children(object_guid).items()}

    def disable(self, computer: ComputerObject) -> None:
        self._domain.disable(computer.object_guid)

    def delete(self, object_guid: str) -> None:
        try:
            self._domain.delete(object_guid)
        except NoSuchObject:
            return

    def record(self, computer: ComputerObject) -> str:
        found = self._domain.read(computer.object_guid) or {}
        lines = [f"dn: {computer.distinguished_name}"]
        for name, value in sorted(found.items()):
            values = value if isinstance(value, list) else [value]
            lines += [f"{name}: {one}" for one in values if one is not None]
        return "\n".join(lines) + "\n"


class TwinDirectories:
    """All domains of the twin."""

    def __init__(self, directory: StandInDirectory) -> None:
        self._directory = directory

    def open(self, directory_id: str) -> Directory | None:
        domain = self._directory.domain(directory_id)
        return None if domain is None else TwinDirectory(domain)


def _computer(found: Mapping[str, Any]) -> ComputerObject:
    created: datetime = found["whenCreated"]
    used = [time for time in (found["lastLogonTimestamp"], found["pwdLastSet"]) if time is not None]
    return ComputerObject(
        distinguished_name=found["distinguishedName"],
        sam_account_name=found["sAMAccountName"],
        object_guid=found["objectGUID"],
        when_created=created,
        user_account_control=found["userAccountControl"],
        primary_group_id=found["primaryGroupID"],
        critical=found["isCriticalSystemObject"],
        leaf_class=found["objectClass"][-1],
        service_principal_names=tuple(found["servicePrincipalName"]),
        last_used=max(used, default=None),
    )
