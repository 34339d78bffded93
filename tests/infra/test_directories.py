"""Directories in cdk.json: checked by their paths; a function in their network that can read how to go."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.configuration import ConfigurationFault, load_stages
from infra.function_table import COMMON_FUNCTION_GRANTS, DIRECTORY_GRANTS, SWEEP
from infra.sources import Sources
from infra.sweep_configuration import Sweep
from migrator.adapters.configured_directories import read_accesses
from rehearsal.samba.certificates import Authority
from tests.infra.conftest import DIRECTORIES, RETAINING
from tests.infra.synthesis import Template, synthesize_stack
from tests.infra.test_permissions import granted_pairs, template_pairs

CA = Authority().pem
GIVEN: dict[str, Any] = {
    "organizationalUnit": "OU=WorkSpaces,DC=corp,DC=example,DC=com",
    "endpoints": ["dc1.corp.example.com"],
    "caCertificate": CA,
    "secretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:directory-a1b2c3",
    "subnetIds": ["subnet-0123456789abcdef0"],
    "securityGroupIds": ["sg-0123456789abcdef0"],
}


def load(**directories: Any) -> Any:
    named = {name.replace("_", "-"): value for name, value in directories.items()}
    least = {"removalPolicy": "destroy", "logRetentionDays": 14}
    return load_stages({"stages": {"dev": {**least, "directories": named}}})["dev"].directories


def faults_of(**directories: Any) -> list[str]:
    with pytest.raises(ConfigurationFault) as caught:
        load(**directories)
    return [fault.removeprefix("context.stages.dev.directories") for fault in caught.value.faults]


def test_a_directory_needs_only_what_has_no_default() -> None:
    [directory] = load(d_9067b2d8e5=GIVEN)
    assert directory.directory_id == "d-9067b2d8e5"
    assert directory.access.domain == "corp.example.com"
    assert directory.access.max_changes_per_run == 100
    assert load() == ()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"organizationalUnit": "WorkSpaces"}, ".organizationalUnit: is no distinguished name such as"),
        ({"organizationalUnit": "DC=corp,DC=com"}, ".organizationalUnit: is the whole domain; name the"),
        ({"organizationalUnit": None}, ".organizationalUnit: "),
        ({"endpoints": ["ldaps://dc1"]}, ".endpoints[0]: is not of the form"),
        ({"endpoints": []}, ": needs exactly one of endpoints and dnsServers"),
        ({"dnsServers": ["10.0.0.2"]}, ": needs exactly one of endpoints and dnsServers"),
        ({"endpoints": [], "dnsServers": ["dc1"]}, ".dnsServers[0]: is no IP address: 'dc1'"),
        ({"caCertificate": "MIIB"}, ".caCertificate: must be the CA's certificate as PEM"),
        ({"caCertificate": CA.replace("MII", "MIX", 1)}, ".caCertificate: is no certificate"),
        ({"secretArn": "directory"}, ".secretArn: is not of the form"),
        ({"secretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:*"}, ".secretArn: is not of"),
        ({"secretKeyArn": "alias/mine"}, ".secretKeyArn: is not of the form"),
        ({"subnetIds": []}, ".subnetIds: "),
        ({"securityGroupIds": ["default"]}, ".securityGroupIds[0]: is not of the form"),
        ({"maxChangesPerRun": 0}, ".maxChangesPerRun: "),
        ({"password": "x"}, ".password: is not a field of the input; its fields are"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], fault: str) -> None:
    [found] = faults_of(d_9067b2d8e5={**GIVEN, **changes})
    assert found.startswith(f".d-9067b2d8e5{fault}")


def test_an_id_is_an_id_and_directories_are_an_object() -> None:
    assert faults_of(corp=GIVEN) == [".corp: a directory's id is such as d-9067b2d8e5"]
    with pytest.raises(ConfigurationFault, match="must be an object, from a directory's id"):
        load_stages(
            {"stages": {"dev": {"removalPolicy": "destroy", "logRetentionDays": 14, "directories": []}}}
        )


def test_directories_of_one_stage_are_in_one_network() -> None:
    other = {**GIVEN, "subnetIds": ["subnet-0123456789abcdef9"]}
    [fault] = faults_of(d_9067b2d8e5=GIVEN, d_9067b2d8e6=other)
    assert "deploy a stage for each network" in fault
    assert len(load(d_9067b2d8e5=GIVEN, d_9067b2d8e6=GIVEN)) == 2


def test_only_the_function_that_cleans_up_is_in_the_network(kept: Template) -> None:
    inside = {
        function["Properties"]["Handler"]: function["Properties"]["VpcConfig"]
        for function in kept.of_type("AWS::Lambda::Function").values()
        if "VpcConfig" in function["Properties"]
    }
    assert inside == {
        "functions.clean_up.handler": {
            "SubnetIds": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
            "SecurityGroupIds": ["sg-0123456789abcdef0"],
        }
    }


def test_no_environment_holds_how_to_log_on(kept: Template) -> None:
    for function in kept.of_type("AWS::Lambda::Function").values():
        text = json.dumps(function["Properties"]["Environment"])
        assert "secretsmanager" not in text
        assert "CERTIFICATE" not in text


@pytest.fixture(scope="module")
def sweeping(empty_assets: Sources, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A stage that sweeps its directories."""
    stage = replace(RETAINING, name="sweeping", sweep=Sweep(every_days=1, after_days=60, mode="disable"))
    return synthesize_stack(stage, empty_assets, tmp_path_factory.mktemp("sweeping") / "out")


