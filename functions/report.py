"""Report."""

from __future__ import annotations

import json
from contextlib import suppress

from botocore.exceptions import BotoCoreError, ClientError

from functions.entry import Context, Event, logger, seconds_left
from migrator.domain.approvals import not_asked
from migrator.domain.moments import moment
from migrator.domain.report import Approval, Failure
from migrator.domain.transitions import ParentPath
from migrator.services import services
from migrator.steps.report import Closing, NoticeNotSent, report, report_not_written, result_of


class ReportFailed(Exception):
    """The report could not be written; the message says why, and what to do."""


def handler(event: Event, context: Context) -> Event:
    """Write the report and publish the notice, after failures too."""
    state = event["state"]
    closing = Closing(
        event["runId"],
        event["executionArn"],
        moment(event["startedAt"]),
        bool(event["input"].get("dryRun", True)),
        _failure(state),
        Approval.model_validate_json(json.dumps(state["approval"])) if "approval" in state else None,
        _path(state),
        _map_run(state),
        _manifest(state),
    )
    adapters = services()
    last_try = bool(event.get("lastTry"))
    try:
        made = report(adapters, closing, lambda: seconds_left(context), last_try=last_try)
    except NoticeNotSent as error:
        raise NoticeNotSent(
            f"The report is written: runs/{closing.run_id}/report.html in the runs bucket. Its notice could "
            f"not be sent, so nobody got mail. Correct what follows, then redrive this execution: {error}"
        ) from error
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        if last_try:
            try:
                report_not_written(adapters, closing, error)
            except (ClientError, BotoCoreError) as untold:
                # What one is to do matters more than that the bus does not know.
                told += f" The event bus could not be told either: {type(untold).__name__}: {untold}"
        raise ReportFailed(
            "The report could not be written; the ledger holds every outcome. Correct what follows, then "
            f"redrive this execution: {told}"
        ) from error
    logger.info("reported", run_id=made.run_id, verdict=made.verdict.value)
    return result_of(made)


def _map_run(state: Event) -> str | None:
    """The Map Run that went last."""
    map_run = state.get("mapRun")
    return map_run.get("MapRunArn") if isinstance(map_run, dict) else None


def _manifest(state: Event) -> str | None:
    """The key of the manifest of that Map Run's results."""
    map_run = state.get("mapRun")
    return map_run.get("ResultWriterDetails", {}).get("Key") if isinstance(map_run, dict) else None


def _path(state: Event) -> ParentPath:
    """The way the execution took, as its state tells it."""
    assessment = state.get("assessment", {})
    canary = assessment.get("canary", {}).get("count", 0) > 0
    asked = "approval" in state or "notApproved" in state
    settlements = state.get("settled", {}).get("settlement", {}).get("rounds", 0)
    return ParentPath(
        turns=assessment.get("turns", 0),
        asked=asked,
        approved="approval" in state,
        canary=canary,
        migrated=settlements > 0 and "notApproved" not in state,
        settlements=settlements,
    )


def _failure(state: Event) -> Failure | None:
    """What killed the run, or its clean-up, or both."""
    died, left = (_caught(state[one]) if one in state else None for one in ("failure", "cleanUpFailure"))
    died = died or not_asked(state)
    if left is None:
        return died
    told = f"CleanUpDirectory died, so computer objects may be left over: {left.cause}"
    if died is None:
        return left.model_copy(update={"cause": told})
    return died.model_copy(update={"cause": f"{died.cause} {told}"})


def _caught(caught: Event) -> Failure:
    """An error as the state machine caught it; a function's is JSON, whose message is for people."""
    cause = caught.get("Cause", "")
    with suppress(ValueError, TypeError, KeyError):
        cause = str(json.loads(cause)["errorMessage"])
    return Failure(error=caught.get("Error", "Unknown"), cause=cause)
