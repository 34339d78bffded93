"""What many endings of one scenario say together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rehearsal.forecast.trial import Ending


@dataclass(frozen=True, slots=True)
class Spread:
    """Of a figure over all runs. p90: nine runs of ten stay at or below it."""

    least: float
    p50: float
    p90: float
    most: float

    def document(self) -> dict[str, float]:
        return {"least": self.least, "p50": self.p50, "p90": self.p90, "most": self.most}


def spread(values: Iterable[float]) -> Spread:
    """By nearest rank, so that each figure is one that occurred. Raises ValueError for no values."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    return Spread(ordered[0], _rank(ordered, 50), _rank(ordered, 90), ordered[-1])


def _rank(ordered: Sequence[float], per_cent: int) -> float:
    return ordered[math.ceil(len(ordered) * per_cent / 100) - 1]


def figures(endings: Sequence[Ending]) -> dict[str, Any]:
    """The document of one scenario, from its runs in the order of their seeds."""
    kinds = sorted({kind for ending in endings for kind in ending.outcomes})
    by_time = sorted(endings, key=lambda ending: ending.seconds)
    return {
        "scenario": endings[0].scenario,
        "runs": len(endings),
        "workspaces": sum(endings[0].outcomes.values()),
        "seconds": spread(ending.seconds for ending in endings).document(),
        "endsAt": {
            "p50": _at(by_time, 50).ended_at,
            "p90": _at(by_time, 90).ended_at,
        },
        "migrated": spread(ending.outcomes.get(("Migrated", ""), 0) for ending in endings).document(),
        "notMigrated": spread(
            sum(ending.outcomes.values()) - ending.outcomes.get(("Migrated", ""), 0) for ending in endings
        ).document(),
        "outcomes": [
            {
                "outcome": outcome,
                "reason": reason or None,
                **spread(ending.outcomes.get((outcome, reason), 0) for ending in endings).document(),
            }
            for outcome, reason in kinds
        ],
        "brakePulledIn": sum(ending.braked for ending in endings),
        "addresses": {
            directory_id: {"needed": max(needed), "free": free[0]}
            for directory_id, needed, free in _addresses(endings)
        },
        "cost": _cost(endings),
    }


def _at(by_time: Sequence[Ending], per_cent: int) -> Ending:
    return by_time[math.ceil(len(by_time) * per_cent / 100) - 1]


def _addresses(endings: Sequence[Ending]) -> Iterable[tuple[str, list[int], list[int]]]:
    for directory_id in sorted(endings[0].addresses):
        pairs = [ending.addresses[directory_id] for ending in endings]
        yield directory_id, [needed for needed, _ in pairs], [free for _, free in pairs]


_COSTS = ("totalInMonth", "monthlyFees", "newMonthlyFees", "monthlyDifference")


def _cost(endings: Sequence[Ending]) -> dict[str, Any] | None:
    """What the reports say of the WorkSpaces' own cost; None where they say nothing."""
    told: list[Mapping[str, Any]] = [ending.cost for ending in endings if ending.cost]
    if len(told) < len(endings):
        return None
    found: dict[str, Any] = {name: spread(float(cost[name]) for cost in told).document() for name in _COSTS}
    found["unpriced"] = max(cost["workspaces"] - cost["priced"] for cost in told)
    return found
