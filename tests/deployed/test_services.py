"""What acts without being a function, the state machine, the schedules and the alarms, may do what it does by
its own role and by the policies of what it uses, and nothing without them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from typing import Any

import pytest

from infra.configuration import StageConfiguration
from infra.schedule_configuration import Schedule
from infra.sweep_configuration import Sweep
from tests.deployed.deployment import POLLING, Deployed, Execution, FunctionFailed, account
from tests.deployed.mailbox import Mailbox
from tests.deployed.role_policies import trusting, without
from tests.deployed.test_roles import of_execution
from tests.deployed.waiting import wait_for
from tests.workflow.test_rehearse_command import small_fleet, the_input

Json = dict[str, Any]

pytestmark = pytest.mark.slow

PLAN = the_input(dryRun=True)
GROUP = "FleetMigrator-services"
_WORKSPACES = 12

WAITS = 0.02
"""What is refused is tried again for minutes."""

_numbers = count(1)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    fleet = small_fleet(*["migrates"] * _WORKSPACES)
    with account(tmp_path_factory.mktemp("account"), fleet, waits=WAITS) as here:
        yield here.deploy(
            StageConfiguration(
                name="services",
                removal_policy="destroy",
                log_retention_days=14,
                api_rate_per_second=100,
                api_burst=100,
                sweep=Sweep(),
                schedules=(Schedule("plan", "cron(0 22 ? * SAT *)", "UTC", json.dumps(PLAN)),),
            )
        )


def migrate(deployed: Deployed, **more: Any) -> tuple[Execution, str]:
    """A run that moves one WorkSpace that no other run here has touched; and what people can read of it."""
    number = next(_numbers)
    select = {"workspaceIds": [f"ws-{number:09d}"]}
    name = f"run-{number}"
    run = deployed.run(name, the_input(select=select, polling=POLLING, **more))
    told = [str(run.cause), str(deployed.objects(f"runs/{name}/").get("report.json"))]
    return run, " ".join([*told, *died(deployed, name)])


def died(deployed: Deployed, name: str) -> Iterator[str]:
    """What the children of a run's maps died of."""
    machine = deployed.client("stepfunctions")
    arn = deployed.outputs["StateMachineArn"].replace(":stateMachine:", ":execution:")
    for map_run in machine.list_map_runs(executionArn=f"{arn}:{name}")["mapRuns"]:
        for child in machine.list_executions(mapRunArn=map_run["mapRunArn"])["executions"]:
            yield str(machine.describe_execution(executionArn=child["executionArn"]).get("cause"))


def machine_role(deployed: Deployed) -> str:
    machine = deployed.client("stepfunctions").describe_state_machine(
        stateMachineArn=deployed.outputs["StateMachineArn"]
    )
    return str(machine["roleArn"])


def function_arn(deployed: Deployed, name: str) -> str:
    return str(deployed.functions[name]["FunctionArn"])


def log(deployed: Deployed) -> str:
    return deployed.account.aws.log.read_text(errors="replace")


# --- the state machine ---


@pytest.mark.parametrize("function", ["assess", "start", "poll", "settle", "clean_up", "report"])
def test_a_state_machine_that_may_not_call_a_function_fails_and_says_which(
    deployed: Deployed, function: str
) -> None:
    arn = function_arn(deployed, function)
    people = Mailbox(deployed.account.aws, f"people-{function}")
    people.subscribe(deployed.outputs["TopicArn"])
    with without(deployed.account.aws, machine_role(deployed), "lambda:InvokeFunction", arn):
        run, told = migrate(deployed)
    # Where it is the report that is not written, the last resort is a message.
    told += json.dumps(people.messages())
    assert run.status == "FAILED"
    assert re.search(rf"is not authorized to perform: lambda:InvokeFunction .*on resource: {arn}", told), told


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject", "states:StartExecution"])
def test_a_map_that_may_not_read_start_or_write_fails_and_says_so(deployed: Deployed, action: str) -> None:
    with without(deployed.account.aws, machine_role(deployed), action):
        run, told = migrate(deployed)
    assert run.status == "FAILED"
    assert f"is not authorized to perform: {action}" in told


@pytest.mark.parametrize("action", ["sns:Publish", "kms:Decrypt", "kms:GenerateDataKey"])
def test_a_request_for_approval_that_may_not_be_sent_fails_the_run(deployed: Deployed, action: str) -> None:
    with without(deployed.account.aws, machine_role(deployed), action):
        run, told = migrate(deployed, requireApproval=True)
    assert run.status == "FAILED"
    assert f"is not authorized to perform: {action}" in told


