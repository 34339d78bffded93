"""Drawing a case from a seed."""

from __future__ import annotations

import random

from rehearsal.simulation.case import Case, Document
from rehearsal.simulation.draw_afterwards import draw_afterwards
from rehearsal.simulation.draw_faults import draw_faults
from rehearsal.simulation.draw_fleet import draw_fleet
from rehearsal.simulation.draw_input import draw_input
from rehearsal.simulation.draw_lasting import draw_lasting
from rehearsal.simulation.draw_people import NEXT_DAY_SECONDS, draw_people
from rehearsal.simulation.draw_trouble import draw_trouble
from rehearsal.simulation.draw_users import draw_users

LATEST = 4
"""What may be drawn grows; each drawing has a number, and gives the same cases for ever: 2 added
the trouble of draw_trouble and the users of draw_users, 3 what draw_afterwards draws, 4 what draw_people and
draw_lasting draw."""


def draw_case(seed: int, drawing: int = LATEST) -> Case:
    """The case of a seed."""
    draw = random.Random(f"simulation:{seed}")
    fleet = draw_fleet(draw)
    inputs: list[Document] = []
    inventories: dict[str, str] = {}
    for number in range(1, 3 if draw.random() < 0.25 else 2):
        given, named = draw_input(draw, fleet, number)
        inputs.append(given)
        inventories |= named
    faults = draw_faults(draw, fleet)
    if drawing >= 2:
        fleet["Twin"] |= draw_users(random.Random(f"simulation:{seed}:users"), fleet)
        faults += draw_trouble(random.Random(f"simulation:{seed}:trouble"), faults, len(inputs))
    if drawing >= 3:
        faults += draw_afterwards(random.Random(f"simulation:{seed}:afterwards"), fleet, inputs)
    stagger = draw.choice((0, 5, 60, 120, 900, 3600, 7200)) if len(inputs) > 1 else 0
    if drawing >= 4:
        if draw_people(random.Random(f"simulation:{seed}:people"), inputs):
            stagger = NEXT_DAY_SECONDS
            inventories.pop("inventory-2.csv", None)
        faults += draw_lasting(random.Random(f"simulation:{seed}:lasting"))
    return Case(
        seed=seed,
        fleet=fleet,
        inputs=inputs,
        faults=faults,
        stagger_seconds=stagger,
        inventories=inventories,
    )
