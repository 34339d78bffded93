"""What a rehearsed case leaves behind: the run's own files, the ledger, and the twin at the end."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3

from migrator.adapters.items import from_item
from migrator.domain.inventory import InventoryContents, read_inventory
from migrator.domain.run_input import RunInput, parse_run_input
from rehearsal.call_record import RESPONSE_LOST, CallRecord
from rehearsal.deployment import Deployment
from rehearsal.faults import Effect, Fault, parse_faults
from rehearsal.run import Rehearsed, Task, Watcher, rehearse
from rehearsal.simulation.case import Case, Document
from rehearsal.simulation.draw_faults import service_of
from rehearsal.twin import Twin, parse_fleet
from rehearsal.twin.account import Account, furnish

MOST_CALLS = 60_000
"""More calls than any case of this size can need: the run goes round in circles."""


MOST_RETRIES = 6
"""So often the state machine tries a function again."""


LONGEST_STORM_SECONDS = 60.0
"""So long a storm is outlasted by the SDK's tries and the state machine's."""

MOST_LIKELY = 0.25
"""What fails more often than this may fail at every try."""

_DISTURBING = (Effect.ERROR, Effect.LOST_RESPONSE, Effect.LOST_REQUEST, Effect.DELAY)


_DEATHS = (Effect.CRASH_BEFORE, Effect.CRASH_AFTER, Effect.HANG_BEFORE, Effect.HANG_AFTER, Effect.HALT)

_WRITES = ("PutItem", "UpdateItem", "TransactWriteItems")
"""What a function that lives on writes down after a look."""

NEVER = datetime.max.replace(tzinfo=UTC)


class Runaway(BaseException):
    """The run makes calls without end. No handler's `except Exception` may see it."""


_TAKEN_OVER = "migrated by run "


@dataclass
class World:
    """The ledger and the twin when every run was over."""

    rows: list[Document] = field(default_factory=list)
    """Every row of the ledger."""
    desktops: dict[str, Document] = field(default_factory=dict)
    """WorkSpaces that the service still returns, by id, as DescribeWorkspaces shows them."""
    computers: dict[str, set[str]] = field(default_factory=dict)
    """Names of the computer objects of each directory that has a domain."""
    settings: dict[str, str] = field(default_factory=dict)
    """The functions' environment."""

    def note(self, twin: Twin, deployment: Deployment) -> None:
        """Write down how things are now."""
        self.settings = deployment.environment
        pages = boto3.client("dynamodb", twin.region).get_paginator("scan")
        for page in pages.paginate(TableName=self.settings["LEDGER_TABLE"]):
            self.rows += [from_item(item) for item in page["Items"]]
        self.desktops = {one.workspace_id: dict(one.row) for one in twin.account.desktops}
        self.computers = {
            domain.directory_id: {
                computer.sam_account_name.removesuffix("$") for computer in domain.computers
            }
            for domain in twin.directory.domains
        }


@dataclass
class Run:
    """One of a case's runs."""

    number: int
    """0 for the first."""
    document: Document
    given: RunInput
    inventory: InventoryContents | None
    began: datetime
    ended: Rehearsed
    notifications: list[Document]
    results: list[Document]
    """Rows of results.csv."""
    told: list[Document]
    """Details of the events that the bus took."""
    logged: list[Document]
    """What its functions logged."""

    @property
    def run_id(self) -> str:
        return self.ended.run_id

    @property
    def report(self) -> Document | None:
        return self.ended.report

    @property
    def lines(self) -> list[Document]:
        """The report's lines; none where there is no report."""
        return list(self.report["workspaces"]) if self.report else []

    @property
    def halted(self) -> bool:
        """Whether somebody stopped it for good."""
        return self.ended.status == "ABORTED"

    @property
    def died(self) -> bool:
        """Whether the run itself failed, by its own word, or was halted for good."""
        return self.report is None or self.report["verdict"] == "failed"

    def doer(self, line: Document) -> str:
        """The run that did what the line tells: this one, or the one whose outcome it took over."""
        for warning in line["warnings"]:
            if warning.startswith(_TAKEN_OVER):
                return str(warning.removeprefix(_TAKEN_OVER))
        return self.run_id

    def severity_of(self, rule: str, default: str = "block") -> str:
        return str(self.document.get("rules", {}).get(rule, default))


