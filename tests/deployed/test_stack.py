"""A stack comes up whole, takes a change without losing anything, and goes as its stage says."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.configuration import StageConfiguration
from infra.directory_configuration import Directory
from infra.schedule_configuration import Schedule
from infra.sweep_configuration import Sweep
from migrator.domain.directory_access import DirectoryAccess
from tests.deployed.deployment import Account, Deployed, FunctionFailed, account
from tests.deployed.inventory import PARTS_OF_OTHERS, present
from tests.deployed.stacks import Assembly, Stack, StackFailed
from tests.deployed.translation import GAPS, Gap, translated
from tests.workflow.test_rehearse_command import DIRECTORY, small_fleet, the_input

pytestmark = pytest.mark.slow

PLAN = the_input(dryRun=True)


def stage(name: str, **more: Any) -> StageConfiguration:
    """One that has everything but directories."""
    # CloudFormation knows a schedule by its name alone, and in this account are several stages.
    schedule = Schedule(f"{name}-wave", "cron(0 22 ? * SAT *)", "Europe/Berlin", json.dumps(PLAN))
    usual = StageConfiguration(
        name=name,
        removal_policy="destroy",
        log_retention_days=14,
        api_rate_per_second=100,
        api_burst=100,
        chat_topic=True,
        schedules=(schedule,),
    )
    return dataclasses.replace(usual, **more)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with account(tmp_path_factory.mktemp("account"), small_fleet("migrates", "migrates")) as it:
        yield it


@pytest.fixture(scope="module")
def deployed(here: Account) -> Deployed:
    return here.deploy(stage("brief"))


@pytest.fixture(scope="module")
def planned(deployed: Deployed) -> Deployed:
    """With a run's rows and files in it."""
    assert deployed.run("before", PLAN).status == "SUCCEEDED"
    return deployed


@pytest.fixture(scope="module")
def changed(here: Account, planned: Deployed) -> Deployed:
    """The same stage, slower, and without its topic for a chat channel."""
    return here.deploy(stage("brief", api_rate_per_second=50, chat_topic=False))


def test_all_that_the_template_declares_is_there(here: Account, deployed: Deployed) -> None:
    declared = {name: one["Type"] for name, one in deployed.assembly.template["Resources"].items()}
    left_out = [kind for name, kind in declared.items() if name not in deployed.resources]
    assert set(left_out) == {"AWS::Logs::QueryDefinition"}
    assert standing(here, deployed) == {
        name for name, kind in declared.items() if kind not in PARTS_OF_OTHERS | set(left_out)
    }


def standing(here: Account, deployed: Deployed) -> set[str]:
    """Logical ids of what the stack had when it was deployed, and is there now."""
    return {
        name
        for name, (kind, physical_id) in deployed.resources.items()
        if kind not in PARTS_OF_OTHERS and present(here.aws, kind, physical_id)
    }


def test_a_changed_value_reaches_every_function(changed: Deployed) -> None:
    variables = [one["Environment"]["Variables"] for one in changed.functions.values()]
    assert {one["API_RATE_PER_SECOND"] for one in variables} == {"50"}
    assert not [one for one in variables if "CHAT_TOPIC_ARN" in one]


def test_what_a_stage_no_longer_has_goes_and_nothing_else(
    here: Account, planned: Deployed, changed: Deployed
) -> None:
    assert "ChatTopicArn" not in changed.outputs
    gone = {name for name, (kind, _) in planned.resources.items() if kind not in PARTS_OF_OTHERS} - standing(
        here, planned
    )
    assert {planned.resources[name][0] for name in gone} == {"AWS::SNS::Topic"}
    assert {name: one for name, one in planned.resources.items() if name in changed.resources} == (
        changed.resources
    )


def test_a_change_loses_no_run(planned: Deployed, changed: Deployed) -> None:
    assert "report.json" in changed.objects("runs/before/")
    assert "run#before" in {row["pk"]["S"] for row in changed.rows()}
    assert changed.run("after", PLAN).status == "SUCCEEDED"


