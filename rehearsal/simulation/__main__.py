"""python -m rehearsal.simulation --seeds N: try N seeds, and print a reproducer for each that fails."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from rehearsal.simulation.case import read_case
from rehearsal.simulation.trial import template, try_case, try_seed


@click.command()
@click.option("--seeds", type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
@click.option("--first", type=int, default=0, show_default=True, help="The first seed.")
@click.option("--seconds", type=float, help="Stop before the next seed after this long.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("build/simulation"),
    show_default=True,
    help="Where the files of failing seeds stay.",
)
@click.option(
    "--case",
    "kept",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Check the case in this directory instead of drawing.",
)
def main(seeds: int, first: int, seconds: float | None, out: Path, kept: Path | None) -> None:
    """Exit code 1 if a seed fails."""
    template_path = template()
    if kept is not None:
        trial = try_case(read_case(kept), kept, template_path)
        click.echo(trial.told() if not trial.held else f"{kept}: all holds")
        sys.exit(not trial.held)
    began = time.perf_counter()
    tried = failed = 0
    for seed in range(first, first + seeds):
        if seconds is not None and time.perf_counter() - began > seconds:
            break
        trial = try_seed(seed, out, template_path)
        tried += 1
        if not trial.held:
            failed += 1
            click.echo(trial.told())
    took = time.perf_counter() - began
    click.echo(f"{tried} seeds, {failed} failed, {tried / took * 60:.0f} seeds a minute")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
