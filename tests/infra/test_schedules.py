"""Schedules: what cdk.json may say, and what becomes of it."""

from __future__ import annotations

import json
import re
from typing import Any

import boto3
import pytest

from infra.configuration import ConfigurationFault, load_stages
from infra.machine_grants import SCHEDULER_GRANTS
from infra.schedule_configuration import Schedule
from infra.sources import PROJECT
from migrator.domain.run_input import parse_run_input
from tests.infra.synthesis import Template, as_list

Json = dict[str, Any]

INPUT: Json = {"select": {"tags": {"Wave": "1"}}, "target": {"bundleId": "wsb-9"}, "dryRun": False}
GOOD: Json = {"expression": "cron(0 22 ? * SAT *)", "timeZone": "Europe/Berlin", "input": INPUT}


def load(**fields: Any) -> tuple[Schedule, ...]:
    return stage({"weekend": {**GOOD, **fields}})


def stage(schedules: Json, *buckets: str) -> tuple[Schedule, ...]:
    values = {"removalPolicy": "destroy", "logRetentionDays": 14, "inventoryBuckets": list(buckets)}
    return load_stages({"stages": {"dev": {**values, "schedules": schedules}}})["dev"].schedules


def test_a_schedule_is_taken_as_it_is_written() -> None:
    [schedule] = load(flexibleMinutes=15, enabled=False)
    assert schedule == Schedule(
        "weekend", "cron(0 22 ? * SAT *)", "Europe/Berlin", json.dumps(INPUT), 15, enabled=False
    )
    assert load()[0].enabled
    assert stage({}) == ()


@pytest.mark.parametrize(
    ("fields", "path", "told"),
    [
        ({"expression": "cron(0 22 * * SAT *)"}, ".expression", "contradict"),
        ({"timeZone": "Berlin"}, ".timeZone", "must be a time zone such as Europe/Berlin"),
        ({"timeZone": "CET+1"}, ".timeZone", "must be a time zone"),
        ({"flexibleMinutes": 1441}, ".flexibleMinutes", "0 to 1440"),
        ({"flexibleMinutes": True}, ".flexibleMinutes", "whole number"),
        ({"enabled": "yes"}, ".enabled", "true or false"),
        ({"cron": "0 22 * * 6"}, ".cron", "unknown key; valid keys are enabled, expression"),
        ({"input": {"target": {"bundleId": "wsb-9"}}}, ".input", "$.select"),
        ({"input": {**INPUT, "dryRun": "false"}}, ".input", "$.dryRun"),
        (
            {"input": {"select": INPUT["select"], "target": INPUT["target"]}},
            ".input",
            "$.dryRun: a schedule says",
        ),
        (
            {"input": {**INPUT, "window": {"closesAt": "2026-11-29T04:00:00Z"}}},
            ".input",
            "the schedule recurs",
        ),
        (
            # 22:00 in Berlin is 21:00Z, and it may start until 21:30Z.
            {
                "expression": "at(2026-11-28T22:00:00)",
                "flexibleMinutes": 30,
                "input": {**INPUT, "window": {"closesAt": "2026-11-28T22:20:00Z"}},
            },
            ".input",
            "nothing would start",
        ),
        (
            {"input": {**INPUT, "select": {"inventory": {"bucket": "waves", "key": "1.csv"}}}},
            ".input",
            "waves is none of inventoryBuckets",
        ),
    ],
)
def test_a_fault_is_named_by_its_path(fields: Json, path: str, told: str) -> None:
    with pytest.raises(ConfigurationFault) as fault:
        load(**fields)
    [line] = fault.value.faults
    assert line.startswith(f"context.stages.dev.schedules.weekend{path}: ")
    assert told in line


def test_every_fault_of_every_schedule_is_named() -> None:
    with pytest.raises(ConfigurationFault) as fault:
        stage({"one": {}, "Two": GOOD, "three": {**GOOD, "timeZone": 1, "input": 2}, "four": []})
    lines = "\n".join(fault.value.faults)
    for part in (
        *("one.expression: is required", "one.timeZone: is required", "one.input: is required"),
        *("Two: a schedule's name is lower-case", "three.timeZone", "three.input", "four: must be an object"),
    ):
        assert part in lines


