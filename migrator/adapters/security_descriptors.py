"""Windows security descriptors, as far as a deletion asks (MS-DTYP 2.4.4 to 2.4.6)."""

from __future__ import annotations

from struct import error, unpack_from

_DENIES = frozenset({0x01, 0x06, 0x0A, 0x0C})
"""Types of entries that deny: plain, for an object class, and both with a condition."""
_DELETE = 0x00010000
_DELETE_TREE = 0x00000040
_DACL_PRESENT = 0x0004
_SELF_RELATIVE = 0x8000
_ACL_REVISIONS = (2, 4)


class NoSecurityDescriptor(ValueError):
    """The octets are no self-relative security descriptor."""


def denies_deletion(descriptor: bytes) -> bool:
    """Whether an entry of the access list denies anybody the object's deletion.

    That is what "Protect object from accidental deletion" sets. Whom it denies does not matter: somebody
    did not want the object deleted. Raises NoSecurityDescriptor.
    """
    try:
        revision, _, control, _, _, _, dacl = unpack_from("<BBHLLLL", descriptor, 0)
        if revision != 1 or not control & _SELF_RELATIVE:
            raise NoSecurityDescriptor(f"revision {revision}, control {control:#06x}")
        if not control & _DACL_PRESENT or not dacl:
            return False
        revision, _, _, entries, _ = unpack_from("<BBHHH", descriptor, dacl)
        if revision not in _ACL_REVISIONS:
            raise NoSecurityDescriptor(f"an access list of revision {revision}")
        place = dacl + 8
        for _ in range(entries):
            kind, _, size, mask = unpack_from("<BBHL", descriptor, place)
            if kind in _DENIES and mask & (_DELETE | _DELETE_TREE):
                return True
            if size < 8:
                raise NoSecurityDescriptor(f"an entry of {size} octets")
            place += size
    except error as fault:
        raise NoSecurityDescriptor(str(fault)) from None
    return False
