"""`make bootstrap` and `make deploy`, as the README has them, by the CDK's command line into a local AWS."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.sources import PROJECT
from tests.checkouts import checkout, make
from tests.contract.test_documented_commands import commands
from tests.deployed.local_aws import ACCOUNT, REGION, LocalAws, local_aws
from tests.deployed.preparation import prepare
from tests.deployed.stacks import Assembly, Stack
from tests.deployed.translation import translated

pytestmark = [pytest.mark.slow, pytest.mark.network]

LINES = [line for line in commands("make") if shlex.split(line)[1] in ("bootstrap", "deploy")]
"""In the order of the README."""

_BUCKET = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
_NOT_REACHED = re.compile(
    r"\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|E403"
    r"|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)\b"
)
"""npm's own registry, or a network or proxy that does not let it through or is not trusted by Node."""


@dataclass(frozen=True)
class Desk:
    """A checkout, and the account that its user has credentials of."""

    project: Path
    aws: LocalAws
    assembly: Assembly

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        """A line of the README."""
        environment = {
            "AWS_ENDPOINT_URL": self.aws.endpoint,
            "AWS_CA_BUNDLE": str(self.aws.certificates / "ca.pem"),
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "not-a-secret",
            "AWS_REGION": REGION,
        }
        # Nobody is here to be asked whether the roles may be made.
        confirmed = ["CDK_ARGS=--require-approval never"] if " deploy " in line else []
        return make(self.project, *shlex.split(line)[1:], *confirmed, environment=environment)

    def objects(self) -> set[str]:
        """The keys in the bucket for assets."""
        listed = self.aws.client("s3").list_objects_v2(Bucket=_BUCKET)
        return {one["Key"] for one in listed.get("Contents", [])}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    prepare()
    got = make(PROJECT, "node_modules/.package-lock.json")
    if got.returncode != 0 and _NOT_REACHED.search(got.stderr):
        pytest.skip(f"the CDK's command line cannot be fetched: {got.stderr[-300:]}")
    assert got.returncode == 0, got.stderr
    place = tmp_path_factory.mktemp("make")
    copy = checkout(place)
    with local_aws(place) as aws:
        yield Desk(copy, aws, Assembly(copy / "cdk.out", "FleetMigrator-dev"))


def test_the_readmes_lines_prepare_an_account_and_deploy_a_stage(desk: Desk) -> None:
    bootstrap, deploy = LINES
    done = desk.run(bootstrap)
    assert done.returncode == 0, done.stderr
    assert Stack(desk.aws, "CDKToolkit").status == "CREATE_COMPLETE"

    key = _what_this_account_can_deploy_is_there(desk)
    done = desk.run(deploy)
    assert done.returncode == 0, done.stdout + done.stderr
    stack, template = Stack(desk.aws, "FleetMigrator-dev"), desk.assembly.template
    assert stack.status == "CREATE_COMPLETE"
    assert stack.outputs.keys() == template["Outputs"].keys()
    left_out = template["Resources"].keys() - stack.resources.keys()
    assert {template["Resources"][one]["Type"] for one in left_out} == {"AWS::Logs::QueryDefinition"}
    assert desk.objects() == {key, *desk.assembly.directories()}


def _what_this_account_can_deploy_is_there(desk: Desk) -> str:
    """The command line uploads no asset that is there, and a template is one: this one takes its place. It
    lacks what the local AWS does not have, and nothing else (tests/deployed/translation.py)."""
    files = json.loads((desk.assembly.place / f"{desk.assembly.stack_name}.assets.json").read_text())["files"]
    [key] = [
        destination["objectKey"]
        for one in files.values()
        if one["source"]["packaging"] == "file"
        for destination in one["destinations"].values()
    ]
    body = json.dumps(translated(desk.assembly, lambda _: {})).encode()
    desk.aws.client("s3").put_object(Bucket=_BUCKET, Key=key, Body=body)
    return str(key)
