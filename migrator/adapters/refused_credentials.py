"""Passwords a directory refused: what is remembered so that none of them is ever tried twice."""

from __future__ import annotations

from migrator.adapters.clock import Clock
from migrator.adapters.table import Key, Table
from migrator.domain.moments import iso


class RefusedCredentials:
    """A row in the ledger for each directory: directory#<d> / refused-credentials."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def refused_at(self, directory_id: str, secret_version: str) -> str | None:
        """When the directory refused that version of the secret; None where it never did."""
        row = self._table.get(_key(directory_id)) or {}
        return (
            row.get("refused_at", "an unknown time") if row.get("secret_version") == secret_version else None
        )

    def remember(self, directory_id: str, secret_version: str) -> None:
        """The directory has just refused it."""
        facts = {"secret_version": secret_version, "refused_at": iso(self._clock.now())}
        self._table.write(_key(directory_id) | facts | self._table.expiry())


def _key(directory_id: str) -> Key:
    return {"pk": f"directory#{directory_id}", "sk": "refused-credentials"}
