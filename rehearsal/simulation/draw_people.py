"""Drawing what people do between runs: a plan that wants approval, a second run with what the first left."""

from __future__ import annotations

import random
from typing import Any

Document = dict[str, Any]

RUNS_BUCKET = "fleet-migrator-rehearsal-runsbucket7fd68a9d"
"""The bucket of the rehearsed stack, by the name that its template gives it."""

NEXT_DAY_SECONDS = 86_400
"""The first run is long over by then."""


def draw_people(draw: random.Random, inputs: list[Document]) -> bool:
    """Changes the inputs; whether the second one retries what the first left, a day later."""
    for given in inputs:
        if draw.random() < 0.12:
            given["requireApproval"] = True
    if len(inputs) < 2 or draw.random() < 0.7:
        return False
    inputs[1]["select"] = {"inventory": {"bucket": RUNS_BUCKET, "key": "runs/rehearsal-1/retry.csv"}}
    inputs[1].pop("window", None)
    inputs[0]["dryRun"] = False
    return True
