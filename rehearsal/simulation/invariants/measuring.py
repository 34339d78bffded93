"""What is measured and what is charged follow from the outcomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from migrator.domain.outcomes import Outcome
from rehearsal.simulation.case import Document
from rehearsal.simulation.evidence import Evidence, Run

_OUTCOMES = frozenset(Outcome)


def metrics_follow(evidence: Evidence) -> Iterator[str]:
    """Each outcome is counted once, as the report tells it, and never by two runs."""
    for run in evidence.runs:
        if run.report is None or evidence.report_may_die or (run.died and not run.lines):
            continue  # Of a planning that died the report knows nothing.
        decided = [
            line
            for line in run.logged
            if line["message"] == "WorkSpace decided" and _counted(line) is not None
        ]
        lines = {line["workspaceId"]: line["outcome"] for line in run.lines}
        for one in decided:
            if lines.get(one["workspaceId"]) != one["outcome"]:
                told = f"counted {one['workspaceId']} as {one['outcome']}"
                yield f"{run.run_id} {told}, its report says {lines.get(one['workspaceId'])}"
        times = Counter(one["workspaceId"] for one in decided)
        if evidence.repeated(run):
            continue
        for workspace_id, line in {one["workspaceId"]: one for one in run.lines}.items():
            due = 0 if run.doer(line) != run.run_id else 1
            if times[workspace_id] != due:
                yield f"{run.run_id} counted {workspace_id} {times[workspace_id]} times, not {due}"


def _counted(line: Document) -> str | None:
    """The outcome that a record of the log adds to its metric; None where another run's counts."""
    named = [
        metric["Name"]
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", [])
        for metric in directive["Metrics"]
        if metric["Name"] in _OUTCOMES
    ]
    return named[0] if named else None


def costs_add_up(evidence: Evidence) -> Iterator[str]:
    """The fleet's cost is the sum of its WorkSpaces', and counts those that went and no other."""
    for run in evidence.runs:
        if run.report is None or (fleet := (run.report["cost"] or {}).get("fleet")) is None:
            continue
        went = [line for line in run.lines if line["outcome"] in ("Migrated", "Planned")]
        if fleet["workspaces"] > len(went):
            yield f"{run.run_id} charges {fleet['workspaces']} WorkSpaces, {len(went)} went"
        if fleet["priced"] + sum(fleet["unpriced"].values()) != fleet["workspaces"]:
            yield f"{run.run_id} prices {fleet['priced']} of {fleet['workspaces']}, and says not why"
        sums = [
            ("totalInMonth", _money(fleet, "oldInMonth") + _money(fleet, "newInMonth")),
            ("monthlyDifference", _money(fleet, "newMonthlyFees") - _money(fleet, "monthlyFees")),
        ]
        own = [line["consequences"]["cost"] for line in went if (line["consequences"] or {}).get("cost")]
        if run.given.dry_run:
            priced = [one for one in own if not one.get("unknown")]
            sums += [
                (member, sum((_money(one, part) for one in priced), Decimal(0)))
                for member, part in (
                    ("oldInMonth", "oldInMonth"),
                    ("newInMonth", "newInMonth"),
                    ("monthlyFees", "monthlyFee"),
                    ("newMonthlyFees", "newMonthlyFee"),
                )
            ]
        for member, total in sums:
            if _money(fleet, member) != total:
                yield f"{run.run_id} says {member} {fleet[member]}, its parts come to {total}"
        yield from _transitions(evidence, run)


def _transitions(evidence: Evidence, run: Run) -> Iterator[str]:
    """Those of children that died are counted by nobody."""
    told, made = run.report["cost"]["stateTransitions"] if run.report else None, run.ended.transitions
    if told is None:
        return
    if told > made or (told != made and not evidence.case.faults):
        yield f"{run.run_id} tells of {told} state transitions, the engine made {made}"


def _money(document: Document, member: str) -> Decimal:
    return Decimal(str(document[member]))
