"""What a domain controller returns for an object, as the domain's facts. Values are read raw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from struct import error
from typing import Any
from uuid import UUID

from ldap3.protocol.formatters.formatters import format_sid

from migrator.adapters.directory import DirectoryFault
from migrator.adapters.security_descriptors import NoSecurityDescriptor, denies_deletion
from migrator.domain.computers import Child, ComputerObject
from migrator.domain.distinguished_names import NoDistinguishedName, parse_dn

COMPUTER_ATTRIBUTES = (
    "distinguishedName",
    "isCriticalSystemObject",
    "lastLogon",
    "lastLogonTimestamp",
    "msDS-AllowedToActOnBehalfOfOtherIdentity",
    "msDS-AllowedToDelegateTo",
    "nTSecurityDescriptor",
    "objectCategory",
    "objectClass",
    "objectGUID",
    "objectSid",
    "primaryGroupID",
    "pwdLastSet",
    "sAMAccountName",
    "servicePrincipalName",
    "uSNChanged",
    "userAccountControl",
    "whenCreated",
)
CHILD_ATTRIBUTES = ("distinguishedName", "nTSecurityDescriptor", "objectClass", "objectGUID")

_SECRETS = frozenset(
    {
        "ms-mcs-admpwd",
        "msfve-keypackage",
        "msfve-recoverypassword",
        "mslaps-encryptedpassword",
        "mslaps-encryptedpasswordhistory",
        "mslaps-password",
        "unicodepwd",
    }
)
"""What an account may be able to read and no file may hold: local administrators' passwords above all."""

_EPOCH_1601 = datetime(1601, 1, 1, tzinfo=UTC)
_NEVER = 0x7FFFFFFFFFFFFFFF

Raw = Mapping[str, Sequence[bytes]]


def computer_from(entry: Mapping[str, Any]) -> ComputerObject:
    """An entry of a search's response. What is not readable is None, and keeps the object; so does what is
    there more than once and should not be.

    Raises DirectoryFault where not even its GUID was readable.
    """
    raw: Raw = entry["raw_attributes"]
    guid = guid_from(raw)
    if guid is None:
        raise DirectoryFault(f"the service account may not read {entry['dn']}")
    sid = _first(raw, "objectSid")
    return ComputerObject(
        distinguished_name=str(entry["dn"]),
        sam_account_name=_text(raw, "sAMAccountName") or "",
        object_guid=guid,
        object_sid=None if sid is None else _sid(sid),
        when_created=_moment(_text(raw, "whenCreated")),
        user_account_control=_number(raw, "userAccountControl"),
        primary_group_id=_number(raw, "primaryGroupID"),
        # Most objects do not have it. Whatever is there and not a plain no is a yes.
        critical=list(raw.get("isCriticalSystemObject") or ()) not in ([], [b"FALSE"]),
        leaf_class=leaf_class_from(raw) or "",
        category=_leaf_name(_text(raw, "objectCategory")),
        service_principal_names=tuple(
            value.decode(errors="replace") for value in raw.get("servicePrincipalName", ())
        ),
        delegates=any(
            raw.get(name) for name in ("msDS-AllowedToDelegateTo", "msDS-AllowedToActOnBehalfOfOtherIdentity")
        ),
        denies_deletion=_denies(_first(raw, "nTSecurityDescriptor")),
        password_set=_filetime(_number(raw, "pwdLastSet")),
        last_logon=_filetime(_number(raw, "lastLogon")),
        last_logon_timestamp=_filetime(_number(raw, "lastLogonTimestamp")),
        usn_changed=_number(raw, "uSNChanged"),
    )


def child_from(entry: Mapping[str, Any]) -> Child:
    """An entry below a computer's object."""
    raw: Raw = entry["raw_attributes"]
    denies = _denies(_first(raw, "nTSecurityDescriptor"))
    return Child(guid_from(raw), str(entry["dn"]), leaf_class_from(raw), denies)


def without_secrets(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry without attributes that hold passwords and keys."""
    raw: Raw = entry["raw_attributes"]
    told = {name: values for name, values in raw.items() if name.partition(";")[0].lower() not in _SECRETS}
    return {**entry, "raw_attributes": told}


def guid_from(raw: Raw) -> str | None:
    """The object's GUID as Windows writes it; None where it was not readable."""
    value = _first(raw, "objectGUID")
    return None if value is None or len(value) != 16 else str(UUID(bytes_le=value))


def leaf_class_from(raw: Raw) -> str | None:
    """The most special of an object's classes, which comes last; None where they are not readable."""
    classes = raw.get("objectClass") or ()
    return classes[-1].decode(errors="replace") if classes else None


def _denies(descriptor: bytes | None) -> bool | None:
    if descriptor is None:
        return None
    try:
        return denies_deletion(descriptor)
    except NoSecurityDescriptor:
        return None


def _leaf_name(dn: str | None) -> str:
    try:
        return parse_dn(dn)[0][0][1] if dn else ""
    except NoDistinguishedName:
        return ""


def _first(raw: Raw, name: str) -> bytes | None:
    """The value of an attribute that has one; None for more, of which nobody can say which is meant."""
    values = raw.get(name) or ()
    return bytes(values[0]) if len(values) == 1 else None


def _sid(value: bytes) -> str | None:
    try:
        return str(format_sid(value))
    except (IndexError, ValueError, error):
        return None


def _text(raw: Raw, name: str) -> str | None:
    value = _first(raw, name)
    return None if value is None else value.decode(errors="replace")


def _number(raw: Raw, name: str) -> int | None:
    text = _text(raw, name)
    try:
        # userAccountControl is a signed number of 32 bits.
        return None if text is None else int(text) & 0xFFFFFFFFFFFFFFFF
    except ValueError:
        return None


def _moment(text: str | None) -> datetime | None:
    """20261128020000.0Z"""
    if text is None:
        return None
    try:
        return datetime.strptime(text.partition(".")[0].rstrip("Z"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _filetime(ticks: int | None) -> datetime | None:
    """Tenths of microseconds since 1601; zero and the greatest number mean never."""
    if ticks is None or ticks == 0 or ticks >= _NEVER:
        return None
    try:
        return _EPOCH_1601 + timedelta(microseconds=ticks // 10)
    except OverflowError:
        return None
