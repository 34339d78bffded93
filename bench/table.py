"""The figures as tables for people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.table import Table


def print_tables(console: Console, found: dict[str, Any]) -> None:
    """Ways to migrate beside each other, then the functions."""
    console.print(_ways(found))
    if found["functions"]:
        console.print(_functions(found))


def _ways(found: dict[str, Any]) -> Table:
    case = found["case"]
    table = Table(
        *("", "Makespan", "x ideal", "Migrated", "Refused", "In flight", "Known", "Calls each", "Throttled"),
        *("Transitions each", "$ per 1,000", "CPU s"),
        title=f"{case['size']} WorkSpaces, {case['inFlight']} in flight, seed {case['seed']}",
        title_justify="left",
    )
    for column in table.columns[1:]:
        column.justify = "right"
    table.add_row("ideal", _span(found["ideal"]["makespanSeconds"]), "1.00")
    for row in found["ways"]:
        ours = row["transitions"] > 0
        table.add_row(
            row["name"],
            _span(row["makespanSeconds"]),
            f"{row['timesTheIdeal']:.2f}",
            str(row["migrated"]),
            str(row["refused"]),
            str(row["mostInFlight"]),
            str(row["outcomesKnown"]),
            f"{row['callsPerMigrated']:.2f}",
            str(row["throttledCalls"]),
            f"{row['transitionsPerMigrated']:.2f}" if ours else "",
            f"{row['dollarsPerMigrated'] * 1000:.2f}" if ours else "",
            f"{row['cpuSeconds']:.1f}",
        )
    return table


def _functions(found: dict[str, Any]) -> Table:
    table = Table(
        *("Function", "Import CPU s", "Imported MiB", "At most MiB", "Has MiB"),
        title=f"Functions; their layer: {found['layerMiB']} MiB",
        title_justify="left",
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for row in found["functions"]:
        most = "" if row["mostMiB"] is None else f"{row['mostMiB']:.0f}"
        table.add_row(
            row["function"],
            f"{row['importSeconds']:.2f}",
            f"{row['importedMiB']:.0f}",
            most,
            str(row["memoryMiB"]),
        )
    return table


def _span(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
