"""The bus hears of every outcome that is reported, and hears one thing only under one id."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.simulation.case import Document
from rehearsal.simulation.evidence import Evidence, Run


def everything_is_told(evidence: Evidence) -> Iterator[str]:
    """Whatever died or was repeated meanwhile. A run that could not report tells its end to nobody."""
    for run in evidence.runs:
        told: dict[str, Document] = {}
        for event in run.told:
            first = told.setdefault(event["eventId"], event)
            if _told(run, first) != _told(run, event):
                yield f"{run.run_id}: {event['eventId']} was told twice, and otherwise"
        # A report whose function was killed at every try ends the run in its task, to be redriven.
        came_to_report = run.ended.status == "SUCCEEDED" or run.ended.error == (run.report or {}).get(
            "verdict"
        )
        if run.report is not None and came_to_report:
            missing = list(_missing(run, told))
            # Where the bus takes nothing while a run ends, people learn that from an alarm.
            if missing and not (evidence.stormed("events") and _said_so(run)):
                yield from missing


def _told(run: Run, event: Document) -> Document:
    """What one id must always say. What is left to do with a target in ERROR is another thing once the run
    has terminated it, and whoever puts the event after that says so."""
    open_to_change: Document = {"at": None}
    if run.given.terminate_failed_targets and event.get("outcome") == "RolledBack":
        open_to_change["nextStep"] = None
    return {**event, **open_to_change}


def _said_so(run: Run) -> bool:
    return any(line["message"] == "events not put" for line in run.logged)


def _missing(run: Run, told: dict[str, Document]) -> Iterator[str]:
    ends = [event for event in told.values() if event["eventId"].startswith(f"{run.run_id}/finished/")]
    if not ends:
        yield f"{run.run_id} was reported, and its end never told"
    if run.given.dry_run:
        return
    outcomes = {(one["workspaceId"], one["outcome"]) for one in told.values() if "workspaceId" in one}
    for line in run.lines:
        if (line["workspaceId"], line["outcome"]) not in outcomes:
            yield f"{run.run_id}: nobody was told that {line['workspaceId']} is {line['outcome']}"
    batches = {one["batchId"] for one in told.values() if "batchId" in one and "workspaceId" not in one}
    for batch in sorted({line["batchId"] for line in run.lines if line["batchId"]} - batches):
        yield f"{run.run_id}: nobody was told that {batch} is over"
