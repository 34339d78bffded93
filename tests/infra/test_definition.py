"""Mistakes in the definition that CloudFormation would deploy: each is found, and the real one has none."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from infra.definition import definition_faults
from infra.sources import DEFINITION, PROJECT
from tests.infra.synthesis import Template

REAL: dict[str, Any] = json.loads((PROJECT / DEFINITION).read_text(encoding="utf-8"))
OFFERED = (
    *("AssessFunctionArn", "StartFunctionArn", "PollFunctionArn", "SettleFunctionArn"),
    *("CleanUpFunctionArn", "ReportFunctionArn", "TopicArn", "RunsBucketName"),
)
Change = Callable[[dict[str, Any]], Any]


def inner(states: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = states["MigrateBatches"]["ItemProcessor"]["States"]
    return found


def task(resource: str, parameters: dict[str, Any] | None = None) -> Change:
    """TellReportFailed calls something else."""
    changed = {"Resource": resource, **({} if parameters is None else {"Parameters": parameters})}
    return lambda states: states["TellReportFailed"].update(changed)


SNS = {"TopicArn": "${TopicArn}", "Message": "a message"}

MISTAKES: dict[str, tuple[Change, str]] = {
    "a next that is not there": (
        lambda s: s["OpenRun"].update(Next="AssesFleet"),
        "OpenRun: leads to 'AssesFleet'",
    ),
    "a default that is not there": (
        lambda s: s["ChooseEnding"].update(Default="Fails"),
        "ChooseEnding: leads to 'Fails'",
    ),
    "a choice that leads nowhere": (
        lambda s: s["ChooseEnding"]["Choices"][0].update(Next="Success"),
        "leads to 'Success'",
    ),
    "a catch that leads nowhere": (
        lambda s: s["Report"]["Catch"][0].update(Next="Tell"),
        "Report: leads to 'Tell'",
    ),
    "from a child to its parent": (
        lambda s: inner(s)["PollMigrations"].update(Next="SettleRun"),
        "MigrateBatches/PollMigrations: leads to 'SettleRun'",
    ),
    "a state that nothing leads to": (
        lambda s: s.update(Spare={"Type": "Succeed"}),
        "Spare: no state leads to it",
    ),
    "neither next nor end": (lambda s: s["Report"].pop("Next"), "Report: needs either Next or End"),
    "a choice without default": (lambda s: s["ChooseCanary"].pop("Default"), "without a Default"),
    "an ending that goes on": (
        lambda s: s["Succeeded"].update(End=True),
        "a Succeed has neither Next nor End",
    ),
    "a type that does not exist": (lambda s: s["OpenRun"].update(Type="Past"), "no state of Type 'Past'"),
    "an error that does not exist": (
        lambda s: s["Report"]["Catch"][0].update(ErrorEquals=["States.Al"]),
        "Catch names States.Al,",
    ),
    "everything caught before something": (
        lambda s: s["AssessFleet"]["Catch"].reverse(),
        "States.ALL must stand alone, in the last Catch",
    ),
    "an integration that does not exist": (
        task("arn:aws:states:::lambda:invok"),
        "no integration 'arn:aws:states:::lambda:invok' is known",
    ),
    "a service that does not exist": (task("arn:aws:states:::aws-sdk:snss:publish", SNS), "no integration"),
    "an action that does not exist": (task("arn:aws:states:::aws-sdk:sns:publishs", SNS), "no integration"),
    "an action in capitals": (task("arn:aws:states:::aws-sdk:sns:Publish", SNS), "no integration"),
    "a parameter the service does not know": (
        task("arn:aws:states:::sns:publish", {**SNS, "Mesage": "text"}),
        "Publish has no parameter Mesage",
    ),
    "a parameter of the service's other spelling": (
        lambda s: s["Report"]["Parameters"].update(functionName="x"),
        "Invoke has no parameter functionName",
    ),
    "a parameter that is missing": (
        task("arn:aws:states:::sns:publish", {"TopicArn": "${TopicArn}"}),
        "Publish needs Message",
    ),
    "a parameter of another type": (
        task("arn:aws:states:::sns:publish", {**SNS, "Subject": 5}),
        "Invalid type for parameter",
    ),
    "a value the service does not know": (
        task("arn:aws:states:::lambda:invoke", {"FunctionName": "f", "InvocationType": "Soon"}),
        "InvocationType is 'Soon', none of Event, RequestResponse, DryRun",
    ),
    "a parameter of an SDK call": (
        task("arn:aws:states:::aws-sdk:workspaces:migrateWorkspace", {"SourceWorkspaceId": "ws-1"}),
        "MigrateWorkspace needs BundleId",
    ),
    "a token for nobody": (
        lambda s: s["AwaitApproval"]["Parameters"].update({"Message.$": "$.assessment.approval.message"}),
        "waits for a task token that its Parameters give to nobody",
    ),
    "a token that nobody waits for": (
        lambda s: s["AwaitApproval"].update(Resource="arn:aws:states:::sns:publish"),
        "no $$.Task.Token without .waitForTaskToken",
    ),
    "another reader": (
        lambda s: s["MigrateBatches"]["ItemReader"].update(Resource="arn:aws:states:::s3:getobject"),
        "MigrateBatches: ItemReader: no integration",
    ),
    "a reader's parameter": (
        lambda s: s["MigrateBatches"]["ItemReader"]["Parameters"].pop("Key.$"),
        "ItemReader: GetObject needs Key",
    ),
    "a writer's parameter": (
        lambda s: s["MigrateBatches"]["ResultWriter"]["Parameters"].update(Key="results"),
        "ResultWriter takes Bucket and Prefix, not Bucket, Key, Prefix",
    ),
    "a substitution that nobody makes": (
        lambda s: s["Report"]["Parameters"].update(FunctionName="${ReportArn}"),
        "Report: nobody substitutes ${ReportArn}",
    ),
    "a path without its key": (
        lambda s: s["SettleRun"]["Parameters"]["Payload"].update(run="$$.Execution.Name"),
        "Payload.run: $$.Execution.Name is text here",
    ),
    "a key for a path without one": (
        lambda s: s["SettleRun"]["Parameters"]["Payload"].update({"run.$": "Execution.Name"}),
        "'Execution.Name' is neither a path nor a function",
    ),
    "a function that does not exist": (
        lambda s: s["ReadFaults"]["Parameters"].update({"told.$": "States.JsonParse($.failure.Cause)"}),
        "there is no function States.JsonParse",
    ),
    "a field that nobody makes": (
        lambda s: s["AssessFleet"]["Parameters"]["Payload"].update({"assessment.$": "$.assesment"}),
        "AssessFleet: Parameters.assessment.$: $.assesment: no state before it makes assesment",
    ),
    "a field in a choice that nobody makes": (
        lambda s: s["ChooseAfterAssessment"]["Choices"][1].update(Variable="$.asessment.dryRun"),
        "ChooseAfterAssessment: Choices: $.asessment.dryRun",
    ),
    "a field that only one way makes": (
        lambda s: s["ChooseCanary"]["Choices"][0].update(Variable="$.approval.approvedAt"),
        "ChooseCanary: Choices: $.approval.approvedAt: no state before it makes approval",
    ),
    "a field that a failure leaves out": (
        lambda s: s["CleanUpDirectory"]["Parameters"]["Payload"].update({"map.$": "$.mapRun"}),
        "no state before it makes mapRun",
    ),
    "a result that is put elsewhere": (
        lambda s: s["SettleRun"].update(ResultPath="$.settlement"),
        "$.settled.settlement.done: no state before it makes settled",
    ),
    "a member that the result has not": (
        lambda s: s["SettleRun"]["ResultSelector"].update({"settlement.$": "$.Body"}),
        "SettleRun: ResultSelector.settlement.$: $.Body",
    ),
    "a wait for a field of a child that nobody makes": (
        lambda s: inner(s)["WaitForMigrations"].update(SecondsPath="$.last.progress.waitSeconds"),
        "MigrateBatches/WaitForMigrations: SecondsPath: $.last.progress.waitSeconds",
    ),
    "an item that has less than its child reads": (
        lambda s: s["MigrateBatches"]["ItemSelector"].pop("runId.$"),
        "MigrateBatches/StartMigrations: Parameters.runId.$: $.runId: no state before it makes runId",
    ),
    "a cause that an error has not": (
        lambda s: s["InputRefused"].update(CausePath="$.tolt.errorMessage"),
        "InputRefused: CausePath: $.tolt.errorMessage",
    ),
    "a context that does not exist": (
        lambda s: s["SettleRun"]["Parameters"]["Payload"].update({"runId.$": "$$.Execution.Nam"}),
        "$$.Execution.Nam: no state before it makes Nam",
    ),
    "a key of a payload that the function does not know": (
        lambda s: s["CleanUpDirectory"]["Parameters"]["Payload"].update({"runid.$": "$$.Execution.Name"}),
        "CleanUpDirectory: Payload.runid: the function takes nothing of that name",
    ),
    "a key of a payload that the function needs": (
        lambda s: s["CleanUpDirectory"]["Parameters"]["Payload"].pop("runId.$"),
        "CleanUpDirectory: Payload has no runId",
    ),
    "a function that nobody waits for": (
        lambda s: s["SettleRun"]["Parameters"].update(InvocationType="Event"),
        "SettleRun: InvocationType: nobody would wait",
    ),
    "a field that the function does not answer": (
        lambda s: s["WaitForStragglers"].update(SecondsPath="$.settled.settlement.wait"),
        "WaitForStragglers: SecondsPath: $.settled.settlement.wait: no state before it makes wait",
    ),
    "a field of the plan that assess does not answer": (
        lambda s: s["MigrateBatches"]["ItemReader"]["Parameters"].update({"Key.$": "$.assessment.batch.key"}),
        "$.assessment.batch.key: no state before it makes batch",
    ),
    "an answer's field that the report has not": (
        lambda s: s["Report"]["ResultSelector"].update({"green.$": "$.Payload.gren"}),
        "$.Payload.gren: no state before it makes gren",
    ),
    "an error that nothing raises": (
        lambda s: s["AssessFleet"]["Catch"][0].update(ErrorEquals=["InvalidInputs"]),
        "Catch names InvalidInputs, which nothing here raises",
    ),
    "a retry's field": (
        lambda s: s["Report"]["Retry"][0].update(MaxAttempt=2),
        "Report: Retry has no field MaxAttempt",
    ),
    "a retry's value": (
        lambda s: s["Report"]["Retry"][0].update(BackoffRate="2"),
        "Report: Retry: BackoffRate may not be '2'",
    ),
    "a jitter that does not exist": (
        lambda s: s["Report"]["Retry"][0].update(JitterStrategy="ALL"),
        "JitterStrategy is 'ALL', none of FULL, NONE",
    ),
    "two times to wait": (lambda s: s["WaitForStragglers"].update(Seconds=5), "a Wait has one of"),
    "a mode that does not exist": (
        lambda s: s["MigrateBatches"]["ItemProcessor"]["ProcessorConfig"].update(Mode="DISTRIBUTE"),
        "ProcessorConfig: Mode is 'DISTRIBUTE'",
    ),
    "a type of items that does not exist": (
        lambda s: s["MigrateBatches"]["ItemReader"]["ReaderConfig"].update(InputType="JSN"),
        "ReaderConfig: InputType is 'JSN'",
    ),
    "a label with a space": (lambda s: s["MigrateBatches"].update(Label="All batches"), "Label is at most"),
    "a format without its argument": (
        lambda s: s["TellReportFailed"]["Parameters"].update(
            {"Message.$": "States.Format('{}, {}', $$.Execution.Name)"}
        ),
        "States.Format has 2 places and 1 arguments",
    ),
    "an item outside a map": (
        lambda s: s["SettleRun"]["Parameters"]["Payload"].update({"runId.$": "$$.Map.Item.Value"}),
        "$$.Map.Item.Value: no state before it makes Map",
    ),
}


def test_the_definition_has_none_of_them() -> None:
    assert definition_faults(REAL, OFFERED) == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_its_place(mistake: str) -> None:
    change, told = MISTAKES[mistake]
    seeded = deepcopy(REAL)
    change(seeded["States"])
    assert seeded != REAL
    found = definition_faults(seeded, OFFERED)
    assert any(told in fault for fault in found), found


def test_a_start_that_is_not_there() -> None:
    assert definition_faults({**REAL, "StartAt": "Open"}, OFFERED)[0].startswith("the definition: StartAt")


def test_what_is_there_only_sometimes_may_be_asked_for() -> None:
    asking = deepcopy(REAL)
    asking["States"]["ChooseCanary"]["Choices"].append(
        {"Variable": "$.approval", "IsPresent": True, "Next": "MigrateCanary"}
    )
    assert definition_faults(asking, OFFERED) == []


def test_what_is_deployed_has_none_of_them(kept: Template) -> None:
    machine = kept.only("AWS::StepFunctions::StateMachine")
    assert (
        definition_faults(json.loads(machine["DefinitionString"]), machine["DefinitionSubstitutions"]) == []
    )
