"""The wire: time, faults and records, below botocore's own retries."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError
from moto import mock_aws

from rehearsal.call_record import CallRecord
from rehearsal.clock import VirtualClock
from rehearsal.fault_plan import FaultPlan
from rehearsal.faults import parse_faults
from rehearsal.invocation import FunctionCrashed, FunctionTimedOut, Invocation, current_invocation
from rehearsal.twin import Twin, parse_fleet
from rehearsal.twin.paging import LISTS_BY_OPERATION
from rehearsal.twin.shapes import service_model
from rehearsal.wire import Wire
from tests.twin_bench import NOW, PERFORMANCE_10, SESSION, fleet_document, model_faults, workspace_id

ONCE = Config(retries={"total_max_attempts": 1})
MIGRATE = {"SourceWorkspaceId": workspace_id(0), "BundleId": PERFORMANCE_10}
Line = dict[str, Any]


class Rehearsed:
    """What a function did: how it ended, the lines of calls.jsonl, when it ended."""

    def __init__(self, faults: list[Line] | None = None, *, seed: int = 1, count: int = 3) -> None:
        self.lines: list[Line] = []
        self.ended: BaseException | object = None
        self.took = timedelta()
        self.clock = VirtualClock(datetime.fromisoformat(NOW))
        self.twin = Twin(
            self.clock, parse_fleet(fleet_document(count)), seed=seed, rate_per_second=1e6, burst=10_000
        )
        self._wire = Wire(
            self.clock,
            self.twin,
            seed=seed,
            faults=FaultPlan(parse_faults(faults or []), seed=seed),
            on_call=self._keep,
        )

    def _keep(self, record: CallRecord) -> None:
        self.lines.append(json.loads(record.to_json()))

    def run(self, *functions: Callable[[], object], name: str | None = "start") -> Rehearsed:
        """Runs functions side by side to their ends, each in an invocation (without a name: in none)."""
        began = self.clock.now()
        with self.clock.installed(), mock_aws(), self.twin.installed(), self._wire.installed():
            tasks = [
                self.clock.spawn(self._invoke, each, name, name=f"{name}-{n}")
                for n, each in enumerate(functions)
            ]
            self.clock.run(lambda: all(task.finished.is_set() for task in tasks))
        self.took = self.clock.now() - began
        return self

    def _invoke(self, function: Callable[[], object], name: str | None) -> None:
        if name is not None:
            current_invocation.set(Invocation(name, "request", "run-1", lambda: 900_000))
        try:
            self.ended = function()
        except (ClientError, ReadTimeoutError, FunctionCrashed) as error:
            self.ended = error

    def errors(self) -> list[str | None]:
        return [line["error"] for line in self.lines]


def client(service: str = "workspaces", config: Config | None = None) -> Any:
    session: Any = SESSION
    return session.client(service, region_name="us-east-1", config=config)


def test_a_call_takes_time_and_is_a_line() -> None:
    ran = Rehearsed().run(lambda: client().migrate_workspace(**MIGRATE))
    (line,) = ran.lines
    assert list(line) == ["at", "runId", "function", "service", "operation", "parameters", "error", "result"]
    assert line["at"] == "2026-11-23T02:00:00.000Z"
    assert (line["runId"], line["function"]) == ("run-1", "start")
    assert (line["service"], line["operation"]) == ("workspaces", "MigrateWorkspace")
    assert line["parameters"] == MIGRATE
    assert line["error"] is None
    target = ran.twin.events[0]["targetWorkspaceId"]
    assert line["result"] == {"SourceWorkspaceId": workspace_id(0), "TargetWorkspaceId": target}
    assert timedelta(milliseconds=40) <= ran.took <= timedelta(milliseconds=120)


def test_botocores_own_retries_see_injected_throttling() -> None:
    throttle = [{"operation": "DescribeWorkspaces", "error": "ThrottlingException", "times": 2}]
    ran = Rehearsed(throttle).run(lambda: client().describe_workspaces(WorkspaceIds=[workspace_id(0)]))
    assert ran.errors() == ["ThrottlingException", "ThrottlingException", None]
    assert isinstance(ran.ended, dict)
    assert ran.ended["ResponseMetadata"]["RetryAttempts"] == 2
    assert len(ran.ended["Workspaces"]) == 1
    assert [line["at"] for line in ran.lines] == sorted({line["at"] for line in ran.lines})


def test_without_retries_the_error_surfaces() -> None:
    throttle = [{"operation": "DescribeWorkspaces", "error": "ThrottlingException"}]
    ran = Rehearsed(throttle).run(lambda: client(config=ONCE).describe_workspaces())
    assert ran.errors() == ["ThrottlingException"]
    assert isinstance(ran.ended, ClientError)
    assert ran.ended.response["Error"]["Code"] == "ThrottlingException"
    assert ran.ended.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize(
    ("service", "operation", "call", "code", "status"),
    [
        ("workspaces", "DescribeWorkspaces", {}, "ServiceUnavailable", 503),
        ("workspaces", "DescribeWorkspaces", {}, "InternalServerError", 500),
        ("dynamodb", "GetItem", {"TableName": "t", "Key": {"pk": {"S": "1"}}}, "InternalServerError", 500),
        ("s3", "GetObject", {"Bucket": "bucket", "Key": "k"}, "SlowDown", 503),
        ("s3", "GetObject", {"Bucket": "bucket", "Key": "k"}, "NoSuchKey", 400),
        ("ec2", "DescribeSubnets", {}, "RequestLimitExceeded", 400),
        (
            "sns",
            "Publish",
            {"TopicArn": "arn:aws:sns:us-east-1:123456789012:t", "Message": "m"},
            "InternalError",
            500,
        ),
        ("resourcegroupstaggingapi", "GetResources", {}, "ThrottledException", 400),
    ],
)
def test_every_protocol_parses_its_injected_error(
    service: str, operation: str, call: Line, code: str, status: int
) -> None:
    def function() -> object:
        return client(service, ONCE)._make_api_call(operation, call)

    ran = Rehearsed([{"operation": operation, "error": code}]).run(function)
    assert ran.errors() == [code]
    assert isinstance(ran.ended, ClientError)
    assert ran.ended.response["Error"]["Code"] == code
    assert ran.ended.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_a_modelled_error_is_its_exception() -> None:
    fault = [{"operation": "MigrateWorkspace", "error": "ResourceUnavailableException"}]
    kinds: list[str] = []

    def function() -> None:
        try:
            client(config=ONCE).migrate_workspace(**MIGRATE)
        except ClientError as error:
            kinds.append(type(error).__name__)

    ran = Rehearsed(fault).run(function)
    assert kinds == ["ResourceUnavailableException"]
    assert ran.twin.events == []


def test_a_transaction_that_is_cancelled_gives_reasons() -> None:
    fault = [{"operation": "TransactWriteItems", "error": "TransactionCanceledException"}]
    put = {"Put": {"TableName": "t", "Item": {"pk": {"S": "1"}}}}
    ran = Rehearsed(fault).run(lambda: client("dynamodb", ONCE).transact_write_items(TransactItems=[put]))
    assert isinstance(ran.ended, ClientError)
    reasons: Any = ran.ended.response["CancellationReasons"]
    assert reasons[0]["Code"] == "TransactionConflict"


def test_a_lost_response_acted_and_times_out() -> None:
    fault = [{"operation": "MigrateWorkspace", "lostResponse": True, "workspaceId": workspace_id(1)}]

    def function() -> None:
        for number in range(2):
            client(config=ONCE).migrate_workspace(**{**MIGRATE, "SourceWorkspaceId": workspace_id(number)})

    ran = Rehearsed(fault).run(function)
    assert isinstance(ran.ended, ReadTimeoutError)
    assert ran.errors() == [None, "ResponseLost"]
    assert ran.lines[1]["result"]["SourceWorkspaceId"] == workspace_id(1)
    assert [event["what"] for event in ran.twin.events] == ["started", "started"]
    assert timedelta(seconds=60) < ran.took < timedelta(seconds=61)


def test_the_sdk_sends_a_lost_migration_again_unless_told_not_to() -> None:
    fault = [{"operation": "MigrateWorkspace", "lostResponse": True}]
    ran = Rehearsed(fault).run(lambda: client().migrate_workspace(**MIGRATE))
    assert ran.errors() == ["ResponseLost", "OperationInProgressException"]


def test_a_lost_request_did_not_act_and_times_out_just_the_same() -> None:
    fault = [{"operation": "MigrateWorkspace", "lostRequest": True}]
    ran = Rehearsed(fault).run(lambda: client(config=ONCE).migrate_workspace(**MIGRATE))
    assert isinstance(ran.ended, ReadTimeoutError)
    assert (ran.errors(), ran.lines[0]["result"]) == (["RequestLost"], None)
    assert ran.twin.events == []
    assert ran.took == timedelta(seconds=60)


def test_a_failed_answer_of_a_service_that_acted() -> None:
    fault = [{"operation": "MigrateWorkspace", "error": "InternalServerError", "acted": True}]
    ran = Rehearsed(fault).run(lambda: client(config=ONCE).migrate_workspace(**MIGRATE))
    assert isinstance(ran.ended, ClientError)
    assert ran.ended.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert ran.errors() == ["InternalServerError"]
    assert ran.lines[0]["result"]["TargetWorkspaceId"] == ran.twin.events[0]["targetWorkspaceId"]


def test_a_late_request_lets_others_go_first() -> None:
    order: list[str] = []

    def late() -> None:
        client().describe_tags(ResourceId=workspace_id(0))
        order.append("late")

    def other() -> None:
        client().describe_workspaces()
        order.append("other")

    ran = Rehearsed([{"operation": "DescribeTags", "delaySeconds": 5}]).run(late, other)
    assert order == ["other", "late"]
    assert [line["at"][17:23] for line in ran.lines] == ["00.000", "05.000"]


def test_an_empty_page_has_a_token_that_leads_to_the_rows() -> None:
    def function() -> object:
        paginator = client().get_paginator("describe_workspaces")
        pages = paginator.paginate(DirectoryId="d-9067012345", PaginationConfig={"PageSize": 2})
        return [len(page["Workspaces"]) for page in pages]

    fault = [{"operation": "DescribeWorkspaces", "emptyPage": True, "times": 3}]
    ran = Rehearsed(fault).run(function)
    assert ran.ended == [0, 0, 0, 2, 1]
    assert ran.errors() == [None] * 5


def test_an_empty_page_may_come_anywhere_and_counts_in_the_rate() -> None:
    fault = [{"operation": "DescribeWorkspaces", "emptyPage": True, "skip": 1}]
    ran = Rehearsed(fault)
    ran.twin = ran._wire._twin = Twin(ran.clock, ran.twin.fleet, seed=1, rate_per_second=1, burst=2)

    def function() -> object:
        workspaces, rows = client(), []
        answer = workspaces.describe_workspaces(Limit=2)
        while answer.get("NextToken"):
            rows += answer["Workspaces"]
            answer = workspaces.describe_workspaces(Limit=2, NextToken=answer["NextToken"])
        return [*rows, *answer["Workspaces"]]

    ran.run(function)
    assert isinstance(ran.ended, list)
    assert [row["WorkspaceId"] for row in ran.ended] == [workspace_id(n) for n in range(3)]
    assert "ThrottlingException" in ran.errors()


def test_an_empty_page_obeys_the_service_model() -> None:
    ran = Rehearsed()
    for operation in LISTS_BY_OPERATION:
        status, _, body = ran.twin.empty_page(operation, "{}")
        shape = service_model("workspaces").operation_model(operation).output_shape
        assert shape is not None
        assert (status, model_faults(json.loads(body), shape)) == (200, [])


def test_a_new_id_may_be_known_late() -> None:
    fault = [{"operation": "MigrateWorkspace", "hideTargetSeconds": 30}]

    def function() -> object:
        workspaces = client(config=ONCE)
        target = workspaces.migrate_workspace(**MIGRATE)["TargetWorkspaceId"]
        user = {"DirectoryId": "d-9067012345", "UserName": "user0"}
        found: list[object] = []
        for _ in range(2):
            found.append(len(workspaces.describe_workspaces(WorkspaceIds=[target])["Workspaces"]))
            found.append(len(workspaces.describe_workspaces(**user)["Workspaces"]))
            try:
                workspaces.describe_workspace_snapshots(WorkspaceId=target)
            except ClientError as error:
                found.append(error.response["Error"]["Code"])
            time.sleep(30)
        return found

    assert Rehearsed(fault).run(function).ended == [0, 1, "ResourceNotFoundException", 1, 2]


@pytest.mark.parametrize(("when", "lines"), [("hangBefore", 0), ("hangAfter", 1)])
def test_a_function_hangs_until_its_time_is_up(when: str, lines: int) -> None:
    ran = Rehearsed([{"function": "start", when: "MigrateWorkspace"}])

    def function() -> object:
        try:
            with ran.clock.deadline(120, FunctionTimedOut):
                client().migrate_workspace(**MIGRATE)
        except FunctionTimedOut:
            return "timed out"
        return "answered"

    ran.run(function)
    assert ran.ended == "timed out"
    assert len(ran.lines) == len(ran.twin.events) == lines
    assert ran.took == timedelta(seconds=120)


@pytest.mark.parametrize(("when", "lines"), [("crashBefore", 0), ("crashAfter", 1)])
def test_a_crash_kills_the_function_where_no_handler_sees_it(when: str, lines: int) -> None:
    handled: list[str] = []

    def function() -> None:
        try:
            client().migrate_workspace(**MIGRATE)
        except Exception as error:  # noqa: BLE001 - the point is that even this does not see it
            handled.append(type(error).__name__)

    ran = Rehearsed([{"function": "start", when: "MigrateWorkspace"}]).run(function)
    assert isinstance(ran.ended, FunctionCrashed)
    assert handled == []
    assert len(ran.lines) == len(ran.twin.events) == lines
    assert ran.errors() == [None] * lines


def test_another_function_does_not_crash() -> None:
    fault = [{"function": "poll", "crashAfter": "MigrateWorkspace"}]
    assert Rehearsed(fault).run(lambda: client().migrate_workspace(**MIGRATE)).errors() == [None]


def test_calls_outside_an_invocation_pass_untouched() -> None:
    fault = [{"operation": "DescribeWorkspaces", "error": "ThrottlingException", "times": 9}]
    ran = Rehearsed(fault)
    with ran.clock.installed(), mock_aws(), ran.twin.installed(), ran._wire.installed():
        assert len(client(config=ONCE).describe_workspaces()["Workspaces"]) == 3
    ran.run(lambda: client(config=ONCE).describe_workspaces(), name=None)  # a task, but no function
    assert isinstance(ran.ended, dict)
    assert ran.lines == []
    assert ran.took == timedelta()


def test_tasks_take_turns_at_calls() -> None:
    def function() -> None:
        workspaces = client()
        for _ in range(5):
            workspaces.describe_workspaces(WorkspaceIds=[workspace_id(0)])

    ran = Rehearsed().run(function, function)
    assert len(ran.lines) == 10
    assert ran.took < timedelta(seconds=0.12 * 5 + 0.01)  # side by side, not one after the other


def test_the_twins_own_throttling_is_recorded_and_retried() -> None:
    ran = Rehearsed()
    ran.twin = Twin(ran.clock, ran.twin.fleet, seed=1, rate_per_second=2, burst=1)

    def function() -> None:
        workspaces = client()
        for _ in range(2):
            workspaces.describe_workspaces()

    ran.run(function)
    assert ran.errors()[:2] == [None, "ThrottlingException"]
    assert ran.errors()[-1] is None


def test_what_json_cannot_hold_is_written_down_all_the_same() -> None:
    def function() -> None:
        s3 = client("s3")
        s3.create_bucket(Bucket="runs-bucket")
        s3.put_object(Bucket="runs-bucket", Key="small", Body=b"\x00\xff")
        s3.put_object(Bucket="runs-bucket", Key="large", Body=b"x" * 5000)
        assert s3.get_object(Bucket="runs-bucket", Key="large")["Body"].read() == b"x" * 5000
        table = SESSION.resource("dynamodb", region_name="us-east-1").create_table(
            TableName="ledger",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        table.put_item(Item={"pk": "1", "n": 3, "set": {"b", "a"}})
        table.get_item(Key={"pk": "1"})
        client().describe_workspace_snapshots(WorkspaceId=workspace_id(0))

    ran = Rehearsed().run(function)
    by_operation = {line["operation"] + str(line["parameters"].get("Key", "")): line for line in ran.lines}
    assert by_operation["PutObjectsmall"]["parameters"]["Body"] == "AP8="
    assert by_operation["PutObjectlarge"]["parameters"]["Body"]["bytes"] == 5000
    assert by_operation["GetObjectlarge"]["result"]["Body"] == {"stream": True}
    assert by_operation["PutItem"]["parameters"]["Item"]["n"] in (3, {"N": "3"})
    snapshot = by_operation["DescribeWorkspaceSnapshots"]["result"]["RebuildSnapshots"][0]["SnapshotTime"]
    assert snapshot.endswith("Z")


def test_the_same_seed_makes_the_same_lines() -> None:
    faults = [{"operation": "DescribeWorkspaces", "error": "ServiceUnavailable", "probability": 0.3}]

    def lines(seed: int) -> list[Line]:
        def function() -> None:
            workspaces = client()
            for number in range(12):
                workspaces.describe_workspaces(WorkspaceIds=[workspace_id(number % 3)])

        return Rehearsed(faults, seed=seed).run(function, function).lines

    first = lines(1)
    assert any(line["error"] for line in first)
    assert lines(1) == first
    assert lines(2) != first
