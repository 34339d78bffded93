"""What is found out about a WorkSpace after its outcome is in the ledger, for the report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remark:
    """One warning, and the next step where it is another now."""

    warning: str
    next_step: str | None = None
