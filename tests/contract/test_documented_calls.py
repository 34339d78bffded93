"""The AWS commands of README and docs, made: of the twin, and of an account in memory with our things in it.

`test_documented_commands` holds that the CLI takes each of them; here each is a call, and what it is to show
is there.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import jmespath  # type: ignore[import-untyped]
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.freshness import template_for_rehearsal
from rehearsal.twin import parse_fleet
from tests.contract.test_documented_commands import AWS, blocks, call, parsed
from tests.contract.test_twin_prices import product
from tests.twin_bench import SESSION, bench
from tests.workflow.test_rehearse_command import DIRECTORY, small_fleet

REGION = "us-east-1"
OF_THE_FLEET = ("workspaces", "ec2", "resourcegroupstaggingapi", "pricing")
ELSEWHERE = {
    "dynamodb": "on a ledger: test_documented_commands",
    "redrive-execution": "in a rehearsal's engine: tests/workflow/test_documented_operations.py",
    "delete-workspace-bundle": "in its turn: test_what_nobody_uses_is_deleted_as_the_runbook_has_it",
    "delete-workspace-image": "in its turn: test_what_nobody_uses_is_deleted_as_the_runbook_has_it",
}
OUTPUTS = {
    "STATE_MACHINE_ARN": "StateMachineArn",
    "RUNS_BUCKET": "RunsBucketName",
    "TOPIC_ARN": "TopicArn",
    "LEDGER": "LedgerTableName",
}
"""What the documents call an output of the stack."""

SERVED = [
    line
    for line in AWS
    if parsed(line)[0] not in (*OF_THE_FLEET, *ELSEWHERE) and parsed(line)[1] not in ELSEWHERE
]
FLEET = [line for line in AWS if parsed(line)[0] in OF_THE_FLEET and parsed(line)[1] not in ELSEWHERE]

Known = dict[str, str]


def test_every_command_is_made_somewhere() -> None:
    assert len(SERVED) >= 12
    assert len(FLEET) >= 10
    for line in AWS:
        service, operation, _ = parsed(line)
        assert line in (*SERVED, *FLEET) or service in ELSEWHERE or operation in ELSEWHERE


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Known]:
    """What is in the account, by the word that stands for it in the documents."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        known = _filled()
        yield known


