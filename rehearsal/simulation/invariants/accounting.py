"""Every WorkSpace has one outcome, in every file the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rehearsal.simulation.case import Document
from rehearsal.simulation.evidence import Evidence, Run, moment
from rehearsal.simulation.oracle import Oracle


def one_outcome_each(evidence: Evidence) -> Iterator[str]:
    """Every match, and every id named in vain, has exactly one line; nothing else has one."""
    for run in evidence.runs:
        oracle = Oracle(evidence, run)
        if run.report is None:
            if run.ended.error == "InvalidInput":
                if run.given.select.inventory is not None and evidence.outlasts_tries("s3"):
                    continue
                if oracle.certain | oracle.named_in_vain:
                    yield f"{run.run_id} was refused ({run.ended.cause}) although its selection matches"
                continue
            if not evidence.report_may_die and not run.halted:
                yield f"{run.run_id} ended {run.ended.status} ({run.ended.error}) without a report"
            continue
        if not _planned(run):
            continue
        times = Counter(line["workspaceId"] for line in run.lines)
        for one, count in times.items():
            if count > 1:
                yield f"{one} has {count} lines in the report of {run.run_id}"
        for one in sorted((oracle.certain | oracle.named_in_vain) - times.keys()):
            yield f"{one} has no line in the report of {run.run_id}"
        for one in sorted(times.keys() - oracle.possible):
            yield f"{one} has a line in the report of {run.run_id}, which does not select it"


def _planned(run: Run) -> bool:
    """Whether the run came to a plan: one that died before knows of no WorkSpace."""
    return bool(run.lines) or not run.died


def files_agree(evidence: Evidence) -> Iterator[str]:
    """Counts add up, results.csv has the report's rows, somebody was told."""
    for run in evidence.runs:
        if run.report is None or evidence.report_may_die:
            continue
        counted = Counter(line["outcome"] for line in run.lines)
        told = {outcome: count for outcome, count in run.report["counts"].items() if count}
        if told != counted:
            yield f"{run.run_id} counts {told}, its lines come to {dict(counted)}"
        rows = [(_plain(row["workspaceId"]), row["outcome"], _plain(row["reason"])) for row in run.results]
        lines = [(line["workspaceId"], line["outcome"], line["reason"] or "") for line in run.lines]
        if sorted(rows) != sorted(lines):
            yield f"results.csv of {run.run_id} has other rows than its report"
        if not run.notifications:
            yield f"nobody was told about {run.run_id}"


def _plain(cell: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from calculating."""
    return cell.removeprefix("'")


def _came_later(run: Run, row: Document, line: Document) -> bool:
    """The run died before it knew, reported so, and the clock's reconciliation found out afterwards."""
    if line["reason"] != "run-ended" or run.report is None or line["outcome"] != "Deferred":
        return False
    return moment(row["ended_at"]) >= moment(run.report["endedAt"])


def ledger_agrees(evidence: Evidence) -> Iterator[str]:
    """An outcome in the ledger is the report's; the run's count of failures is that of its lines."""
    for run in evidence.runs:
        if run.report is None:
            continue
        lines = {line["workspaceId"]: line for line in run.lines}
        own: list[Document] = []
        for row in evidence.world.rows:
            if row["pk"] != f"run#{run.run_id}" or not row["sk"].startswith("workspace#"):
                continue
            if "outcome" in row and "held_by" not in row:
                own.append(row)
            line = lines.get(row["workspace_id"])
            if line is None:
                yield f"{row['workspace_id']} is in the ledger of {run.run_id} and not in its report"
            elif "outcome" in row and row["outcome"] != line["outcome"] and not _came_later(run, row, line):
                told = f"{row['outcome']} in the ledger, {line['outcome']} in the report"
                yield f"{row['workspace_id']} is {told}"
        failures = sum(
            1 for row in own if row["outcome"] in ("RolledBack", "NeverStarted", "Refused", "Stuck", "Lost")
        )
        counted = [
            row["failed"]
            for row in evidence.world.rows
            if row["pk"] == f"run#{run.run_id}" and row["sk"] == "run"
        ]
        if counted and counted[0] != failures:
            yield f"{run.run_id} counts {counted[0]} failures, its records {failures}"
