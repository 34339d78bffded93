"""Seeded uuid and random: the same seed gives the same ids, in this process and in the next.

One stream of uuids per calling module: botocore draws one for every call it makes, and with a shared
stream one call more would change every id that comes after it.
"""

from __future__ import annotations

import os
import random
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class SeededEntropy:
    """Streams of random bits, each with a name, all from one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._streams: dict[str, random.Random] = {}

    def reseed(self, seed: int) -> None:
        """Begins all streams anew; `random`, too."""
        self.seed = seed
        self._streams.clear()
        random.seed(f"{seed}:random")

    def stream(self, name: str) -> random.Random:
        stream = self._streams.get(name)
        if stream is None:
            stream = self._streams[name] = random.Random(f"{self.seed}:{name}")
        return stream

    @contextmanager
    def installed(self) -> Iterator[None]:
        """While inside, uuid.uuid4 (however it was imported) and `random` draw from this seed."""
        real = uuid.os  # type: ignore[attr-defined]
        uuid.os = _OsOfUuid(self)  # type: ignore[attr-defined]
        self.reseed(self.seed)
        try:
            yield
        finally:
            uuid.os = real  # type: ignore[attr-defined]


class _OsOfUuid:
    """Stands in for `os` inside the uuid module, whose uuid4 asks os.urandom for its bits: so every
    reference to uuid4 is seeded, also those that other modules imported by name."""

    def __init__(self, entropy: SeededEntropy) -> None:
        self._entropy = entropy

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def urandom(self, size: int) -> bytes:
        caller = sys._getframe(2).f_globals.get("__name__", "")
        return self._entropy.stream(f"uuid:{caller}").randbytes(size)
