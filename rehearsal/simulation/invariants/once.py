"""At most one migration of a WorkSpace, and none that a rule forbids."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from rehearsal.simulation.case import Document
from rehearsal.simulation.evidence import Evidence, moment
from rehearsal.simulation.oracle import Oracle

_LOOKED_BEFORE = timedelta(minutes=15)
"""So long a start function runs: what it looked at before a call may have changed since."""


def migrated_once(evidence: Evidence) -> Iterator[str]:
    """A second call that acts is right only in a run that began after the first had its outcome."""
    first: dict[str, Document] = {}
    for call in evidence.acted:
        source = call["parameters"]["SourceWorkspaceId"]
        before = first.get(source)
        if before is not None and not _began_after(evidence, call, before):
            yield f"{source} was migrated at {before['at']} by {before['runId']} and again at {call['at']}"
        first[source] = call


def _began_after(evidence: Evidence, call: Document, before: Document) -> bool:
    if call["runId"] == before["runId"]:
        return False
    ended = _ended_at(evidence, before)
    return ended is not None and evidence.run_of(call).began >= ended


def _ended_at(evidence: Evidence, call: Document) -> datetime | None:
    source = call["parameters"]["SourceWorkspaceId"]
    for line in evidence.run_of(call).lines:
        if line["workspaceId"] == source and line["endedAt"]:
            return moment(line["endedAt"])
    return None


def _was_made_before(evidence: Evidence, call: Document) -> bool:
    """Whether it is what a migration of another run has come to, whose outcome was known by then."""
    source = call["parameters"]["SourceWorkspaceId"]
    return any(
        line["targetWorkspaceId"] == source
        and line["outcome"] == "Migrated"
        and run.run_id != call["runId"]
        and line["endedAt"]
        and moment(line["endedAt"]) <= moment(call["at"])
        for run in evidence.runs
        for line in run.lines
    )


def nothing_forbidden_started(evidence: Evidence) -> Iterator[str]:
    """No call for what a rule of planning blocks, what was not selected, or in a dry run."""
    oracles = {run.run_id: Oracle(evidence, run) for run in evidence.runs}
    for call in evidence.acted:
        run, oracle = evidence.run_of(call), oracles[call["runId"]]
        source = call["parameters"]["SourceWorkspaceId"]
        desktop = evidence.before.desktops.get(source)
        if desktop is None and _was_made_before(evidence, call):
            # Another run has made it: it is as good as any that the selection matches.
            continue
        if desktop is None:
            yield f"{source}, which is none of the fleet's, was migrated at {call['at']}"
            continue
        if run.given.dry_run:
            yield f"{source} was migrated at {call['at']} in a dry run"
        if source not in oracle.matching:
            yield f"{source} was migrated at {call['at']}, the selection of {run.run_id} does not match it"
        if call["parameters"]["BundleId"] != oracle.target_of(desktop):
            yield f"{source} was sent to {call['parameters']['BundleId']}, not {oracle.target_of(desktop)}"
        if must := oracle.fixed(desktop).must:
            yield f"{source} was migrated at {call['at']} although {', '.join(sorted(must))} blocks it"
        at = moment(call["at"])
        # What blocks at the call but did not block when it was looked at could not be known.
        passing = oracle.passing(desktop, at) & oracle.passing(desktop, at - _LOOKED_BEFORE)
        passing |= oracle.disturbed(desktop, at, at - _LOOKED_BEFORE)
        if passing:
            yield f"{source} was migrated at {call['at']} although {', '.join(sorted(passing))} blocks it"
