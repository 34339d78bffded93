"""What a run looks at when all have their outcome: failed targets, users; and what dead runs hold."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.workflow.test_rehearse_command import (
    NEW,
    OLD,
    Json,
    Ran,
    Rehearse,
    rehearse,
    small_fleet,
    the_input,
)

__all__ = ["rehearse"]

FAILS = "rolls-back+leaves-target"


def calls_of(ran: Ran, operation: str) -> list[Json]:
    return [one for one in ran.lines("calls.jsonl") if one["operation"] == operation]


def line_of(ran: Ran, number: int) -> Json:
    found: Json = next(one for one in ran.report["workspaces"] if one["workspaceId"] == f"ws-{number:09d}")
    return found


def test_a_target_left_in_error_is_reported_and_stays_unless_the_input_says_otherwise(
    rehearse: Rehearse,
) -> None:
    ran = rehearse(small_fleet(FAILS, "migrates"), the_input(abortAtFailurePercent=100))

    line = line_of(ran, 1)
    assert (line["outcome"], line["reason"]) == ("RolledBack", "ERROR")
    assert f"target {line['targetWorkspaceId']} left in ERROR" in line["warnings"]
    assert "Terminate" in line["nextStep"]
    assert calls_of(ran, "TerminateWorkspaces") == []


def test_with_the_input_s_word_it_is_terminated_once_and_its_computer_cleaned_up(rehearse: Rehearse) -> None:
    given = the_input(abortAtFailurePercent=100, terminateFailedTargets=True)

    ran = rehearse(small_fleet(FAILS, "migrates", "rolls-back"), given)

    line = line_of(ran, 1)
    [call] = calls_of(ran, "TerminateWorkspaces")
    assert call["parameters"] == {"TerminateWorkspaceRequests": [{"WorkspaceId": line["targetWorkspaceId"]}]}
    assert call["function"] == "settle"
    assert any(one.endswith("has been terminated") for one in line["warnings"])
    assert line["nextStep"].startswith("Look at the original")
    terminated = [one for one in ran.lines("twin.jsonl") if one["what"] == "terminated"]
    assert line["targetWorkspaceId"] in {one["terminatedWorkspaceId"] for one in terminated}
    assert {one["result"] for one in ran.report["directory"]} <= {"deleted", "already-gone"}


def test_a_termination_whose_answer_was_lost_is_told_as_what_it_was(rehearse: Rehearse) -> None:
    given = the_input(abortAtFailurePercent=100, terminateFailedTargets=True)
    lost = [{"operation": "TerminateWorkspaces", "lostResponse": True}]

    ran = rehearse(small_fleet(FAILS, "migrates"), given, faults=lost)

    assert len(calls_of(ran, "TerminateWorkspaces")) == 2
    assert any(one.endswith("has been terminated") for one in line_of(ran, 1)["warnings"])


def test_a_crash_after_the_termination_does_not_repeat_it(rehearse: Rehearse) -> None:
    given = the_input(abortAtFailurePercent=100, terminateFailedTargets=True)

    ran = rehearse(
        small_fleet(FAILS, "migrates"),
        given,
        faults=[{"function": "settle", "crashAfter": "TerminateWorkspaces"}],
    )

    assert len(calls_of(ran, "TerminateWorkspaces")) == 1
    assert any(one.endswith("has been terminated") for one in line_of(ran, 1)["warnings"])


def test_a_target_that_is_gone_before_the_lost_answer_is_missed_was_terminated(rehearse: Rehearse) -> None:
    """The function hangs after the call, and is killed again, until nobody returns the target."""
    given = the_input(abortAtFailurePercent=100, terminateFailedTargets=True)

    ran = rehearse(
        small_fleet(FAILS, "migrates"),
        given,
        faults=[
            {"function": "settle", "hangAfter": "TerminateWorkspaces", "times": 1},
            {"function": "settle", "hangBefore": "DescribeWorkspaces", "skip": 1, "times": 2},
        ],
    )

    [call] = calls_of(ran, "TerminateWorkspaces")
    [look, *_] = [
        one
        for one in calls_of(ran, "DescribeWorkspaces")
        if one["function"] == "settle" and one["result"] and one["at"] > call["at"]
    ]
    found = {one["WorkspaceId"] for one in look["result"]["Workspaces"]}
    assert line_of(ran, 1)["targetWorkspaceId"] not in found, "it was still there"
    assert any(one.endswith("has been terminated") for one in line_of(ran, 1)["warnings"])


def test_what_came_of_a_call_whose_function_never_came_back_is_not_claimed(rehearse: Rehearse) -> None:
    given = the_input(abortAtFailurePercent=100, terminateFailedTargets=True)

    ran = rehearse(
        small_fleet(FAILS, "migrates"),
        given,
        faults=[
            {"function": "settle", "crashBefore": "TerminateWorkspaces", "times": 60},
        ],
    )

    assert calls_of(ran, "TerminateWorkspaces") == []
    target = line_of(ran, 1)["targetWorkspaceId"]
    assert (
        f"whether target {target} has been terminated is not known: look at it" in line_of(ran, 1)["warnings"]
    )


def test_a_user_with_another_workspace_left_is_told(rehearse: Rehearse) -> None:
    fleet = small_fleet("migrates", "migrates")
    # On another bundle and in no state to be counted when the run is planned.
    fleet["Workspaces"].append(
        {**fleet["Workspaces"][0], "WorkspaceId": "ws-maintained", "BundleId": NEW, "State": "MAINTENANCE"}
    )

    ran = rehearse(fleet, the_input(select={"sourceBundleIds": [OLD]}))

    assert line_of(ran, 1)["warnings"] == ["its user has another WorkSpace, ws-maintained (MAINTENANCE)"]
    assert line_of(ran, 2)["warnings"] == []


def dead(functions: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{"function": one, "crashBefore": "DescribeWorkspaces", "times": 60} for one in functions]


def test_every_hour_what_a_dead_run_holds_is_given_back(rehearse: Rehearse) -> None:
    """The first run's batches and its settlement die, the second one is a dry run three hours later."""
    fleet = small_fleet(*["migrates"] * 4)

    ran = rehearse(
        fleet,
        the_input(),
        the_input(dryRun=True),
        faults=dead(("poll", "settle")),
        more=("--stagger", "10800"),
    )

    first = ran.out / "rehearsal-1"
    told = Ran(0, first, "", "").lines("events.jsonl")
    outcomes = Counter(one["detail"]["outcome"] for one in told if one["detail-type"] == "WorkSpace Finished")
    assert outcomes["Migrated"] == 4


def test_a_run_that_waits_for_a_dead_one_sees_its_migrations_end(rehearse: Rehearse) -> None:
    """With one permit, and the dead run holding it, the second run could start nothing for an hour."""
    ran = rehearse(
        small_fleet(*["migrates"] * 3),
        the_input(maxInFlight=1),
        the_input(maxInFlight=1),
        faults=[{**one, "runId": "rehearsal-1"} for one in dead(("poll", "settle"))] + dead(("reconcile",)),
        more=("--stagger", "1000"),
    )

    second = Ran(0, ran.out / "rehearsal-2", "", "")
    assert second.report["counts"]["Migrated"] == 3
