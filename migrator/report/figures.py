"""Numbers behind the report's pictures, counted from when each migration started and ended."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from migrator.domain.outcomes import FAILURES, Outcome
from migrator.domain.report import RunReport, WorkspaceLine


@dataclass(frozen=True)
class Progress:
    """Migrations over time: at moments[i], how many had migrated, failed, and were under way."""

    moments: tuple[datetime, ...]
    migrated: tuple[int, ...]
    failed: tuple[int, ...]
    in_flight: tuple[int, ...]
    permits: int | None = None
    """How many could be under way at one time, all directories together; None where nobody noted it."""

    @property
    def peak(self) -> int:
        """The most migrations that were ever under way at one time."""
        return max(self.in_flight)

    @property
    def half_done(self) -> datetime:
        """When half of all migrations that ended had ended."""
        ended = [m + f for m, f in zip(self.migrated, self.failed, strict=True)]
        half = next(i for i, count in enumerate(ended) if count * 2 >= ended[-1])
        return self.moments[half]


def progress(report: RunReport) -> Progress | None:
    """What was under way and what was done, at every moment something changed; None if nothing started.

    A migration without an end (a stuck one) is under way until the report.
    """
    changes: dict[datetime, list[int]] = {}
    for line in report.workspaces:
        if line.started_at is None:
            continue
        changes.setdefault(line.started_at, [0, 0, 0])[2] += 1
        if line.ended_at is not None:
            at_end = changes.setdefault(line.ended_at, [0, 0, 0])
            at_end[2] -= 1
            at_end[0 if line.outcome is Outcome.MIGRATED else 1] += 1
    if not changes:
        return None
    changes.setdefault(report.ended_at, [0, 0, 0])
    moments = sorted(changes)
    columns: tuple[list[int], list[int], list[int]] = ([], [], [])
    totals = [0, 0, 0]
    for moment in moments:
        for index, change in enumerate(changes[moment]):
            totals[index] += change
            columns[index].append(totals[index])
    permits = sum(report.permits.values()) if report.permits else None
    return Progress(tuple(moments), tuple(columns[0]), tuple(columns[1]), tuple(columns[2]), permits)


@dataclass(frozen=True)
class Bin:
    """Migrations that took at least `start` and less than `stop` minutes."""

    start: int
    stop: int
    count: int


@dataclass(frozen=True)
class Durations:
    """How long the successful migrations took, in minutes."""

    bins: tuple[Bin, ...]
    count: int
    shortest: float
    median: float
    p90: float
    longest: float


_BIN_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440)


def durations(report: RunReport, *, most_bins: int = 16) -> Durations | None:
    """The distribution of the minutes a successful migration took; None if there was none."""
    minutes = sorted(
        taken
        for line in report.workspaces
        if line.outcome is Outcome.MIGRATED and (taken := minutes_taken(line)) is not None
    )
    if not minutes:
        return None
    low, high = minutes[0], minutes[-1]
    width = next(
        (w for w in _BIN_MINUTES if high // w - low // w < most_bins),
        math.ceil((high - low + 1) / (most_bins - 1)),
    )
    counts: dict[int, int] = {}
    for value in minutes:
        counts[int(value // width)] = counts.get(int(value // width), 0) + 1
    bins = tuple(
        Bin(i * width, (i + 1) * width, counts.get(i, 0))
        for i in range(int(low // width), int(high // width) + 1)
    )
    return Durations(bins, len(minutes), low, percentile(minutes, 50), percentile(minutes, 90), high)


def minutes_taken(line: WorkspaceLine) -> float | None:
    """Minutes from a migration's start to its end, None while either is unknown."""
    if line.started_at is None or line.ended_at is None:
        return None
    return (line.ended_at - line.started_at).total_seconds() / 60


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile of numbers in ascending order."""
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


@dataclass(frozen=True)
class BatchSpan:
    """A batch's time: from its first start to its last end, and when its failures ended."""

    batch_id: str
    started: datetime
    ended: datetime
    migrated: int
    failed: int
    failures_at: tuple[datetime, ...]


def batches(report: RunReport) -> list[BatchSpan]:
    """The batches in which anything started, in the order they started."""
    members: dict[str, list[WorkspaceLine]] = {}
    for line in report.workspaces:
        if line.batch_id is not None and line.started_at is not None:
            members.setdefault(line.batch_id, []).append(line)
    spans = []
    for batch_id, lines in members.items():
        starts = [line.started_at for line in lines if line.started_at is not None]
        failures = [line for line in lines if line.outcome in FAILURES]
        spans.append(
            BatchSpan(
                batch_id,
                min(starts),
                max(line.ended_at or report.ended_at for line in lines),
                sum(line.outcome is Outcome.MIGRATED for line in lines),
                len(failures),
                tuple(sorted(line.ended_at or report.ended_at for line in failures)),
            )
        )
    return sorted(spans, key=lambda span: (span.started, span.batch_id))


@dataclass(frozen=True)
class BundleUse:
    """A source bundle of the run: how many WorkSpaces left it (or would), how many are still on it."""

    bundle_id: str
    left: int
    remaining: int

    @property
    def unused(self) -> bool:
        """No WorkSpace of this run is on it any more; WorkSpaces outside the run may be."""
        return self.remaining == 0


def source_bundles(report: RunReport) -> list[BundleUse]:
    """What the run leaves of each source bundle, the unused ones first.

    A WorkSpace that is lost counts as remaining, and so does one that moved onto the bundle.
    """
    gone = {Outcome.MIGRATED, Outcome.PLANNED}
    left: dict[str, int] = {}
    remaining: dict[str, int] = {}
    for line in report.workspaces:
        if line.source_bundle_id is not None:
            side = left if line.outcome in gone else remaining
            side[line.source_bundle_id] = side.get(line.source_bundle_id, 0) + 1
        if line.target_bundle_id is not None and line.outcome in gone:
            remaining[line.target_bundle_id] = remaining.get(line.target_bundle_id, 0) + 1
    uses = [BundleUse(bundle, count, remaining.get(bundle, 0)) for bundle, count in left.items()]
    return sorted(uses, key=lambda use: (not use.unused, -use.left, use.bundle_id))
