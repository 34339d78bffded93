"""Computer objects of Active Directory, and the computers whose WorkSpaces are gone: facts only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from migrator.domain.moments import iso

ACCOUNT_DISABLED = 0x2
"""The bit of userAccountControl that keeps a computer from logging on."""


@dataclass(frozen=True, slots=True)
class ComputerObject:
    """An account as a domain controller returned it. None is what it did not tell."""

    distinguished_name: str
    sam_account_name: str
    object_guid: str
    object_sid: str | None
    when_created: datetime | None
    user_account_control: int | None
    primary_group_id: int | None
    critical: bool
    leaf_class: str
    category: str
    """The name of its objectCategory: `Computer`."""
    service_principal_names: tuple[str, ...] = ()
    delegates: bool = False
    """Whether it may act on behalf of others, or others on its behalf, by attributes and not by flags."""
    denies_deletion: bool | None = None
    """Whether an entry of its access list denies somebody its deletion; None where that was not readable."""
    password_set: datetime | None = None
    last_logon: datetime | None = None
    """At this domain controller; others have their own."""
    last_logon_timestamp: datetime | None = None
    """In the whole domain, nine to fourteen days late."""
    usn_changed: int | None = None

    @property
    def last_used(self) -> datetime | None:
        """The latest sign of use. None proves nothing."""
        times = (self.password_set, self.last_logon, self.last_logon_timestamp)
        return max((time for time in times if time is not None), default=None)

    @property
    def disabled(self) -> bool:
        control = self.user_account_control
        return control is not None and bool(control & ACCOUNT_DISABLED)


@dataclass(frozen=True, slots=True)
class Child:
    """An object below a computer's. GUID and class are None where the service account may not read them."""

    object_guid: str | None
    distinguished_name: str
    leaf_class: str | None
    denies_deletion: bool | None = None
    """Whether its access list denies somebody its deletion; None where that was not readable."""


class Role(StrEnum):
    """What a computer was in its migration."""

    FAILED_TARGET = "failed-target"
    """The computer of a target whose migration failed."""
    FORMER_COMPUTER = "former-computer"
    """The computer that a migrated WorkSpace had before."""


@dataclass(frozen=True, slots=True)
class Orphan:
    """A computer whose WorkSpace is gone, as the ledger knows it."""

    workspace_id: str
    """The WorkSpace whose migration left it."""
    directory_id: str
    computer_name: str
    role: Role
    started_at: datetime
    """The migration's call. A target's object is not older, a former computer's not younger."""
    ended_at: datetime
    """The migration's end: use after that is a veto."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a domain controller said about a computer's name, and when."""

    found: tuple[ComputerObject, ...]
    """Every object of the domain with the computer's account name."""
    children: tuple[Child, ...]
    """Of the object, where there is exactly one."""
    domain_controller: str
    read_at: datetime

    def evidence(self) -> dict[str, Any]:
        """The facts, for the record."""
        return {
            "domainController": self.domain_controller,
            "readAt": iso(self.read_at),
            "objects": [_facts(one) for one in self.found],
            "children": [
                {
                    "objectGuid": one.object_guid,
                    "dn": one.distinguished_name,
                    "class": one.leaf_class,
                    "deniesDeletion": one.denies_deletion,
                }
                for one in self.children
            ],
        }


@dataclass(frozen=True, slots=True)
class Living:
    """The computers of the WorkSpaces that exist in a directory, as the service listed them."""

    states: Mapping[str, str]
    """The state of the WorkSpace of each computer, by the computer's name in folded case, as AD compares."""
    listed_at: datetime

    @classmethod
    def of(cls, states: Mapping[str, str], listed_at: datetime) -> Living:
        return cls({name.casefold(): state for name, state in states.items()}, listed_at)

    def has(self, computer_name: str) -> bool:
        return computer_name.casefold() in self.states

    def leaving(self, computer_name: str) -> bool:
        """Whether its WorkSpace is just being terminated."""
        return self.states.get(computer_name.casefold()) == "TERMINATING"


def _facts(computer: ComputerObject) -> dict[str, Any]:
    return {
        "dn": computer.distinguished_name,
        "sAMAccountName": computer.sam_account_name,
        "objectGuid": computer.object_guid,
        "objectSid": computer.object_sid,
        "whenCreated": _iso(computer.when_created),
        "userAccountControl": computer.user_account_control,
        "primaryGroupId": computer.primary_group_id,
        "isCriticalSystemObject": computer.critical,
        "class": computer.leaf_class,
        "category": computer.category,
        "delegates": computer.delegates,
        "servicePrincipalNames": list(computer.service_principal_names),
        "deniesDeletion": computer.denies_deletion,
        "pwdLastSet": _iso(computer.password_set),
        "lastLogon": _iso(computer.last_logon),
        "lastLogonTimestamp": _iso(computer.last_logon_timestamp),
        "uSNChanged": computer.usn_changed,
    }


def _iso(time: datetime | None) -> str | None:
    return None if time is None else iso(time)
