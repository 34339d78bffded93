"""Computer objects of Active Directory, and who may be removed by a program."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WORKSTATION = 0x1000
_FORBIDDEN_FLAGS = {
    0x2000: "it is a domain controller",
    0x04000000: "it is a read-only domain controller",
    0x80000: "it is trusted for delegation",
    0x1000000: "it is trusted to authenticate for delegation",
}
_DOMAIN_COMPUTERS = 515
_HOST_SERVICES = frozenset({"host", "restrictedkrbhost", "termsrv", "wsman"})
_CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ComputerObject:
    """A computer object as the directory returned it."""

    distinguished_name: str
    sam_account_name: str
    object_guid: str
    when_created: datetime
    user_account_control: int
    primary_group_id: int
    critical: bool
    leaf_class: str
    service_principal_names: tuple[str, ...]
    last_used: datetime | None
    """The latest of its password's last change after creation and its last logons."""


@dataclass(frozen=True, slots=True)
class Orphan:
    """A computer whose WorkSpace is gone: the target of a failed migration."""

    workspace_id: str
    """The WorkSpace whose migration left it."""
    directory_id: str
    computer_name: str
    created_after: datetime
    """The migration's call: an older object is another computer's account, used again."""
    ended_at: datetime
    """The migration's end: use after that is a veto."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an object is left alone; `rule` is one word for the report."""

    rule: str
    detail: str


def examine(
    orphan: Orphan,
    found: Sequence[ComputerObject],
    live_computers: Collection[str],
    children: Mapping[str, str],
) -> Refusal | None:
    """Why the one object found must not be touched; None when it may be removed.

    `found` are all objects of the domain with the computer's sAMAccountName; the caller has dealt
    with none. `live_computers` are the computer names of all WorkSpaces that exist in the directory;
    `children` the classes of the objects below the object, by GUID.
    """
    if len(found) != 1:
        return Refusal("several", f"{len(found)} objects of the domain have this name")
    computer = found[0]
    if computer.sam_account_name.casefold() != f"{orphan.computer_name}$".casefold():
        return Refusal("identity", f"the object is {computer.sam_account_name}")
    if orphan.computer_name.casefold() in {name.casefold() for name in live_computers}:
        return Refusal("in-use", "a WorkSpace that exists has this computer name")
    return _protected(computer) or _age(orphan, computer) or _below(children)


def _protected(computer: ComputerObject) -> Refusal | None:
    for flag, what in _FORBIDDEN_FLAGS.items():
        if computer.user_account_control & flag:
            return Refusal("protected", what)
    if not computer.user_account_control & WORKSTATION:
        return Refusal("protected", "it is no workstation account")
    if computer.primary_group_id != _DOMAIN_COMPUTERS:
        return Refusal("protected", f"its primary group is {computer.primary_group_id}")
    if computer.critical:
        return Refusal("protected", "it is a critical system object")
    if computer.leaf_class.casefold() != "computer":
        return Refusal("protected", f"its class is {computer.leaf_class}")
    services = {name.partition("/")[0].casefold() for name in computer.service_principal_names}
    if strange := sorted(services - _HOST_SERVICES):
        return Refusal("protected", f"it has a service's SPN ({strange[0]})")
    if "\\0ACNF:" in computer.distinguished_name or "\nCNF:" in computer.distinguished_name:
        return Refusal("conflict", "its name is a replication conflict's")
    return None


def _age(orphan: Orphan, computer: ComputerObject) -> Refusal | None:
    if computer.when_created < orphan.created_after - _CLOCK_TOLERANCE:
        return Refusal("older", "it was there before the migration: an account used again")
    if computer.last_used is not None and computer.last_used > orphan.ended_at + _CLOCK_TOLERANCE:
        return Refusal("in-use", "it was used after the migration had failed")
    return None


def _below(children: Mapping[str, str]) -> Refusal | None:
    for kind in children.values():
        if kind.casefold() != "serviceconnectionpoint":
            return Refusal("children", f"there is a {kind} below it")
    return None
