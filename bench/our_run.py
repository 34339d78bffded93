"""Our run: the synthesized state machine and the real functions."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterable
from pathlib import Path

from bench.case import Case
from bench.ideal import ideal_seconds
from bench.invocations import Invocations
from bench.prices import dollars
from bench.results import Result, Tally
from infra.freshness import template_for_rehearsal
from infra.function_table import FUNCTIONS
from rehearsal.run import Rehearsed, Task, Watcher, rehearse
from rehearsal.twin import Twin


def run_ours(case: Case, place: Path) -> tuple[Result, float]:
    """What was measured, and the ideal for the same durations in the same order."""
    tally, invocations = Tally(), Invocations(memory=False)
    durations: list[float] = []

    def note_durations(twin: Twin, _: object) -> None:
        durations.extend(twin.duration(one).total_seconds() for one in tally.started)

    began, cpu_began = time.perf_counter(), time.process_time()
    watcher = Watcher(
        on_event=tally.happened,
        on_call=tally.called,
        on_end=note_durations,
        around=invocations.around,
    )
    run = _run(case, place, watcher)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    if run.report is None:
        raise RuntimeError(f"our run died: {run.error}: {run.cause}")
    memory = {spec.name: spec.memory_mib for spec in FUNCTIONS}
    cost = dollars(
        transitions=run.transitions + run.retries,
        invocations=invocations.count,
        seconds=invocations.seconds,
        memory_mib=memory,
        units=run.units,
    )
    calls = sum(tally.calls.values())
    result = Result(
        name="ours",
        makespan_seconds=run.report["virtualSeconds"],
        migrated=tally.migrated,
        refused=tally.refused,
        most_in_flight=tally.most_in_flight,
        outcomes_known=len(run.report["workspaces"]),
        workspaces_calls=tally.workspaces_calls,
        throttled=tally.throttled,
        real_seconds=round(took, 2),
        cpu_seconds=round(cpu, 2),
        transitions=run.transitions,
        dollars=sum(cost.values()),
        more={
            "dollarsByService": {name: round(amount, 6) for name, amount in cost.items()},
            "allCallsPerMigrated": round(calls / max(1, tally.migrated), 2),
            "callsByOperation": _sorted(tally.calls.items()),
            "invocations": dict(sorted(invocations.count.items())),
            "transitionsPerCpuSecond": round(run.transitions / cpu),
            "callsPerCpuSecond": round(calls / cpu),
            "peakMiB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        },
    )
    return result, ideal_seconds(durations, case.in_flight)


def most_bytes(case: Case, place: Path) -> dict[str, int]:
    """What each function had allocated at its most, beyond what importing it took.

    A run of its own: watching memory makes it slow. What other functions allocate meanwhile, for the
    rehearsal has them all in one process, is counted too.
    """
    invocations = Invocations(memory=True)
    _run(case, place, Watcher(around=invocations.around))
    return invocations.most_bytes


def _run(case: Case, place: Path, watcher: Watcher) -> Rehearsed:
    fleet = case.fleet()
    path = case.write_input(fleet, place)
    task = Task(template_for_rehearsal("dev"), fleet, [case.input(fleet)], [path], (), case.seed, 0.0, place)
    (run,) = rehearse(task, watcher)
    return run


def _sorted(calls: Iterable[tuple[tuple[str, str], int]]) -> dict[str, int]:
    return {f"{service}:{operation}": count for (service, operation), count in sorted(calls)}
