"""The forecast for people: tables for a terminal, and CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

Document = Mapping[str, Any]

CSV_COLUMNS = (
    "scenario",
    "runs",
    "seconds_p50",
    "seconds_p90",
    "ends_at_p50",
    "ends_at_p90",
    "migrated_p50",
    "migrated_least",
    "not_migrated_p50",
    "brake_pulled_in",
    "addresses_needed",
    "total_in_month_p50",
    "monthly_difference_p50",
)


def print_forecast(console: Console, found: Document) -> None:
    """Scenarios beside each other; then, for the first, who stays behind and why."""
    first = found["scenarios"][0]
    console.print(_scenarios(found))
    if any(row["cost"] for row in found["scenarios"]):
        console.print(_costs(found))
    console.print(_left_behind(first))
    console.print(_addresses(first))


def _scenarios(found: Document) -> Table:
    table = Table(
        *("Scenario", "Takes", "nine in ten", "which end by", "Migrated"),
        title=f"Forecast: each scenario rehearsed with {len(found['seeds'])} seeds",
        title_justify="left",
    )
    _align(table, wraps="Migrated")
    for row in found["scenarios"]:
        braked = f", brake in {row['brakePulledIn']}" if row["brakePulledIn"] else ""
        table.add_row(
            escape(row["scenario"]),
            span(row["seconds"]["p50"]),
            span(row["seconds"]["p90"]),
            moment(row["endsAt"]["p90"])[5:],
            f"{ranged(row['migrated'])} of {row['workspaces']}{braked}",
        )
    return table


def _costs(found: Document) -> Table:
    """Beside the first table there is no room for it on a terminal of 80 columns."""
    table = Table(
        *("Scenario", "This month", "Each month after"),
        title="What the WorkSpaces cost, and the difference after",
        title_justify="left",
    )
    _align(table)
    for row in found["scenarios"]:
        cost = row["cost"]
        table.add_row(
            escape(row["scenario"]),
            dollars(cost, "totalInMonth"),
            dollars(cost, "monthlyDifference", sign="+"),
        )
    return table


def _align(table: Table, wraps: str | None = None) -> None:
    """Names to the left, figures to the right, and only this column in more than one line."""
    for column in table.columns:
        column.no_wrap = column.header != wraps
        if column is not table.columns[0]:
            column.justify = "right"


def _left_behind(row: Document) -> Table:
    table = Table(
        "Outcome", "Reason", "WorkSpaces", title="As given: what becomes of whom", title_justify="left"
    )
    table.columns[2].justify = "right"
    for one in row["outcomes"]:
        table.add_row(one["outcome"], escape(one["reason"] or ""), ranged(one))
    return table


def _addresses(row: Document) -> Table:
    table = Table(
        *("Directory", "Addresses needed", "Free"),
        title="As given: addresses, at the most",
        title_justify="left",
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for directory_id, one in row["addresses"].items():
        table.add_row(escape(directory_id), str(one["needed"]), str(one["free"]))
    return table


def as_csv(found: Document) -> str:
    """A line for each scenario."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for row in found["scenarios"]:
        cost = row["cost"]
        writer.writerow(
            [
                row["scenario"],
                row["runs"],
                row["seconds"]["p50"],
                row["seconds"]["p90"],
                row["endsAt"]["p50"],
                row["endsAt"]["p90"],
                row["migrated"]["p50"],
                row["migrated"]["least"],
                row["notMigrated"]["p50"],
                row["brakePulledIn"],
                sum(one["needed"] for one in row["addresses"].values()),
                cost["totalInMonth"]["p50"] if cost else "",
                cost["monthlyDifference"]["p50"] if cost else "",
            ]
        )
    return out.getvalue()


def ranged(values: Document) -> str:
    """Half of the runs stay at or below the first; then the least and the most, where they differ."""
    if values["least"] == values["most"]:
        return f"{values['p50']:g}"
    return f"{values['p50']:g} ({values['least']:g} to {values['most']:g})"


def span(seconds: float) -> str:
    """Hours and minutes: 3:05 h."""
    minutes = round(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02d} h"


def moment(at: str) -> str:
    """To the minute, in UTC: 2026-11-28 01:30Z."""
    return at[:16].replace("T", " ") + "Z"


def dollars(cost: Document | None, name: str, *, sign: str = "") -> str:
    """Half of the runs stay at or below; nothing where there is no price."""
    return f"{cost[name]['p50']:{sign},.0f} $" if cost else ""