def test_with_all_of_them_it_succeeds(deployed: Deployed) -> None:
    run = deployed.run("again", PLAN)
    assert run.status == "SUCCEEDED", run


# --- the schedules ---


def executions(deployed: Deployed) -> list[str]:
    found = deployed.client("stepfunctions").list_executions(
        stateMachineArn=deployed.outputs["StateMachineArn"]
    )["executions"]
    return [one["name"] for one in found if one["name"].startswith("plan-")]


def given_up(deployed: Deployed) -> list[Json]:
    """What is in the queue of starts that were given up, taken out."""
    [url] = [one for kind, one in deployed.resources.values() if kind == "AWS::SQS::Queue"]
    sqs = deployed.client("sqs")
    found = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages", [])
    for one in found:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return [{name: one["StringValue"] for name, one in each["MessageAttributes"].items()} for each in found]


def role_of_schedule(deployed: Deployed, group: str) -> str:
    scheduler = deployed.client("scheduler")
    name = scheduler.list_schedules(GroupName=group)["Schedules"][0]["Name"]
    return str(scheduler.get_schedule(GroupName=group, Name=name)["Target"]["RoleArn"])


def test_a_schedule_starts_a_run_and_names_it(deployed: Deployed) -> None:
    deployed.due_now(GROUP)
    [name] = wait_for("the schedule starts its run", lambda: executions(deployed))
    assert len(name) > len("plan-")


def test_a_schedule_that_may_not_start_runs_leaves_in_its_queue_what_it_may_not(deployed: Deployed) -> None:
    before = executions(deployed)
    with without(deployed.account.aws, role_of_schedule(deployed, GROUP), "states:StartExecution"):
        deployed.due_now(GROUP)
        [told] = wait_for("the start is given up", lambda: given_up(deployed))
    assert told["ERROR_CODE"] == "AccessDeniedException"
    assert "is not authorized to perform: states:StartExecution" in told["ERROR_MESSAGE"]
    assert executions(deployed) == before


def test_a_schedule_that_may_not_even_keep_what_failed_is_lost(deployed: Deployed) -> None:
    """AWS counts these, and an alarm is on the count."""
    aws, role = deployed.account.aws, role_of_schedule(deployed, GROUP)
    with without(aws, role, "states:StartExecution"), without(aws, role, "sqs:SendMessage"):
        deployed.due_now(GROUP)
        wait_for("the start is lost", lambda: "given up and not kept" in log(deployed))
    assert "is not authorized to perform: sqs:SendMessage" in log(deployed)
    assert given_up(deployed) == []


def test_a_sweep_whose_schedule_may_not_call_it_is_given_up(deployed: Deployed) -> None:
    group = f"{GROUP}-sweep"
    with without(deployed.account.aws, role_of_schedule(deployed, group), "lambda:InvokeFunction"):
        deployed.due_now(group)
        message = "is not authorized to perform: lambda:InvokeFunction"
        wait_for("the sweep is given up", lambda: message in log(deployed).split("gave up")[-1])


# --- who may take on which role ---


Changed = Callable[[Json], Json]


def nobody(statement: Json) -> Json:
    return {**statement, "Principal": {"Service": "ec2.amazonaws.com"}}


def another_account(statement: Json) -> Json:
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    return {**statement, "Condition": {"StringEquals": {"aws:SourceAccount": "210987654321"}}}


@pytest.mark.parametrize("function", ["assess", "start", "poll", "settle", "clean_up", "report", "reconcile"])
def test_a_role_that_does_not_trust_lambda_runs_no_function(deployed: Deployed, function: str) -> None:
    role = deployed.functions[function]["Role"]
    with (
        trusting(deployed.account.aws, role, nobody),
        pytest.raises(FunctionFailed, match=r"cannot be assumed by principal lambda\.amazonaws\.com"),
    ):
        deployed.invoke(function, {})


@pytest.mark.parametrize("changed", [nobody, another_account])
def test_a_role_that_does_not_trust_step_functions_runs_no_state_machine(
    deployed: Deployed, changed: Changed
) -> None:
    with trusting(deployed.account.aws, machine_role(deployed), changed):
        run = deployed.run(f"untrusted-{changed.__name__}", PLAN)
    assert run.status == "FAILED"
    assert "cannot be assumed by principal states.amazonaws.com" in str(run.cause)


