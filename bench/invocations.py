"""What the functions' invocations cost: virtual seconds billed, and memory at its most."""

from __future__ import annotations

import time
import tracemalloc
from collections import Counter, defaultdict
from typing import Any

from rehearsal.invocation import Handler

WATCHED_EVERY = 40
"""Watching memory makes Python several times slower: of many invocations, one in so many is watched."""


class Invocations:
    """Stands around each handler of a rehearsal. Memory is watched only where it is asked for."""

    def __init__(self, *, memory: bool) -> None:
        self._memory = memory
        self.count: Counter[str] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.most_bytes: dict[str, int] = {}

    def around(self, name: str, handler: Handler) -> Handler:
        """The handler, observed."""

        def observed(event: dict[str, Any], context: Any) -> object:
            number = self.count[name]
            self.count[name] += 1
            began = time.time()  # virtual
            watched = self._memory and number % WATCHED_EVERY == 0 and not tracemalloc.is_tracing()
            if watched:
                tracemalloc.start(1)
            try:
                return handler(event, context)
            finally:
                self.seconds[name] += time.time() - began
                if watched:
                    self.most_bytes[name] = max(
                        self.most_bytes.get(name, 0), tracemalloc.get_traced_memory()[1]
                    )
                    tracemalloc.stop()

        return observed
