"""Drawing users who work while their fleet migrates."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from rehearsal.simulation.draw_fleet import iso

Document = dict[str, Any]


def draw_users(draw: random.Random, fleet: Document) -> Document:
    """Members of the fleet's "Twin"; none for two thirds of all fleets."""
    if draw.random() < 0.67:
        return {}
    found: Document = {}
    if draw.random() < 0.6:
        hour = draw.randrange(0, 16)
        found["users"] = {
            "onWorkingDays": draw.choice((0.1, 0.5, 0.9)),
            "outsideHours": draw.choice((0, 0.05, 0.3)),
            "workingDays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
            "from": f"{hour:02d}:00",
            "to": f"{hour + 8:02d}:00",
            "medianMinutes": draw.choice((10, 60, 240)),
        }
    now = datetime.fromisoformat(fleet["Twin"]["now"])
    stated: Document = {}
    for row in fleet["Workspaces"]:
        if draw.random() < 0.15:
            begins = now + timedelta(minutes=draw.randrange(0, 180))
            ends = begins + timedelta(minutes=draw.choice((2, 10, 45, 300)))
            stated[row["WorkspaceId"]] = [{"from": iso(begins), "to": iso(ends)}]
    if stated:
        found["sessions"] = stated
    return found
