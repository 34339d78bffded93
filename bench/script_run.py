"""A script on the same twin as ours, with the same seed, in virtual time."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import timedelta

import boto3
from moto import mock_aws

from bench.case import Case
from bench.results import Result, Tally
from bench.scripts import Script
from rehearsal.answering import Services
from rehearsal.clock import VirtualClock
from rehearsal.deployment import environment
from rehearsal.direct_hooks import services_answer_here
from rehearsal.fault_plan import FaultPlan
from rehearsal.invocation import Invocation, current_invocation
from rehearsal.sampling import TARGET
from rehearsal.twin import Twin
from rehearsal.twin_services import twin_services
from rehearsal.wire import Wire

YEARS = timedelta(days=3650)
"""Ten thousand one at a time take half a year."""


def run_script(name: str, script: Script, case: Case) -> Result:
    """Run it to its end, and then until nothing is under way any more."""
    fleet = case.fleet()
    tally = Tally()
    clock = VirtualClock(fleet.now, seed=case.seed, horizon=YEARS)
    known: list[int] = []
    began, cpu_began = time.perf_counter(), time.process_time()
    with ExitStack() as stack:
        stack.enter_context(clock.installed())
        stack.enter_context(environment({}, fleet.region))
        stack.enter_context(mock_aws())
        twin = Twin(clock, fleet, seed=case.seed, on_event=tally.happened)
        stack.enter_context(twin.installed(doors=False))
        stack.enter_context(services_answer_here(Services(*twin_services(twin))))
        wire = Wire(clock, twin, seed=case.seed, faults=FaultPlan((), seed=case.seed), on_call=tally.called)
        stack.enter_context(wire.installed())
        client = boto3.client("workspaces", fleet.region)
        ids = [row["WorkspaceId"] for row in fleet.workspaces]

        def run() -> None:
            current_invocation.set(Invocation("script", "bench", "bench", lambda: 0))
            known.append(script(client, ids, TARGET))

        task = clock.spawn(run, name=name)
        clock.run(task.finished.is_set)
        ended = clock.now()
        clock.run(lambda: tally.migrated >= len(tally.started))
        if tally.last_end is not None:
            ended = max(ended, tally.last_end)
    return Result(
        name=name,
        makespan_seconds=(ended - fleet.now).total_seconds(),
        migrated=tally.migrated,
        refused=tally.refused,
        most_in_flight=tally.most_in_flight,
        outcomes_known=known[0],
        workspaces_calls=tally.workspaces_calls,
        throttled=tally.throttled,
        real_seconds=round(time.perf_counter() - began, 2),
        cpu_seconds=round(time.process_time() - cpu_began, 2),
    )
