"""TerminateWorkspaces destroys for good: only what a failed migration left, and only when the input says
so."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.simulation.evidence import Evidence


def only_failed_targets_were_terminated(evidence: Evidence) -> Iterator[str]:
    failed = {
        event["targetWorkspaceId"]: event["at"] for event in evidence.events if event["what"] == "rolled-back"
    }
    for call in evidence.calls:
        if call["operation"] != "TerminateWorkspaces" or call["result"] is None:
            continue
        for request in call["parameters"]["TerminateWorkspaceRequests"]:
            one = request["WorkspaceId"]
            if not evidence.run_of(call).given.terminate_failed_targets:
                yield f"{call['runId']} terminated {one}, its input does not say so"
            if one not in failed or call["at"] < failed[one]:
                yield f"{call['runId']} terminated {one} at {call['at']}, which no failed migration left"
