"""The directory: nothing that lives loses its computer object, nothing that failed keeps it untold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rehearsal.simulation.evidence import Evidence


def the_living_keep_their_computers(evidence: Evidence) -> Iterator[str]:
    for one, row in evidence.world.desktops.items():
        names = evidence.world.computers.get(row["DirectoryId"])
        if names is None or row["State"] in ("TERMINATED", "TERMINATING"):
            continue
        if row["ComputerName"] not in names:
            yield f"{one} lives ({row['State']}) and its computer object {row['ComputerName']} is gone"


def only_orphans_were_touched(evidence: Evidence) -> Iterator[str]:
    left = {
        (event["directoryId"], event["computerName"])
        for event in evidence.events
        if event["what"] == "computer-left"
    }
    for run in evidence.runs:
        for line in run.report["directory"] if run.report else []:
            name = (line["directoryId"], line["computerName"])
            if line["result"] in ("deleted", "disabled") and name not in left:
                yield f"{run.run_id} {line['result']} {name}, which no migration left behind"
            modes = run.given.directory_clean_up
            mode = modes.former_computers if name in _former(run.lines) else modes.failed_targets
            allowed = {"delete": "deleted", "disable": "disabled", "report": "reported"}[mode]
            if line["result"] in ("deleted", "disabled") and line["result"] != allowed:
                yield f"{run.run_id} {line['result']} {name}, the input says {mode}"


def _former(lines: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
    """Computers that migrated WorkSpaces had before."""
    return {(line["directoryId"], line["computerName"]) for line in lines if line["outcome"] == "Migrated"}


def orphans_are_accounted_for(evidence: Evidence) -> Iterator[str]:
    """Every computer of a target that rolled back, and whose name was seen, is gone or reported."""
    told = {
        (line["directoryId"], line["computerName"])
        for run in evidence.runs
        for line in (run.report["directory"] if run.report else [])
    }
    for run in evidence.runs:
        if run.died:
            continue
        for line in run.lines:
            name = line["targetComputerName"]
            if line["outcome"] != "RolledBack" or not name:
                continue
            left = name in evidence.world.computers.get(line["directoryId"], set())
            if left and (line["directoryId"], name) not in told:
                yield f"{run.run_id}: {name}, left by {line['workspaceId']}, is neither gone nor reported"


def names_were_kept(evidence: Evidence) -> Iterator[str]:
    """A target that was ever seen has its computer's name in the report: nothing else leads to it."""
    for run in evidence.runs:
        for line in run.lines:
            target = line["targetWorkspaceId"]
            if line["outcome"] == "RolledBack" and target in evidence.seen and not line["targetComputerName"]:
                yield f"{run.run_id}: the target {target} of {line['workspaceId']} was seen, its name is lost"
