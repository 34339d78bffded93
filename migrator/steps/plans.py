"""The plan of a run, as it lies in the runs bucket."""

from __future__ import annotations

from typing import Any

from migrator.domain.plan import Batch, batch_from
from migrator.services import Services

CANARY_FILE = "canary.json"
BATCHES_FILE = "batches.json"
PERMITS_FILE = "permits.json"
"""How many migrations each directory of the plan may have in flight, as it looked then."""


def planned_batches(services: Services, run_id: str) -> list[Batch]:
    """The batches of the run's plan, the canary's first; none where planning never finished."""
    return [one for name in (CANARY_FILE, BATCHES_FILE) for one in _batches(services, run_id, name)]


def _batches(services: Services, run_id: str, name: str) -> list[Batch]:
    return services.runs.read_as(run_id, name, _batches_from) or []


def _batches_from(documents: Any) -> list[Batch]:
    if not isinstance(documents, list):
        raise TypeError(f"{type(documents).__name__} is no list of batches")
    return [batch_from(document) for document in documents]
