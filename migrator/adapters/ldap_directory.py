"""A directory over LDAPS. Every operation on an object names it by its GUID."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from ldap3 import BASE, MODIFY_ADD, MODIFY_DELETE, SUBTREE
from ldap3.core.exceptions import (
    LDAPCommunicationError,
    LDAPException,
    LDAPInsufficientAccessRightsResult,
    LDAPNoSuchAttributeResult,
    LDAPNoSuchObjectResult,
    LDAPNotAllowedOnNotLeafResult,
    LDAPOperationResult,
)
from ldap3.protocol.microsoft import security_descriptor_control
from ldap3.utils.conv import escape_filter_chars

from migrator.adapters.directory import (
    AccessDenied,
    ChangedMeanwhile,
    DirectoryFault,
    DirectoryUnavailable,
    HasChildren,
    Unanswered,
)
from migrator.adapters.ldap_connection import Bound, close
from migrator.adapters.ldap_entries import (
    CHILD_ATTRIBUTES,
    COMPUTER_ATTRIBUTES,
    child_from,
    computer_from,
    guid_from,
    without_secrets,
)
from migrator.domain.computers import ACCOUNT_DISABLED, Child, ComputerObject
from migrator.domain.distinguished_names import parse_dn

_ANY_OBJECT = "(objectClass=*)"
# The access list alone: whoever asks for owner and audit list too, and may not read those, gets nothing.
_ACCESS_LIST = security_descriptor_control(criticality=False, sdflags=0x04)

Result = TypeVar("Result")
Entry = dict[str, Any]


class LdapDirectory:
    """One connection to one domain controller; `dial` makes another to the same."""

    def __init__(self, dial: Callable[[], Bound], *, unit: str, most_changes: int) -> None:
        self._dial = dial
        self._bound = dial()
        self._unit = unit
        self._most_changes = most_changes

    @property
    def unit(self) -> str:
        return self._unit

    @property
    def most_changes(self) -> int:
        return self._most_changes

    @property
    def domain_controller(self) -> str:
        return self._bound.domain_controller

    def find(self, computer_name: str) -> tuple[ComputerObject, ...]:
        # No class in the filter: what is no computer is to be seen and refused, not overlooked.
        account = escape_filter_chars(f"{computer_name}$")
        entries = self._search(self._bound.domain_dn, f"(sAMAccountName={account})", COMPUTER_ATTRIBUTES)
        return tuple(computer_from(entry) for entry in entries)

    def read(self, object_guid: str) -> ComputerObject | None:
        found = self._search(_by(object_guid), _ANY_OBJECT, COMPUTER_ATTRIBUTES, scope=BASE)
        return computer_from(found[0]) if found else None

    def children(self, object_guid: str) -> tuple[Child, ...]:
        entries = self._search(_by(object_guid), _ANY_OBJECT, CHILD_ATTRIBUTES)
        below = [one for one in map(child_from, entries) if one.object_guid != str(UUID(object_guid))]
        return tuple(sorted(below, key=lambda one: -len(parse_dn(one.distinguished_name))))

    def record(self, object_guid: str) -> str:
        everything = ("*", "objectGUID", "nTSecurityDescriptor")
        entries = [without_secrets(one) for one in self._search(_by(object_guid), _ANY_OBJECT, everything)]
        named = [f"# objectGUID {guid_from(one['raw_attributes'])}: {_comment(one['dn'])}" for one in entries]
        ldif = str(self._bound.connection.response_to_ldif(entries, line_separator="\n"))
        return "\n".join([f"# read from {self.domain_controller}", *named, ldif]) + "\n"

    def disable(self, computer: ComputerObject) -> None:
        before = computer.user_account_control
        if before is None:
            raise ChangedMeanwhile("its userAccountControl was not readable")
        after = before | ACCOUNT_DISABLED
        if after == before:
            return
        # Taking away the value that was read and adding the new one is one operation: it fails as a
        # whole where the value is another by now.
        swap = {
            "userAccountControl": [
                (MODIFY_DELETE, [str(_signed(before))]),
                (MODIFY_ADD, [str(_signed(after))]),
            ]
        }
        self._change(lambda: self._bound.connection.modify(_by(computer.object_guid), swap))

    def delete(self, object_guid: str) -> None:
        try:
            self._change(lambda: self._bound.connection.delete(_by(object_guid)))
        except LDAPNoSuchObjectResult:
            return

    def reconnect(self) -> None:
        self.close()
        self._bound = self._dial()

    def close(self) -> None:
        close(self._bound.connection)

    def _search(
        self, base: str, filter: str, attributes: Sequence[str], *, scope: Any = SUBTREE
    ) -> list[Entry]:
        connection = self._bound.connection

        def search() -> list[Entry]:
            try:
                connection.search(
                    base, filter, search_scope=scope, attributes=list(attributes), controls=_ACCESS_LIST
                )
            except LDAPNoSuchObjectResult:
                return []
            # References to other naming contexts are none of ours.
            return [one for one in connection.response or [] if one["type"] == "searchResEntry"]

        return self._call(search, DirectoryUnavailable, "nothing was changed")

    def _change(self, change: Callable[[], object]) -> None:
        try:
            self._call(change, Unanswered, "it may have been made all the same")
        except LDAPNoSuchAttributeResult:
            raise ChangedMeanwhile("its userAccountControl is not any more what was read") from None
        except LDAPNotAllowedOnNotLeafResult:
            raise HasChildren("there are objects below it that the service account cannot see") from None

    def _call(self, act: Callable[[], Result], lost: type[DirectoryFault], so: str) -> Result:
        try:
            return act()
        except (LDAPNoSuchObjectResult, LDAPNoSuchAttributeResult, LDAPNotAllowedOnNotLeafResult):
            raise
        except LDAPInsufficientAccessRightsResult as refused:
            raise AccessDenied(
                f"{self.domain_controller} denies the service account access ({refused.message})"
            ) from None
        except LDAPOperationResult as refused:
            raise DirectoryFault(
                f"{self.domain_controller} refused: {refused.description} ({refused.message})"
            ) from None
        except LDAPCommunicationError as fault:
            raise lost(f"{self.domain_controller} did not answer ({fault}); {so}") from None
        except LDAPException as fault:
            raise DirectoryFault(f"{self.domain_controller}: {fault}") from None


def _by(object_guid: str) -> str:
    # Through UUID, so that nothing but a GUID ever gets there.
    return f"<GUID={UUID(object_guid)}>"


def _signed(control: int) -> int:
    """userAccountControl on the wire: a signed number of 32 bits."""
    low = control & 0xFFFFFFFF
    return low - (1 << 32) if low & 0x80000000 else low


def _comment(dn: str) -> str:
    return dn.encode("unicode_escape").decode()