def test_a_window_that_leaves_time_and_a_readable_inventory_pass() -> None:
    once: Json = {
        "expression": "at(2026-11-28T22:00:00)",
        "input": {**INPUT, "window": {"closesAt": "2026-11-28T22:20:00Z"}},
    }
    assert len(load(**once)) == 1
    listed = {"input": {**INPUT, "select": {"inventory": {"bucket": "waves", "key": "1.csv"}}}}
    assert len(stage({"weekend": {**GOOD, **listed}}, "waves")) == 1


def schedules_of(template: Template) -> dict[str, Json]:
    found = template.of_type("AWS::Scheduler::Schedule").values()
    return {one["Properties"]["Name"]: one["Properties"] for one in found}


def test_a_schedule_starts_the_state_machine_with_its_input_and_a_name_of_its_own(kept: Template) -> None:
    [machine] = kept.of_type("AWS::StepFunctions::StateMachine")
    made = schedules_of(kept)
    assert made.keys() == {"weekend-wave", "plan-once"}
    for name, schedule in made.items():
        target = schedule["Target"]
        assert target["Arn"] == "arn:aws:scheduler:::aws-sdk:sfn:startExecution"
        parts = target["Input"]["Fn::Join"][1]
        assert {"Ref": machine} in parts
        call = json.loads("".join(one if isinstance(one, str) else "machine" for one in parts))
        assert call["Name"] == f"{name}-<aws.scheduler.execution-id>"
        parse_run_input(json.loads(call["Input"]))
        # The universal target takes the call's own parameters, capitalized.
        service = boto3.client("stepfunctions", "eu-west-1").meta.service_model
        shape: Any = service.operation_model("StartExecution").input_shape
        known = {member[:1].upper() + member[1:] for member in shape.members}
        assert call.keys() <= known
    assert made["weekend-wave"]["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert made["weekend-wave"]["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    assert made["plan-once"]["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert (made["weekend-wave"]["State"], made["plan-once"]["State"]) == ("ENABLED", "DISABLED")


def test_what_never_started_is_kept_and_alarms(kept: Template) -> None:
    [queue] = kept.of_type("AWS::SQS::Queue")
    for schedule in schedules_of(kept).values():
        assert schedule["Target"]["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}
        assert schedule["Target"]["RetryPolicy"] == {
            "MaximumEventAgeInSeconds": 3600,
            "MaximumRetryAttempts": 5,
        }
    alarms = {one["Properties"]["AlarmName"]: one for one in kept.of_type("AWS::CloudWatch::Alarm").values()}
    dead = alarms["FleetMigrator-kept-ScheduleDead"]["Properties"]
    watched = {
        one["MetricStat"]["Metric"]["MetricName"]: one["MetricStat"]["Metric"]["Dimensions"]
        for one in dead["Metrics"]
        if "MetricStat" in one
    }
    group = [{"Name": "ScheduleGroup", "Value": "FleetMigrator-kept"}]
    assert watched == {
        "ApproximateNumberOfMessagesVisible": [
            {"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}
        ],
        "InvocationDroppedCount": group,
        "InvocationsFailedToBeSentToDeadLetterCount": group,
    }


def test_a_schedule_that_somebody_disables_alarms_and_one_that_cdk_json_disables_does_not(
    kept: Template, brief: Template
) -> None:
    [reconcile] = [
        one["Properties"]
        for one in kept.of_type("AWS::Lambda::Function").values()
        if one["Properties"]["Handler"] == "functions.reconcile.handler"
    ]
    assert reconcile["Environment"]["Variables"]["SCHEDULES"] == "FleetMigrator-kept/weekend-wave"
    alarms = {one["Properties"]["AlarmName"]: one for one in kept.of_type("AWS::CloudWatch::Alarm").values()}
    asleep = alarms["FleetMigrator-kept-ScheduleAsleep"]["Properties"]
    assert (asleep["MetricName"], asleep["Period"], asleep["Statistic"]) == (
        "SchedulesAsleep",
        3600,
        "Maximum",
    )
    assert not any("SCHEDULES" in json.dumps(one) for one in brief.of_type("AWS::Lambda::Function").values())


def test_a_rule_that_fires_no_more_alarms_in_every_stage(kept: Template, brief: Template) -> None:
    for template, stage in ((kept, "kept"), (brief, "brief")):
        [alarm] = [
            one["Properties"]
            for one in template.of_type("AWS::CloudWatch::Alarm").values()
            if one["Properties"]["AlarmName"] == f"FleetMigrator-{stage}-ReconcileSilent"
        ]
        [function] = [
            one
            for one, resource in template.content["Resources"].items()
            if resource["Type"] == "AWS::Lambda::Function"
            and resource["Properties"]["Handler"] == "functions.reconcile.handler"
        ]
        assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", "Invocations")
        assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": function}}]
        # Nothing at all, or nothing called: three hours of it.
        assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
        assert (alarm["TreatMissingData"], alarm["Period"], alarm["EvaluationPeriods"]) == (
            "breaching",
            3600,
            3,
        )
        assert alarm["OKActions"] == alarm["AlarmActions"]


def test_the_schedules_role_may_do_what_its_table_says_and_nothing_else(kept: Template) -> None:
    [machine] = kept.of_type("AWS::StepFunctions::StateMachine")
    [queue] = kept.of_type("AWS::SQS::Queue")
    roles = {one["Target"]["RoleArn"]["Fn::GetAtt"][0] for one in schedules_of(kept).values()}
    [role] = roles
    pairs = {
        (action, json.dumps(statement["Resource"]))
        for statement in kept.statements_of_role(role)
        for action in as_list(statement["Action"])
    }
    assert pairs == {
        ("states:StartExecution", json.dumps({"Ref": machine})),
        ("sqs:SendMessage", json.dumps({"Fn::GetAtt": [queue, "Arn"]})),
    }
    assert {action for grant in SCHEDULER_GRANTS for action in grant.actions} == {one for one, _ in pairs}
    trust = kept.content["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert "aws:SourceAccount" in json.dumps(trust["Condition"])


def test_without_schedules_there_is_nothing_of_them(brief: Template) -> None:
    for kind in ("AWS::Scheduler::Schedule", "AWS::Scheduler::ScheduleGroup", "AWS::SQS::Queue"):
        assert brief.of_type(kind) == {}


def test_the_alarms_may_use_the_topics_and_their_key(kept: Template) -> None:
    topics = set(kept.of_type("AWS::SNS::Topic"))
    for alarm in kept.of_type("AWS::CloudWatch::Alarm").values():
        assert {one["Ref"] for one in alarm["Properties"]["AlarmActions"]} == topics
    policies = kept.of_type("AWS::SNS::TopicPolicy").values()
    allowed = [one for one in policies if "cloudwatch.amazonaws.com" in json.dumps(one)]
    assert {ref["Ref"] for one in allowed for ref in one["Properties"]["Topics"]} == topics
    assert "cloudwatch.amazonaws.com" in json.dumps(kept.only("AWS::KMS::Key")["KeyPolicy"])


def test_cdk_json_s_own_stages_load() -> None:
    content = json.loads((PROJECT / "cdk.json").read_text(encoding="utf-8"))
    assert load_stages(content["context"])


def test_the_documents_know_every_alarm(kept: Template) -> None:
    names = {
        one["Properties"]["AlarmName"].removeprefix("FleetMigrator-kept-")
        for one in kept.of_type("AWS::CloudWatch::Alarm").values()
    }
    names.add("SweepDead")  # Only where there is a sweep: tests/infra/test_directories.py.
    operations = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
    runbook = (PROJECT / "docs" / "runbook.md").read_text(encoding="utf-8").partition("## Alarms")[2]
    assert set(re.findall(r"^\| `FleetMigrator-prod-(\w+)` \|", operations, re.MULTILINE)) == names
    assert set(re.findall(r"^\| `(\w+)` \|", runbook, re.MULTILINE)) == names
