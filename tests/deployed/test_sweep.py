"""The sweep, called by its schedule, finds in a real domain what a migration left, and does it by its own role."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.configuration import StageConfiguration
from infra.sweep_configuration import Sweep
from migrator.domain.moments import iso, moment
from rehearsal.samba import what_is_missing
from rehearsal.samba.template import MAY_DISABLE
from tests.deployed.deployment import POLLING, Account, Deployed, FunctionFailed, account
from tests.deployed.mailbox import Mailbox
from tests.deployed.role_policies import trusting, without
from tests.deployed.waiting import wait_for
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
    [row] = [one for one in found.rows() if one["sk"]["S"].startswith("workspace#")]
    for name in ("started_at", "ended_at"):
        row[name]["S"] = iso(moment(row[name]["S"]) - LONG_AGO)
    found.client("dynamodb").put_item(TableName=found.outputs["LedgerTableName"], Item=row)
    return found


def lines(deployed: Deployed) -> list[Json]:
    """What the last sweep found."""
    files = {key: text for key, text in deployed.objects("runs/sweep-").items() if "directory.json" in key}
    return list(json.loads(files[max(files)])) if files else []


def swept(deployed: Deployed) -> str:
    """What one more sweep tells, whether it ends well or not."""
    try:
        deployed.invoke("sweep", GIVEN)
    except FunctionFailed as failed:
        return str(failed)
    return json.dumps(lines(deployed))
