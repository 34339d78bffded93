"""Where the states of a state machine are drawn: a spine from top to bottom, side states to its right, and
lanes to its left for whatever skips states or goes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Definition = Mapping[str, Any]

ROW, COLUMN = 74.0, 272.0
NODE_WIDTH, NODE_HEIGHT = 196.0, 46.0
LANE, GUTTER, PORT = 14.0, 118.0, 15.0


@dataclass(frozen=True)
class Edge:
    """A transition; `caught` ones are taken on an error."""

    source: str
    target: str
    labels: tuple[str, ...]
    caught: bool


@dataclass
class Lane:
    """A line on the left that edges to one target share: `x` counts lanes from the spine outwards."""

    target: str
    caught: bool
    sources: list[str] = field(default_factory=list)
    x: int = 0


@dataclass(frozen=True)
class Place:
    """A state's row and column."""

    row: int
    column: int


@dataclass(frozen=True)
class Layout:
    """Everything about one level of a state machine but its coordinates on the page."""

    states: Mapping[str, Definition]
    spine: tuple[str, ...]
    places: Mapping[str, Place]
    straight: tuple[Edge, ...]
    """Between neighbours of a column, down."""
    sideways: tuple[Edge, ...]
    """From the spine to a side state in the same row."""
    returning: tuple[Edge, ...]
    """From a side state back to the spine."""
    lanes: tuple[Lane, ...]
    lane_labels: Mapping[tuple[str, str, bool], tuple[str, ...]]
    """Labels by (source, target, caught)."""

    @property
    def lane_count(self) -> int:
        """How many lanes there are beside each other."""
        return max((lane.x for lane in self.lanes), default=-1) + 1

    def height(self, name: str) -> float:
        """How high a state is drawn: room for each lane that touches it."""
        return max(NODE_HEIGHT, PORT * len(self.ports(name)) + 8)

    def ports(self, name: str) -> list[tuple[Lane, bool]]:
        """The lanes that touch a state's left side from top to bottom, each with whether it arrives there.

        Lanes from above come first, the inner ones on top; then lanes to below, the outer ones on top: so no
        two of them cross beside the state.
        """
        row = self.places[name].row
        up: list[tuple[Lane, bool]] = []
        down: list[tuple[Lane, bool]] = []
        for lane in self.lanes:
            touching = [other for other in (*lane.sources, lane.target) if other != name]
            if name == lane.target:
                other_rows = [self.places[other].row for other in touching]
                (up if min(other_rows) < row else down).append((lane, True))
            elif name in lane.sources:
                (up if self.places[lane.target].row < row else down).append((lane, False))
        up.sort(key=lambda port: port[0].x)
        down.sort(key=lambda port: -port[0].x)
        return up + down


def edges(states: Mapping[str, Definition]) -> list[Edge]:
    """All transitions in the definition's order; several between the same two states become one."""
    found: dict[tuple[str, str, bool], list[str]] = {}
    for name, state in states.items():
        for choice in state.get("Choices", ()):
            found.setdefault((name, choice["Next"], False), []).append(condition(choice))
        if "Default" in state:
            found.setdefault((name, state["Default"], False), []).append("else")
        if "Next" in state:
            found.setdefault((name, state["Next"], False), [])
        for catch in state.get("Catch", ()):
            if (name, catch["Next"], False) not in found:
                errors = [error for error in catch["ErrorEquals"] if error != "States.ALL"]
                found.setdefault((name, catch["Next"], True), []).extend(errors)
    return [Edge(source, target, tuple(labels), caught) for (source, target, caught), labels in found.items()]


_SIGNS = {"Equals": "=", "GreaterThan": ">", "LessThan": "<", "GreaterThanEquals": "≥", "LessThanEquals": "≤"}


def condition(choice: Definition) -> str:
    """A choice's condition in a few words: `dryRun`, `not done`, `count > 0`, `next = start`."""
    if "Variable" not in choice:
        return "otherwise"
    name = str(choice["Variable"]).rsplit(".", 1)[-1]
    if name == "count":
        name = ".".join(str(choice["Variable"]).rsplit(".", 2)[-2:])
    for key, value in choice.items():
        if key == "BooleanEquals":
            return name if value else f"not {name}"
        for kind in ("Numeric", "String"):
            if key.startswith(kind) and key.removeprefix(kind) in _SIGNS:
                return f"{name} {_SIGNS[key.removeprefix(kind)]} {value}"
    return name


def lay_out(level: Definition) -> Layout:
    """The layout of a state machine, or of what a Map runs: both have StartAt and States.

    Raises ValueError if a state cannot be reached.
    """
    states: Mapping[str, Definition] = level["States"]
    every = edges(states)
    spine = _longest(level["StartAt"], every)
    cells = {name: (row, 0) for row, name in enumerate(spine)}
    for edge in every:
        if edge.target not in cells and edge.source in cells:
            row, column = cells[edge.source]
            while (row, column) in cells.values():
                column += 1
            cells[edge.target] = (row, column)
    if unreached := [name for name in states if name not in cells]:
        raise ValueError(f"no transition leads to: {', '.join(unreached)}")
    straight, sideways, returning = [], [], []
    lanes: dict[tuple[str, bool], Lane] = {}
    labels: dict[tuple[str, str, bool], tuple[str, ...]] = {}
    for edge in every:
        (row, column), (to_row, to_column) = cells[edge.source], cells[edge.target]
        if column == to_column and to_row == row + 1:
            straight.append(edge)
        elif row == to_row and to_column > column:
            sideways.append(edge)
        elif column > 0:
            returning.append(edge)
        else:
            lane = lanes.setdefault((edge.target, edge.caught), Lane(edge.target, edge.caught))
            lane.sources.append(edge.source)
            labels[edge.source, edge.target, edge.caught] = edge.labels
    _spread(list(lanes.values()), {name: row for name, (row, _) in cells.items()})
    return Layout(
        states,
        tuple(spine),
        {name: Place(row, column) for name, (row, column) in cells.items()},
        tuple(straight),
        tuple(sideways),
        tuple(returning),
        tuple(lanes.values()),
        labels,
    )


def _longest(start: str, every: list[Edge]) -> list[str]:
    """The longest way from the start without errors, going back or visiting a state twice."""
    following: dict[str, list[str]] = {}
    for edge in every:
        if not edge.caught:
            following.setdefault(edge.source, []).append(edge.target)

    def longest(name: str, seen: tuple[str, ...]) -> list[str]:
        ways = [
            longest(after, (*seen, name)) for after in following.get(name, ()) if after not in (*seen, name)
        ]
        return [name, *max(ways, key=len, default=[])]

    return longest(start, ())


def _spread(lanes: list[Lane], rows: Mapping[str, int]) -> None:
    """Gives each lane the innermost place where it meets no other: short ones inside."""

    def extent(lane: Lane) -> tuple[int, int]:
        touched = [rows[lane.target], *(rows[source] for source in lane.sources)]
        return min(touched), max(touched)

    taken: list[list[tuple[int, int]]] = []
    for lane in sorted(lanes, key=lambda each: (extent(each)[1] - extent(each)[0], extent(each)[0])):
        low, high = extent(lane)
        lane.x = next(
            (x for x, others in enumerate(taken) if all(high < a or low > b for a, b in others)), len(taken)
        )
        if lane.x == len(taken):
            taken.append([])
        taken[lane.x].append((low, high))
