"""Who may be removed from Active Directory by a program: every rule that keeps an object where it is.

An access list does not do this: under the least that a service account can be given, domain controllers
and critical objects inside the unit can be deleted all the same. What is unknown keeps it, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from migrator.domain.computers import Child, ComputerObject, Living, Orphan, Reading, Role
from migrator.domain.distinguished_names import NoDistinguishedName, parse_dn, strictly_below

WORKSTATION = 0x1000
_DOMAIN_COMPUTERS = 515
_HOST_SERVICES = frozenset({"host", "restrictedkrbhost", "termsrv", "wsman"})
_REMOVABLE_CHILDREN = frozenset({"serviceconnectionpoint"})
_CLOCKS_DIFFER = timedelta(minutes=5)
"""Kerberos' own tolerance: more than that, and nobody in the domain logs on."""


class SafetyRule(StrEnum):
    """Why an object is left alone; docs/directory.md says what each means."""

    SEVERAL = "several"
    IDENTITY = "identity"
    UNREADABLE = "unreadable"
    LIVE_UNKNOWN = "live-unknown"
    LIVE_WORKSPACE = "live-workspace"
    DOMAIN_CONTROLLER = "domain-controller"
    READ_ONLY_DOMAIN_CONTROLLER = "read-only-domain-controller"
    DELEGATION = "delegation"
    NOT_WORKSTATION = "not-workstation"
    PRIMARY_GROUP = "primary-group"
    CRITICAL = "critical"
    NOT_COMPUTER = "not-computer"
    SERVICE = "service"
    PROTECTED = "protected"
    CONFLICT = "conflict"
    OUTSIDE_UNIT = "outside-unit"
    OLDER = "older"
    NEWER = "newer"
    USED_AGAIN = "used-again"
    CHILDREN = "children"
    CHILDREN_UNREADABLE = "children-unreadable"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an object is left alone, in one plain sentence."""

    rule: SafetyRule
    detail: str


def refusal(orphan: Orphan, reading: Reading, living: Living | None, unit: str) -> Refusal | None:
    """Why the object that was found must not be touched; None when it may be.

    `living` is None where the service could not be asked; `unit` is the DN of the organizational unit
    that the deployment may clean up. `reading.found` is not empty.
    """
    if len(reading.found) != 1:
        names = ", ".join(one.distinguished_name for one in reading.found)
        return Refusal(SafetyRule.SEVERAL, f"{len(reading.found)} objects have this name: {names}")
    [computer] = reading.found
    return (
        _identity(orphan, computer)
        or _living(orphan, living)
        or _kind(computer)
        or _place(computer, unit)
        or _age(orphan, computer)
        or _below(reading.children)
    )


def changed(before: ComputerObject, now: ComputerObject | None) -> Refusal | None:
    """Why an object is not the one any more that was judged a moment ago."""
    if now is None:
        return None
    for what, one, other in (
        ("its GUID", before.object_guid, now.object_guid),
        ("its SID", before.object_sid, now.object_sid),
        ("its name", before.sam_account_name, now.sam_account_name),
        ("its place", before.distinguished_name, now.distinguished_name),
    ):
        if one != other:
            return Refusal(SafetyRule.CHANGED, f"{what} was {one} and is {other} now")
    return None


def _identity(orphan: Orphan, computer: ComputerObject) -> Refusal | None:
    wanted = f"{orphan.computer_name}$"
    # Lower case and nothing more: the directory's own comparison takes é for e, and finds it.
    if computer.sam_account_name.lower() != wanted.lower():
        return Refusal(SafetyRule.IDENTITY, f"the object is {computer.sam_account_name}, not {wanted}")
    return None


def _living(orphan: Orphan, living: Living | None) -> Refusal | None:
    if living is None:
        return Refusal(SafetyRule.LIVE_UNKNOWN, "the WorkSpaces that exist could not be listed")
    if not living.states:
        return Refusal(SafetyRule.LIVE_UNKNOWN, "the service listed no WorkSpace of this directory at all")
    if living.leaving(orphan.computer_name):
        return Refusal(SafetyRule.LIVE_WORKSPACE, "its WorkSpace is still being terminated")
    if living.has(orphan.computer_name):
        return Refusal(SafetyRule.LIVE_WORKSPACE, "a WorkSpace that exists has this computer name")
    return None


_FLAGS: tuple[tuple[int, SafetyRule, str], ...] = (
    (0x04000000, SafetyRule.READ_ONLY_DOMAIN_CONTROLLER, "it is a read-only domain controller"),
    (0x2000, SafetyRule.DOMAIN_CONTROLLER, "it is a domain controller"),
    (0x80000, SafetyRule.DELEGATION, "it is trusted for delegation: a server"),
    (0x1000000, SafetyRule.DELEGATION, "it is trusted to authenticate for delegation: a server"),
)


def _flags(computer: ComputerObject) -> Refusal | None:
    if computer.delegates:
        return Refusal(
            SafetyRule.DELEGATION, "it acts on behalf of others, or others on behalf of it: a server"
        )
    control = computer.user_account_control
    if control is None:
        return Refusal(SafetyRule.UNREADABLE, "its userAccountControl was not readable")
    for flag, rule, what in _FLAGS:
        if control & flag:
            return Refusal(rule, what)
    if not control & WORKSTATION:
        return Refusal(SafetyRule.NOT_WORKSTATION, f"it is no workstation (userAccountControl {control:#x})")
    return None


def _class(computer: ComputerObject) -> Refusal | None:
    if computer.leaf_class.casefold() != "computer" or computer.category.casefold() != "computer":
        what = computer.leaf_class or computer.category or "of an unknown class"
        return Refusal(SafetyRule.NOT_COMPUTER, f"it is {what}, no computer")
    return None


def _critical(computer: ComputerObject) -> Refusal | None:
    if computer.critical:
        return Refusal(SafetyRule.CRITICAL, "it is a critical system object")
    return None


def _group(computer: ComputerObject) -> Refusal | None:
    group = computer.primary_group_id
    if group is None:
        return Refusal(SafetyRule.UNREADABLE, "its primaryGroupID was not readable")
    if group != _DOMAIN_COMPUTERS:
        return Refusal(SafetyRule.PRIMARY_GROUP, f"its primary group is {group}, not Domain Computers")
    return None


def _services(computer: ComputerObject) -> Refusal | None:
    offered = {name.partition("/")[0].casefold(): name for name in computer.service_principal_names}
    strange = sorted(offered.keys() - _HOST_SERVICES)
    if strange:
        return Refusal(SafetyRule.SERVICE, f"it offers a service: {offered[strange[0]]}")
    return None


def _protection(computer: ComputerObject) -> Refusal | None:
    if computer.denies_deletion is None:
        return Refusal(SafetyRule.UNREADABLE, "its access list was not readable")
    if computer.denies_deletion:
        return Refusal(SafetyRule.PROTECTED, "its access list denies deletion")
    return None


_OF_ITS_KIND: tuple[Callable[[ComputerObject], Refusal | None], ...] = (
    _class,
    _flags,
    _critical,
    _group,
    _services,
    _protection,
)


def _kind(computer: ComputerObject) -> Refusal | None:
    return next((found for rule in _OF_ITS_KIND if (found := rule(computer))), None)


def _place(computer: ComputerObject, unit: str) -> Refusal | None:
    try:
        leaf = parse_dn(computer.distinguished_name)[0]
        below = strictly_below(computer.distinguished_name, unit)
    except NoDistinguishedName as fault:
        return Refusal(SafetyRule.UNREADABLE, f"its DN was not readable: {fault}")
    if any("\n" in value or "\0" in value for _, value in leaf):
        return Refusal(SafetyRule.CONFLICT, "its name is one that a replication conflict or a deletion gave")
    if not below:
        return Refusal(SafetyRule.OUTSIDE_UNIT, f"it is {computer.distinguished_name}, not below {unit}")
    return None


def _age(orphan: Orphan, computer: ComputerObject) -> Refusal | None:
    created = computer.when_created
    if created is None:
        return Refusal(SafetyRule.UNREADABLE, "its whenCreated was not readable")
    first, last = orphan.started_at - _CLOCKS_DIFFER, orphan.ended_at + _CLOCKS_DIFFER
    if orphan.role is Role.FORMER_COMPUTER:
        first, last = created, orphan.started_at + _CLOCKS_DIFFER
    if created < first:
        return Refusal(SafetyRule.OLDER, "it was there before the migration: an older account used again")
    if created > last:
        return Refusal(SafetyRule.NEWER, "it was made after the migration: another computer's")
    if computer.last_used is not None and computer.last_used > orphan.ended_at + _CLOCKS_DIFFER:
        return Refusal(SafetyRule.USED_AGAIN, "it was used after the migration's end")
    return None


def _below(children: tuple[Child, ...]) -> Refusal | None:
    for child in children:
        if child.object_guid is None or child.leaf_class is None:
            return Refusal(
                SafetyRule.CHILDREN_UNREADABLE, f"{child.distinguished_name} below it cannot be read"
            )
        if child.denies_deletion is None:
            return Refusal(
                SafetyRule.CHILDREN_UNREADABLE,
                f"the access list of {child.distinguished_name} below it cannot be read",
            )
        if child.denies_deletion:
            # The right to delete what is in a computer overrides that.
            return Refusal(SafetyRule.PROTECTED, f"{child.distinguished_name} below it denies deletion")
        if child.leaf_class.casefold() not in _REMOVABLE_CHILDREN:
            return Refusal(SafetyRule.CHILDREN, f"there is a {child.leaf_class} below it")
    return None
