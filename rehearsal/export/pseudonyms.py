"""Names that identify people, replaced by ones that do not: the same name always by the same pseudonym, and
no way back without the key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Collection
from pathlib import Path
from typing import Any

_KEY_BYTES = 32


class KeyFault(Exception):
    """A key file that cannot be used."""


class Pseudonyms:
    """HMAC-SHA-256 under the key, of which 60 bits are kept: room enough for any fleet, and names fit where
    the originals did.

    Replaced: user names, computer names, and the values of tags, but for those whose key is to be kept. Left
    out: addresses and messages. Ids, bundles, directories and times stay: without them nothing can be
    rehearsed.
    """

    def __init__(self, key: bytes, *, kept_tags: Collection[str] = ()) -> None:
        self._key = key
        self._kept_tags = frozenset(kept_tags)

    @property
    def fingerprint(self) -> str:
        """Tells whether two exports were made with the same key."""
        return self._digest("fingerprint", "")

    def workspace(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row of DescribeWorkspaces."""
        changed = dict(row)
        if row.get("UserName"):
            # A directory does not tell names apart by case.
            changed["UserName"] = "user-" + self._digest("user", row["UserName"].casefold())
        if row.get("ComputerName"):
            changed["ComputerName"] = "PC-" + self._digest("computer", row["ComputerName"].casefold()).upper()
        for name in ("IpAddress", "Ipv6Address", "ErrorMessage", "WorkspaceName"):
            changed.pop(name, None)
        return changed

    def pool(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row of DescribeWorkspacesPools."""
        return row | {"PoolName": "pool-" + self._digest("pool", row.get("PoolName", ""))}

    def tags(self, tags: list[dict[str, str]]) -> list[dict[str, str]]:
        """A WorkSpace's tags."""
        return [
            tag
            if tag["Key"] in self._kept_tags
            else tag | {"Value": self._digest("tag", tag.get("Value", ""))}
            for tag in tags
        ]

    def _digest(self, kind: str, text: str) -> str:
        mac = hmac.new(self._key, f"{kind}\0{text}".encode(), hashlib.sha256).digest()
        return base64.b32encode(mac)[:12].decode().lower()


def read_key(path: Path) -> bytes:
    """The key in the file; where there is no file, a new one, readable only by its owner. Raises KeyFault."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(_KEY_BYTES) + "\n", encoding="ascii")
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as reason:
        raise KeyFault(f"{path} holds no key ({reason}); name a file that a former export wrote") from None
    if len(key) < _KEY_BYTES:
        raise KeyFault(f"{path} holds a key of {len(key)} bytes; at least {_KEY_BYTES} are needed")
    return key
