"""A domain controller's database, changed from below its access checks."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.samba.presence import SYSTEM_PYTHON

Attributes = Mapping[str, str | int | Sequence[str]]

SYSTEM = ("relax:0", "local_oid:1.3.6.1.4.1.7165.4.3.12:1")
"""Controls that let attributes be set which the directory keeps itself."""


class DatabaseFault(Exception):
    """The database refused; the message is its own."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Of a new object; `sid` is empty where it is no account."""

    guid: str
    sid: str


class Database:
    """sam.ldb of one domain controller, whether that runs or not."""

    def __init__(self, configuration: Path, database: Path) -> None:
        worker = Path(__file__).with_name("worker.py")
        # -I: this project's packages are of another interpreter.
        self._process = subprocess.Popen(
            [SYSTEM_PYTHON, "-I", str(worker), str(configuration), str(database)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={"TDB_NO_FSYNC": "1", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )
        self._answer()

    def close(self) -> None:
        """Ends the process that has it open."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(timeout=30)
        if self._process.stdout:
            self._process.stdout.close()

    def add(self, dn: str, attributes: Attributes, *, controls: Sequence[str] = ()) -> Identity:
        """A new object. Raises DatabaseFault, as all below do."""
        answer = self._ask("add", dn=dn, attributes=attributes, controls=list(controls))
        return Identity(**answer)

    def add_all(self, entries: Sequence[tuple[str, Attributes, Attributes]]) -> list[Identity]:
        """Many objects at once: DN, attributes, and those to be set afterwards by the system's right."""
        documents = [
            {"dn": dn, "attributes": attributes, "then": then, "controls": list(SYSTEM)}
            for dn, attributes, then in entries
        ]
        return [Identity(**one) for one in self._ask("add_all", entries=documents)]

    def identity(self, dn: str) -> Identity:
        return Identity(**self._ask("identity", dn=dn))

    def replace(self, dn: str, attributes: Attributes, *, controls: Sequence[str] = SYSTEM) -> None:
        """Set attributes, also those that the directory keeps itself."""
        self._ask("replace", dn=dn, attributes=attributes, controls=list(controls))

    def replace_raw(self, dn: str, attributes: Attributes) -> None:
        """Set attributes past every check, those of uniqueness among them."""
        self._ask("replace_raw", dn=dn, attributes=attributes)

    def delete(self, dn: str) -> None:
        """An object and all below it."""
        self._ask("delete", dn=dn)

    def rename(self, dn: str, new_dn: str) -> None:
        self._ask("rename", dn=dn, new_dn=new_dn)

    def search(self, base: str, filter: str, *attributes: str) -> list[dict[str, Any]]:
        """Objects at and below a base: `dn`, and each attribute as a list of texts."""
        found: list[dict[str, Any]] = self._ask(
            "search", base=base, filter=filter, attributes=list(attributes)
        )
        return found

    def allow(self, dn: str, ace: str, *, at_front: bool = False) -> None:
        """Add an entry, in SDDL, to an object's access list; denials belong at the front."""
        self._ask("allow", dn=dn, ace=ace, at_front=at_front)

    def _ask(self, what: str, **request: Any) -> Any:
        if self._process.stdin is None:
            raise DatabaseFault("it is closed")
        self._process.stdin.write(json.dumps({"do": what, **request}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise DatabaseFault("the process that has it open died")
        answer = json.loads(line)
        if "error" in answer:
            raise DatabaseFault(answer["error"])
        return answer["ok"]
