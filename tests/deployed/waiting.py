"""The one place where these tests wait: what is asked runs in other processes, by the machine's clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

_BETWEEN_LOOKS_SECONDS = 0.2

Found = TypeVar("Found")


class WaitedInVain(AssertionError):
    """What was waited for did not happen in its time."""


def wait_for(what: str, look: Callable[[], Found | None], *, seconds: float = 60.0) -> Found:
    """What `look` returns as soon as it is neither None nor False nor empty.

    Raises WaitedInVain after so many seconds, and whatever `look` raises at once.
    """
    until = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > until:
            raise WaitedInVain(f"not within {seconds:g} seconds: {what}")
        time.sleep(_BETWEEN_LOOKS_SECONDS)
    return found
