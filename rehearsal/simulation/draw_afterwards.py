"""Drawing what comes after a migration: targets that stay behind in ERROR and may be terminated, events,
prices."""

from __future__ import annotations

import random
from typing import Any

Document = dict[str, Any]

_CALLS = (
    ("settle", "TerminateWorkspaces"),
    ("settle", "DescribeWorkspaces"),
    ("settle", "PutObject"),
    ("poll", "PutEvents"),
    ("start", "PutEvents"),
    ("report", "PutEvents"),
    ("report", "GetProducts"),
    ("clean_up", "TransactWriteItems"),
    ("clean_up", "PutItem"),
)


def draw_afterwards(draw: random.Random, fleet: Document, inputs: list[Document]) -> list[Document]:
    """Changes fleet and inputs; the faults that come on top."""
    behaviour: dict[str, str] = fleet["Twin"]["behaviour"]
    for one, text in behaviour.items():
        if text == "rolls-back" and draw.random() < 0.4:
            behaviour[one] = "rolls-back+leaves-target"
    for given in inputs:
        if draw.random() < 0.4:
            given["terminateFailedTargets"] = True
    if draw.random() < 0.7:
        return []
    function, operation = draw.choice(_CALLS)
    effect: Document = draw.choice(
        (
            {"operation": operation, "lostResponse": True},
            {"operation": operation, "error": "ServiceUnavailable", "times": draw.randint(1, 3)},
            {"operation": operation, "delaySeconds": 5},
            {"function": function, "crashAfter": operation},
            {"function": function, "crashBefore": operation},
        )
    )
    return [effect]
