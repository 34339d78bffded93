"""The verdict follows the outcomes, the execution follows the verdict; brake, canary and window hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from rehearsal.call_record import REQUEST_LOST, RESPONSE_LOST
from rehearsal.simulation.case import Document
from rehearsal.simulation.evidence import Evidence, Run, moment

_UNANSWERED = (REQUEST_LOST, RESPONSE_LOST)
_FAILURES = ("RolledBack", "NeverStarted", "Refused", "Stuck", "Lost")
_ONE_START = timedelta(seconds=2)
"""Between the last look at clock and run, and the intent: the ledger's own time."""

_ONE_TURN = timedelta(minutes=2)
"""Between the intent and the call: its turn in the service's rate."""


def verdicts_follow(evidence: Evidence) -> Iterator[str]:
    for run in evidence.runs:
        if run.report is None:
            continue
        expected = _verdict(run, run.report)
        if run.report["verdict"] != expected:
            yield f"{run.run_id} is {run.report['verdict']}, its outcomes say {expected}"
        if run.died and not evidence.may_die:
            yield f"{run.run_id} died: {run.report['failure']}"
        alarming = any(line["outcome"] in ("Stuck", "Lost") for line in run.lines)
        batches_died = any(line["reason"] == "run-ended" for line in run.lines)
        red = run.report["verdict"] in ("failed", "brake-pulled") or alarming or batches_died
        if (run.ended.status == "FAILED") != red and not evidence.report_may_die:
            yield f"{run.run_id} ended {run.ended.status}, verdict {run.report['verdict']}"


def _verdict(run: Run, report: Document) -> str:
    outcomes = {line["outcome"] for line in run.lines}
    if report["failure"]:
        return "failed"
    if run.given.dry_run:
        return "planned"
    if any(line["reason"] == "brake" for line in run.lines):
        return "brake-pulled"
    if outcomes & {*_FAILURES, "Deferred"}:
        return "incomplete"
    return "migrated" if "Migrated" in outcomes else "nothing-to-migrate"


def the_brake_holds(evidence: Evidence) -> Iterator[str]:
    """Nothing starts once too many have failed; nobody is kept back by a brake that was not due."""
    for run in evidence.runs:
        if run.report is None or run.given.dry_run:
            continue
        planned = sum(1 for line in run.lines if line["batchId"])
        percent = run.given.abort_at_failure_percent
        failed = sorted(
            moment(line["endedAt"])
            for line in run.lines
            if line["outcome"] in _FAILURES and run.doer(line) == run.run_id
        )
        due = next((at for count, at in enumerate(failed, start=1) if count * 100 > planned * percent), None)
        for source, at in _intents(evidence, run):
            if due is not None and at > due + _ONE_START + evidence.slack:
                yield f"{run.run_id}: {source} was begun at {at}, the brake was due at {due}"
                break
        canary_failed = any(
            line["outcome"] in _FAILURES and (line["batchId"] or "").startswith("canary")
            for line in run.lines
        )
        if run.report["verdict"] == "brake-pulled" and due is None and not canary_failed:
            share = f"{len(failed)} of {planned} failed"
            yield f"{run.run_id}: the brake was pulled after {share}, at {percent:g} %"


def _intents(evidence: Evidence, run: Run) -> list[tuple[str, datetime]]:
    """When the ledger was told that a WorkSpace is about to be migrated. Its call then waits for its turn in
    the service's rate, and is made whatever happens meanwhile: nobody could tell it from one already made."""
    found = []
    unanswered: dict[str, datetime] = {}
    for call in evidence.calls:
        if call["runId"] != run.run_id or call["operation"] != "TransactWriteItems":
            continue
        item = call["parameters"]["TransactItems"][0].get("Put", {}).get("Item", {})
        if item.get("stage") != {"S": "calling"} or call["error"] not in (None, *_UNANSWERED):
            continue
        source = item["workspace_id"]["S"]
        # A write that the SDK repeats was decided on with the first attempt, which may have written.
        at = unanswered.pop(source, moment(call["at"]))
        if call["error"] is None:
            found.append((source, at))
        else:
            unanswered[source] = at
    return found


def _starts(evidence: Evidence, run: Run) -> list[Document]:
    return [call for call in evidence.acted if call["runId"] == run.run_id]


def the_canary_goes_first(evidence: Evidence) -> Iterator[str]:
    """Nothing else starts before every one of the canary has its outcome."""
    for run in evidence.runs:
        canary = {
            line["workspaceId"]: line for line in run.lines if (line["batchId"] or "").startswith("canary")
        }
        if run.died or not canary:
            continue
        over: datetime = max(moment(line["endedAt"]) for line in canary.values())
        for call in _starts(evidence, run):
            source = call["parameters"]["SourceWorkspaceId"]
            if source not in canary and moment(call["at"]) < over - evidence.skew:
                yield f"{run.run_id}: {source} was started at {call['at']}, the canary ended at {over}"
                break


def the_window_holds(evidence: Evidence) -> Iterator[str]:
    """Nothing starts that could not finish before the window closes."""
    for run in evidence.runs:
        closes = run.given.closes_at()
        if closes is None:
            continue
        last = closes - run.given.polling.failed_after
        for call in _starts(evidence, run):
            if moment(call["at"]) > last + _ONE_TURN + evidence.slack:
                source = call["parameters"]["SourceWorkspaceId"]
                yield f"{run.run_id}: {source} was started at {call['at']}, the last moment was {last}"
                break
