"""How long migrations take, as far as a run knows: what decides when looking is worth its call.

The guide says up to an hour. A run begins with what is usual (log-normal, median 25 minutes) and
learns from each migration that it sees to its end.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

USUAL_MEDIAN_SECONDS = 25 * 60.0
USUAL_SIGMA = 0.35
_WORTH_OF_THE_USUAL = 8
"""The usual counts as much as this many migrations seen."""


@dataclass(frozen=True, slots=True)
class Durations:
    """A log-normal distribution: mean and deviation of the logarithm of seconds."""

    mu: float
    sigma: float

    @property
    def mean_seconds(self) -> float:
        """The mean of the distribution, in seconds."""
        return math.exp(self.mu + self.sigma**2 / 2)

    def finished_by(self, age_seconds: float) -> float:
        """The share of migrations that take no longer than that."""
        if age_seconds <= 0:
            return 0.0
        return 0.5 * (1 + math.erf((math.log(age_seconds) - self.mu) / (self.sigma * math.sqrt(2))))

    def ends_within(self, age_seconds: float, seconds: float) -> float:
        """The chance that one of this age, not ended yet, ends within the next so many seconds."""
        left = 1 - self.finished_by(age_seconds)
        if left < 1e-6:
            # Far beyond what is usual: it may end at any time, or never.
            return min(1.0, seconds / USUAL_MEDIAN_SECONDS)
        return (self.finished_by(age_seconds + seconds) - self.finished_by(age_seconds)) / left

    def expected_ends(self, ages_seconds: Iterable[float], seconds: float) -> float:
        """How many of these will end within the next so many seconds, on average."""
        return sum(self.ends_within(age, seconds) for age in ages_seconds)


def learned(count: int, log_sum: float) -> Durations:
    """From the number of migrations seen to their end and the sum of their seconds' logarithms."""
    usual = math.log(USUAL_MEDIAN_SECONDS)
    weight = _WORTH_OF_THE_USUAL
    return Durations((weight * usual + log_sum) / (weight + count), USUAL_SIGMA)
