"""MigrateWorkspace answered with a 5xx: whether it acted is looked for before anything is said or done."""

from __future__ import annotations

import pytest

from tests.workflow.test_afterwards import calls_of, line_of
from tests.workflow.test_rehearse_command import Json, Ran, Rehearse, rehearse, small_fleet, the_input

__all__ = ["rehearse"]

NO = {"operation": "MigrateWorkspace", "error": "InternalServerException", "workspaceId": "ws-000000001"}
YES = NO | {"acted": True}


def test_three_failures_that_did_nothing_are_a_no(rehearse: Rehearse) -> None:
    ran = rehearse(small_fleet("migrates"), the_input(), faults=[NO | {"times": 3}])

    line = line_of(ran, 1)
    assert (line["outcome"], line["reason"]) == ("Refused", "InternalServerException")
    assert len(calls_of(ran, "MigrateWorkspace")) == 3


@pytest.mark.parametrize("before", [0, 1, 2])
def test_a_failure_that_acted_is_a_migration(before: int, rehearse: Rehearse) -> None:
    faults = [NO | {"times": before}] if before else []

    ran = rehearse(small_fleet("migrates"), the_input(), faults=[*faults, YES])

    assert line_of(ran, 1)["outcome"] == "Migrated"
    assert len(calls_of(ran, "MigrateWorkspace")) == before + 1


def test_a_target_not_shown_yet_is_waited_for_when_the_service_says_it_is_busy(rehearse: Rehearse) -> None:
    ran = rehearse(small_fleet("migrates"), the_input(), faults=[YES | {"hideTargetSeconds": 300}])

    line = line_of(ran, 1)
    [first, second] = calls_of(ran, "MigrateWorkspace")
    assert (first["error"], second["error"]) == ("InternalServerException", "OperationInProgressException")
    assert line["outcome"] == "Migrated"
    assert line["targetWorkspaceId"] == first["result"]["TargetWorkspaceId"]


def test_what_is_gone_when_it_is_looked_for_is_not_called_for_again(rehearse: Rehearse) -> None:
    fleet = small_fleet("lost")
    fleet["Twin"]["durations"] = {"medianMinutes": 1, "sigma": 0}

    ran = rehearse(fleet, the_input(), faults=[YES])

    assert line_of(ran, 1)["outcome"] == "Lost"
    assert len(calls_of(ran, "MigrateWorkspace")) == 1


def test_a_source_that_is_going_already_is_not_called_for_again(rehearse: Rehearse) -> None:
    fleet = small_fleet("migrates")
    fleet["Twin"]["durations"] = {"medianMinutes": 1, "sigma": 0}

    ran = rehearse(fleet, the_input(), faults=[YES | {"hideTargetSeconds": 300}])

    assert line_of(ran, 1)["outcome"] == "Migrated"
    assert len(calls_of(ran, "MigrateWorkspace")) == 1


def test_a_look_that_comes_late_is_no_proof(rehearse: Rehearse) -> None:
    """Poll hangs for as long as a function may run: target and failure have come and gone by then."""
    fleet = small_fleet("rolls-back")
    fleet["Twin"]["durations"] = {"medianMinutes": 4, "sigma": 0}

    ran = rehearse(fleet, the_input(), faults=[YES, {"function": "poll", "hangBefore": "*"}])

    assert line_of(ran, 1)["outcome"] == "NeverStarted"
    assert len(calls_of(ran, "MigrateWorkspace")) == 1


def test_tags_that_cannot_be_read_cost_no_outcome(rehearse: Rehearse) -> None:
    fleet = small_fleet("migrates")
    fleet["Tags"] = {"ws-000000001": [{"Key": "Team", "Value": "a"}]}
    storm: Json = {"operation": "GetResources", "error": "ThrottledException", "afterSeconds": 300}

    ran = rehearse(fleet, the_input(), faults=[storm | {"forSeconds": 36_000}])

    line = line_of(ran, 1)
    assert line["outcome"] == "Migrated"
    assert any("tags could not be compared" in one for one in line["warnings"])


def test_a_run_that_dies_meanwhile_looks_for_what_came_of_it(rehearse: Rehearse) -> None:
    dies: Json = {"function": "poll", "crashBefore": "*", "times": 40}

    ran = rehearse(small_fleet("migrates"), the_input(), faults=[YES, dies])

    assert line_of(ran, 1)["outcome"] == "Migrated"


def test_a_service_that_takes_no_call_for_an_hour_ends_the_run(rehearse: Rehearse) -> None:
    """Nobody would notice a run that goes on for ever."""
    throttled: Json = {"operation": "MigrateWorkspace", "error": "ThrottlingException", "probability": 1}

    ran = rehearse(small_fleet(*["migrates"] * 6), the_input(maxInFlight=3), faults=[throttled])

    assert ran.report["counts"]["Deferred"] == 6
    assert {line["reason"] for line in ran.report["workspaces"]} == {"ThrottlingException"}
    assert ran.report["virtualSeconds"] < 3 * 3600
    assert len(calls_of(ran, "MigrateWorkspace")) < 6 * 80


def test_a_throttle_that_passes_delays_no_more_than_it_lasts(rehearse: Rehearse) -> None:
    storm: Json = {"operation": "MigrateWorkspace", "error": "ThrottlingException", "forSeconds": 1200}

    ran = rehearse(small_fleet("migrates"), the_input(), faults=[storm])

    assert line_of(ran, 1)["outcome"] == "Migrated"
    [*_, last] = calls_of(ran, "MigrateWorkspace")
    began = [one for one in ran.lines("twin.jsonl") if one["what"] == "started"]
    assert len(began) == 1
    assert last["error"] is None


def test_the_hourly_look_finds_what_came_of_it_when_the_run_is_dead(rehearse: Rehearse) -> None:
    """Batches and settlement die; the second run only keeps the clock going."""
    dies = [{"function": one, "crashBefore": "*", "times": 60} for one in ("poll", "settle")]

    ran = rehearse(
        small_fleet("migrates"),
        the_input(),
        the_input(dryRun=True),
        faults=[YES, *dies],
        more=("--stagger", "14400"),
    )

    told = Ran(0, ran.out / "rehearsal-1", "", "").lines("events.jsonl")
    outcomes = {one["detail"]["outcome"] for one in told if one["detail-type"] == "WorkSpace Finished"}
    assert "Migrated" in outcomes