@dataclass
class Evidence:
    """Everything the invariants look at."""

    case: Case
    runs: list[Run]
    calls: list[Document]
    """Every call of every run, in the order in which the services acted."""
    events: list[Document]
    """What truly happened in the twin."""
    world: World

    @cached_property
    def before(self) -> Account:
        """The account as it was at the start."""
        return furnish(parse_fleet(self.case.fleet))

    @property
    def start(self) -> datetime:
        return moment(self.case.fleet["Twin"]["now"])

    def run_of(self, call: Document) -> Run:
        return self.named(call["runId"])

    def named(self, run_id: str) -> Run:
        return next(run for run in self.runs if run.run_id == run_id)

    @cached_property
    def acted(self) -> list[Document]:
        """MigrateWorkspace calls on which the service acted, whether the answer came or not. One that was
        answered with an error, and of which nothing came, is none: nobody could tell it from a refusal."""
        started = {event["targetWorkspaceId"] for event in self.events if event["what"] == "started"}
        return [
            call
            for call in self.calls
            if call["operation"] == "MigrateWorkspace"
            and call["result"] is not None
            and (call["error"] in (None, RESPONSE_LOST) or call["result"]["TargetWorkspaceId"] in started)
        ]

    @cached_property
    def seen(self) -> set[str]:
        """Every WorkSpace id that DescribeWorkspaces ever returned to a function that looks after migrations.
        A run that plans meanwhile sees other runs' targets, and has nobody to tell; nor has a function that
        dies with the answer in its hands, before it has written down what became of that source."""
        found: set[str] = set()
        in_hand: dict[tuple[str, str], set[str]] = {}
        sources = {
            one["targetWorkspaceId"]: one["workspaceId"] for one in self.events if one["what"] == "started"
        }
        dying = any(one.effect in _DEATHS or _service_of(one) == "dynamodb" for one in self.faults)
        for call in self.calls:
            if call["function"] == "assess" or call["error"] is not None:
                continue
            whose = (call["runId"], call["function"])
            if call["operation"] == "DescribeWorkspaces":
                shown = {row["WorkspaceId"] for row in call["result"].get("Workspaces", [])}
                if dying:
                    in_hand[whose] = shown
                else:
                    found |= shown
            elif call["operation"] in _WRITES:
                written = str(call["parameters"])
                shown = in_hand.get(whose, set())
                found |= {one for one in shown if f"workspace#{sources.get(one)}'" in written}
        return found

    @cached_property
    def sessions(self) -> dict[str, list[tuple[datetime, datetime]]]:
        """When the user of each WorkSpace was connected; somebody who was cut off left when it went."""
        found: dict[str, list[tuple[datetime, datetime]]] = {}
        for event in self.events:
            one, at = event["workspaceId"], moment(event["at"])
            if event["what"] == "connected":
                found.setdefault(one, []).append((at, NEVER))
            elif event["what"] in ("disconnected", "finished", "lost") and found.get(one):
                began, ended = found[one][-1]
                found[one][-1] = (began, min(ended, at))
        return found

    @cached_property
    def events_of(self) -> dict[str, list[Document]]:
        """Events by source WorkSpace, in order."""
        by_source: dict[str, list[Document]] = {}
        for event in self.events:
            by_source.setdefault(event["workspaceId"], []).append(event)
        return by_source

    @cached_property
    def faults(self) -> list[Fault]:
        return parse_faults(self.case.faults)

    @property
    def may_die(self) -> bool:
        """Whether a function is killed more often than the state machine tries it, or a storm may outlast its
        tries."""
        return any((fault.times or 0) > MOST_RETRIES or _outlasts_tries(fault) for fault in self.faults)

    @property
    def report_may_die(self) -> bool:
        """Whether even the report may remain unwritten, or half written."""
        return any(
            (fault.function == "report" and (fault.times or 0) > MOST_RETRIES) or _outlasts_tries(fault)
            for fault in self.faults
        )

    def outlasts_tries(self, service: str) -> bool:
        """Whether a service may fail for longer than the SDK's tries and the state machine's."""
        return any(_outlasts_tries(fault) and service == _service_of(fault) for fault in self.faults)

    def stormed(self, service: str) -> bool:
        """Whether a service may fail for some time, however often it is asked."""
        return self.outlasts_tries(service) or any(
            fault.effect is Effect.ERROR and fault.for_seconds and service == _service_of(fault)
            for fault in self.faults
        )

    def repeated(self, run: Run) -> bool:
        """Whether any of the run's functions was called again for what it had begun already."""
        return run.ended.retries > 0 or any(fault.effect is Effect.HALT for fault in self.faults)

    def disturbed(self, service: str) -> bool:
        """Whether the SDK repeats calls of a service, or makes them late, so that their pace is not ours."""
        return any(fault.effect in _DISTURBING and service == _service_of(fault) for fault in self.faults)

    def delayed(self, service: str) -> bool:
        """Whether requests to a service may be late on their way."""
        return any(fault.effect is Effect.DELAY and service == _service_of(fault) for fault in self.faults)

    @cached_property
    def skew(self) -> timedelta:
        """By how much moments that functions wrote down may be off."""
        skews = [fault.clock_skew_seconds for fault in self.faults if fault.clock_skew_seconds is not None]
        return timedelta(seconds=max([0.0, *skews]) - min([0.0, *skews]))

    @cached_property
    def slack(self) -> timedelta:
        """By how much a deed may be later than it was meant to be: clocks differ, requests are late."""
        delays = [fault.delay_seconds or 0.0 for fault in self.faults]
        storms = [3 * (fault.for_seconds or 0.0) for fault in self.faults if fault.effect is Effect.ERROR]
        return self.skew + timedelta(seconds=max([0.0, *delays]) + max([0.0, *storms]))


