"""A run that waits for approval: whether anybody was asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrator.domain.report import Failure


def not_asked(state: Mapping[str, Any]) -> Failure | None:
    """Why the request for approval could not be sent; None where it was, or none was needed.

    `state` is the state machine's. AwaitApproval catches everything: a person who refuses and a day without
    an answer have other errors.
    """
    caught = state.get("notApproved", {})
    error = str(caught.get("Error", ""))
    return Failure(error=error, cause=str(caught.get("Cause", ""))) if error.startswith("SNS.") else None
