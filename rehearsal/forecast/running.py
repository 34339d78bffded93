"""All rehearsals of a forecast, on all processors."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Any

from migrator.domain.run_input import InvalidInput
from rehearsal.forecast.figures import figures
from rehearsal.forecast.trial import Ending, Job, try_once


class ForecastFault(Exception):
    """A rehearsal that died, with what makes it die again."""


def run_all(jobs: Sequence[Job], on_ended: Callable[[Ending], None]) -> list[Ending]:
    """The endings in the order of the jobs, whichever came first.

    Raises ForecastFault for one that died, InvalidInput where the input does not fit the fleet.
    """
    workers = min(os.cpu_count() or 1, len(jobs))
    found: dict[Future[Ending], Ending] = {}
    # A fresh interpreter each: a rehearsal takes time, chance and the environment of its process over.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(try_once, job) for job in jobs]
        try:
            for future in as_completed(futures):
                ending = found[future] = future.result()
                if ending.invalid:
                    raise InvalidInput(list(ending.invalid))
                if ending.failure is not None:
                    raise ForecastFault(told_with_reproducer(ending, jobs[futures.index(future)]))
                on_ended(ending)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return [found[future] for future in futures]


def told_with_reproducer(ending: Ending, job: Job) -> str:
    """Why a rehearsal died, and the command with which it dies again."""
    given = json.loads(job.input.read_text(encoding="utf-8"))
    changes = {name: value for name, value in job.given.items() if given.get(name) != value}
    words = [".venv/bin/rehearse", "run", "--fleet", str(job.fleet), "--input", str(job.input)]
    command = shlex.join([*words, "--seed", str(job.seed), "--out", "out"])
    lines = [f"The rehearsal of {ending.scenario!r} with seed {ending.seed} died: {ending.failure}"]
    lines += [f"again: {command}", *([f"with this in the input: {json.dumps(changes)}"] if changes else [])]
    return "\n".join(lines)


def forecast(jobs: Sequence[Job], on_ended: Callable[[Ending], None]) -> dict[str, Any]:
    """The document: a part for each scenario, in the jobs' order. Raises what `run_all` does."""
    endings = run_all(jobs, on_ended)
    names = list(dict.fromkeys(job.scenario for job in jobs))
    return {
        "seeds": sorted({job.seed for job in jobs}),
        "scenarios": [figures([ending for ending in endings if ending.scenario == name]) for name in names],
    }
