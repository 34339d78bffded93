"""AssessFleet."""

from __future__ import annotations

import json

from functions.entry import Context, Event, logger, seconds_left
from migrator.domain.moments import moment
from migrator.domain.run_input import parse_run_input
from migrator.services import services
from migrator.steps.assess import Assessor, Turn
from migrator.steps.telling import tell_request, tell_step


def handler(event: Event, context: Context) -> Event:
    """Assess the fleet. Raises InvalidInput with every fault of the input by its JSON path."""
    given = parse_run_input(event["input"])
    turn = Turn(
        event["runId"], event["executionArn"], moment(event["startedAt"]), lambda: seconds_left(context)
    )
    adapters = services()
    assessor = Assessor(adapters, given, turn)
    turns = event["assessment"].get("turns", 0) + 1
    result = assessor.assess(json.dumps(event["input"]), first_turn=turns == 1)
    if result is None:
        logger.info("assessment goes on in another turn", run_id=turn.run_id, turns=turns)
        return {"done": False, "turns": turns}
    tell_step(adapters, turn.seconds_left)
    if given.require_approval and result["planned"] and not given.dry_run:
        tell_request(adapters, turn.run_id, result["planned"])
    logger.info("fleet assessed", run_id=turn.run_id, planned=result["planned"], turns=turns)
    return result | {"turns": turns}
