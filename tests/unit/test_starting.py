"""Whether one more may start: permits, the brake, the window."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.domain.brake import brake_due
from migrator.domain.permits import permit_limit
from migrator.domain.reasons import RunReason
from migrator.domain.records import RunRecord
from migrator.domain.run_input import RunInput, parse_run_input
from migrator.domain.withholding import window_closed, withheld
from tests.samples import NOW

FEW = st.integers(0, 500)


@pytest.mark.parametrize(
    ("max_in_flight", "free", "reserve", "addressed", "limit"),
    [
        (100, 250, 5, 0, 100),
        (100, 25, 5, 0, 20),
        (100, 20, 5, 5, 20),
        (100, 5, 5, 0, 0),
        (100, 4, 5, 0, 0),
        (100, 0, 0, 7, 7),
        (1, 1, 0, 0, 1),
    ],
)
def test_the_limit(max_in_flight: int, free: int, reserve: int, addressed: int, limit: int) -> None:
    found = permit_limit(
        max_in_flight=max_in_flight, free_addresses=free, reserve=reserve, addressed=addressed
    )
    assert found == limit


@given(FEW, FEW, FEW, FEW)
def test_there_is_never_a_permit_without_an_address(maximum: int, free: int, reserve: int, seen: int) -> None:
    """A target that comes to have its address changes nothing: one less is free, one more is addressed."""
    limit = permit_limit(max_in_flight=maximum, free_addresses=free, reserve=reserve, addressed=seen)
    assert 0 <= limit <= maximum
    assert limit - seen <= max(0, free - reserve)
    if free:
        later = permit_limit(
            max_in_flight=maximum, free_addresses=free - 1, reserve=reserve, addressed=seen + 1
        )
        assert later == limit


@pytest.mark.parametrize(
    ("failed", "planned", "percent", "due"),
    [
        (0, 0, 0, False),
        (0, 10, 0, False),
        (1, 10, 0, True),
        (1, 10, 10, False),
        (2, 10, 10, True),
        (1, 9, 10, True),
        (1, 1, 99.9, True),
        (10, 10, 100, False),
        (1, 0, 100, True),
    ],
)
def test_the_brake_is_for_more_than_that_share_of_what_was_planned(
    failed: int, planned: int, percent: float, due: bool
) -> None:
    assert brake_due(failed=failed, planned=planned, abort_at_failure_percent=percent) is due


def the_input(**more: object) -> RunInput:
    return parse_run_input(
        {
            "select": {"workspaceIds": ["ws-000000001"]},
            "target": {"bundleId": "wsb-target001"},
            "dryRun": False,
            "abortAtFailurePercent": 10,
            **more,
        }
    )


CALM = RunRecord(
    "run-1", "arn:aws:states:eu-west-1:1:execution:m:run-1", NOW, "{}", planned=100, canary_planned=0
)


def stopped(run: RunRecord, given: RunInput | None = None, *, in_canary: bool = False) -> str | None:
    found = withheld(run, given or the_input(), in_canary=in_canary, now=NOW)
    return found.detail if found else None


def test_a_run_in_which_little_failed_goes_on() -> None:
    assert stopped(CALM) is None
    assert stopped(replace(CALM, failed=10)) is None
    assert stopped(replace(CALM, canary_planned=10, canary_failed=1)) is None


def test_an_operator_stops_it_whatever_else_is() -> None:
    found = withheld(replace(CALM, halted=True, failed=99), the_input(), in_canary=True, now=NOW)
    assert found is not None
    assert (found.reason, found.brake) == (RunReason.BRAKE, "an operator halted the run")
    assert found.detail == "New starts were stopped: an operator halted the run."
    assert "start a new run" in found.next_step


def test_too_many_failures_stop_it() -> None:
    assert stopped(replace(CALM, failed=11)) == (
        "New starts were stopped: 11 of 100 planned migrations failed."
    )
    assert stopped(replace(CALM, failed=11), in_canary=True) is not None


def test_the_canary_has_a_share_of_its_own_that_holds_the_rest_and_not_itself() -> None:
    run = replace(CALM, failed=2, canary_planned=5, canary_failed=2)
    assert stopped(run) == "New starts were stopped: 2 of 5 failed in the canary."
    assert stopped(run, in_canary=True) is None


def test_what_could_not_finish_before_the_window_closes_does_not_start() -> None:
    closing = NOW + timedelta(minutes=60)
    given = the_input(window={"closesAt": closing.strftime("%Y-%m-%dT%H:%M:%SZ")})
    assert window_closed(the_input(), NOW) is None
    assert window_closed(given, NOW) is None
    late = window_closed(given, NOW + timedelta(seconds=1))
    assert late is not None
    assert (late.reason, late.brake) == (RunReason.WINDOW, None)
    assert "before the window closes at 2026-11-23T03:00:00Z" in late.detail
    assert late.next_step == "Run again in the next window."
    assert withheld(CALM, given, in_canary=False, now=NOW + timedelta(seconds=1)) == late
