"""Runs under the distribution's Python, beside Samba's own modules: requests on stdin, answers on stdout.

It writes into the database below the access checks, so that a test can make what no administrator could:
yesterday's whenCreated, a domain controller's flags, two objects of one name. A request is one line of
JSON, {"do": ..., ...}; the answer is {"ok": ...} or {"error": ...}.

    python3 worker.py CONFIGURATION DATABASE
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import ldb
from samba import ndr
from samba.auth import system_session
from samba.dcerpc import misc, security
from samba.param import LoadParm
from samba.samdb import SamDB

BINARY = ("objectGUID", "objectSid", "nTSecurityDescriptor")


class Requests:
    """Each public method is a request."""

    def __init__(self, configuration: str, database: str) -> None:
        self._lp = LoadParm()
        self._lp.load(configuration)
        self._path = database
        self._sam = SamDB(url=database, session_info=system_session(), lp=self._lp)

    def add(self, dn: str, attributes: dict[str, Any], controls: list[str] | None = None) -> dict[str, str]:
        """The new object's GUID and SID, and the SID is empty where it has none."""
        message = {"dn": dn, **{name: _bytes(name, value) for name, value in attributes.items()}}
        self._sam.add(message, controls or [])
        return self.identity(dn)

    def add_all(self, entries: list[dict[str, Any]]) -> list[dict[str, str]]:
        """Many objects in one transaction; each entry has dn, attributes and then."""
        self._sam.transaction_start()
        try:
            found = [self._added(**entry) for entry in entries]
        except BaseException:
            self._sam.transaction_cancel()
            raise
        self._sam.transaction_commit()
        return found

    def _added(
        self, dn: str, attributes: dict[str, Any], then: dict[str, Any], controls: list[str]
    ) -> dict[str, str]:
        identity = self.add(dn, attributes)
        if then:
            self.replace(dn, then, controls)
        return identity

    def identity(self, dn: str) -> dict[str, str]:
        """GUID and SID of the object with this DN."""
        [found] = self._sam.search(dn, ldb.SCOPE_BASE, attrs=["objectGUID", "objectSid"])
        sid = found.get("objectSid", idx=0)
        return {
            "guid": str(ndr.ndr_unpack(misc.GUID, found["objectGUID"][0])),
            "sid": "" if sid is None else str(ndr.ndr_unpack(security.dom_sid, sid)),
        }

    def replace(self, dn: str, attributes: dict[str, Any], controls: list[str] | None = None) -> None:
        """Set attributes; an empty list removes one."""
        message = ldb.Message(ldb.Dn(self._sam, dn))
        for name, value in attributes.items():
            message[name] = ldb.MessageElement(_bytes(name, value), ldb.FLAG_MOD_REPLACE, name)
        self._sam.modify(message, controls or [])

    def replace_raw(self, dn: str, attributes: dict[str, Any]) -> None:
        """Set attributes in the partition's own file, past every check of uniqueness."""
        raw = self._partition(dn)
        message = ldb.Message(ldb.Dn(raw, dn))
        for name, value in attributes.items():
            message[name] = ldb.MessageElement(_bytes(name, value), ldb.FLAG_MOD_REPLACE, name)
        raw.modify(message)

    def _partition(self, dn: str) -> ldb.Ldb:
        domain = str(self._sam.get_default_basedn())
        if not dn.casefold().endswith(domain.casefold()):
            raise ValueError(f"{dn} is not in {domain}")
        file = Path(f"{self._path}.d") / f"{domain.upper()}.ldb"
        return ldb.Ldb(f"tdb://{file}", options=["modules:rdn_name"])

    def delete(self, dn: str) -> None:
        """An object, with all that is below it."""
        self._sam.delete(dn, ["tree_delete:0"])

    def rename(self, dn: str, new_dn: str) -> None:
        self._sam.rename(dn, new_dn)

    def search(self, base: str, filter: str, attributes: list[str]) -> list[dict[str, Any]]:
        """Objects below a base, each with its dn and attributes as lists of texts."""
        found = self._sam.search(base, ldb.SCOPE_SUBTREE, filter, attrs=attributes)
        return [
            {
                "dn": str(one.dn),
                **{name: [_text(name, value) for value in one[name]] for name in one if name != "dn"},
            }
            for one in found
        ]

    def allow(self, dn: str, ace: str, at_front: bool = False) -> None:
        """Add an entry, in SDDL, to an object's access list. `at_front` is where denials belong."""
        control = ["sd_flags:1:4"]
        [found] = self._sam.search(dn, ldb.SCOPE_BASE, attrs=["nTSecurityDescriptor"], controls=control)
        descriptor = ndr.ndr_unpack(security.descriptor, found["nTSecurityDescriptor"][0])
        domain = security.dom_sid(self._sam.get_domain_sid())
        text = descriptor.as_sddl(domain)
        place = text.index("(") if at_front else len(text)
        changed = security.descriptor.from_sddl(text[:place] + ace + text[place:], domain)
        message = ldb.Message(ldb.Dn(self._sam, dn))
        message["nTSecurityDescriptor"] = ldb.MessageElement(
            ndr.ndr_pack(changed), ldb.FLAG_MOD_REPLACE, "nTSecurityDescriptor"
        )
        self._sam.modify(message, control)


def _bytes(name: str, value: Any) -> list[bytes]:
    values = value if isinstance(value, list) else [value]
    return [str(one).encode("utf-16-le" if name == "unicodePwd" else "utf-8") for one in values]


def _text(name: str, value: bytes) -> str:
    if name == "objectGUID":
        return str(ndr.ndr_unpack(misc.GUID, value))
    if name == "objectSid":
        return str(ndr.ndr_unpack(security.dom_sid, value))
    return value.hex() if name in BINARY else value.decode()


def main(configuration: str, database: str) -> None:
    """Answer requests until stdin closes."""
    requests = Requests(configuration, database)
    print(json.dumps({"ok": "ready"}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            result = getattr(requests, request.pop("do"))(**request)
            answer = {"ok": result}
        except (ldb.LdbError, ValueError, KeyError, TypeError) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
