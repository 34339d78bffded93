"""Runs of the deployed stack, started as people start them, and what people then read."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.configuration import StageConfiguration
from infra.schedule_configuration import Schedule
from migrator.domain.moments import moment
from rehearsal.samba import SERVICE_PASSWORD, what_is_missing
from tests.deployed.deployment import POLLING, Account, Deployed, Execution, account
from tests.deployed.mailbox import Mailbox
from tests.deployed.waiting import wait_for
from tests.workflow.test_rehearse_command import DIRECTORY, small_fleet, the_input

Json = dict[str, Any]

pytestmark = pytest.mark.slow

MOVES, MOVES_TOO, ROLLS_BACK, OPTED_OUT, BY_SCHEDULE, IF_APPROVED = (f"ws-{n:09d}" for n in range(1, 7))
WAVES = {MOVES: "1", MOVES_TOO: "1", ROLLS_BACK: "1", OPTED_OUT: "1", BY_SCHEDULE: "2", IF_APPROVED: "3"}


def fleet() -> Json:
    """Three waves; in the first, one fails in silence and leaves its computer, and one must stay."""
    document = small_fleet("migrates", "migrates", "rolls-back", "migrates", "migrates", "migrates")
    document["Tags"] = {one: [{"Key": "Wave", "Value": wave}] for one, wave in WAVES.items()}
    document["Tags"][OPTED_OUT].append({"Key": "MigrationOptOut", "Value": ""})
    return document


def wave(number: str, **fields: Any) -> Json:
    return the_input(
        select={"directoryIds": [DIRECTORY], "tags": {"Wave": number}},
        polling=POLLING,
        abortAtFailurePercent=100,
        **fields,
    )


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    if (missing := what_is_missing()) and (os.geteuid() == 0 or os.environ.get("CI")):
        pytest.fail(missing)
    with account(tmp_path_factory.mktemp("account"), fleet(), real_directory=True) as it:
        yield it


@pytest.fixture(scope="module")
def deployed(here: Account) -> Deployed:
    # Over before the stack is up: the schedule starts its run at the first look at the clock.
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return here.deploy(
        StageConfiguration(
            name="weekend",
            removal_policy="destroy",
            log_retention_days=14,
            api_rate_per_second=100,
            api_burst=100,
            chat_topic=True,
            schedules=(Schedule("second-wave", f"at({at})", "UTC", json.dumps(wave("2"))),),
            directories=here.directories,
        )
    )


@dataclass(frozen=True)
class Readers:
    """Who reads the topics and listens to the bus."""

    people: Mailbox
    chat: Mailbox
    bus: Mailbox

    def notices(self, run_id: str) -> list[str]:
        """Subjects of the messages to people about a run."""
        return [one["Subject"] for one in self.people.messages() if run_id in one["Subject"]]

    def events(self, run_id: str) -> list[Json]:
        """What the bus was told of a run, each once: an event may be told again under its id."""
        details = [{"type": one["detail-type"], **one["detail"]} for one in self.bus.messages()]
        return list({one["eventId"]: one for one in details if one["runId"] == run_id}.values())


@pytest.fixture(scope="module")
def readers(here: Account, deployed: Deployed) -> Readers:
    found = Readers(*(Mailbox(here.aws, name) for name in ("people", "chat", "bus")))
    found.people.subscribe(deployed.outputs["TopicArn"])
    found.chat.subscribe(deployed.outputs["ChatTopicArn"])
    found.bus.listen(deployed.outputs["EventBusName"])
    return found


@pytest.fixture(scope="module")
def by_hand(deployed: Deployed, readers: Readers) -> Execution:
    """The first wave, whose first WorkSpace goes alone."""
    return deployed.run("first-wave", wave("1", canary=1))


@pytest.fixture(scope="module")
def scheduled(here: Account, deployed: Deployed, by_hand: Execution) -> Execution:
    """The execution that nobody here has started."""
    machine = deployed.outputs["StateMachineArn"]

    def others() -> list[str]:
        found = here.aws.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
        return [one["executionArn"] for one in found if one["name"] not in ("first-wave", "third-wave")]

    [arn] = wait_for("the schedule starts its run", others)
    return deployed.ended(arn)


@pytest.fixture(scope="module")
def approved(here: Account, deployed: Deployed, readers: Readers, by_hand: Execution) -> Execution:
    """The third wave, which asks and is answered with what the message says."""
    machine = here.aws.client("stepfunctions")
    arn = deployed.start("third-wave", wave("3", requireApproval=True))

    def token() -> str:
        asked = [one["Message"] for one in readers.people.messages() if "third-wave" in one["Subject"]]
        return asked[0].rpartition("TOKEN:\n")[2].strip() if asked else ""

    machine.send_task_success(
        taskToken=wait_for("the request for approval", token), output='{"approvedBy": "ana"}'
    )
    return deployed.ended(arn)


def test_its_output_is_the_verdict(by_hand: Execution) -> None:
    assert by_hand.status == "SUCCEEDED", by_hand
    assert by_hand.output is not None
    assert by_hand.output["counts"] == {"Migrated": 2, "RolledBack": 1, "Ineligible": 1}
    assert by_hand.output["verdict"] == "incomplete"
    assert by_hand.output["report"] == "runs/first-wave/report.html"


def test_the_bucket_has_the_report(deployed: Deployed, by_hand: Execution, here: Account) -> None:
    files = deployed.objects("runs/first-wave/")
    report = json.loads(files["report.json"])
    assert {one["workspaceId"]: (one["outcome"], one["reason"]) for one in report["workspaces"]} == {
        MOVES: ("Migrated", None),
        MOVES_TOO: ("Migrated", None),
        ROLLS_BACK: ("RolledBack", None),
        OPTED_OUT: ("Ineligible", "opt-out"),
    }
    assert by_hand.output
    assert by_hand.output["headline"] in files["report.html"]
    assert [row["WorkspaceId"] for row in csv.DictReader(files["retry.csv"].splitlines())] == [ROLLS_BACK]
    truly = {
        one["workspaceId"]: one["targetWorkspaceId"]
        for one in here.twin.twin.events
        if one["what"] == "finished" and WAVES[one["workspaceId"]] == "1"
    }
    told = list(csv.reader(files["id-map.csv"].splitlines()))[1:]
    assert {row[0]: row[1] for row in told} == truly


def test_people_get_one_message(readers: Readers, by_hand: Execution) -> None:
    assert readers.notices("first-wave") == [
        "Incomplete: 2 of 3 WorkSpaces migrated, 1 needs a person [weekend first-wave]"
    ]
    threads = [json.loads(one["Message"])["metadata"]["threadId"] for one in readers.chat.messages()]
    assert "first-wave" in threads


def test_the_bus_is_told_all(readers: Readers, by_hand: Execution) -> None:
    told = Counter(one["type"] for one in readers.events("first-wave"))
    assert told == {"Run Started": 1, "WorkSpace Finished": 4, "Batch Finished": 2, "Run Finished": 1}


def test_the_ledger_has_each_migration(deployed: Deployed, by_hand: Execution) -> None:
    rows = {row["sk"]["S"]: row for row in deployed.rows() if row["pk"]["S"] == "run#first-wave"}
    outcomes = {
        row["workspace_id"]["S"]: row["outcome"]["S"]
        for sk, row in rows.items()
        if sk.startswith("workspace#")
    }
    assert outcomes == {MOVES: "Migrated", MOVES_TOO: "Migrated", ROLLS_BACK: "RolledBack"}


def test_the_orphan_is_gone_and_no_other_computer(
    here: Account, deployed: Deployed, by_hand: Execution, scheduled: Execution, approved: Execution
) -> None:
    report = json.loads(deployed.objects("runs/first-wave/")["report.json"])
    [line] = [one for one in report["directory"] if one["action"] == "delete"]
    if here.domain is None:
        assert line["result"] == "failed"
        pytest.skip(f"nothing cleaned up: {what_is_missing()}")
    assert line["result"] == "deleted"
    [left] = [one for one in here.twin.twin.events if one["what"] == "computer-left"]
    here.twin.clock.catch_up()
    fates = {one["computerName"]: one["fate"] for one in here.domain.history()}
    assert [name for name, fate in fates.items() if fate == "removed by the clean-up"] == [
        left["computerName"]
    ]
    assert line["computerName"] == left["computerName"]
    # The former computers of those that migrated, the service itself removes.
    assert Counter(fates.values()) == {
        "there": 6,
        "removed by the service": 4,
        "removed by the clean-up": 1,
    }


def test_a_schedule_starts_a_run(deployed: Deployed, scheduled: Execution, here: Account) -> None:
    assert scheduled.status == "SUCCEEDED", scheduled
    assert scheduled.output
    assert scheduled.output["counts"] == {"Migrated": 1}
    report = json.loads(deployed.objects(f"runs/{scheduled.name}/")["report.json"])
    [one] = report["workspaces"]
    assert (one["workspaceId"], one["outcome"]) == (BY_SCHEDULE, "Migrated")


def test_nothing_starts_before_a_person_has_answered(
    deployed: Deployed, approved: Execution, readers: Readers, here: Account
) -> None:
    assert approved.output
    assert approved.output["counts"] == {"Migrated": 1}
    report = json.loads(deployed.objects("runs/third-wave/")["report.json"])
    assert report["approval"]["approvedBy"] == "ana"
    [started] = [
        one["at"]
        for one in here.twin.twin.events
        if one["what"] == "started" and one["workspaceId"] == IF_APPROVED
    ]
    assert moment(started) >= moment(report["approval"]["approvedAt"])


def test_nothing_is_held_when_all_is_over(
    deployed: Deployed, by_hand: Execution, scheduled: Execution, approved: Execution
) -> None:
    rows = deployed.rows()
    [permits] = [row for row in rows if row["sk"]["S"] == "permits"]
    assert permits["in_flight"]["N"] == "0"
    assert not [row for row in rows if row["pk"]["S"].startswith("flights#")]
    assert deployed.invoke("reconcile", {}) == {"held": {}, "asleep": []}


def test_each_call_was_allowed_by_its_functions_own_role(
    here: Account, by_hand: Execution, scheduled: Execution, approved: Execution
) -> None:
    calls = list(here.twin.calls)
    assert [one for one in calls if not one.allowed] == []
    assert {one.function for one in calls} >= {"assess", "start", "poll", "settle", "clean_up", "report"}
    assert Counter(one.action for one in calls)["workspaces:MigrateWorkspace"] == 5


def test_nothing_that_was_logged_or_configured_holds_the_password(
    here: Account, deployed: Deployed, by_hand: Execution
) -> None:
    logs = here.aws.client("logs")
    groups = [one["logGroupName"] for one in logs.describe_log_groups()["logGroups"]]
    written = [
        event["message"]
        for group in groups
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        for event in page["events"]
    ]
    assert [one for one in written if "fleet assessed" in one]
    configured = [json.dumps(one["Environment"]) for one in deployed.functions.values()]
    assert not [one for one in (*written, *configured) if SERVICE_PASSWORD in one]
