"""The command, and its first part: rehearse run."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from infra.freshness import SynthesisFailed, template_for_rehearsal
from migrator.domain.run_input import InvalidInput
from rehearsal.deaths import told
from rehearsal.export.command import export
from rehearsal.faults import Fault, FaultsFileFault, load_faults, runs_not_there
from rehearsal.forecast.command import forecast_command
from rehearsal.given import load_input
from rehearsal.progress import Display
from rehearsal.run import Rehearsed, Task, Watcher, rehearse, run_ids
from rehearsal.samba.presence import what_is_missing
from rehearsal.summary import print_summary
from rehearsal.twin import Fleet, FleetFault, load_fleet

ALL_DID = 0
DEFECT = 1
INVALID = 2
SOME_DID_NOT = 3
BRAKE_PULLED = 4

_FILE = click.Path(path_type=Path)


@click.group()
def main() -> None:
    """Rehearse a migration of Amazon WorkSpaces on this machine, in virtual time."""


main.add_command(export)
main.add_command(forecast_command)


@main.command()
@click.option(
    "--fleet",
    "fleets",
    type=_FILE,
    multiple=True,
    required=True,
    help="The fleet, as the AWS CLI prints it.",
)
@click.option(
    "--input",
    "inputs",
    type=_FILE,
    multiple=True,
    required=True,
    help="The run's input; twice for two runs.",
)
@click.option("--out", type=_FILE, required=True, help="Where the run's files go.")
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same result.")
@click.option("--faults", type=_FILE, help="Which calls go wrong, and how.")
@click.option(
    "--stagger",
    type=click.FloatRange(min=0),
    default=0.0,
    help="Seconds between two runs' starts.",
)
@click.option(
    "--directory",
    type=click.Choice(["stand-in", "samba"]),
    default="stand-in",
    show_default=True,
    help="Where computer objects are: in the twin, or in real domains, on Samba.",
)
@click.option("--stage", default="dev", show_default=True, help="The stage of cdk.json.")
@click.option("--json", "as_json", is_flag=True, help="Print report.json as the last line of stdout.")
def run(
    fleets: tuple[Path, ...],
    inputs: tuple[Path, ...],
    out: Path,
    seed: int,
    faults: Path | None,
    stagger: float,
    directory: str,
    stage: str,
    as_json: bool,
) -> None:
    """Run the synthesized state machine with the real functions on a twin of the fleet.

    Exit code: 0 all that was to migrate did, or a dry run; 3 some did not; 4 the brake was pulled;
    2 invalid input or fleet; 1 a defect of ours, or of a service that killed the run: the message tells.
    """
    errors = Console(stderr=True)
    fleet, documents, planned_faults = _read(errors, fleets, inputs, faults)
    try:
        template = template_for_rehearsal(stage)
    except SynthesisFailed as failure:
        errors.print(f"The stack could not be synthesized: {failure}", highlight=False, markup=False)
        sys.exit(DEFECT)
    real = directory == "samba"
    missing = what_is_missing() if real else None
    if missing is not None:
        errors.print(f"--directory samba: {missing}", highlight=False, markup=False, soft_wrap=True)
        sys.exit(INVALID)
    task = Task(template, fleet, documents, inputs, planned_faults, seed, stagger, out, real)
    with Display(errors, len(fleet.workspaces)) as display:
        runs = rehearse(task, Watcher(on_event=display.happened))
    output = Console()
    for one in runs:
        print_summary(output, one)
    if as_json:
        reports = [one.report for one in runs]
        click.echo(json.dumps(reports[0] if len(reports) == 1 else reports, separators=(",", ":")))
    sys.exit(max((_exit_code(errors, one) for one in runs), key=_GRAVITY.index))


_GRAVITY = [ALL_DID, SOME_DID_NOT, BRAKE_PULLED, INVALID, DEFECT]
"""With several runs the worst tells."""


def _read(
    errors: Console, fleets: tuple[Path, ...], inputs: tuple[Path, ...], faults: Path | None
) -> tuple[Fleet, list[dict[str, Any]], list[Fault]]:
    """Everything the command is given; exits with every fault of every file at once."""
    found: list[str] = []
    fleet: Fleet | None = None
    if len(set(fleets)) > 1:
        found.append("--fleet: two runs that overlap share one fleet; give the same file, or give it once")
    try:
        fleet = load_fleet(fleets[0])
    except FleetFault as fault:
        found += [f"{fleets[0]}: {line}" for line in fault.faults]
    documents: list[dict[str, Any]] = []
    for path in inputs:
        try:
            documents.append(load_input(path))
        except InvalidInput as fault:
            found += [f"{path}: {line}" for line in fault.faults]
    planned: list[Fault] = []
    if faults is not None:
        try:
            planned = load_faults(faults)
            found += [f"{faults}: {line}" for line in runs_not_there(planned, run_ids(len(inputs)))]
        except FaultsFileFault as fault:
            found += [f"{faults}: {line}" for line in fault.faults]
    if found or fleet is None:
        for line in found:
            errors.print(line, highlight=False, markup=False, soft_wrap=True)
        sys.exit(INVALID)
    return fleet, documents, planned


def _exit_code(errors: Console, run: Rehearsed) -> int:
    if run.error == "InvalidInput":
        errors.print(f"{run.run_id}: {run.cause}", highlight=False, markup=False, soft_wrap=True)
        return INVALID
    if run.report is None and run.status == "ABORTED":
        halted = f"{run.run_id} was halted, as the faults file says, and reported nothing: {run.cause}"
        errors.print(halted, highlight=False, markup=False, soft_wrap=True)
        return SOME_DID_NOT
    if run.report is None or run.report["verdict"] == "failed":
        # The execution's own error is then the word for any death; the report has the one it died of.
        died = (run.report or {}).get("failure") or {"error": run.error, "cause": run.cause}
        line = told(run.run_id, died["error"], died["cause"])
        errors.print(line, highlight=False, markup=False, soft_wrap=True)
        return DEFECT
    verdict = run.report["verdict"]
    return {"incomplete": SOME_DID_NOT, "brake-pulled": BRAKE_PULLED}.get(verdict, ALL_DID)


if __name__ == "__main__":
    main()
