"""Each outcome is what truly happened, and each reason is true."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from rehearsal.simulation.case import Document
from rehearsal.simulation.evidence import Evidence, Run, moment
from rehearsal.simulation.invariants.permits import least_free
from rehearsal.simulation.oracle import Oracle
from rehearsal.twin.desktops import Desktop

_TRIED = ("Migrated", "RolledBack", "NeverStarted", "Stuck", "Lost")
_RESULTS = {
    "finished": "Migrated",
    "rolled-back": "RolledBack",
    "never-started": "NeverStarted",
    "lost": "Lost",
}
_ASKING = timedelta(seconds=0.2)
"""How long a call takes at most: so long before the end the service was asked."""
_SECOND = timedelta(seconds=1)
"""Moments of the report are whole seconds."""
_A_CALL = timedelta(seconds=330)
"""From the intent to the call, at most: a function's life."""
_INSTANT = timedelta(milliseconds=1)
"""What the twin's moments are apart at least."""


def outcomes_are_true(evidence: Evidence) -> Iterator[str]:
    """What was tried ended as the report says; what has no such outcome was not tried."""
    for run in evidence.runs:
        tried = {
            call["parameters"]["SourceWorkspaceId"]: call
            for call in evidence.acted
            if call["runId"] == run.run_id
        }
        lines = {line["workspaceId"]: line for line in run.lines}
        for one, line in lines.items():
            where = f"{run.run_id}: {one} is {line['outcome']}"
            if line["outcome"] in _TRIED:
                if fault := _untrue(evidence, run, line):
                    yield f"{where}, {fault}"
            elif one in tried and not (run.died and line["reason"] == "run-ended"):
                yield f"{where} ({line['reason']}), but it was migrated at {tried[one]['at']}"
        for one in tried.keys() - lines.keys():
            if run.report is not None:
                yield f"{run.run_id}: {one} was migrated and has no line"


def _untrue(evidence: Evidence, run: Run, line: Document) -> str | None:
    """What is wrong with an outcome: it must have been true when the service was last asked."""
    events = evidence.events_of.get(line["workspaceId"], [])
    moments = _moments(moment(line["endedAt"]), evidence.skew, events)
    found = [_untrue_at(evidence, run, line, at) for at in moments]
    return found[-1] if all(found) else None


def _moments(ended: datetime, skew: timedelta, events: list[Document]) -> list[datetime]:
    """When it may have been asked: the ends of that time, and just before each thing that happened in it."""
    first, last = ended - _ASKING - skew, ended + _SECOND + skew
    before = [moment(event["at"]) - _INSTANT for event in events]
    within = [at for at in before if first < at < last]
    return [first, ended - _ASKING, *within, ended + _SECOND, last]


def _untrue_at(evidence: Evidence, run: Run, line: Document, at: datetime) -> str | None:
    source, outcome = line["workspaceId"], line["outcome"]
    events = [event for event in evidence.events_of.get(source, []) if moment(event["at"]) <= at]
    attempts = [event for event in events if event["what"] in ("started", "never-started")]
    if not attempts:
        if outcome == "NeverStarted" and evidence.case.faults:
            # The call was never made, or never came through, and nobody can know that it was not.
            return None
        return "but nothing ever happened to it"
    last = attempts[-1]
    results = [event["what"] for event in events[events.index(last) :] if event["what"] in _RESULTS]
    truth, target = results[-1] if results else "under way", last["targetWorkspaceId"]
    if outcome == "Migrated" and truth == "finished" and line["targetWorkspaceId"] != target:
        return f"as {line['targetWorkspaceId']}, but the target is {target}"
    if outcome == "NeverStarted" and truth == "rolled-back" and target not in evidence.seen:
        return None
    if outcome == "Stuck" and truth == "under way":
        limit = evidence.named(run.doer(line)).given.polling.stuck_after
        # Without an answer nobody knows when the call was made: it counts from the intent.
        age = at - max(moment(line["startedAt"]), moment(last["at"]) - _A_CALL)
        # The ledger keeps the start to the second, and so counts up to a second more.
        return None if age >= limit - _SECOND else f"but it is under way for only {age}"
    return None if _RESULTS.get(truth) == outcome else f"but it is {truth} (target {target})"


