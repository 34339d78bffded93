"""Calls that a function's role does not allow: each is told, whatever the caller makes of the error.

Some calls may fail without failing the step: an event, a price, a list that is good to know. For a service in
trouble that is right. A permission that is missing stays missing, and would never be noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import OperationModel

from migrator.domain.refusals import NOT_ALLOWED


def tell_refusals(client: Any, tell: Callable[[str, str, str], None]) -> None:
    """From now on each refused call of the client is told: operation, error code, the service's sentence."""

    def look(parsed: Mapping[str, Any], model: OperationModel, **_: Any) -> None:
        error = parsed.get("Error", {})
        if isinstance(error, Mapping) and error.get("Code") in NOT_ALLOWED:
            operation = f"{model.service_model.service_name}:{model.name}"
            tell(operation, str(error["Code"]), str(error.get("Message", "")))

    service = client.meta.service_model.service_id.hyphenize()
    # First: whoever checks the answer may raise.
    client.meta.events.register_first(f"after-call.{service}", look)
