"""How a run as a whole went, and whether it may end green."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from migrator.domain.brake import brake_due
from migrator.domain.moments import iso, moment
from migrator.domain.outcomes import ALARMING, FAILURES, Outcome
from migrator.domain.reasons import RunReason
from migrator.domain.records import RunRecord
from migrator.domain.report import Failure, Verdict, WorkspaceLine
from migrator.domain.run_input import parse_run_input
from migrator.domain.verdicts import ends_green, green, headline, verdict_of, what_to_do
from migrator.domain.withholding import window_closed, withheld
from tests.report_samples import report
from tests.samples import NOW

DIED = Failure(error="States.Timeout", cause="")


@pytest.mark.parametrize(
    ("counts", "dry_run", "braked", "failure", "verdict", "is_green"),
    [
        ({Outcome.MIGRATED: 3}, False, None, None, Verdict.MIGRATED, True),
        ({}, False, None, None, Verdict.NOTHING, True),
        ({Outcome.INELIGIBLE: 2}, False, None, None, Verdict.NOTHING, True),
        ({Outcome.MIGRATED: 3, Outcome.INELIGIBLE: 2}, False, None, None, Verdict.MIGRATED, True),
        ({Outcome.MIGRATED: 3, Outcome.DEFERRED: 1}, False, None, None, Verdict.INCOMPLETE, True),
        ({Outcome.ROLLED_BACK: 1}, False, None, None, Verdict.INCOMPLETE, True),
        ({Outcome.NEVER_STARTED: 1}, False, None, None, Verdict.INCOMPLETE, True),
        ({Outcome.REFUSED: 1}, False, None, None, Verdict.INCOMPLETE, True),
        ({Outcome.STUCK: 1}, False, None, None, Verdict.INCOMPLETE, False),
        ({Outcome.LOST: 1, Outcome.MIGRATED: 99}, False, None, None, Verdict.INCOMPLETE, False),
        ({Outcome.PLANNED: 3, Outcome.DEFERRED: 2}, True, None, None, Verdict.PLANNED, True),
        ({Outcome.MIGRATED: 3}, False, "too many", None, Verdict.BRAKE_PULLED, False),
        ({Outcome.MIGRATED: 3}, False, None, DIED, Verdict.FAILED, False),
        ({Outcome.MIGRATED: 3}, False, "too many", DIED, Verdict.FAILED, False),
        ({Outcome.PLANNED: 3}, True, None, DIED, Verdict.FAILED, False),
    ],
)
def test_verdicts(
    counts: dict[Outcome, int],
    dry_run: bool,
    braked: str | None,
    failure: Failure | None,
    verdict: Verdict,
    is_green: bool,
) -> None:
    found = verdict_of(counts, dry_run=dry_run, braked=braked, failure=failure)
    assert found is verdict
    assert green(found, counts) is is_green
    told = headline(found, counts, braked=braked, failure=failure)
    assert all(str(count) in told for count in counts.values())
    assert told.endswith(".")


def test_a_headline_names_what_is_wrong() -> None:
    counts = {Outcome.MIGRATED: 2, Outcome.STUCK: 1, Outcome.LOST: 0}
    assert "2 migrated, 1 stuck." in headline(Verdict.INCOMPLETE, counts, braked=None, failure=None)
    assert "(5 of 9)" in headline(Verdict.BRAKE_PULLED, {}, braked="5 of 9", failure=None)
    assert "States.Timeout; so far no WorkSpace" in headline(Verdict.FAILED, {}, braked=None, failure=DIED)
    spoken = headline(Verdict.INCOMPLETE, dict.fromkeys(Outcome, 1), braked=None, failure=None)
    assert spoken == (
        "Not all of the fleet migrated: 1 migrated, 1 rolled back, 1 never started, "
        "1 refused by the service, 1 stuck, 1 lost, 1 ineligible, 1 deferred, 1 would go."
    )
    assert headline(Verdict.FAILED, {}, braked=None, failure=None).startswith("The run died: unknown; ")


@pytest.mark.parametrize("verdict", [Verdict.INCOMPLETE, Verdict.BRAKE_PULLED])
def test_a_missing_permission_is_in_the_headline(verdict: Verdict) -> None:
    counts = {Outcome.REFUSED: 12}
    said = headline(verdict, counts, braked="12 of 12", failure=None, not_allowed=12)
    assert "permissions are missing" in said.lower()
    assert "permissions" not in headline(verdict, counts, braked="12 of 12", failure=None).lower()


@pytest.mark.parametrize(
    ("verdict", "counts", "is_green"),
    [
        (Verdict.INCOMPLETE, {Outcome.ROLLED_BACK: 1}, True),
        (Verdict.INCOMPLETE, {Outcome.LOST: 1}, False),
        (Verdict.BRAKE_PULLED, {Outcome.MIGRATED: 1}, False),
    ],
)
def test_a_run_without_a_dead_batch_ends_as_its_verdict_says(
    verdict: Verdict, counts: dict[Outcome, int], is_green: bool
) -> None:
    made = report([]).model_copy(update={"verdict": verdict, "counts": counts})
    assert ends_green(made) is is_green


def test_what_counts_as_failed_and_what_alarms() -> None:
    tried = {Outcome.ROLLED_BACK, Outcome.NEVER_STARTED, Outcome.REFUSED, Outcome.STUCK, Outcome.LOST}
    assert tried == FAILURES
    assert {Outcome.STUCK, Outcome.LOST} == ALARMING
    published = "Migrated RolledBack NeverStarted Refused Stuck Lost Ineligible Deferred Planned"
    assert [outcome.value for outcome in Outcome] == published.split()


@pytest.mark.parametrize(
    ("failed", "planned", "percent", "due"),
    [
        (0, 10, 0, False),
        (1, 10, 0, True),
        (1, 10, 10, False),
        (2, 10, 10, True),
        (1, 9, 10, True),
        (0, 0, 10, False),
        (5, 5, 100, False),
        (11, 100, 10, True),
        (10, 100, 10, False),
    ],
)
def test_the_brake(failed: int, planned: int, percent: float, due: bool) -> None:
    assert brake_due(failed=failed, planned=planned, abort_at_failure_percent=percent) is due


def run(**facts: Any) -> RunRecord:
    return RunRecord(
        "run-1", "arn", NOW, "{}", facts.pop("planned", 100), facts.pop("canary_planned", 5), **facts
    )


GIVEN = {"select": {"userNames": ["ana"]}, "target": {"bundleId": "wsb-9"}}


@pytest.mark.parametrize(
    ("record", "in_canary", "reason"),
    [
        (run(), False, None),
        (run(failed=10), False, None),
        (run(failed=11), False, RunReason.BRAKE),
        (run(failed=11), True, RunReason.BRAKE),
        (run(halted=True), False, RunReason.BRAKE),
        (run(halted=True), True, RunReason.BRAKE),
        (run(failed=1, canary_failed=1), False, RunReason.BRAKE),
        (run(failed=1, canary_failed=1), True, None),
    ],
)
def test_when_nothing_more_starts(record: RunRecord, in_canary: bool, reason: RunReason | None) -> None:
    stop = withheld(record, parse_run_input(GIVEN), in_canary=in_canary, now=NOW)
    assert (stop.reason if stop else None) == reason
    if stop is not None:
        assert stop.brake
        assert stop.brake in stop.detail


def test_a_window_closes_when_one_more_could_not_finish() -> None:
    given = parse_run_input(GIVEN | {"window": {"closesAt": "2026-11-23T04:00:00Z"}})
    assert window_closed(given, NOW + timedelta(hours=1)) is None
    stop = window_closed(given, NOW + timedelta(hours=1, seconds=1))
    assert stop is not None
    assert (stop.reason, stop.brake) == (RunReason.WINDOW, None)
    assert "2026-11-23T04:00:00Z" in stop.detail
    assert window_closed(parse_run_input(GIVEN), NOW + timedelta(days=999)) is None
    late = withheld(run(), given, in_canary=False, now=NOW + timedelta(hours=2))
    assert late is not None
    assert late.reason == RunReason.WINDOW


def test_moments() -> None:
    assert iso(NOW) == "2026-11-23T02:00:00Z"
    assert moment(iso(NOW)) == NOW
    assert iso(moment("2026-11-23T04:00:00.9+02:00")) == "2026-11-23T02:00:00Z"
    with pytest.raises(ValueError, match="no offset"):
        moment("2026-11-23T02:00:00")


@pytest.mark.parametrize(
    ("verdict", "counts", "told"),
    [
        (Verdict.FAILED, {Outcome.STUCK: 1}, "start a new execution"),
        (Verdict.INCOMPLETE, {Outcome.LOST: 1}, "Contact AWS Support"),
        (Verdict.BRAKE_PULLED, {Outcome.STUCK: 1}, "Contact AWS Support"),
        (Verdict.BRAKE_PULLED, {Outcome.DEFERRED: 1, Outcome.STUCK: 0}, "start a new execution"),
        (Verdict.INCOMPLETE, {Outcome.ROLLED_BACK: 1}, "retry.csv"),
        (Verdict.MIGRATED, {Outcome.MIGRATED: 1}, ""),
        (Verdict.NOTHING, {Outcome.INELIGIBLE: 1}, "which rule"),
        (Verdict.PLANNED, {Outcome.PLANNED: 1}, ""),
    ],
)
def test_what_to_do_is_said_where_something_is_to_be_done(
    verdict: Verdict, counts: dict[Outcome, int], told: str
) -> None:
    sentence = what_to_do(verdict, counts)
    assert told in sentence
    assert bool(sentence) is bool(told)
    assert sentence.count(". ") == 0


def test_a_batch_that_died_is_not_green_although_its_rest_is_deferred() -> None:
    line = WorkspaceLine(
        workspace_id="ws-1", outcome=Outcome.DEFERRED, reason="run-ended", batch_id="batch-0001"
    )
    other = WorkspaceLine(
        workspace_id="ws-2", outcome=Outcome.DEFERRED, reason="window", batch_id="batch-0001"
    )

    assert ends_green(report([other]))
    assert not ends_green(report([other, line]))
