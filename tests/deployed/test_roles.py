"""The deployed roles allow what is done with them, and a role that allows one thing less is noticed at once.

Every permission of every role is removed in turn where runs are quick, in tests/workflow; here some are,
where the service that is called asks IAM.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from itertools import count
from typing import Any

import pytest

from infra.configuration import StageConfiguration
from infra.schedule_configuration import Schedule
from tests.deployed.definition_needs import Need, needs
from tests.deployed.deployment import POLLING, Account, Deployed, FunctionFailed, account
from tests.deployed.role_policies import listed, policies, without
from tests.workflow.test_rehearse_command import small_fleet, the_input

Json = dict[str, Any]

pytestmark = pytest.mark.slow

MIGRATE = the_input(polling=POLLING, abortAtFailurePercent=100)
PLAN = the_input(dryRun=True)
RUN = "done"
_numbers = count(1)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    with account(tmp_path_factory.mktemp("account"), small_fleet("migrates", "rolls-back")) as here:
        yield stage_in(here)


def stage_in(here: Account) -> Deployed:
    return here.deploy(
        StageConfiguration(
            name="roles",
            removal_policy="destroy",
            log_retention_days=14,
            api_rate_per_second=100,
            api_burst=100,
            chat_topic=True,
            schedules=(Schedule("later", "cron(0 22 ? * SAT *)", "UTC", json.dumps(PLAN)),),
        )
    )


@pytest.fixture(scope="module")
def batch(deployed: Deployed) -> Json:
    """The batch of a run that is over: its functions may be called again."""
    assert deployed.run(RUN, MIGRATE).status == "SUCCEEDED"
    [found] = json.loads(deployed.objects(f"runs/{RUN}/")["batches.json"])
    return dict(found)


def of_execution(deployed: Deployed, run_id: str, given: Json) -> Json:
    """What the state machine tells of itself."""
    arn = deployed.outputs["StateMachineArn"].replace(":stateMachine:", ":execution:")
    return {
        "runId": run_id,
        "executionArn": f"{arn}:{run_id}",
        "startedAt": datetime.now(UTC).isoformat(),
        "input": given,
    }


def assess(deployed: Deployed, batch: Json) -> Json:
    return of_execution(deployed, f"plan-{next(_numbers)}", PLAN) | {"assessment": {"done": False}}


def look(deployed: Deployed, batch: Json) -> Json:
    return {"runId": RUN, "batch": batch, "transitions": 0, "retries": 0}


def end(deployed: Deployed, batch: Json) -> Json:
    return of_execution(deployed, RUN, MIGRATE) | {"state": {}}


Event = Callable[[Deployed, Json], Json]

REMOVED: tuple[tuple[str, str, Event], ...] = (
    ("assess", "workspaces:DescribeWorkspaces", assess),
    ("assess", "tag:GetResources", assess),
    ("assess", "ec2:DescribeSubnets", assess),
    ("assess", "dynamodb:UpdateItem", assess),
    ("assess", "s3:PutObject", assess),
    ("start", "dynamodb:BatchGetItem", look),
    ("poll", "dynamodb:Query", look),
    ("settle", "s3:GetObject", end),
    ("clean_up", "dynamodb:GetItem", end),
    ("report", "sns:Publish", end),
    ("reconcile", "workspaces:DescribeWorkspaceDirectories", end),
    ("reconcile", "scheduler:GetSchedule", end),
)


@pytest.mark.parametrize(
    ("function", "action", "event"), REMOVED, ids=[f"{one[0]}-{one[1]}" for one in REMOVED]
)
def test_a_function_whose_role_allows_one_thing_less_fails_and_says_which(
    deployed: Deployed, batch: Json, function: str, action: str, event: Event
) -> None:
    role = deployed.functions[function]["Role"]
    with without(deployed.account.aws, role, action), pytest.raises(FunctionFailed) as failed:
        deployed.invoke(function, event(deployed, batch))
    assert action in str(failed.value)
    assert "not authorized" in str(failed.value)
    deployed.invoke(function, event(deployed, batch))


def test_each_function_is_among_them(deployed: Deployed) -> None:
    assert {function for function, _, _ in REMOVED} == deployed.functions.keys()


def test_without_the_permission_to_migrate_nothing_is_touched_and_the_report_says_why(
    deployed: Deployed, batch: Json
) -> None:
    events = deployed.account.twin.twin.events
    before = [one for one in events if one["what"] == "started"]
    with without(deployed.account.aws, deployed.functions["start"]["Role"], "workspaces:MigrateWorkspace"):
        run = deployed.run("forbidden", MIGRATE)
    assert run.output
    assert run.output["counts"]["Refused"] > 0
    assert [one for one in events if one["what"] == "started"] == before
    report = json.loads(deployed.objects("runs/forbidden/")["report.json"])
    refused = [one for one in report["workspaces"] if one["outcome"] == "Refused"]
    assert {one["reason"] for one in refused} == {"AccessDeniedException"}
    assert all("not authorized to perform: workspaces:MigrateWorkspace" in one["detail"] for one in refused)


def test_the_state_machines_role_allows_what_its_definition_does_and_nothing_else(deployed: Deployed) -> None:
    arn = deployed.outputs["StateMachineArn"]
    machine = deployed.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
    [key_id] = [one for kind, one in deployed.resources.values() if kind == "AWS::KMS::Key"]
    key = deployed.client("kms").describe_key(KeyId=key_id)["KeyMetadata"]["Arn"]
    wanted = needs(
        json.loads(machine["definition"]), arn, bucket=deployed.outputs["RunsBucketName"], key_arn=key
    )
    assert_exactly(deployed, machine["roleArn"], wanted)


def test_the_schedules_role_allows_to_start_runs_and_to_keep_what_failed(deployed: Deployed) -> None:
    scheduler = deployed.client("scheduler")
    target = scheduler.get_schedule(GroupName=deployed.stack.name, Name="later")["Target"]
    wanted = {
        ("states:StartExecution", deployed.outputs["StateMachineArn"]),
        ("sqs:SendMessage", target["DeadLetterConfig"]["Arn"]),
    }
    assert_exactly(deployed, target["RoleArn"], wanted)


def assert_exactly(deployed: Deployed, role_arn: str, wanted: set[Need]) -> None:
    """IAM allows the role all that is wanted; and each thing it names is wanted, but for logs and traces."""
    refused = [
        (action, resource)
        for action, resource in wanted
        if not deployed.iam_allows(role_arn, action, resource)
    ]
    assert refused == []
    named = {
        (action, resource)
        for document in policies(deployed.account.aws, role_arn).values()
        for statement in document["Statement"]
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        if not action.startswith(("logs:", "xray:"))
    }
    spare = [
        (action, resource)
        for action, resource in named
        if not any(action == one and fnmatchcase(what, resource) for one, what in wanted)
    ]
    assert spare == []
