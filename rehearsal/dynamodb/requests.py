"""What a request may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def supported(request: Mapping[str, Any], members: frozenset[str]) -> None:
    """Raises NotImplementedError for a parameter that would be passed over."""
    if not request.keys() <= members:
        strange = ", ".join(sorted(request.keys() - members))
        raise NotImplementedError(f"the rehearsal's DynamoDB does not know {strange}")
