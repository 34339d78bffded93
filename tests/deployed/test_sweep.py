"""The sweep, called by its schedule, finds in a real domain what a migration left: all by its own role."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.configuration import StageConfiguration
from infra.sweep_configuration import Sweep
from migrator.domain.moments import iso, moment
from rehearsal.samba import what_is_missing
from rehearsal.samba.template import MAY_DISABLE
from tests.deployed.deployment import POLLING, Account, Deployed, FunctionFailed, account
from tests.deployed.mailbox import Mailbox
from tests.deployed.role_policies import listed, policies, trusting, without
from tests.deployed.waiting import wait_for
from tests.directory.plants import filetime, generalized
from tests.workflow.test_rehearse_command import small_fleet, the_input

Json = dict[str, Any]

pytestmark = pytest.mark.slow

LONG_AGO = timedelta(days=40)
GIVEN = {"afterDays": 30, "mode": "disable"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    if missing := what_is_missing():
        if os.geteuid() == 0 or os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    place = tmp_path_factory.mktemp("account")
    with account(place, small_fleet("migrates+leaves-computer"), real_directory=True) as it:
        assert it.domain
        controller = it.domain.controller
        ace = MAY_DISABLE.format(sid=controller.template.service_sid)
        controller.database.allow(controller.template.unit, ace)
        yield it


@pytest.fixture(scope="module")
def deployed(here: Account) -> Deployed:
    """With a migration in its ledger that ended long ago and left its computer behind."""
    found = here.deploy(
        StageConfiguration(
            name="sweep",
            removal_policy="destroy",
            log_retention_days=14,
            api_rate_per_second=100,
            api_burst=100,
            directories=here.directories,
            sweep=Sweep(mode="disable"),
        )
    )
    run = found.run("long-ago", the_input(polling=POLLING))
    assert run.output
    assert run.output["counts"] == {"Migrated": 1}
    ours = [one for one in found.rows() if one["pk"]["S"] == "run#long-ago"]
    [row] = [one for one in ours if one["sk"]["S"].startswith("workspace#")]
    for name in ("started_at", "ended_at"):
        row[name]["S"] = iso(moment(row[name]["S"]) - LONG_AGO)
    found.client("dynamodb").put_item(TableName=found.outputs["LedgerTableName"], Item=row)
    _make_old(here)
    return found


def _make_old(here: Account) -> None:
    """Every computer of the domain was there before, and nobody has used it since."""
    assert here.domain
    controller, before = here.domain.controller, datetime.now(UTC) - 2 * LONG_AGO
    for found in controller.database.search(controller.template.unit, "(objectClass=computer)", "dn"):
        controller.database.replace(
            str(found["dn"]),
            {
                "whenCreated": generalized(before),
                "pwdLastSet": filetime(before),
                "lastLogonTimestamp": filetime(before),
            },
        )


def lines(deployed: Deployed) -> list[Json]:
    """What the last sweep found."""
    files = {key: text for key, text in deployed.objects("runs/sweep-").items() if "directory.json" in key}
    return list(json.loads(files[max(files)])) if files else []


def swept(deployed: Deployed) -> str:
    """What one more sweep tells and logs, whether it ends well or not."""
    since = int(time.time() * 1000)
    try:
        deployed.invoke("sweep", GIVEN)
    except FunctionFailed as failed:
        return str(failed)
    group = deployed.functions["sweep"]["LoggingConfig"]["LogGroup"]
    found = deployed.client("logs").filter_log_events(logGroupName=group, startTime=since)["events"]
    return json.dumps([lines(deployed), *(one["message"] for one in found)])


def test_its_schedule_calls_it_and_it_disables_what_is_left(here: Account, deployed: Deployed) -> None:
    assert here.domain
    people = Mailbox(here.aws, "people")
    people.subscribe(deployed.outputs["TopicArn"])
    deployed.due_now("FleetMigrator-sweep-sweep")

    [message] = wait_for("the sweep tells what it found", people.messages)

    assert message["Subject"] == "Fleet migrator (sweep): computer objects left in the directory"
    assert "1 disabled" in message["Message"], lines(deployed)
    [line] = lines(deployed)
    assert (line["action"], line["result"]) == ("disable", "disabled")
    [left] = [one for one in here.twin.twin.events if one["what"] == "computer-left"]
    assert line["computerName"] == left["computerName"]
    assert control(here, line) == 0x1002


def control(here: Account, line: Json) -> int:
    """The object's userAccountControl as the domain has it."""
    assert here.domain
    [found] = here.domain.controller.database.search(
        line["distinguishedName"], "(objectClass=computer)", "userAccountControl"
    )
    return int(found["userAccountControl"][0])


USED = (
    ("dynamodb:Scan", ""),
    ("dynamodb:GetItem", ""),
    ("dynamodb:UpdateItem", ""),
    ("secretsmanager:GetSecretValue", ""),
    ("kms:Decrypt", "service-account"),
    ("workspaces:DescribeWorkspaces", ""),
    ("workspaces:DescribeWorkspaceDirectories", ""),
    ("s3:PutObject", ""),
    ("s3:GetObject", ""),
    ("sns:Publish", ""),
    ("kms:Decrypt", "topic"),
    ("kms:GenerateDataKey", "topic"),
)
"""What a sweep that finds something makes use of; a key by what it encrypts."""


@pytest.mark.parametrize(("action", "of"), USED)
def test_without_one_of_its_permissions_it_says_which(
    here: Account, deployed: Deployed, action: str, of: str
) -> None:
    assert here.domain
    swept(deployed)
    for line in lines(deployed):
        if line["distinguishedName"]:
            here.domain.controller.database.replace_raw(
                line["distinguishedName"], {"userAccountControl": 0x1000}
            )
    role = deployed.functions["sweep"]["Role"]
    with without(here.aws, role, action, {"": "", **keys_of(deployed)}[of]):
        told = swept(deployed)
    assert f"is not authorized to perform: {action}" in told


def keys_of(deployed: Deployed) -> dict[str, str]:
    """The keys in the sweep's role, by what they encrypt."""
    [topics] = [one for kind, one in deployed.resources.values() if kind == "AWS::KMS::Key"]
    documents = policies(deployed.account.aws, deployed.functions["sweep"]["Role"]).values()
    arns = {
        arn
        for document in documents
        for statement in document["Statement"]
        if "kms:Decrypt" in listed(statement["Action"])
        for arn in listed(statement["Resource"])
    }
    [service_account] = [one for one in arns if not one.endswith(topics)]
    return {"topic": topics, "service-account": service_account}


def test_a_role_that_does_not_trust_lambda_sweeps_nothing(here: Account, deployed: Deployed) -> None:
    def another(statement: Json) -> Json:
        return {**statement, "Principal": {"Service": "ec2.amazonaws.com"}}

    with trusting(here.aws, deployed.functions["sweep"]["Role"], another):
        assert "cannot be assumed by principal lambda.amazonaws.com" in swept(deployed)