def test_a_stage_that_keeps_nothing_goes_as_a_whole(here: Account) -> None:
    fleeting = here.deploy(stage("fleeting"))
    assert fleeting.run("only", PLAN).status == "SUCCEEDED"
    # CloudFormation deletes no bucket that holds anything; this local AWS would.
    empty(fleeting)

    fleeting.stack.delete()

    assert standing(here, fleeting) == set()
    assert fleeting.stack.status is None


def empty(deployed: Deployed) -> None:
    s3, bucket = deployed.client("s3"), deployed.outputs["RunsBucketName"]
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for one in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
            s3.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])


def test_a_stage_that_keeps_its_data_is_not_deleted_by_mistake_and_leaves_just_that(here: Account) -> None:
    kept = here.deploy(stage("kept", removal_policy="retain"))
    assert kept.run("only", PLAN).status == "SUCCEEDED"
    rows = kept.rows()

    with pytest.raises(ClientError, match="TerminationProtection is enabled"):
        kept.stack.delete()
    assert kept.stack.status == "CREATE_COMPLETE"
    kept.stack.protect(False)
    kept.stack.delete()

    left = [kept.resources[name] for name in standing(here, kept)]
    logs = sum(kind == "AWS::Logs::LogGroup" for kind, _ in kept.resources.values())
    assert sorted(kind for kind, _ in left) == sorted(
        ["AWS::DynamoDB::Table", "AWS::S3::Bucket", *["AWS::Logs::LogGroup"] * logs]
    )
    assert kept.rows() == rows
    assert "report.json" in kept.objects("runs/only/")


@pytest.fixture(scope="module")
def with_everything(here: Account) -> Assembly:
    """An assembly that needs all that this local AWS cannot do."""
    access = DirectoryAccess(
        organizational_unit="OU=WorkSpaces,DC=corp,DC=example,DC=com",
        endpoints=["dc1.corp.example.com"],
        ca_certificate="-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
        secret_arn="arn:aws:secretsmanager:us-east-1:123456789012:secret:service-account-a1b2c3",
        subnet_ids=["subnet-00000001"],
        security_group_ids=["sg-00000001"],
    )
    past = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return here.synthesize(
        stage(
            "everything",
            directories=(Directory(DIRECTORY, access),),
            sweep=Sweep(),
            schedules=(Schedule("now", f"at({past})", "UTC", json.dumps(PLAN)),),
        )
    )


@pytest.fixture
def deploy_without(here: Account, with_everything: Assembly) -> Iterator[Any]:
    """Deploy with every gap mended but one."""
    stack = Stack(here.aws, with_everything.stack_name)

    def deploy(gap: Gap) -> Deployed:
        others = [one for one in GAPS if one is not gap]
        stack.apply(with_everything, translated(with_everything, here.twin.environment, others))
        return Deployed(here, stack, with_everything)

    yield deploy
    if stack.status is not None:
        stack.delete()


def the_gap(name: str) -> Gap:
    [gap] = [one for one in GAPS if one.name == name]
    return gap


@pytest.mark.parametrize("gap", [one for one in GAPS if one.refusal], ids=lambda one: one.name)
def test_what_is_translated_is_still_refused(gap: Gap, deploy_without: Any) -> None:
    assert gap.refusal
    with pytest.raises(StackFailed) as failed:
        deploy_without(gap)
    assert gap.refusal in str(failed.value)


def test_layers_are_still_not_at_opt(deploy_without: Any) -> None:
    deployed = deploy_without(the_gap("layers at /opt"))
    with pytest.raises(FunctionFailed, match=r"No such file or directory: '/opt/directories\.json'"):
        deployed.invoke("sweep", {"afterDays": 30, "mode": "report"})


def test_each_gap_concerns_something_that_we_deploy(with_everything: Assembly) -> None:
    resources = with_everything.template["Resources"].values()
    assert [gap.name for gap in GAPS if not any(gap.concerns(one) for one in resources)] == []