def test_a_sweep_is_off_by_default(kept: Template) -> None:
    assert "functions.sweep.handler" not in json.dumps(kept.content)


def test_a_sweep_is_invoked_by_its_schedule_and_is_in_the_network(sweeping: Template) -> None:
    function = sweeping.function("sweep")
    assert function["VpcConfig"]["SecurityGroupIds"] == ["sg-0123456789abcdef0"]
    [schedule] = [
        one["Properties"]
        for one in sweeping.of_type("AWS::Scheduler::Schedule").values()
        if "Sweeps" in one["Properties"]["Description"]
    ]
    assert schedule["ScheduleExpression"] == "rate(1 day)"
    assert json.loads(schedule["Target"]["Input"]) == {"afterDays": 60, "mode": "disable"}
    group = sweeping.of_type("AWS::Scheduler::ScheduleGroup")[schedule["GroupName"]["Ref"]]
    assert group["Properties"]["Name"] == "FleetMigrator-sweeping-sweep"
    [dead] = [
        one["Properties"]
        for one in sweeping.of_type("AWS::CloudWatch::Alarm").values()
        if one["Properties"]["AlarmName"] == "FleetMigrator-sweeping-SweepDead"
    ]
    watched = [one["MetricStat"]["Metric"] for one in dead["Metrics"] if "MetricStat" in one]
    assert "InvocationDroppedCount" in {one["MetricName"] for one in watched}
    assert all(
        one["Dimensions"] == [{"Name": "ScheduleGroup", "Value": "FleetMigrator-sweeping-sweep"}]
        for one in watched
    )
    target = schedule["Target"]["Arn"]["Fn::GetAtt"][0]
    assert sweeping.content["Resources"][target]["Properties"]["Handler"] == "functions.sweep.handler"
    role = schedule["Target"]["RoleArn"]["Fn::GetAtt"][0]
    [statement] = sweeping.statements_of_role(role)
    assert statement["Action"] == "lambda:InvokeFunction"
    assert statement["Resource"] == {"Fn::GetAtt": [target, "Arn"]}


def test_the_sweep_may_do_what_its_row_says_and_nothing_else(sweeping: Template) -> None:
    role = sweeping.function("sweep")["Role"]["Fn::GetAtt"][0]
    grants = (*COMMON_FUNCTION_GRANTS, *SWEEP.grants, *DIRECTORY_GRANTS)
    expected = granted_pairs(grants, sweeping, SWEEP)
    assert template_pairs(sweeping.statements_of_role(role)) == expected


@pytest.mark.parametrize(
    ("sweep", "fault"),
    [
        ({"mode": "delete"}, ".sweep.mode: should be 'report' or 'disable' (given: 'delete')"),
        ({"afterDays": 0}, ".sweep.afterDays: should be greater than or equal to 1 (given: 0)"),
        ({"everyDay": 1}, ".sweep.everyDay: is not a field of the input; did you mean everyDays?"),
    ],
)
def test_what_is_wrong_with_a_sweep_is_named(sweep: dict[str, Any], fault: str) -> None:
    least = {"removalPolicy": "destroy", "logRetentionDays": 14, "directories": {"d-9067b2d8e5": GIVEN}}
    with pytest.raises(ConfigurationFault) as caught:
        load_stages({"stages": {"dev": {**least, "sweep": sweep}}})
    assert caught.value.faults == [f"context.stages.dev{fault}"]
    assert load_stages({"stages": {"dev": {**least, "sweep": {}}}})["dev"].sweep == Sweep()


def test_without_directories_there_is_nothing_to_sweep() -> None:
    least = {"removalPolicy": "destroy", "logRetentionDays": 14, "sweep": {}}
    with pytest.raises(ConfigurationFault, match="configure directories, or leave it out"):
        load_stages({"stages": {"dev": least}})


def test_what_the_function_reads_is_what_was_configured(empty_assets: Sources, tmp_path: Path) -> None:
    synthesize_stack(RETAINING, empty_assets, tmp_path / "out")
    [file] = (tmp_path / "out").rglob("directories.json")
    assert read_accesses(file) == {one.directory_id: one.access for one in DIRECTORIES}
