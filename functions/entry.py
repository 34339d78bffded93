"""What every function does around its own step: the logger, the run's row, the time that is left."""

from __future__ import annotations

import json
from functools import partial
from typing import Any, Protocol

from aws_lambda_powertools import Logger

from migrator.domain.records import RunRecord
from migrator.domain.run_input import RunInput
from migrator.services import Services
from migrator.steps.given import input_of

# ASCII only: in a name of the fleet may be signs that turn the writing of a line round.
logger = Logger(json_serializer=partial(json.dumps, default=str, separators=(",", ":")))

Event = dict[str, Any]


class Context(Protocol):
    """What the Lambda runtime passes."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int: ...


class UnknownRun(Exception):
    """The ledger has no such run: it was never planned, or another stack's."""


def seconds_left(context: Context) -> float:
    """The time this invocation still has."""
    return context.get_remaining_time_in_millis() / 1000


def known_run(services: Services, run_id: str) -> tuple[RunRecord, RunInput]:
    """The run and its input. Raises UnknownRun, and UnclearAnswer for a row that is none."""
    return known(services.ledger.run(run_id), run_id)


def known(run: RunRecord | None, run_id: str) -> tuple[RunRecord, RunInput]:
    """The run that the ledger has, and its input. Raises UnknownRun where it has none."""
    if run is None:
        raise UnknownRun(f"the ledger has no run {run_id}")
    return run, input_of(run)
