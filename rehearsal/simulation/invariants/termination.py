"""TerminateWorkspaces destroys for good: only what a failed migration left, and only when the input says
so."""

from __future__ import annotations

import re
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


_SAID = re.compile(r"target (ws-\S+) (was not terminated|was left in ERROR and has been terminated)")


def what_is_said_of_failed_targets_is_true(evidence: Evidence) -> Iterator[str]:
    """The answer to a call may be lost, and its function with it: the report must not deny what was done, nor
    claim what was not."""
    asked = {
        (call["runId"], request["WorkspaceId"])
        for call in evidence.calls
        if call["operation"] == "TerminateWorkspaces" and call["result"] is not None
        for request in call["parameters"]["TerminateWorkspaceRequests"]
        if request["WorkspaceId"]
        not in {failed["WorkspaceId"] for failed in call["result"].get("FailedRequests", ())}
    }
    gone = {event["terminatedWorkspaceId"] for event in evidence.events if event.get("terminatedWorkspaceId")}
    for run in evidence.runs:
        for line in run.lines:
            for target, said in (
                found.groups() for text in line["warnings"] for found in _SAID.finditer(text)
            ):
                done = (run.run_id, target) in asked
                if done and said == "was not terminated":
                    yield f"{run.run_id} terminated {target} and says that it did not"
                if not done and target not in gone and said != "was not terminated":
                    yield f"{run.run_id} says that it terminated {target}, which is still there"
