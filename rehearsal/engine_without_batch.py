"""Loads moto's Step Functions engine without AWS Batch.

The engine's Batch task wants the names of two states, and loads for them moto's Batch, EC2 and ECS: as long
as all else that a rehearsal loads. It gets the names from here; whoever wants moto's Batch itself gets that.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from types import ModuleType

_STOOD_IN_FOR = ("moto.batch", "moto.batch.utils")


class JobStatus(StrEnum):
    """What the engine wants of moto.batch.utils."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


def load() -> None:
    """Load it, unless somebody has."""
    if "moto.batch" in sys.modules:
        return
    package, names = (ModuleType(name) for name in _STOOD_IN_FOR)
    package.__path__ = []
    vars(names)["JobStatus"] = JobStatus
    sys.modules.update(zip(_STOOD_IN_FOR, (package, names), strict=True))
    try:
        import moto.stepfunctions.parser.models
    finally:
        for name in _STOOD_IN_FOR:
            del sys.modules[name]
        vars(moto).pop("batch", None)
