"""Access lists as octets: what denies deletion is seen, and nonsense is said to be nonsense."""

from __future__ import annotations

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.adapters.security_descriptors import NoSecurityDescriptor, denies_deletion

EVERYONE = bytes.fromhex("010100000000000100000000")
DELETE, DELETE_TREE, DELETE_CHILD, READ = 0x10000, 0x40, 0x2, 0x20094
ALLOWED, DENIED, DENIED_OBJECT = 0, 1, 6


def entry(kind: int, mask: int, flags: int = 0) -> bytes:
    body = pack("<L", mask) + (pack("<L", 0) if kind in (5, 6) else b"") + EVERYONE
    return pack("<BBH", kind, flags, 4 + len(body)) + body


def descriptor(*entries: bytes, control: int = 0x8004) -> bytes:
    acl = pack("<BBHHH", 4, 0, 8 + sum(map(len, entries)), len(entries), 0) + b"".join(entries)
    return pack("<BBHLLLL", 1, 0, control, 0, 0, 0, 20) + acl


@pytest.mark.parametrize(
    ("octets", "denies"),
    [
        (descriptor(), False),
        (descriptor(entry(ALLOWED, DELETE | DELETE_TREE)), False),
        (descriptor(entry(DENIED, READ)), False),
        (descriptor(entry(DENIED, DELETE_CHILD)), False),
        (descriptor(entry(DENIED, DELETE)), True),
        (descriptor(entry(DENIED, DELETE_TREE)), True),
        (descriptor(entry(ALLOWED, READ), entry(5, READ), entry(DENIED_OBJECT, DELETE | READ)), True),
        # No access list at all: everybody may do everything, nobody is denied anything.
        (pack("<BBHLLLL", 1, 0, 0x8000, 0, 0, 0, 0), False),
        (descriptor(entry(DENIED, DELETE), control=0x8000), False),
    ],
)
def test_who_denies_deletion(octets: bytes, denies: bool) -> None:
    assert denies_deletion(octets) is denies


@pytest.mark.parametrize("cut", [0, 10, 19, 24, 30, 40])
def test_one_that_is_cut_short_is_none(cut: int) -> None:
    whole = descriptor(entry(ALLOWED, READ), entry(DENIED, DELETE))
    with pytest.raises(NoSecurityDescriptor):
        denies_deletion(whole[:cut])


def test_an_entry_without_a_size_does_not_go_on_for_ever() -> None:
    with pytest.raises(NoSecurityDescriptor):
        denies_deletion(descriptor(pack("<BBHL", ALLOWED, 0, 0, READ)))


@given(st.binary(max_size=200))
def test_whatever_comes_it_is_told_or_it_is_none(octets: bytes) -> None:
    try:
        assert denies_deletion(octets) in (True, False)
    except NoSecurityDescriptor:
        return
