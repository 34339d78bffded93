"""What people and chats are told by a run: one message at its end, one for a brake, one for an approval."""

from __future__ import annotations

import json

from tests.workflow.test_rehearse_command import Rehearse, rehearse, small_fleet, the_input

__all__ = ["rehearse"]


def test_a_run_sends_one_message_and_the_chat_one(rehearse: Rehearse) -> None:
    ran = rehearse(small_fleet(*["migrates"] * 30), the_input())

    [notice] = ran.lines("notifications.jsonl")
    assert notice["subject"].startswith("Migrated: 30 of 30 WorkSpaces migrated")
    [chat] = ran.lines("chat.jsonl")
    assert chat["metadata"] == {"threadId": "rehearsal-1", "summary": notice["subject"]}


def test_a_pulled_brake_is_told_when_it_is_pulled_and_once(rehearse: Rehearse) -> None:
    fleet = small_fleet(*["never-starts"] * 3, *["migrates"] * 9)

    ran = rehearse(fleet, the_input(canary=3, batchSize=3, abortAtFailurePercent=10))

    assert ran.code == 4
    brake, end = ran.lines("notifications.jsonl")
    assert brake["subject"] == "Brake pulled: no more migrations start [dev rehearsal-1]"
    assert "starts no more migrations: 3 of 12 planned migrations failed." in brake["message"]
    assert end["subject"].startswith("Brake pulled: ")
    assert len({json.dumps(one["metadata"]["threadId"]) for one in ran.lines("chat.jsonl")}) == 1
    assert len(ran.lines("chat.jsonl")) == 2


def test_an_approval_is_asked_for_by_one_message_and_only_the_email_has_the_token(rehearse: Rehearse) -> None:
    ran = rehearse(small_fleet("migrates"), the_input(requireApproval=True))

    request, end = ran.lines("notifications.jsonl")
    assert request["subject"].startswith("Approve? ")
    assert end["subject"].startswith("Migrated: ")
    asked, told = ran.lines("chat.jsonl")
    assert asked["content"]["title"] == ":raised_hand: Approval needed: rehearsal-1"
    assert asked["metadata"]["threadId"] == told["metadata"]["threadId"]


def test_topics_that_fail_stop_nothing_but_the_report_tries_again(rehearse: Rehearse) -> None:
    fleet = small_fleet(*["never-starts"] * 3, *["migrates"] * 3)
    fault = {
        "function": "start",
        "operation": "Publish",
        "probability": 1,
        "error": "AuthorizationErrorException",
    }

    ran = rehearse(fleet, the_input(canary=3, batchSize=3, abortAtFailurePercent=10), faults=[fault])

    assert ran.code == 4
    assert len(ran.lines("notifications.jsonl")) == 1
    lost = [line for line in ran.lines("log.jsonl") if line["message"] == "notice not sent"]
    assert len(lost) == 2
