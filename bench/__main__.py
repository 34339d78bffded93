"""python -m bench: one table and, as the last line, one JSON."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from bench.case import Case
from bench.functions import layer_mib, weigh
from bench.our_run import most_bytes, run_ours
from bench.script_run import run_script
from bench.scripts import SCRIPTS
from bench.table import print_tables


@click.command()
@click.option("--size", type=click.IntRange(min=1), default=1000, show_default=True, help="WorkSpaces.")
@click.option("--in-flight", type=click.IntRange(1, 1000), default=100, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--functions/--no-functions", default=True, help="Weigh the functions and their layer, too.")
@click.option("--scripts/--no-scripts", default=True, help="Measure what people use instead, too.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("build/bench"),
    show_default=True,
    help="Where the rehearsal's files go.",
)
def main(size: int, in_flight: int, seed: int, functions: bool, scripts: bool, out: Path) -> None:
    """Measure the product on one fleet, beside the ideal and beside what people use instead."""
    case = Case(size, in_flight, seed)
    ours, ideal = run_ours(case, out)
    ways = [ours]
    if scripts:
        ways += [run_script(name, script, case) for name, script in SCRIPTS.items()]
    found: dict[str, Any] = {
        "case": {"size": size, "inFlight": in_flight, "seed": seed},
        "machine": {"python": platform.python_version(), "system": platform.platform()},
        "ideal": {"makespanSeconds": round(ideal, 3)},
        "ways": [way.document(ideal) for way in ways],
        "functions": weigh(most_bytes(case, out)) if functions else [],
        "layerMiB": layer_mib() if functions else None,
    }
    print_tables(Console(width=160), found)
    click.echo(json.dumps(found, separators=(",", ":")))


if __name__ == "__main__":
    main()