def _filled() -> Known:
    client: dict[str, Any] = {
        name: boto3.client(name, REGION)
        for name in ("s3", "sns", "sqs", "events", "scheduler", "stepfunctions", "cloudformation")
    }
    client["s3"].create_bucket(Bucket="runs")
    for run in ("RUN", "first-dry-run"):
        for name in ("report.html", "retry.csv"):
            client["s3"].put_object(Bucket="runs", Key=f"runs/{run}/{name}", Body=b"it")
    topic = client["sns"].create_topic(Name="topic")["TopicArn"]
    queue = client["sqs"].create_queue(QueueName="queue")["QueueUrl"]
    client["events"].create_event_bus(Name="FleetMigrator-prod-events")
    machine = client["stepfunctions"].create_state_machine(
        name="machine",
        definition=json.dumps({"StartAt": "It", "States": {"It": {"Type": "Succeed"}}}),
        roleArn="arn:aws:iam::123456789012:role/machine",
    )["stateMachineArn"]
    execution = client["stepfunctions"].start_execution(stateMachineArn=machine, name="RUN")["executionArn"]
    client["scheduler"].create_schedule_group(Name="FleetMigrator-prod")
    client["scheduler"].create_schedule(
        GroupName="FleetMigrator-prod",
        Name="saturday-wave",
        ScheduleExpression="rate(7 days)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": machine, "RoleArn": "arn:aws:iam::123456789012:role/scheduler"},
    )
    known = {"STATE_MACHINE_ARN": machine, "RUNS_BUCKET": "runs", "TOPIC_ARN": topic, "LEDGER": "ledger"}
    values = {OUTPUTS[word]: value for word, value in known.items()}
    template = {
        "Resources": {"Something": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {name: {"Value": value} for name, value in values.items()},
    }
    for stage in ("dev", "prod"):
        client["cloudformation"].create_stack(
            StackName=f"FleetMigrator-{stage}", TemplateBody=json.dumps(template)
        )
    return {**known, "QUEUE_URL": queue, "EXECUTION_ARN": execution}


def made(line: str, known: Known) -> Any:
    """What the line shows, its words in capitals replaced by what is known."""
    for word, value in known.items():
        line = line.replace(word, value)
    service, model, parameters = call(line)
    client: Any = boto3.client(service, REGION)  # type: ignore[call-overload]
    answer = getattr(client, xform_name(model.name))(**parameters)
    for query in parsed(line)[2].get("query", []):
        answer = jmespath.search(query, answer)
    return answer


@pytest.mark.parametrize("line", [line for line in SERVED if not line.startswith("aws s3 ")])
def test_a_command_is_answered(line: str, account: Known) -> None:
    if " start-execution " in line:
        account = {**account, "RUN": "RUN-7"}
    shown = made(line, account)
    assert shown is not None, "the query finds nothing"
    if " describe-stacks " in line:
        assert {one["OutputKey"] for one in shown} == set(OUTPUTS.values())
    if " list-schedules " in line:
        assert [one["Name"] for one in shown["Schedules"]] == ["saturday-wave"]
    if " describe-execution " in line:
        assert shown[0] in ("RUNNING", "SUCCEEDED")


@pytest.mark.parametrize("line", [line for line in SERVED if line.startswith("aws s3 ")])
def test_a_copy_finds_its_file(line: str, account: Known, tmp_path: Path) -> None:
    _, _, options = parsed(line)
    bucket, _, key = options[""][0].removeprefix("s3://").replace("RUNS_BUCKET", "runs").partition("/")
    boto3.client("s3", REGION).download_file(bucket, key, str(tmp_path / "it"))
    assert (tmp_path / "it").read_bytes() == b"it"


def test_the_words_in_capitals_are_outputs_of_the_stack() -> None:
    template = json.loads(template_for_rehearsal("dev").read_text(encoding="utf-8"))
    assert set(OUTPUTS.values()) <= template["Outputs"].keys()


def fleet() -> dict[str, Any]:
    """One in which everything is that the commands ask for."""
    text = json.dumps(small_fleet("migrates", "migrates")).replace('"user0"', '"ana"')
    for short, named in (("ws-000000001", "ws-0123456789"), ("ws-000000002", "ws-9876543210")):
        text = text.replace(short, named)
    document: dict[str, Any] = json.loads(text)
    document["Bundles"].append({"BundleId": "wsb-0123456789", "Name": "Ours", "Owner": "123456789012"})
    document["Subnets"] = [
        {"SubnetId": "subnet-00000001", "CidrBlock": "10.0.0.0/24", "AvailableIpAddressCount": 200},
        {"SubnetId": "subnet-00000002", "CidrBlock": "10.0.1.0/24", "AvailableIpAddressCount": 200},
    ]
    document["Directories"][0]["SubnetIds"] = ["subnet-00000001", "subnet-00000002"]
    document["Prices"] = [product(1), product(2, "eu-west-1")]
    return document


def answered(line: str) -> Any:
    """The twin's answer; what a command in the line would have printed is put in."""
    head, _, tail = line.partition("$(")
    if tail:
        line = f"{head}subnet-00000001 subnet-00000002{tail.partition(')')[2]}"
    service, model, parameters = call(line.replace('"REGION"', f'"{REGION}"'))
    client: Any = SESSION.client(service, region_name=REGION)  # type: ignore[call-overload]
    answer = getattr(client, xform_name(model.name))(**parameters)
    answer.pop("ResponseMetadata")
    for query in parsed(line)[2].get("query", []):
        answer = jmespath.search(query, answer)
    return answer


@pytest.mark.parametrize("line", FLEET)
def test_the_twin_answers_what_is_asked_of_the_service(line: str) -> None:
    with bench(fleet()):
        shown = answered(line)
    if " --workspace-ids ws-0123456789 ws-9876543210" in line:
        assert len(shown["Workspaces"]) == 2
    if " --user-name ana" in line:
        assert [one["DirectoryId"] for one in shown["Workspaces"]] == [DIRECTORY]
    if " describe-workspace-snapshots " in line:
        assert shown["RebuildSnapshots"]
    if "length(Workspaces)" in line:
        assert shown == 0
    if " get-products " in line:
        assert [json.loads(text) for text in shown] == [product(1)]


def test_what_nobody_uses_is_deleted_as_the_runbook_has_it() -> None:
    """The guide's last step: the bundle, then its image; the other way round the service refuses."""
    look, bundle, image = [
        line
        for line in AWS
        if "length(Workspaces)" in line or parsed(line)[1].startswith("delete-workspace-")
    ]
    document = fleet()
    document["Bundles"][-1]["ImageId"] = call(image)[2]["ImageId"]
    with bench(document) as on:
        assert answered(look) == 0
        with pytest.raises(ClientError, match="ResourceAssociatedException"):
            answered(image)
        answered(bundle)
        answered(image)
        assert (
            on.workspaces.describe_workspace_bundles(BundleIds=[call(bundle)[2]["BundleId"]])["Bundles"] == []
        )
        left = on.workspaces.describe_workspace_images()["Images"]
    assert call(image)[2]["ImageId"] not in {one["ImageId"] for one in left}


def test_a_fleet_file_comes_out_of_the_commands_for_it(tmp_path: Path) -> None:
    """docs/export.md, with the CLI alone: its answers through the jq program that stands there."""
    if shutil.which("jq") is None:
        pytest.skip("needs jq: apt-get install jq")
    [text] = [text for path, text in blocks("") if path.name == "export.md" and "jq -s" in text]
    with bench(fleet()):
        for line in text.partition("jq -s")[0].replace("\\\n", " ").splitlines():
            if line.strip():
                name = line.rpartition("> ")[2]
                (tmp_path / name).write_text(json.dumps(answered(line), default=str), encoding="utf-8")
    subprocess.run(
        ["bash", "-euc", f"jq -s{text.partition('jq -s')[2]}"], cwd=tmp_path, check=True, timeout=60
    )
    made = parse_fleet(json.loads((tmp_path / "fleet.json").read_text(encoding="utf-8")))
    assert len(made.workspaces) == 2
    assert made.region == "eu-west-1"
