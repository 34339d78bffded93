"""Draws a state machine's definition as SVG: `python -m rehearsal.diagram DEFINITION PICTURE`.

What the Distributed Maps run as child executions is drawn beside them, once if several run the same. The
picture is the same bytes for the same definition, and carries its own background and both colour schemes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

from rehearsal.diagram_layout import (
    COLUMN,
    GUTTER,
    LANE,
    NODE_HEIGHT,
    NODE_WIDTH,
    PORT,
    ROW,
    Definition,
    Edge,
    Layout,
    edges,
    lay_out,
)

_MARGIN = 24.0
_STYLE = """
.name { font-size: 13px; font-weight: 600; text-anchor: middle; } .strong { text-anchor: start; }
.kind, .label, .caught-label { font-size: 11px; } .kind { text-anchor: middle; } .end { text-anchor: end; }
.line, .caught { fill: none; stroke-width: 1.4; }
.caught { stroke-dasharray: 5 3; } .dotted { stroke-dasharray: 1 4; stroke-linecap: round; }
svg { color-scheme: light dark; font-family: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.paper { fill: #fbfbfa; } .panel { fill: #f1f4f7; stroke: #c9d2da; }
.node { fill: #ffffff; stroke: #8a98a5; } .name { fill: #1c2429; } .kind, .label { fill: #56626b; }
.line { stroke: #6c7a86; } .tip { fill: #6c7a86; }
.caught { stroke: #b5473a; } .caught-tip { fill: #b5473a; } .caught-label { fill: #a63d31; }
.Task { fill: #e9f1fa; stroke: #4d86c0; } .Map { fill: #efeafa; stroke: #7d67b8; }
.Choice { fill: #fdf5e3; stroke: #c29a3a; } .Wait { fill: #f3f5f6; stroke: #8a98a5; }
.Succeed { fill: #e4f4ea; stroke: #3b9160; } .Fail { fill: #fbe9e7; stroke: #c05a4d; }
@media (prefers-color-scheme: dark) {
.paper { fill: #14181b; } .panel { fill: #1c2329; stroke: #3a4650; }
.node { fill: #20272c; stroke: #7c8a96; } .name { fill: #e6ebee; } .kind, .label { fill: #a5b1ba; }
.line { stroke: #8895a1; } .tip { fill: #8895a1; }
.caught { stroke: #e0796c; } .caught-tip { fill: #e0796c; } .caught-label { fill: #ee9489; }
.Task { fill: #1b2a3a; stroke: #6aa3dd; } .Map { fill: #2a2440; stroke: #a08be0; }
.Choice { fill: #332b18; stroke: #d0ab52; } .Wait { fill: #242b30; stroke: #8895a1; }
.Succeed { fill: #18301f; stroke: #58b380; } .Fail { fill: #3a201d; stroke: #e07f72; }
}
"""
_KINDS = {"Succeed": "end, green", "Fail": "end, failed", "Choice": "choice", "Wait": "wait", "Pass": "pass"}


def draw(definition: Definition) -> str:
    """The picture of a definition in the Amazon States Language, as an SVG document."""
    main = lay_out(definition)
    left = _MARGIN + main.lane_count * LANE + GUTTER
    parts = list(_level(main, left, _MARGIN))
    width = left + (_columns(main, range(len(main.spine))) - 1) * COLUMN + NODE_WIDTH
    height = _MARGIN * 2 + _height(main)
    for names, child in _children(definition):
        layout = lay_out(child)
        first = main.places[names[0]].row
        rows = range(first - 1, first + len(layout.spine))
        panel_x, panel_y = left + _columns(main, rows) * COLUMN - 20, _MARGIN + first * ROW - 44
        inner_left = panel_x + 20 + layout.lane_count * LANE + GUTTER
        panel_width = (
            inner_left - panel_x + (_columns(layout, range(len(layout.spine))) - 1) * COLUMN + NODE_WIDTH + 24
        )
        panel_height = _height(layout) + 62
        parts.append(
            f'<rect class="panel" x="{panel_x:g}" y="{panel_y:g}" width="{panel_width:g}" '
            f'height="{panel_height:g}" rx="10"/>'
            f'<text class="name strong" x="{panel_x + 18:g}" y="{panel_y + 26:g}">'
            "Each batch: a child execution</text>"
        )
        parts += _level(layout, inner_left, panel_y + 44)
        for name in names:
            y = _MARGIN + main.places[name].row * ROW + NODE_HEIGHT / 2
            parts.append(f'<path class="line dotted" d="M{left + NODE_WIDTH + 4:g} {y:g}H{panel_x:g}"/>')
        width = max(width, panel_x + panel_width)
        height = max(height, panel_y + panel_height + _MARGIN)
    width += _MARGIN
    spoken = "; ".join(_sentences(definition["States"]))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img">',
            "<title>The state machine</title>",
            f"<desc>{escape(spoken)}</desc>",
            f"<style>{_STYLE}</style>",
            f'<rect class="paper" width="{width:g}" height="{height:g}" rx="12"/>',
            *parts,
            "</svg>",
            "",
        ]
    )


def _children(definition: Definition) -> list[tuple[list[str], Definition]]:
    """What the Maps run, each with the names of the Maps that run it."""
    found: list[tuple[list[str], Definition]] = []
    for name, state in definition["States"].items():
        processor = state.get("ItemProcessor")
        if processor is None:
            continue
        same = next((names for names, child in found if child == processor), None)
        if same is None:
            found.append(([name], processor))
        else:
            same.append(name)
    return found


def _columns(layout: Layout, rows: range) -> int:
    return max(place.column for place in layout.places.values() if place.row in rows) + 1


def _height(layout: Layout) -> float:
    last = max(place.row for place in layout.places.values())
    return last * ROW + NODE_HEIGHT


def _level(layout: Layout, left: float, top: float) -> Iterator[str]:
    """Lines first, so that nodes lie on them."""
    page = _Page(layout, left, top)
    for edge in layout.straight:
        x, y, end = page.middle(edge.source), page.bottom(edge.source), page.top(edge.target)
        yield _line(f"M{x:g} {y:g}V{end - 6:g}", edge.caught)
        yield _tip(x, end, "down", edge.caught)
        yield _label(x + 8, (y + end) / 2 + 3, edge.labels, edge.caught)
    for edge in layout.sideways:
        x, y, end = page.right(edge.source), page.centre(edge.source), page.left_of(edge.target)
        yield _line(f"M{x:g} {y:g}H{end - 6:g}", edge.caught)
        yield _tip(end, y, "right", edge.caught)
        yield _label(x + 6, y - 6, edge.labels, edge.caught)
    for edge in layout.returning:
        x, y, target = page.middle(edge.source), page.top(edge.source), edge.target
        if page.top(target) > y:
            # Between the rows, past whatever stands beside the target.
            beside, above = page.middle(target) + 40, page.top(target) - 14
            yield _line(
                f"M{x:g} {y + NODE_HEIGHT:g}V{above:g}H{beside:g}V{page.top(target) - 6:g}", edge.caught
            )
            yield _tip(beside, page.top(target), "down", edge.caught)
            continue
        yield _line(f"M{x:g} {y:g}V{page.centre(target):g}H{page.right(target) + 6:g}", edge.caught)
        yield _tip(page.right(target), page.centre(target), "left", edge.caught)
    for lane in layout.lanes:
        end = page.port(lane.target, layout.ports(lane.target).index((lane, True)))
        for source in lane.sources:
            start = page.port(source, layout.ports(source).index((lane, False)))
            x = left - GUTTER - lane.x * LANE
            turn = 6.0 if end > start else -6.0
            yield _line(
                f"M{page.left_of(source):g} {start:g}H{x + 6:g}Q{x:g} {start:g} {x:g} {start + turn:g}"
                f"V{end - turn:g}Q{x:g} {end:g} {x + 6:g} {end:g}H{page.left_of(lane.target) - 6:g}",
                lane.caught,
            )
            labels = layout.lane_labels[source, lane.target, lane.caught]
            yield _label(page.left_of(source) - 5, start - 4, labels, lane.caught, end=True)
        yield _tip(page.left_of(lane.target), end, "right", lane.caught)
    for name, state in layout.states.items():
        yield from _node(name, state, page.left_of(name), page.top(name), layout.height(name))


class _Page:
    """Coordinates of a level's states on the page."""

    def __init__(self, layout: Layout, left: float, top: float) -> None:
        self._layout, self._left, self._top = layout, left, top

    def left_of(self, name: str) -> float:
        return self._left + self._layout.places[name].column * COLUMN

    def right(self, name: str) -> float:
        return self.left_of(name) + NODE_WIDTH

    def middle(self, name: str) -> float:
        return self.left_of(name) + NODE_WIDTH / 2

    def centre(self, name: str) -> float:
        return self._top + self._layout.places[name].row * ROW + NODE_HEIGHT / 2

    def top(self, name: str) -> float:
        return self.centre(name) - self._layout.height(name) / 2

    def bottom(self, name: str) -> float:
        return self.top(name) + self._layout.height(name)

    def port(self, name: str, index: int) -> float:
        count = len(self._layout.ports(name))
        return self.centre(name) + (index - (count - 1) / 2) * PORT


def _node(name: str, state: Definition, x: float, y: float, height: float) -> Iterator[str]:
    kind, middle = state["Type"], x + NODE_WIDTH / 2
    size = f'width="{NODE_WIDTH:g}" height="{height:g}"'
    if kind == "Map":
        yield f'<rect class="node {kind}" x="{x + 4:g}" y="{y + 4:g}" {size} rx="7"/>'
    tip = f"<title>{escape(state['Comment'])}</title>" if "Comment" in state else ""
    radius = {"Choice": 22, "Succeed": 22, "Fail": 22}.get(kind, 7)
    yield (
        f'<g>{tip}<rect class="node {kind}" x="{x:g}" y="{y:g}" {size} rx="{radius}"/>'
        f'<text class="name" x="{middle:g}" y="{y + height / 2 - 2:g}">{escape(name)}</text>'
        f'<text class="kind" x="{middle:g}" y="{y + height / 2 + 13:g}">{escape(_kind(state))}</text></g>'
    )


def _kind(state: Definition) -> str:
    if state["Type"] == "Map":
        return "Distributed Map" if "ItemReader" in state else "Map"
    if state["Type"] == "Task":
        resource = str(state["Resource"])
        if resource.endswith("lambda:invoke"):
            return "Lambda function"
        service, _, action = resource.rpartition(":::")[2].partition(":")
        return f"{service.upper()} {action}"
    return _KINDS.get(state["Type"], str(state["Type"]).lower())


def _line(path: str, caught: bool) -> str:
    return f'<path class="{"caught" if caught else "line"}" d="{path}"/>'


def _tip(x: float, y: float, towards: str, caught: bool) -> str:
    dx, dy = {"down": (0, -1), "right": (-1, 0), "left": (1, 0)}[towards]
    corners = ((x, y), *((x + 7 * dx + side * dy, y + 7 * dy + side * dx) for side in (4, -4)))
    points = " ".join(f"{a:g},{b:g}" for a, b in corners)
    return f'<polygon class="{"caught-tip" if caught else "tip"}" points="{points}"/>'


def _label(x: float, y: float, labels: tuple[str, ...], caught: bool, *, end: bool = False) -> str:
    words = " or ".join(labels) if labels else ("on error" if caught else "")
    if not words:
        return ""
    style = ("caught-label" if caught else "label") + (" end" if end else "")
    return f'<text class="{style}" x="{x:g}" y="{y:g}">{escape(words)}</text>'


def _sentences(states: Definition) -> Iterator[str]:
    """What the picture shows, for those who hear it."""
    by_source: dict[str, list[Edge]] = {}
    for edge in edges(states):
        by_source.setdefault(edge.source, []).append(edge)
    for name in states:
        ways = [
            edge.target
            + (" on an error" if edge.caught else f" if {' or '.join(edge.labels)}" if edge.labels else "")
            for edge in by_source.get(name, ())
        ]
        yield f"{name} to {', '.join(ways)}" if ways else f"{name} ends"


if __name__ == "__main__":
    source, picture = map(Path, sys.argv[1:])
    picture.write_text(draw(json.loads(source.read_text(encoding="utf-8"))), encoding="utf-8")
