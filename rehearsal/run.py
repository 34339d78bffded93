"""One rehearsal: the synthesized state machine and the real functions, on a twin of the fleet."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3

from migrator.domain.moments import iso
from migrator.services import rehearsing
from rehearsal.aftermath import write_desktops
from rehearsal.answering import Services
from rehearsal.approver import Approver
from rehearsal.authorization.gate import Use
from rehearsal.call_record import CallRecord
from rehearsal.clock import VirtualClock
from rehearsal.clockwork import wind_up
from rehearsal.delivered import delivered
from rehearsal.deployment import MACHINE_NAME, Deployment, create_bucket, environment, put_up
from rehearsal.direct_hooks import services_answer_here
from rehearsal.dynamodb import DynamoDB
from rehearsal.enforcing import gate_of
from rehearsal.engine import ACCOUNT_ID, Engine
from rehearsal.fault_plan import FaultPlan
from rehearsal.faults import Fault
from rehearsal.halts import Halts
from rehearsal.invocation import Handler
from rehearsal.record_files import Lines, log_error, logging_to
from rehearsal.results import Rehearsed, collect, sent
from rehearsal.samba.rehearsed import real_domains
from rehearsal.skewed_clock import SkewedClock
from rehearsal.stand_in import TwinDirectories
from rehearsal.twin import Fleet, Twin
from rehearsal.twin_services import twin_services
from rehearsal.wire import Wire

__all__ = ["Rehearsed", "Task", "Watcher", "rehearse", "run_ids"]

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """What is rehearsed."""

    template: Path
    fleet: Fleet
    inputs: Sequence[dict[str, Any]]
    input_paths: Sequence[Path]
    faults: Sequence[Fault]
    seed: int
    stagger_seconds: float
    out: Path
    real_directories: bool = False
    """Whether the computer objects are in real domains, on Samba, and the clean-up goes there by LDAPS."""
    keep_calls: bool = True
    """Whether calls.jsonl is written, by far the largest file."""


@dataclass
class Watcher:
    """Who wants to know how the rehearsal goes on."""

    on_event: Callable[[Event], None] = lambda _: None
    on_call: Callable[[CallRecord], None] = lambda _: None
    on_begin: Callable[[Twin], None] = lambda _: None
    """Before anything happens."""
    on_end: Callable[[Twin, Deployment], None] = lambda _, __: None
    """When every run is over, while twin and ledger can still be asked."""
    on_use: Callable[[Use], None] = lambda _: None
    """When a permission of a role is first used."""
    around: Callable[[str, Handler], Handler] = lambda _, handler: handler
    """Gets each function's name and handler; what it returns is called in its stead."""


