"""The numbers behind the report's pictures, counted by hand on small runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from migrator.domain.outcomes import Outcome
from migrator.domain.report import WorkspaceLine
from migrator.report import charts, figures
from tests import report_samples as samples
from tests.report_samples import START


def migration(number: int, start: float, minutes: float | None, **changes: object) -> WorkspaceLine:
    begin = START + timedelta(minutes=start)
    end = None if minutes is None else begin + timedelta(minutes=minutes)
    outcome = Outcome.MIGRATED if minutes is not None else Outcome.STUCK
    fields = {"started_at": begin, "ended_at": end, "outcome": outcome, "batch_id": "one"} | changes
    return samples.line(number, **fields)  # type: ignore[arg-type]


def test_progress_counts_what_ends_and_what_is_under_way() -> None:
    report = samples.report(
        [migration(1, 0, 20), migration(2, 5, 10), migration(3, 5, 15, outcome=Outcome.ROLLED_BACK)]
    )
    progress = figures.progress(report)
    assert progress is not None
    assert [(moment - START).seconds // 60 for moment in progress.moments] == [0, 5, 15, 20, 26]
    assert progress.in_flight == (1, 3, 2, 0, 0)
    assert progress.migrated == (0, 0, 1, 2, 2)
    assert progress.failed == (0, 0, 0, 1, 1)
    assert progress.peak == 3
    assert progress.half_done == START + timedelta(minutes=20)


def test_half_done_is_when_half_of_those_that_ended_had() -> None:
    lines = [migration(n, 0, minutes) for n, minutes in enumerate((10, 20, 30, 40))]
    progress = figures.progress(samples.report([*lines, migration(9, 0, None)]))
    assert progress is not None
    assert progress.half_done == START + timedelta(minutes=20)


def test_what_never_ended_is_under_way_until_the_report() -> None:
    progress = figures.progress(samples.report([migration(1, 0, 20), migration(2, 0, None)]))
    assert progress is not None
    assert progress.in_flight[-1] == 1


def test_nothing_started_means_no_progress_no_durations_no_batches() -> None:
    report = samples.planned()
    assert figures.progress(report) is None
    assert figures.durations(report) is None
    assert figures.batches(report) == []


def test_durations_are_of_the_successful_and_fall_in_the_right_bins() -> None:
    lines = [migration(n, 0, minutes) for n, minutes in enumerate((12, 14.9, 15, 22, 60))]
    lines.append(migration(9, 0, 200, outcome=Outcome.ROLLED_BACK))
    found = figures.durations(samples.report(lines))
    assert found is not None
    assert (found.count, found.shortest, found.median, found.p90, found.longest) == (5, 12, 15, 60, 60)
    assert [(each.start, each.stop, each.count) for each in found.bins if each.count] == [
        (10, 15, 2),
        (15, 20, 1),
        (20, 25, 1),
        (60, 65, 1),
    ]


@pytest.mark.parametrize("minutes", [(0.0,), (0.2, 0.3), (3.0, 900.0), (1.0, 200_000.0)])
def test_any_durations_fit_few_bins(minutes: tuple[float, ...]) -> None:
    lines = [migration(n, 0, taken) for n, taken in enumerate(minutes)]
    found = figures.durations(samples.report(lines))
    assert found is not None
    assert len(found.bins) <= 17
    assert sum(each.count for each in found.bins) == len(minutes)


def test_a_batch_spans_its_first_start_to_its_last_end() -> None:
    lines = [
        migration(1, 10, 20, batch_id="b"),
        migration(2, 0, 5, batch_id="b", outcome=Outcome.ROLLED_BACK),
        migration(3, 40, 10, batch_id="c"),
        migration(4, 2, 10, batch_id="a"),
    ]
    found = figures.batches(samples.report(lines))
    assert [(span.batch_id, span.migrated, span.failed) for span in found] == [
        ("b", 1, 1),
        ("a", 1, 0),
        ("c", 1, 0),
    ]
    assert (found[0].started, found[0].ended) == (START, START + timedelta(minutes=30))
    assert found[0].failures_at == (START + timedelta(minutes=5),)


def test_a_bundle_is_unused_only_when_all_of_the_run_left_it() -> None:
    lines = [
        samples.line(1, source_bundle_id="wsb-a"),
        samples.line(2, source_bundle_id="wsb-b"),
        samples.line(3, Outcome.LOST, source_bundle_id="wsb-b"),
        samples.line(4, Outcome.INELIGIBLE, source_bundle_id="wsb-c"),
    ]
    found = figures.source_bundles(samples.report(lines))
    assert [(use.bundle_id, use.left, use.remaining, use.unused) for use in found] == [
        ("wsb-a", 1, 0, True),
        ("wsb-b", 1, 1, False),
    ]


def test_a_bundle_that_others_moved_onto_is_in_use() -> None:
    lines = [
        samples.line(1, source_bundle_id="wsb-a", target_bundle_id="wsb-b"),
        samples.line(2, source_bundle_id="wsb-b", target_bundle_id="wsb-c"),
    ]
    unused = [use.bundle_id for use in figures.source_bundles(samples.report(lines)) if use.unused]
    assert unused == ["wsb-a"]


def test_the_progress_picture_stays_inside_its_box_and_small() -> None:
    progress = figures.progress(samples.big())
    assert progress is not None
    chart = charts.progress_chart(progress, width=400)
    for panel in chart.panels:
        for area in panel.areas:
            points = [tuple(map(float, pair.split())) for pair in area.path.strip("MZ").split("L") if pair]
            assert len(points) < 1100
            assert all(chart.left <= x <= chart.right and panel.top <= y <= panel.base for x, y in points)


def test_one_migration_makes_pictures_too() -> None:
    report = samples.report([migration(1, 0, 0)], ended_at=START)
    progress, taken = figures.progress(report), figures.durations(report)
    assert progress is not None
    assert taken is not None
    assert charts.progress_chart(progress, width=400).times
    assert charts.duration_chart(taken).bars
    assert len(charts.batch_chart(figures.batches(report)).lanes) == 1


def test_many_batches_get_thin_lanes_without_labels() -> None:
    few = charts.batch_chart(figures.batches(samples.ordinary()))
    many = charts.batch_chart(figures.batches(samples.big()))
    assert [lane.label for lane in few.lanes] == ["batch-001", "batch-002", "batch-003", "batch-004"]
    assert len(many.lanes) == 400
    assert not any(lane.label for lane in many.lanes)
    assert many.height < 350


@pytest.mark.parametrize(
    ("permits", "drawn"), [(20, True), (40, True), (80, True), (81, False), (None, False)]
)
def test_the_permits_are_a_line_above_what_was_in_flight_where_there_is_room(
    permits: int | None, drawn: bool
) -> None:
    lines = [migration(number, number, 60) for number in range(1, 21)]
    in_flight = figures.progress(samples.report(lines))
    assert in_flight is not None
    assert in_flight.peak == 20
    panel = charts.progress_chart(replace(in_flight, permits=permits), width=400).panels[-1]
    assert (panel.limit is not None) is drawn
    if panel.limit is not None:
        assert panel.limit.label == f"{permits} permits"
        assert panel.top <= panel.limit.at <= panel.base
        path = panel.areas[0].path.strip("MZ").split("L")
        heights = [float(point.split()[1]) for point in path if point]
        assert min(heights) >= panel.limit.at, "more in flight than permits"