@pytest.mark.parametrize("changed", [nobody, another_account])
@pytest.mark.parametrize("group", [GROUP, f"{GROUP}-sweep"])
def test_a_role_that_does_not_trust_the_scheduler_starts_nothing(
    deployed: Deployed, group: str, changed: Changed
) -> None:
    role, message = (
        role_of_schedule(deployed, group),
        "cannot be assumed by principal scheduler.amazonaws.com",
    )
    seen, before = log(deployed).count(message), executions(deployed)
    with trusting(deployed.account.aws, role, changed):
        deployed.due_now(group)
        wait_for("the schedule gives up", lambda: log(deployed).count(message) > seen)
    assert executions(deployed) == before


# --- keys, topics and functions that let services in ---


@contextmanager
def key_without(deployed: Deployed, principal: Json) -> Iterator[None]:
    """The topics' key, whose policy says nothing of a principal."""
    [key] = [one for kind, one in deployed.resources.values() if kind == "AWS::KMS::Key"]
    kms = deployed.client("kms")
    before = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    policy = json.loads(before)
    left = [one for one in policy["Statement"] if one["Principal"] != principal]
    assert len(left) == len(policy["Statement"]) - 1
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps({**policy, "Statement": left}))
    try:
        yield
    finally:
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=before)


ACCOUNT_ITSELF = {"AWS": "arn:aws:iam::123456789012:root"}
ALARMS = {"Service": "cloudwatch.amazonaws.com"}


def test_a_key_that_leaves_it_to_nobodys_policies_encrypts_no_message(deployed: Deployed) -> None:
    """Neither the state machine's nor a function's: their roles count only because the key says so."""
    assert deployed.run("told", PLAN).status == "SUCCEEDED"
    event = of_execution(deployed, "told", PLAN) | {"state": {}}
    with (
        key_without(deployed, ACCOUNT_ITSELF),
        pytest.raises(FunctionFailed, match=r"is not authorized to perform: kms:GenerateDataKey"),
    ):
        deployed.invoke("report", event)


@contextmanager
def topic_without(deployed: Deployed, principal: Json) -> Iterator[None]:
    """The people's topic, whose policy says nothing of a principal."""
    sns, topic = deployed.client("sns"), deployed.outputs["TopicArn"]
    before = sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
    policy = json.loads(before)
    left = [one for one in policy["Statement"] if one["Principal"] != principal]
    assert len(left) == len(policy["Statement"]) - 1

    def put(text: str) -> None:
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=text)

    put(json.dumps({**policy, "Statement": left}))
    try:
        yield
    finally:
        put(before)


Without = Callable[[Deployed, Json], AbstractContextManager[None]]


@pytest.mark.parametrize("taken_away", [key_without, topic_without])
def test_an_alarm_is_told_as_long_as_topic_and_key_let_alarms_in(
    deployed: Deployed, taken_away: Without
) -> None:
    cloudwatch, name = deployed.client("cloudwatch"), f"{GROUP}-BrakePulled"
    people = Mailbox(deployed.account.aws, f"alarms-{taken_away.__name__}")
    people.subscribe(deployed.outputs["TopicArn"])

    def ring() -> int:
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="all is well")
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")
        return len(people.messages())

    with taken_away(deployed, ALARMS):
        assert ring() == 0
    assert f"alarm {name}: User: cloudwatch.amazonaws.com is not authorized to perform:" in log(deployed)
    assert ring() == 1


def test_a_function_that_does_not_let_its_rule_in_is_not_called(deployed: Deployed) -> None:
    events, functions = deployed.client("events"), deployed.client("lambda")
    [rule] = [one for kind, one in deployed.resources.values() if kind == "AWS::Events::Rule"]
    arn = function_arn(deployed, "reconcile")
    [statement] = json.loads(functions.get_policy(FunctionName=arn)["Policy"])["Statement"]
    functions.remove_permission(FunctionName=arn, StatementId=statement["Sid"])
    events.put_rule(Name=rule, ScheduleExpression="rate(1 minute)")
    message = "User: events.amazonaws.com is not authorized to perform: lambda:InvokeFunction"
    # A minute has passed since the rule was made, or will soon.
    wait_for("the rule is due", lambda: message in log(deployed), seconds=75)