def _outlasts_tries(fault: Fault) -> bool:
    lasting = fault.for_seconds is None and fault.times is None and (fault.probability or 0.0) > MOST_LIKELY
    return fault.effect is Effect.ERROR and (lasting or (fault.for_seconds or 0.0) > LONGEST_STORM_SECONDS)


def _service_of(fault: Fault) -> str | None:
    """None for faults that hit no call of a certain service."""
    return fault.service or (service_of(fault.operation) if fault.operation else None)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def gather(case: Case, directory: Path, template: Path) -> Evidence:
    """Rehearse a case below `directory`, which then holds the case and all that `rehearse run` writes.

    Raises what a rehearsal raises when something is broken (DeadlockError among them), and Runaway.
    """
    case.write(directory)
    world = World()
    made = 0

    def count(_: CallRecord) -> None:
        nonlocal made
        made += 1
        if made > MOST_CALLS:
            raise Runaway(f"more than {MOST_CALLS} calls")

    fleet = parse_fleet(case.fleet)
    task = Task(
        template,
        fleet,
        case.inputs,
        case.input_paths(directory),
        parse_faults(case.faults),
        case.seed,
        case.stagger_seconds,
        directory / "out",
    )
    ended = rehearse(task, Watcher(on_call=count, on_end=world.note))
    log = _lines(directory / "out" / "log.jsonl")
    runs = [_run(case, number, one, ended[0], log) for number, one in enumerate(ended)]
    calls = [call for run in runs for call in _lines(run.ended.directory / "calls.jsonl")]
    calls.sort(key=lambda call: call["at"])
    return Evidence(case, runs, calls, _lines(runs[0].ended.directory / "twin.jsonl"), world)


def _run(case: Case, number: int, ended: Rehearsed, first: Rehearsed, log: list[Document]) -> Run:
    given = parse_run_input(case.inputs[number])
    began = moment(case.fleet["Twin"]["now"]) + timedelta(seconds=number * case.stagger_seconds)
    contents: InventoryContents | None = None
    if given.select.inventory is not None:
        name = Path(given.select.inventory.key).name
        text = case.inventories[name] if name in case.inventories else _left_by(first, began)
        contents, _ = read_inventory(text, "the inventory", case.fleet["Twin"]["region"])
    results = ended.directory / "results.csv"
    rows: list[Document] = []
    if results.is_file():
        with results.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    return Run(
        number,
        case.inputs[number],
        given,
        contents,
        began,
        ended,
        _lines(ended.directory / "notifications.jsonl"),
        rows,
        [event["detail"] for event in _lines(ended.directory / "events.jsonl")],
        [line for line in log if line.get("runId") == ended.run_id],
    )


def _left_by(first: Rehearsed, until: datetime) -> str:
    """The inventory of what a run has left for another, when that other began; without a row where the run
    was not over by then."""
    over = first.report is not None and moment(first.report["endedAt"]) < until
    file = first.directory / "retry.csv"
    return file.read_text(encoding="utf-8") if over and file.is_file() else "WorkspaceId\n"


def _lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
