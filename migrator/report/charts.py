"""Geometry of the report's pictures: numbers in, coordinates and labels out; the templates only draw them.

Coordinates are in the units of the picture's own view box, rounded to a tenth so that a page is the same
bytes every time. Colours and fonts are the style sheet's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from migrator.report.axes import Scale, Tick, TimeAxis, rounded
from migrator.report.figures import BatchSpan, Durations, Progress

_TOP, _AXIS = 10.0, 22.0
_MOST_POINTS = 240
_MOST_ROOM = 4
"""Permits beyond so many times the most in flight get no line."""


@dataclass(frozen=True)
class Area:
    """A filled shape with the class that colours it."""

    css_class: str
    path: str


@dataclass(frozen=True)
class Panel:
    """One picture of a stack that shares the time axis."""

    title: str
    top: float
    base: float
    ticks: tuple[Tick, ...]
    areas: tuple[Area, ...]
    limit: Tick | None = None
    """A line that the areas never cross."""


@dataclass(frozen=True)
class TimeChart:
    """Panels above a common axis of time."""

    width: float
    height: float
    left: float
    right: float
    days: tuple[Tick, ...]
    times: tuple[Tick, ...]
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Bar:
    """An upright or a lying bar; `tip` is what hovering it tells."""

    x: float
    y: float
    width: float
    height: float
    tip: str


@dataclass(frozen=True)
class BarChart:
    """Upright bars over a scale, with marked positions."""

    width: float
    height: float
    left: float
    right: float
    base: float
    bars: tuple[Bar, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    marks: tuple[Tick, ...]


@dataclass(frozen=True)
class Lane:
    """One batch: its bar, its label if there is room for one, and where failures are marked."""

    bar: Bar
    label: str
    middle: float
    failures: tuple[float, ...]


@dataclass(frozen=True)
class LaneChart:
    """Batches under each other over a common axis of time."""

    width: float
    height: float
    left: float
    right: float
    base: float
    days: tuple[Tick, ...]
    times: tuple[Tick, ...]
    lanes: tuple[Lane, ...]


def progress_chart(progress: Progress, *, width: float) -> TimeChart:
    """Finished migrations (stacked: migrated, then failed) above those in flight."""
    left, right = 52.0, width - 12.0
    finished_top, finished_base = 30.0, 190.0
    flight_top, flight_base = 236.0, 306.0
    first, last = progress.moments[0], progress.moments[-1]
    axis = TimeAxis(first, last, left, right)
    places = [axis.at(moment) for moment in progress.moments]
    cells = _cells(places)
    xs = [places[cell[0]] for cell in cells]
    migrated = [progress.migrated[cell[-1]] for cell in cells]
    ended = [progress.migrated[cell[-1]] + progress.failed[cell[-1]] for cell in cells]
    flying = [max(progress.in_flight[i] for i in cell) for cell in cells]
    finished_scale = Scale(max(ended[-1], 1), finished_base, finished_top, 4)
    permits = progress.permits
    # Far above everything the line would only press the rest flat: the text tells the number, too.
    shown = permits is not None and progress.peak <= permits <= _MOST_ROOM * progress.peak
    highest = permits if shown and permits is not None else progress.peak
    flight_scale = Scale(max(highest, 1), flight_base, flight_top, 2)
    limit = Tick(flight_scale.at(highest), f"{highest:,} permits") if shown else None
    zero = [0] * len(xs)
    return TimeChart(
        width,
        flight_base + _AXIS + 16,
        left,
        right,
        axis.days(),
        axis.times(width),
        (
            Panel(
                "Finished",
                finished_top,
                finished_base,
                finished_scale.ticks(),
                (
                    Area("migrated", _band(xs, zero, migrated, finished_scale, right)),
                    Area("failed", _band(xs, migrated, ended, finished_scale, right)),
                ),
            ),
            Panel(
                "In flight",
                flight_top,
                flight_base,
                flight_scale.ticks(),
                (Area("in-flight", _band(xs, zero, flying, flight_scale, right)),),
                limit,
            ),
        ),
    )


def duration_chart(durations: Durations, *, width: float = 420) -> BarChart:
    """How many migrations took how long, with the median and the 90th percentile marked."""
    left, right, base = 46.0, width - 12.0, 196.0
    low, high = durations.bins[0].start, durations.bins[-1].stop
    scale = Scale(max(each.count for each in durations.bins), base, 34.0, 3)
    per_minute = (right - left) / (high - low)
    step = (right - left) / len(durations.bins)
    bars = tuple(
        Bar(
            rounded(left + i * step + 1),
            scale.at(each.count),
            rounded(step - 2),
            rounded(base - scale.at(each.count)),
            f"{each.start} to {each.stop} minutes: {each.count}",
        )
        for i, each in enumerate(durations.bins)
    )
    every = max(1, -(-len(durations.bins) // 8))
    edges = [*(each.start for each in durations.bins), high]
    return BarChart(
        width,
        base + _AXIS + 18,
        left,
        right,
        base,
        bars,
        tuple(Tick(rounded(left + (edge - low) * per_minute), str(edge)) for edge in edges[::every]),
        scale.ticks(),
        (
            Tick(rounded(left + (durations.median - low) * per_minute), f"half {durations.median:.0f}"),
            Tick(rounded(left + (durations.p90 - low) * per_minute), f"90 % {durations.p90:.0f}"),
        ),
    )


def batch_chart(spans: Sequence[BatchSpan], *, width: float = 420) -> LaneChart:
    """When each batch ran; many batches get thin lanes without labels."""
    pitch = min(20.0, 260.0 / len(spans))
    labelled = pitch >= 12
    left, right = (86.0 if labelled else 24.0), width - 12.0
    base = _TOP + pitch * len(spans)
    axis = TimeAxis(spans[0].started, max(span.ended for span in spans), left, right)
    thickness = pitch * 0.7 if pitch > 3 else max(1.0, pitch)
    lanes = []
    for i, span in enumerate(spans):
        x, y = axis.at(span.started), _TOP + i * pitch
        tip = f"{span.batch_id}: {span.migrated} migrated"
        lanes.append(
            Lane(
                Bar(
                    x,
                    rounded(y + (pitch - thickness) / 2),
                    rounded(max(1.0, axis.at(span.ended) - x)),
                    rounded(thickness),
                    f"{tip}, {span.failed} failed" if span.failed else tip,
                ),
                _tail(span.batch_id, 11) if labelled else "",
                rounded(y + pitch / 2),
                tuple(axis.at(moment) for moment in span.failures_at),
            )
        )
    height = rounded(base + _AXIS + 18)
    return LaneChart(width, height, left, right, rounded(base), axis.days(), axis.times(width), tuple(lanes))


def _cells(places: Sequence[float]) -> list[range]:
    """Runs of indices whose places are drawn as one point: ten thousand moments draw like a few hundred."""
    width = max(places[-1] - places[0], 1.0) / _MOST_POINTS
    starts = [0]
    for i, place in enumerate(places):
        if place - places[starts[-1]] >= width:
            starts.append(i)
    return [range(a, b) for a, b in zip(starts, [*starts[1:], len(places)], strict=True)]


def _band(xs: Sequence[float], low: Sequence[int], high: Sequence[int], scale: Scale, right: float) -> str:
    """A stepped area between two series, as an SVG path; empty if the two never differ."""
    if list(low) == list(high):
        return ""
    upper, lower = _steps(xs, high, scale, right), _steps(xs, low, scale, right)
    return "M" + "L".join([*upper, *reversed(lower)]) + "Z"


def _steps(xs: Sequence[float], values: Sequence[int], scale: Scale, right: float) -> list[str]:
    points: list[str] = []
    for i, (x, value) in enumerate(zip(xs, values, strict=True)):
        y = scale.at(value)
        following = xs[i + 1] if i + 1 < len(xs) else right
        points += [f"{x:g} {y:g}", f"{following:g} {y:g}"]
    return points


def _tail(text: str, room: int) -> str:
    return text if len(text) <= room else "…" + text[-(room - 1) :]
