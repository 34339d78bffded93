"""A lock with hashes as uv writes it: each package's version, hashes, where it is needed and by whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.markers import Marker
from packaging.utils import canonicalize_name

_FIRST = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?==(?P<version>[^ ;\\]+)\s*(?:;\s*(?P<marker>.+?))?\s*\\?"
)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_NEEDED_BY = re.compile(r"^ +#(?: +via)? +(\S.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Locked:
    """One package in one version. A lock may have two of a package, for different Pythons."""

    name: str
    """Normalized."""
    version: str
    marker: str | None
    """Where it is needed; None: everywhere."""
    hashes: tuple[str, ...]
    """SHA-256 of each file that pip may install."""
    needed_by: tuple[str, ...]
    """Packages, by normalized name; what is not one (a file) is what the lock was made of."""

    @property
    def needed_here(self) -> bool:
        """Whether this platform needs it."""
        return self.marker is None or Marker(self.marker).evaluate()


def read_lock(text: str) -> Iterator[Locked]:
    """Every package of the lock, in its order. Raises ValueError for a line that is none of a lock."""
    # A package's lines are indented but for its first.
    for block in re.split(r"^(?=[^\s#])", text, flags=re.MULTILINE):
        if not block.strip() or block.startswith("#"):
            continue
        first = _FIRST.fullmatch(block.splitlines()[0])
        if first is None:
            raise ValueError(f"not a line of a lock: {block.splitlines()[0][:80]!r}: run make lock")
        yield Locked(
            canonicalize_name(first["name"]),
            first["version"],
            first["marker"],
            tuple(_HASH.findall(block)),
            tuple(_needing(block)),
        )


def _needing(block: str) -> Iterator[str]:
    for line in _NEEDED_BY.findall(block):
        if line == "via":
            continue
        is_package = re.fullmatch(r"[A-Za-z0-9._-]+", line)
        yield canonicalize_name(line) if is_package else line
