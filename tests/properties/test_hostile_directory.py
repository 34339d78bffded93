"""Whatever a domain controller answers about an object: it is told, or the object stays. Only values on which
no rule rests may be strange in one that goes."""

from __future__ import annotations

from struct import pack
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.adapters.directory import DirectoryFault
from migrator.adapters.ldap_entries import child_from, computer_from
from migrator.domain.computer_rules import refusal
from migrator.domain.computers import Reading
from tests.unit.test_computer_rules import COMPUTER, ENDED, LIVING, ORPHAN, UNIT

Raw = dict[str, list[bytes]]

NOBODY_DENIED = pack("<BBHLLLL", 1, 0, 0x8004, 0, 0, 0, 20) + pack("<BBHHH", 2, 0, 8, 0, 0)
GOOD: Raw = {
    "distinguishedName": [f"CN=PC-1,{UNIT}".encode()],
    "sAMAccountName": [b"PC-1$"],
    "objectGUID": [UUID(COMPUTER.object_guid).bytes_le],
    "objectSid": [bytes.fromhex("0105000000000005150000000100000002000000030000005004000000")[:28]],
    "objectClass": [b"top", b"person", b"organizationalPerson", b"user", b"computer"],
    "objectCategory": [b"CN=Computer,CN=Schema,CN=Configuration,DC=corp,DC=example,DC=com"],
    "whenCreated": [b"20261128020100.0Z"],
    "userAccountControl": [b"4096"],
    "primaryGroupID": [b"515"],
    "isCriticalSystemObject": [b"FALSE"],
    "servicePrincipalName": [b"HOST/PC-1"],
    "nTSecurityDescriptor": [NOBODY_DENIED],
    "pwdLastSet": [b"0"],
    "lastLogon": [b"0"],
    "lastLogonTimestamp": [b"0"],
    "uSNChanged": [b"7"],
}
STRANGE: tuple[list[bytes], ...] = (
    *([], [b""], [b"\xff\xfe\x00"], [b"TRUE"], [b"true"], [b"-1"], [b"9" * 400], [b"x" * 5000]),
    *(
        [b"\x00" * 15],
        [b"\x00" * 17],
        [b"\x01\xff" + b"\x00" * 6],
        [b"computer", b"msDS-ManagedServiceAccount"],
    ),
    *([b"4096", b"532480"], [b"FALSE", b"TRUE"], [b"20991131000000.0Z"], [b"tomorrow"]),
)
MAY_BE_STRANGE = frozenset(
    {
        *("distinguishedName", "objectSid", "uSNChanged"),  # told of it; its name is the entry's own
        *("isCriticalSystemObject", "servicePrincipalName"),  # most objects have none
        *("pwdLastSet", "lastLogon", "lastLogonTimestamp"),  # of which one alone says that it was used
    }
)


def fate(raw: Raw) -> str:
    """What becomes of the object: "goes", "stays" or "told"."""
    try:
        computer = computer_from({"dn": COMPUTER.distinguished_name, "raw_attributes": raw})
    except DirectoryFault as fault:
        return "told" if len(str(fault)) > 20 else "told in no sentence"
    found = refusal(ORPHAN, Reading((computer,), (), "dc1", ENDED), LIVING, UNIT)
    if found is None:
        return "goes"
    return "stays" if len(found.detail) > 20 else f"stays without a sentence: {found.detail}"


def test_an_object_as_it_should_be_goes() -> None:
    assert fate(GOOD) == "goes"


@pytest.mark.parametrize("name", sorted(GOOD))
def test_one_of_which_a_value_is_strange_stays_or_is_told(name: str) -> None:
    fates = {str(value): fate(GOOD | {name: value}) for value in STRANGE if value != GOOD[name]}
    fates["nothing"] = fate({one: value for one, value in GOOD.items() if one != name})
    allowed = {"told", "stays", "goes"} if name in MAY_BE_STRANGE else {"told", "stays"}
    assert set(fates.values()) <= allowed, {how: one for how, one in fates.items() if one not in allowed}


@pytest.mark.parametrize("value", [[b"TRUE"], [b"true"], [b"1"], [b"FALSE", b"TRUE"], [b"FALSE", b"FALSE"]])
def test_what_may_be_critical_is(value: list[bytes]) -> None:
    assert fate(GOOD | {"isCriticalSystemObject": value}) == "stays"


@pytest.mark.parametrize(
    "name", ["sAMAccountName", "userAccountControl", "primaryGroupID", "whenCreated", "nTSecurityDescriptor"]
)
def test_of_two_values_neither_is_believed(name: str) -> None:
    assert fate(GOOD | {name: GOOD[name] * 2}) == "stays"


_STRANGE_VALUES = [value for values in STRANGE for value in values]
RAW: Any = st.fixed_dictionaries(
    {},
    optional={name: st.lists(st.sampled_from([*GOOD[name], *_STRANGE_VALUES]), max_size=3) for name in GOOD},
)


@given(RAW)
def test_several_at_once(raw: Raw) -> None:
    assert fate(raw) in ("told", "stays", "goes")
    if any(raw.get(name) != GOOD[name] for name in GOOD.keys() - MAY_BE_STRANGE):
        assert fate(raw) != "goes"


@given(RAW, st.binary(max_size=60))
def test_an_entry_below_is_read_whatever_it_is(raw: Raw, octets: bytes) -> None:
    child = child_from({"dn": "CN=x", "raw_attributes": raw | {"nTSecurityDescriptor": [octets]}})
    assert child.denies_deletion in (True, False, None)
