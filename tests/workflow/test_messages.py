"""What people and chats are told by a run: one message at its end, one for a brake, one for an approval."""

from __future__ import annotations

import json

from tests.samples import POOL
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


def test_a_brake_whose_function_dies_before_it_tells_is_told_by_its_repetition(rehearse: Rehearse) -> None:
    fleet = small_fleet(*["never-starts"] * 3, *["migrates"] * 9)
    # The brake is in the ledger by then, and nobody has heard of it.
    dies = {"function": "start", "crashBefore": "Publish", "times": 1}

    ran = rehearse(fleet, the_input(canary=3, batchSize=3, abortAtFailurePercent=10), faults=[dies])

    brake, end = ran.lines("notifications.jsonl")
    assert brake["subject"] == "Brake pulled: no more migrations start [dev rehearsal-1]"
    assert end["subject"].startswith("Brake pulled: ")


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


def test_a_custom_bundle_that_everybody_left_is_named_with_its_image(rehearse: Rehearse) -> None:
    fleet = small_fleet(*["migrates"] * 3)
    for number in (1, 2, 3):
        image = f"wsi-0custom0{number}"
        custom = {"Name": "Ours with Windows 10", "Owner": "123456789012", "ImageId": image}
        fleet["Bundles"].append({"BundleId": f"wsb-0custom0{number}", **custom})
        fleet.setdefault("Images", []).append(
            {"ImageId": image, "OperatingSystem": {"Type": "WINDOWS"}, "RequiredTenancy": "DEFAULT"}
        )
    for workspace, bundle in zip(fleet["Workspaces"], ("1", "2", "2"), strict=True):
        workspace["BundleId"] = f"wsb-0custom0{bundle}"

    chosen = {"workspaceIds": ["ws-000000001", "ws-000000002"]}
    ran = rehearse(fleet, the_input(select=chosen, target={"bundleId": "wsb-0custom03"}))

    first, second = ran.report["bundles"]
    assert (first["bundleId"], first["toDelete"], first["imageToDelete"]) == (
        "wsb-0custom01",
        True,
        "wsi-0custom01",
    )
    # One that the run did not touch is on it.
    assert (second["bundleId"], second["toDelete"], second["stillOnIt"]) == ("wsb-0custom02", False, 1)
    assert "delete it, then its image wsi-0custom01" in (ran.out / "report.html").read_text(encoding="utf-8")

    # A pool is made from it: it stays. So it does where the service does not say.
    place = {"BundleId": "wsb-0custom01", "DirectoryId": fleet["Directories"][0]["DirectoryId"]}
    pooled = {**fleet, "WorkspacesPools": [{**POOL, **place}]}
    wanted = the_input(select=chosen, target={"bundleId": "wsb-0custom03"})
    denied = {"function": "report", "operation": "DescribeWorkspacesPools", "error": "AccessDeniedException"}
    for kept, pools, told in (
        (rehearse(pooled, wanted), 1, "Keep it: WorkSpaces Pools are made from it."),
        (rehearse(fleet, wanted, faults=[denied]), None, "the service did not say"),
    ):
        [line] = [one for one in kept.report["bundles"] if one["bundleId"] == "wsb-0custom01"]
        assert (line["toDelete"], line["imageToDelete"], line["pools"]) == (False, None, pools)
        assert told in line["nextStep"]
        assert told in (kept.out / "report.html").read_text(encoding="utf-8")

    # An empty page that is not the last one says nothing about who uses a bundle.
    empty = {"function": "report", "operation": "DescribeWorkspaces", "emptyPage": True, "times": 2}
    again = rehearse(fleet, the_input(select=chosen, target={"bundleId": "wsb-0custom03"}), faults=[empty])
    assert again.report["bundles"] == ran.report["bundles"]


def test_a_service_that_does_not_say_who_uses_a_bundle_costs_no_report(rehearse: Rehearse) -> None:
    fault = {"function": "report", "operation": "DescribeWorkspaces", "error": "AccessDeniedException"}

    ran = rehearse(small_fleet("migrates"), the_input(), faults=[fault])

    assert ran.code == 0
    assert ran.report["bundles"] is None


def test_the_report_knows_the_permits_of_the_plan(rehearse: Rehearse) -> None:
    ran = rehearse(small_fleet(*["migrates"] * 3), the_input(maxInFlight=2))
    assert ran.report["permits"] == {"d-9067b2d8e5": 2}
    page = (ran.out / "report.html").read_text(encoding="utf-8")
    assert "at most 2 were in flight at one time, of 2 permits." in page
    assert "Report page in the S3 console" not in page, "it is this page"
    [notice] = ran.lines("notifications.jsonl")
    assert "Report page in the S3 console" in notice["message"]
    assert rehearse(small_fleet("migrates"), the_input(dryRun=True)).report["permits"] is None
