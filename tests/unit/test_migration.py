"""Deciding how a migration ended from what the service shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from migrator.domain.facts import Workspace
from migrator.domain.migration import Ending, UnderWay, decide
from migrator.domain.outcomes import Outcome
from migrator.domain.run_input import Polling
from tests.samples import NOW, WORKSPACE

LIMITS = Polling()
TARGET = Workspace("ws-000000009", WORKSPACE.directory_id, "ana", "wsb-target001", "PENDING")
MIGRATION = UnderWay(
    WORKSPACE.workspace_id, TARGET.workspace_id, "wsb-source001", "wsb-target001", NOW, target_seen=True
)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def ended(
    source: str | None,
    target: str | None,
    after: float,
    *,
    seen: bool = True,
    absent_for: float | None = None,
    target_id: str | None = TARGET.workspace_id,
) -> Ending | None:
    """The ending, that many minutes after the start; None for a state is an id that is not returned."""
    now = NOW + minutes(after)
    return decide(
        replace(
            MIGRATION,
            target_workspace_id=target_id,
            target_seen=seen,
            target_absent_since=None if absent_for is None else now - minutes(absent_for),
        ),
        None if source is None else replace(WORKSPACE, state=source),
        None if target is None else replace(TARGET, state=target),
        now,
        LIMITS,
    )


GONE = (None, "TERMINATING", "TERMINATED")


@pytest.mark.parametrize("source", GONE)
@pytest.mark.parametrize("target", ["AVAILABLE", "STOPPED"])
@pytest.mark.parametrize("after", [1, 61, 200])
def test_migrated(source: str | None, target: str, after: float) -> None:
    found = ended(source, target, after)
    assert found is not None
    assert (found.outcome, found.reason, found.detail) == (Outcome.MIGRATED, None, "")


@pytest.mark.parametrize(
    ("source", "target", "after", "seen", "absent_for"),
    [
        ("AVAILABLE", "PENDING", 59, True, None),
        ("STOPPED", "AVAILABLE", 89, True, None),
        ("AVAILABLE", "ERROR", 59, True, None),
        (None, "PENDING", 89, True, None),
        (None, "STARTING", 89, True, None),
        (None, None, 59, True, 10),
        ("TERMINATED", "TERMINATED", 59, True, None),
        ("AVAILABLE", None, 59, False, None),
        # Missing from one answer only, or not for long.
        ("AVAILABLE", None, 40, True, None),
        ("AVAILABLE", None, 40, True, 59.5 / 60),
        # Gone, but the source is not back yet.
        ("STARTING", None, 40, True, 5),
        ("REBOOTING", "TERMINATED", 40, True, None),
    ],
)
def test_still_under_way(
    source: str | None, target: str | None, after: float, seen: bool, absent_for: float | None
) -> None:
    assert ended(source, target, after, seen=seen, absent_for=absent_for) is None


@pytest.mark.parametrize(
    ("source", "target", "after", "seen", "absent_for"),
    [
        ("AVAILABLE", None, 40, True, 1),
        ("STOPPED", None, 40, True, 5),
        ("ERROR", None, 40, True, 5),
        ("STARTING", None, 60, True, 5),
        ("AVAILABLE", "TERMINATED", 10, True, None),
        ("AVAILABLE", "TERMINATING", 10, False, None),
    ],
)
def test_rolled_back(
    source: str, target: str | None, after: float, seen: bool, absent_for: float | None
) -> None:
    found = ended(source, target, after, seen=seen, absent_for=absent_for)
    assert found is not None
    assert (found.outcome, found.reason) == (Outcome.ROLLED_BACK, None)
    assert f"the original is {source} in its old bundle" in found.detail


@pytest.mark.parametrize("source", ["AVAILABLE", "STOPPED", "ERROR", "STARTING"])
def test_rolled_back_with_a_target_left_in_error(source: str) -> None:
    found = ended(source, "ERROR", 60)
    assert found is not None
    assert (found.outcome, found.reason) == (Outcome.ROLLED_BACK, "ERROR")
    assert found.warnings == (f"target {TARGET.workspace_id} left in ERROR",)
    assert TARGET.workspace_id in found.next_step


def test_never_started_is_the_silence_of_an_hour() -> None:
    found = ended("AVAILABLE", None, 60, seen=False)
    assert found is not None
    assert found.outcome is Outcome.NEVER_STARTED
    assert "no target was ever seen" in found.detail
    assert "AWS Support" in found.next_step
    lost_answer = ended("AVAILABLE", None, 60, seen=False, target_id=None)
    assert lost_answer is not None
    assert lost_answer.outcome is Outcome.NEVER_STARTED
    assert "answer to the call was lost" in lost_answer.detail


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("AVAILABLE", "PENDING"),
        ("STOPPED", "AVAILABLE"),
        (None, "PENDING"),
        (None, "ERROR"),
        (None, "SUSPENDED"),
    ],
)
def test_stuck(source: str | None, target: str) -> None:
    assert ended(source, target, 89.9) is None
    found = ended(source, target, 90)
    assert found is not None
    assert (found.outcome, found.reason) == (Outcome.STUCK, target)
    assert "AWS Support" in found.next_step


@pytest.mark.parametrize("source", GONE)
@pytest.mark.parametrize("target", GONE)
def test_lost(source: str | None, target: str | None) -> None:
    assert ended(source, target, 59.9, absent_for=1) is None
    found = ended(source, target, 60, absent_for=1)
    assert found is not None
    assert found.outcome is Outcome.LOST
    assert TARGET.workspace_id in found.detail


def test_one_answer_without_a_target_that_was_seen_is_not_yet_lost() -> None:
    assert ended(None, None, 60) is None
    assert ended(None, None, 60, absent_for=0.9) is None
    unseen = ended(None, None, 60, seen=False)
    assert unseen is not None
    assert unseen.outcome is Outcome.LOST


def test_a_target_that_is_shown_as_gone_needs_no_second_look() -> None:
    found = ended(None, "TERMINATED", 60)
    assert found is not None
    assert found.outcome is Outcome.LOST


def test_lost_without_ever_having_heard_of_a_target() -> None:
    found = ended(None, None, 60, seen=False, target_id=None)
    assert found is not None
    assert "the target (unknown)" in found.detail


def test_the_limits_are_the_inputs() -> None:
    quick = Polling(firstAfterSeconds=60, failedAfterMinutes=5, stuckAfterMinutes=6)  # type: ignore[call-arg]
    silent = replace(MIGRATION, target_seen=False)
    assert decide(silent, WORKSPACE, None, NOW + minutes(4.9), quick) is None
    found = decide(silent, WORKSPACE, None, NOW + minutes(5), quick)
    assert found is not None
    assert found.outcome is Outcome.NEVER_STARTED
    both = decide(MIGRATION, WORKSPACE, TARGET, NOW + minutes(6), quick)
    assert both is not None
    assert (both.outcome, "After 6 minutes" in both.detail) == (Outcome.STUCK, True)
