"""The sweep of a stage's directories in cdk.json, checked before anything is synthesized."""

from __future__ import annotations

import json

from pydantic import Field, ValidationError

from migrator.domain.input_faults import faults_of
from migrator.domain.sweep import SweepInput


class Sweep(SweepInput):
    """How often, and what each sweep is given."""

    every_days: int = Field(default=7, ge=1, le=31, description="Days from one sweep to the next.")

    @property
    def expression(self) -> str:
        """As EventBridge Scheduler writes it."""
        return f"rate({self.every_days} day{'' if self.every_days == 1 else 's'})"

    @property
    def input_json(self) -> str:
        """What the function is given."""
        return json.dumps({"afterDays": self.after_days, "mode": self.mode})


def load_sweep(value: object, path: str, faults: list[str]) -> Sweep | None:
    """The sweep; whatever is wrong is added to `faults`, each with its path."""
    try:
        return Sweep.model_validate_json(json.dumps(value))
    except ValidationError as error:
        faults += [f"{path}{fault.removeprefix('$')}" for fault in faults_of(error, Sweep)]
        return None