def reasons_are_true(evidence: Evidence) -> Iterator[str]:
    """What was kept back was kept back by something that was so."""
    least = least_free(evidence)
    for run in evidence.runs:
        oracle = Oracle(evidence, run)
        for line in run.lines:
            desktop = evidence.before.desktops.get(line["workspaceId"])
            if line["outcome"] in _TRIED:
                continue
            if desktop is None:
                if fault := _of_a_stranger(oracle, line):
                    yield f"{run.run_id}: {fault}"
                continue
            if fault := _wrong(evidence, run, oracle, desktop, line, least):
                told = f"{line['workspaceId']} is {line['outcome']} for {line['reason']}"
                yield f"{run.run_id}: {told}, {fault}"


def _of_a_stranger(oracle: Oracle, line: Document) -> str | None:
    one, outcome, reason = line["workspaceId"], line["outcome"], line["reason"]
    if one in oracle.elsewhere:
        return None if reason == "region" else f"{one} is elsewhere, and {outcome} for {reason}"
    if one in oracle.named_in_vain and (outcome, reason) != ("Ineligible", "not-found"):
        return f"{one} does not exist, and is {outcome} for {reason}"
    return None


def _wrong(
    evidence: Evidence, run: Run, oracle: Oracle, one: Desktop, line: Document, least: dict[str, int]
) -> str | None:
    outcome, reason = line["outcome"], line["reason"]
    if one.workspace_id in oracle.elsewhere and (outcome, reason) == ("Ineligible", "region"):
        return None
    blocks = oracle.fixed(one)
    if blocks.must and outcome != "Ineligible":
        return f"but {', '.join(sorted(blocks.must))} blocks it"
    passing = oracle.ever_passing(one, _end(run))
    match outcome:
        case "Ineligible":
            known = blocks.all | (passing & {"state", "admin-maintenance"})
            overlapped = len(evidence.runs) > 1 and reason in ("not-found", "same-bundle", "duplicate-user")
            gone = reason == "not-found" and one.state in ("TERMINATING", "TERMINATED")
            if reason not in known and not overlapped and not gone:
                return f"but only {sorted(known)} holds"
        case "Deferred":
            doer = evidence.named(run.doer(line))
            return _not_deferred_by(evidence, run, doer, one, reason, passing, least)
        case "Refused":
            answers = _answers(evidence, evidence.named(run.doer(line)), one.workspace_id)
            if reason not in answers:
                return f"but the service answered {sorted(answers)}"
        case "Planned":
            if not run.given.dry_run:
                return "but this is no dry run"
            always = {
                rule
                for rule in passing
                if rule in oracle.passing(one, run.began) & oracle.passing(one, _end(run))
            }
            if always:
                return f"but {', '.join(sorted(always))} blocks it"
    return None


def _not_deferred_by(
    evidence: Evidence,
    run: Run,
    doer: Run,
    one: Desktop,
    reason: str,
    passing: set[str],
    least: dict[str, int],
) -> str | None:
    reserve = int(evidence.world.settings["ADDRESS_RESERVE"])
    overlapping = len(evidence.runs) > 1
    if reason in passing:
        return None
    if reason == "addresses":
        return None if least[one.directory_id] <= reserve else f"but {least[one.directory_id]} were free"
    if reason == "brake":
        return (
            None
            if run.report and run.report["verdict"] in ("brake-pulled", "failed")
            else "but no brake was pulled"
        )
    if reason == "window":
        closes = run.given.closes_at()
        late = closes is not None and _end(run) + run.given.polling.failed_after > closes
        return None if late else "but the window was open"
    if reason == "run-ended":
        return None if run.died or evidence.may_die else "but the run did not die"
    if reason == "approval":
        # A request that cannot be sent, or a day without an answer, approves nothing.
        return None if run.given.require_approval else "but no approval was asked for"
    if reason == "modification-in-progress" and overlapping:
        return None
    if reason in _answers(evidence, doer, one.workspace_id):
        return None
    return f"but only {sorted(passing)} held"


def _end(run: Run) -> datetime:
    return moment(run.report["endedAt"]) if run.report else run.began


def _answers(evidence: Evidence, run: Run, source: str) -> set[str]:
    """Error codes with which the service answered calls for it, in this run."""
    return {
        call["error"]
        for call in evidence.calls
        if call["operation"] == "MigrateWorkspace"
        and call["runId"] == run.run_id
        and call["parameters"]["SourceWorkspaceId"] == source
        and call["error"]
    }
