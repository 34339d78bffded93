"""Axes of the report's pictures: counts onto heights, moments onto a line, and round marks on both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    at: float
    label: str


@dataclass(frozen=True)
class Scale:
    """Counts onto heights, from zero at `base` up to a round number, at least `most`, at `top`."""

    most: int
    base: float
    top: float
    wanted: int
    """About as many marks as there should be."""

    @property
    def _step(self) -> int:
        return _round_step(self.most / self.wanted)

    @property
    def _highest(self) -> int:
        return -(-self.most // self._step) * self._step

    def at(self, count: float) -> float:
        """The height of a count."""
        return rounded(self.base - (self.base - self.top) * count / self._highest)

    def ticks(self) -> tuple[Tick, ...]:
        """The marks, zero and the highest among them."""
        return tuple(Tick(self.at(value), f"{value:,}") for value in range(0, self._highest + 1, self._step))


def _round_step(raw: float) -> int:
    """The smallest of 1, 2, 3, 4, 5, 10, 15, 20, 25, 30, 40, 50, 100, ... that is at least `raw`."""
    magnitude = 10
    while magnitude < raw:
        magnitude *= 10
    hundredfold = [magnitude * tenth for tenth in (10, 15, 20, 25, 30, 40, 50, 100)]
    return next(each // 100 for each in hundredfold if each % 100 == 0 and each // 100 >= raw)


_TIME_STEPS = tuple(
    timedelta(minutes=minutes)
    for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7 * 1440, 30 * 1440)
)


@dataclass(frozen=True)
class TimeAxis:
    """Moments onto a line; at least a minute long."""

    first: datetime
    last: datetime
    left: float
    right: float

    @property
    def _span(self) -> timedelta:
        return max(self.last - self.first, timedelta(minutes=1))

    def at(self, moment: datetime) -> float:
        """The place of a moment."""
        return rounded(self.left + (self.right - self.left) * ((moment - self.first) / self._span))

    def times(self, width: float) -> tuple[Tick, ...]:
        """Round times of the day (or days, on a long axis), as many as there is room for."""
        room = max(2, int(width / 70))
        step = next((s for s in _TIME_STEPS if self._span / s <= room), _TIME_STEPS[-1])
        midnight = self.first.replace(hour=0, minute=0, second=0, microsecond=0)
        moment = midnight + step * -(-(self.first - midnight) // step)
        pattern = "%H:%M" if step < timedelta(days=1) else "%m-%d"
        found = []
        while moment <= self.first + self._span:
            found.append(Tick(self.at(moment), moment.strftime(pattern)))
            moment += step
        return tuple(found)

    def days(self) -> tuple[Tick, ...]:
        """The date at the axis' beginning and at each midnight that has room for its label."""
        found = [Tick(self.left, self.first.strftime("%Y-%m-%d"))]
        midnight = self.first.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        while midnight <= self.last:
            at = self.at(midnight)
            if found[-1].at + 76 <= at <= self.right - 66:
                found.append(Tick(at, midnight.strftime("%Y-%m-%d")))
            midnight += timedelta(days=1)
        return tuple(found)


def rounded(value: float) -> float:
    """A coordinate to a tenth, so that the same numbers give the same bytes."""
    return round(value, 1)
