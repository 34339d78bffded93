"""The command: rehearse export."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import boto3
import click
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from migrator.adapters.clear_answers import UnclearAnswer, clear_session, insist_on_clear_answers
from rehearsal.export.exporting import READ_ONLY, Clients, Exporter, Scope
from rehearsal.export.journal import Journal, JournalFault
from rehearsal.export.pacing import Pacer
from rehearsal.export.pseudonyms import KeyFault, Pseudonyms, read_key

INVALID = 2
INTERRUPTED = 130
BURST = 5

_PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 8})
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--out", type=_FILE, required=True, help="The fleet file to write.")
@click.option("--region", help="The fleet's Region; else the one the AWS configuration names.")
@click.option("--profile", help="A profile of the AWS configuration.")
@click.option("--directory", "directories", multiple=True, help="Only this directory; may be repeated.")
@click.option(
    "--snapshots/--no-snapshots",
    default=True,
    show_default=True,
    help="Each WorkSpace's snapshots: a call each. Without them the twin makes plausible ones.",
)
@click.option(
    "--applications/--no-applications",
    default=True,
    show_default=True,
    help="What is on each WorkSpace of a custom bundle: a call each. Without them its bundle speaks for it.",
)
@click.option(
    "--pseudonyms",
    "key_file",
    type=_FILE,
    help="Replace names of users and computers and values of tags, by the key in this file, which is made.",
)
@click.option("--keep-tag", "kept_tags", multiple=True, help="A tag whose values are not replaced.")
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    default=2.0,
    show_default=True,
    help="Calls a second; more only where AWS has raised the account's limit.",
)
def export(
    out: Path,
    region: str | None,
    profile: str | None,
    directories: tuple[str, ...],
    snapshots: bool,
    applications: bool,
    key_file: Path | None,
    kept_tags: tuple[str, ...],
    rate: float,
) -> None:
    """Write an account's fleet into a fleet file. Reads only.

    When it is interrupted, the same command goes on where it was. Exit code: 0 written; 2 wrong settings or
    refused by AWS; 130 interrupted.
    """
    errors = Console(stderr=True)
    try:
        pseudonyms = Pseudonyms(read_key(key_file), kept_tags=kept_tags) if key_file else None
        if kept_tags and pseudonyms is None:
            raise click.UsageError("--keep-tag says what --pseudonyms leaves alone; give both, or neither")
        clients = _clients(clear_session(profile, region))
        scope = Scope(clients.workspaces.meta.region_name, directories, snapshots, applications)
        journal = Journal(out.with_name(out.name + ".partial"), _settings(scope, pseudonyms, kept_tags))
        pacer = Pacer(rate, BURST, now=time.monotonic, sleep=time.sleep)
        with journal, _Display(errors) as display:
            if journal.goes_on:
                errors.print("Going on with an export that was interrupted.")
            exporter = Exporter(
                clients,
                scope,
                journal,
                pacer,
                now=lambda: datetime.now(UTC),
                pseudonyms=pseudonyms,
                on_step=display.show,
            )
            document = exporter.export()
    except KeyboardInterrupt:
        errors.print("Interrupted. Nothing that was read is lost: the same command goes on.")
        sys.exit(INTERRUPTED)
    except (KeyFault, JournalFault, BotoCoreError, ClientError, UnclearAnswer) as fault:
        errors.print(str(fault), highlight=False, markup=False, soft_wrap=True)
        if isinstance(fault, ClientError) and "AccessDenied" in fault.response["Error"]["Code"]:
            errors.print("An export needs: " + ", ".join(READ_ONLY), highlight=False, soft_wrap=True)
        sys.exit(INVALID)
    out.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    journal.remove()
    for notice in exporter.notices:
        errors.print(notice, highlight=False, markup=False, soft_wrap=True)
    click.echo(
        f"{out}: {len(document['Workspaces'])} WorkSpaces in {len(document['Directories'])} directories"
    )


def _clients(session: boto3.Session) -> Clients:
    clients = Clients(
        workspaces=session.client("workspaces", config=_PATIENT),
        tagging=session.client("resourcegroupstaggingapi", config=_PATIENT),
        ec2=session.client("ec2", config=_PATIENT),
    )
    for client in (clients.workspaces, clients.tagging, clients.ec2):
        insist_on_clear_answers(client)
    return clients


def _settings(scope: Scope, pseudonyms: Pseudonyms | None, kept_tags: tuple[str, ...]) -> dict[str, object]:
    """What two exports must have in common for one to go on with the other."""
    return {
        "region": scope.region,
        "directories": list(scope.directory_ids),
        "snapshots": scope.snapshots,
        "applications": scope.applications,
        "key": pseudonyms.fingerprint if pseudonyms else None,
        "keptTags": sorted(kept_tags),
    }


class _Display:
    """What is being read, on a terminal as a bar."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said = ""
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> _Display:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, what: str, done: int, total: int | None) -> None:
        self._bar.update(self._task, description=what, completed=done, total=total)
        if what != self._said and not self._console.is_terminal:
            self._console.print(f"{what}: {total}" if total else what, highlight=False)
        self._said = what
