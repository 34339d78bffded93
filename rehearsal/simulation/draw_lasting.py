"""Drawing trouble that lasts: storms longer than all tries, an operation that fails for ever, clocks far
apart, listings of almost only empty pages, targets that stay unseen after a call without an answer."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from rehearsal.simulation.draw_faults import CALLS, FAILURES, THROTTLES, service_of
from rehearsal.twin.paging import LISTS_BY_OPERATION

Document = dict[str, Any]

_CODES = {
    **{service: (*THROTTLES[service], *FAILURES[service]) for service in THROTTLES},
    "events": ("InternalException", "ThrottlingException"),
    "pricing": ("InternalErrorException", "ThrottlingException"),
}
_DENIED = {
    "s3": "AccessDenied",
    "ec2": "UnauthorizedOperation",
    "sns": "AuthorizationError",
}
"""What a service says where a permission is missing; AccessDeniedException for all others."""

_OPERATIONS = sorted(
    {operation for calls in CALLS.values() for operation in calls}
    | {"PutEvents", "GetProducts", "TerminateWorkspaces"}
)


def draw_lasting(draw: random.Random) -> list[Document]:
    """None for half of all cases."""
    if draw.random() < 0.5:
        return []
    kinds = draw.choices(_KINDS, [weight for _, weight in _WEIGHTED], k=draw.choice((1, 1, 2)))
    return [kind(draw) for kind in kinds]


def _storm(draw: random.Random) -> Document:
    service = draw.choice(sorted(_CODES))
    return {
        "service": service,
        "error": draw.choice(_CODES[service]),
        "afterSeconds": draw.choice((0, 60, 600, 1200, 2400, 4800)),
        "forSeconds": draw.choice((20, 60, 240, 900, 3600, 14_400)),
    }


def _for_ever(draw: random.Random) -> Document:
    operation = draw.choice((*_OPERATIONS, "MigrateWorkspace", "PutEvents", "Publish"))
    service = service_of(operation)
    denied = _DENIED.get(service, "AccessDeniedException")
    fault: Document = {
        "operation": operation,
        "error": draw.choice((denied, denied, *_CODES[service])),
        "probability": 1.0,
    }
    callers = sorted(function for function, calls in CALLS.items() if operation in calls)
    if callers and draw.random() < 0.5:
        fault["function"] = draw.choice(callers)
    if draw.random() < 0.4:
        fault["afterSeconds"] = draw.choice((60, 900, 2400))
    return fault


def _skew(draw: random.Random) -> Document:
    skew = draw.choice((0.5, 2, 10, 30, 120)) * draw.choice((-1, 1))
    return {"function": draw.choice(sorted(CALLS)), "clockSkewSeconds": skew}


def _empty(draw: random.Random) -> Document:
    return {
        "operation": draw.choice(("DescribeWorkspaces", *sorted(LISTS_BY_OPERATION))),
        "emptyPage": True,
        "probability": draw.choice((0.7, 0.9)),
    }


def _unseen(draw: random.Random) -> Document:
    """For less than the shortest limit after which a migration without a target counts as failed."""
    fault: Document = {"operation": "MigrateWorkspace", "hideTargetSeconds": draw.choice((30, 200, 500))}
    manner = draw.choice(("acted", "lost", "crash"))
    if manner == "acted":
        # What has failed is looked for after two minutes, and after three failures for the last time.
        fault |= {"error": draw.choice(FAILURES["workspaces"]), "acted": True, "hideTargetSeconds": 90}
    elif manner == "lost":
        fault["lostResponse"] = True
    else:
        del fault["operation"]
        return fault | {"function": "start", "crashAfter": "MigrateWorkspace", "times": 1}
    return fault | {"probability": draw.choice((0.1, 0.5, 1.0))}


def _terminating(draw: random.Random) -> Document:
    where = draw.choice(("hangBefore", "hangAfter", "crashBefore", "crashAfter"))
    return {"function": "settle", where: "TerminateWorkspaces"}


_WEIGHTED: tuple[tuple[Callable[[random.Random], Document], int], ...] = (
    (_storm, 3),
    (_for_ever, 3),
    (_skew, 2),
    (_empty, 1),
    (_unseen, 3),
    (_terminating, 1),
)
_KINDS = [kind for kind, _ in _WEIGHTED]
