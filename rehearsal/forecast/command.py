"""The command: rehearse forecast."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from infra.freshness import SynthesisFailed, template_for_rehearsal
from migrator.domain.moments import iso
from migrator.domain.run_input import InvalidInput
from rehearsal.forecast.page import Source, render_forecast
from rehearsal.forecast.running import ForecastFault, forecast
from rehearsal.forecast.scenarios import Scenario, scenarios, usual_alternatives
from rehearsal.forecast.tables import as_csv, print_forecast
from rehearsal.forecast.trial import Job
from rehearsal.given import load_input
from rehearsal.twin import Fleet, FleetFault, load_fleet

DEFECT = 1
INVALID = 2

_FILE = click.Path(path_type=Path)


def _moment(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    found = []
    for value in values:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise click.BadParameter(f"{value} is no ISO 8601 time") from None
        if moment.tzinfo is None:
            raise click.BadParameter(f"{value} has no offset from UTC; add one, such as Z")
        found.append(iso(moment))
    return tuple(found)


@click.command("forecast")
@click.option("--fleet", "fleet_file", type=_FILE, required=True, help="The fleet, as for rehearse run.")
@click.option("--input", "input_file", type=_FILE, required=True, help="The run's input.")
@click.option(
    "--seeds", type=click.IntRange(min=1), default=10, show_default=True, help="Rehearsals of each scenario."
)
@click.option("--seed", "first_seed", type=int, default=0, show_default=True, help="The first seed.")
@click.option(
    "--max-in-flight",
    "in_flight",
    type=click.IntRange(1, 1000),
    multiple=True,
    help="Another maxInFlight to try; may be repeated. Left out: half and twice the input's.",
)
@click.option(
    "--closes-at", multiple=True, callback=_moment, help="Another end of the window to try; may be repeated."
)
@click.option("--stage", default="dev", show_default=True, help="The stage of cdk.json.")
@click.option("--csv", "csv_file", type=_FILE, help="Write a line for each scenario to this file.")
@click.option("--html", "html_file", type=_FILE, help="Write a page for the change board to this file.")
@click.option("--json", "as_json", is_flag=True, help="Print the forecast as the last line of stdout.")
def forecast_command(
    fleet_file: Path,
    input_file: Path,
    seeds: int,
    first_seed: int,
    in_flight: tuple[int, ...],
    closes_at: tuple[str, ...],
    stage: str,
    csv_file: Path | None,
    html_file: Path | None,
    as_json: bool,
) -> None:
    """Rehearse the fleet many times: how long it takes, who stays behind and why, what it costs.

    As the input is, and with one thing changed at a time. Every rehearsal migrates, a dry run's input too,
    and none waits for approval. Exit code: 0 told; 2 invalid input or fleet; 1 a defect of ours.
    """
    errors = Console(stderr=True)
    fleet, given = _read(errors, fleet_file, input_file)
    try:
        template = template_for_rehearsal(stage)
    except SynthesisFailed as failure:
        errors.print(f"The stack could not be synthesized: {failure}", highlight=False, markup=False)
        sys.exit(DEFECT)
    tried = scenarios(given, in_flight or usual_alternatives(given), closes_at)
    jobs = [
        Job(one.name, one.given, seed, template, fleet_file.resolve(), input_file.resolve())
        for seed in range(first_seed, first_seed + seeds)
        for one in tried
    ]
    try:
        found = _forecast(errors, jobs, tried, fleet)
    except InvalidInput as fault:
        for line in fault.faults:
            errors.print(f"{input_file}: {line}", highlight=False, markup=False, soft_wrap=True)
        sys.exit(INVALID)
    except ForecastFault as fault:
        errors.print(str(fault), highlight=False, markup=False, soft_wrap=True)
        sys.exit(DEFECT)
    print_forecast(Console(), found)
    if csv_file is not None:
        csv_file.write_text(as_csv(found), encoding="utf-8")
    if html_file is not None:
        source = Source(fleet_file.name, len(fleet.workspaces), input_file.name, given)
        html_file.write_text(render_forecast(found, source), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(found, separators=(",", ":")))


def _read(errors: Console, fleet_file: Path, input_file: Path) -> tuple[Fleet, dict[str, Any]]:
    faults: list[str] = []
    fleet: Fleet | None = None
    given: dict[str, Any] = {}
    try:
        fleet = load_fleet(fleet_file)
    except FleetFault as fault:
        faults += [f"{fleet_file}: {line}" for line in fault.faults]
    try:
        given = load_input(input_file)
    except InvalidInput as fault:
        faults += [f"{input_file}: {line}" for line in fault.faults]
    if faults or fleet is None:
        for line in faults:
            errors.print(line, highlight=False, markup=False, soft_wrap=True)
        sys.exit(INVALID)
    return fleet, given


def _forecast(errors: Console, jobs: list[Job], tried: list[Scenario], fleet: Fleet) -> dict[str, Any]:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    )
    what = f"{len(fleet.workspaces)} WorkSpaces, {len(tried)} scenarios"
    task = bar.add_task(what, total=len(jobs))
    with bar:
        return forecast(jobs, lambda _: bar.advance(task))