@contextmanager
def _few_collections() -> Iterator[None]:
    """Most of what a rehearsal makes is gone by itself; looking for cycles took a sixth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def run_ids(count: int) -> list[str]:
    """What the runs of a rehearsal are called."""
    return [f"rehearsal-{number}" for number in range(1, count + 1)]


def rehearse(task: Task, watcher: Watcher | None = None) -> list[Rehearsed]:
    """Run the inputs on one twin of the fleet, and leave what they wrote below `task.out`.

    Raises rehearsal.tasks.DeadlockError when nothing can move any more, and whatever a defect of the
    rehearsal itself raises.
    """
    watcher = watcher or Watcher()
    region = task.fleet.region
    clock = VirtualClock(task.fleet.now, seed=task.seed)
    names = run_ids(len(task.inputs))
    places = {one: task.out if len(names) == 1 else task.out / one for one in names}
    with ExitStack() as stack:
        stack.enter_context(_few_collections())
        # Before virtual time begins: certificates are valid by the machine's clock.
        real = stack.enter_context(real_domains(task.fleet)) if task.real_directories else None
        stack.enter_context(clock.installed())
        stack.enter_context(environment({"POWERTOOLS_SERVICE_NAME": "rehearsal"}, region))
        functions: dict[str, Any] = {}
        timeouts: dict[str, float] = {}
        plan = FaultPlan(task.faults, seed=task.seed)
        engine = Engine(
            clock,
            functions,
            seed=task.seed,
            region=region,
            timeout_seconds=timeouts,
            on_error=log_error,
            loses_result=lambda name: plan.loses_result(name, (clock.now() - task.fleet.now).total_seconds()),
            redrivable=any(halt.redrive_after_seconds is not None for halt in plan.halts),
        )
        stack.enter_context(engine.installed())
        calls = stack.enter_context(Lines(places, "calls.jsonl"))
        happenings = stack.enter_context(Lines(places, "twin.jsonl"))
        events = stack.enter_context(Lines(places, "events.jsonl"))

        def recorded(call: CallRecord) -> None:
            call = call.without_secrets()
            if task.keep_calls:
                # What the clock called belongs to no run: it is told once, in the first one's file.
                calls.write(call.run_id or names[0], call.to_json())
            for event in delivered(call, region):
                events.write(event["detail"]["runId"], json.dumps(event))
            watcher.on_call(call)

        def happened(event: Event) -> None:
            happenings.write(None, json.dumps(event, default=_plain))
            watcher.on_event(event)

        twin = Twin(clock, task.fleet, seed=task.seed, on_event=happened)
        stack.enter_context(twin.installed(doors=False))
        ledger = DynamoDB(clock.now, region=region, account_id=ACCOUNT_ID)
        stack.enter_context(services_answer_here(Services(ledger, *twin_services(twin))))
        deployment = put_up(task.template, region)
        for function in deployment.functions.values():
            functions[function.name] = watcher.around(function.name, function.handler)
            timeouts[function.name] = function.timeout_seconds
        stack.enter_context(environment(deployment.environment, region))
        stack.enter_context(logging_to(task.out / "log.jsonl"))
        stand_ins: TwinDirectories | None = TwinDirectories(twin.directory)
        secret_arns: list[str] = []
        if real is not None:
            stand_ins = None
            real.follow(twin.directory)
            stack.enter_context(environment(real.configured(region), region))
            secret_arns = real.secret_arns
        stack.enter_context(rehearsing(stand_ins, SkewedClock(plan.skew_seconds)))
        gate = gate_of(deployment, task.fleet, task.inputs, secret_arns, watcher.on_use)
        engine.enforce(gate)
        wire = Wire(clock, twin, seed=task.seed, faults=plan, on_call=recorded, gate=gate)
        stack.enter_context(wire.installed())
        for given, path in zip(task.inputs, task.input_paths, strict=True):
            _bring_inventory(given, path, region)
        watcher.on_begin(twin)
        machine = engine.create_state_machine(
            MACHINE_NAME, deployment.definition, deployment.machine_role_arn
        )
        executions = [
            engine.start_execution(machine, run_id, given, delay=number * task.stagger_seconds)
            for number, (run_id, given) in enumerate(zip(names, task.inputs, strict=True))
        ]
        if any(given.get("requireApproval") for given in task.inputs):
            approver = Approver(clock, engine, lambda: sent(deployment.topic_arn, region))
            clock.spawn(approver.answer_all, name="the approver")
        wind_up(clock, deployment.functions.values(), engine.functions, gate)
        halts = Halts(clock, plan.halts, executions)
        clock.run(lambda: all(execution.finished for execution in executions) and not halts.pending)
        if real is not None:
            real.settle(twin.directory, task.out / "computers.jsonl")
        write_desktops(twin, task.out / "desktops.jsonl")
        watcher.on_end(twin, deployment)
        return [
            collect(execution, deployment, region, places[execution.name], ledger.units)
            for execution in executions
        ]


def _bring_inventory(given: dict[str, Any], path: Path, region: str) -> None:
    """An inventory lies beside the input file, under the last part of its key."""
    place = given.get("select", {}).get("inventory")
    if not place:
        return
    file = path.parent / Path(place["key"]).name
    s3 = boto3.client("s3", region)
    buckets = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    if place["bucket"] not in buckets:
        create_bucket(place["bucket"], region)
    if file.is_file():
        s3.put_object(Bucket=place["bucket"], Key=place["key"], Body=file.read_bytes())


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"no JSON for {value!r}")
