"""What a rehearsal prints when it is over."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rehearsal.run import Rehearsed


def print_summary(console: Console, run: Rehearsed) -> None:
    """The table of outcomes, with reasons, and where the files are."""
    report = run.report
    if report is None:
        return
    took = timedelta(seconds=round(report["virtualSeconds"]))
    console.print()
    console.print(f"[bold]{escape(report['headline'])}[/]", highlight=False)
    console.print(
        f"{run.run_id}: {report['startedAt']} to {report['endedAt']} ({took} of virtual time), "
        f"{run.transitions} state transitions",
        highlight=False,
    )
    console.print(_outcomes(report))
    if report["directory"]:
        console.print(_directory(report))
    console.print(f"Files: {escape(str(run.directory))}/", highlight=False)


def _outcomes(report: dict[str, Any]) -> Table:
    table = Table("Outcome", "Reason", "WorkSpaces", title="Outcomes", title_justify="left")
    table.columns[2].justify = "right"
    by_reason = Counter((line["outcome"], line["reason"] or "") for line in report["workspaces"])
    order = list(report["counts"])
    for (outcome, reason), count in sorted(
        by_reason.items(), key=lambda item: (order.index(item[0][0]), -item[1], item[0][1])
    ):
        table.add_row(outcome, escape(reason), str(count))
    table.add_section()
    table.add_row("", "", str(len(report["workspaces"])))
    return table


def _directory(report: dict[str, Any]) -> Table:
    table = Table("Result", "Computer objects", title="Directory clean-up", title_justify="left")
    table.columns[1].justify = "right"
    for result, count in sorted(Counter(line["result"] for line in report["directory"]).items()):
        table.add_row(result, str(count))
    return table
