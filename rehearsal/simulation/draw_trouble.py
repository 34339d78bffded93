"""Drawing what else may go wrong: storms, late and lost requests, empty pages, ids known late, functions
that hang or answer in vain, clocks that differ, executions that are halted and redriven."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from rehearsal.simulation.draw_faults import CALLS, CRASHES_SURVIVED, FAILURES, THROTTLES, service_of
from rehearsal.twin.paging import LISTS_BY_OPERATION

Document = dict[str, Any]


def draw_trouble(draw: random.Random, faults: list[Document], runs: int) -> list[Document]:
    """None for half of all cases, one to four for the rest; `faults` are there already."""
    if draw.random() < 0.5:
        return []
    found: list[Document] = []
    for _ in range(draw.choice((1, 1, 2, 3, 4))):
        kind = draw.choices(_KINDS, [weight for _, weight in _WEIGHTED])[0]
        fault = kind(draw)
        if fault.get("function") and kind in _ENDS_FUNCTIONS:
            left = CRASHES_SURVIVED - _ends(fault["function"], [*faults, *found])
            if left < 1:
                continue
            fault["times"] = min(draw.randint(1, 2), left)
        found.append(fault)
    if draw.random() < 0.25:
        found.append(_halt(draw, runs))
    return found


def _ends(function: str, faults: list[Document]) -> int:
    """How often the faults end this function already."""
    return sum(
        fault.get("times", 1)
        for fault in faults
        if fault.get("function") == function and not fault.keys() & {"operation", "clockSkewSeconds"}
    )


def _storm(draw: random.Random) -> Document:
    service = draw.choice(("workspaces", "workspaces", "dynamodb", "s3"))
    return {
        "service": service,
        "error": draw.choice((*THROTTLES[service], *FAILURES[service])),
        "afterSeconds": draw.choice((0, 30, 300, 900, 1800, 3600)),
        "forSeconds": draw.choice((5, 15, 30, 60, 240)),
    }


def _late(draw: random.Random) -> Document:
    function = draw.choice(sorted(CALLS))
    operation = draw.choice(CALLS[function])
    return {
        "operation": operation,
        "delaySeconds": draw.choice((0.3, 1, 5, 20, 59)),
        "probability": draw.choice((0.02, 0.1, 0.3)),
    }


def _lost(draw: random.Random) -> Document:
    function = draw.choice(sorted(CALLS))
    return {
        "operation": draw.choice(("MigrateWorkspace", draw.choice(CALLS[function]))),
        "lostRequest": True,
        "times": draw.randint(1, 3),
    }


def _acted(draw: random.Random) -> Document:
    operation = draw.choice(("MigrateWorkspace", "MigrateWorkspace", "UpdateItem", "PutItem"))
    return {
        "operation": operation,
        "error": draw.choice(FAILURES[service_of(operation)]),
        "acted": True,
        "times": draw.randint(1, 4),
    }


def _empty(draw: random.Random) -> Document:
    return {
        "operation": draw.choice(("DescribeWorkspaces", draw.choice(sorted(LISTS_BY_OPERATION)))),
        "emptyPage": True,
        "probability": draw.choice((0.1, 0.3, 0.5)),
    }


def _hidden(draw: random.Random) -> Document:
    return {
        "operation": "MigrateWorkspace",
        "hideTargetSeconds": draw.choice((5, 30, 90, 300)),
        "probability": draw.choice((0.3, 1.0)),
    }


def _crash(draw: random.Random) -> Document:
    where = draw.choice(("crashBefore", "crashAfter"))
    return {"function": draw.choice(sorted(CALLS)), where: "*", "skip": draw.randint(0, 80)}


def _hang(draw: random.Random) -> Document:
    function = draw.choice(sorted(CALLS))
    where = draw.choice(("hangBefore", "hangAfter"))
    return {"function": function, where: draw.choice((draw.choice(CALLS[function]), "*"))}


def _in_vain(draw: random.Random) -> Document:
    return {"function": draw.choice(sorted(CALLS)), "lostResult": True, "skip": draw.randint(0, 8)}


def _skew(draw: random.Random) -> Document:
    skew = draw.choice((0.05, 0.2, 0.5, 2)) * draw.choice((-1, 1))
    return {"function": draw.choice(("start", "poll", "settle")), "clockSkewSeconds": skew}


def _halt(draw: random.Random, runs: int) -> Document:
    halt: Document = {"haltAfterSeconds": draw.choice((5, 60, 600, 1500, 2400, 4000, 6000))}
    if draw.random() < 0.8:
        halt["redriveAfterSeconds"] = draw.choice((0, 10, 300, 1800, 7200))
    if runs > 1:
        halt["runId"] = f"rehearsal-{draw.randint(1, runs)}"
    return halt


_WEIGHTED: tuple[tuple[Callable[[random.Random], Document], int], ...] = (
    (_storm, 3),
    (_late, 3),
    (_lost, 2),
    (_acted, 3),
    (_empty, 2),
    (_hidden, 2),
    (_crash, 2),
    (_hang, 2),
    (_in_vain, 2),
    (_skew, 1),
)
_KINDS = [kind for kind, _ in _WEIGHTED]
_ENDS_FUNCTIONS = (_crash, _hang, _in_vain)
