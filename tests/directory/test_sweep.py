"""The sweep on a real domain: old leavings of any run, and nothing that the ledger does not know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.hooks import HierarchicalEmitter
from moto.sns.models import sns_backends
from pydantic import ValidationError

from functions.sweep import handler
from infra.function_table import DIRECTORY_GRANTS, SWEEP
from rehearsal.engine import ACCOUNT_ID
from rehearsal.samba import DomainController
from rehearsal.samba.template import MAY_DISABLE
from tests.directory.clean_up_bench import REGION, CleanUp, Context, clean_up_bench
from tests.directory.plants import CREATED, ENDED, STARTED, UNIT, Plant, SambaGarden

LONG_AGO = timedelta(days=100)
OLD = {"started_at": STARTED - LONG_AGO, "ended_at": ENDED - LONG_AGO}


@pytest.fixture
def garden(shared_controller: DomainController) -> SambaGarden:
    return SambaGarden(shared_controller)


@pytest.fixture
def clean_up(shared_controller: DomainController, tmp_path: Path) -> Iterator[CleanUp]:
    with clean_up_bench(shared_controller, tmp_path, living=("S-LIVING",)) as found:
        boto3.client("sns", REGION).create_topic(Name="topic")
        for run_id in ("run-1", "run-2"):
            found.open_run(run_id)
        yield found


def sweep(found: CleanUp, **event: Any) -> dict[str, str]:
    """Results by computer name."""
    answer = handler(event, Context())
    if not answer["results"]:
        return {}
    lines = found.document(answer["sweepId"], "directory.json")
    return {line["computerName"]: line["result"] for line in lines}


def test_old_leavings_are_told_and_nothing_else_is_looked_at(garden: SambaGarden, clean_up: CleanUp) -> None:
    planted = {
        name: garden.plant(Plant(name, created=CREATED - LONG_AGO))
        for name in ("S-TARGET", "S-LIVING", "S-UNKNOWN", "S-TODAY")
    }
    former = garden.plant(Plant("S-FORMER", created=CREATED - timedelta(days=900)))
    clean_up.failed("run-1", "S-TARGET", "S-LIVING", "S-GONE", **OLD)
    clean_up.failed("run-2", "S-TODAY")
    clean_up.migrated("run-2", "S-FORMER", **OLD)

    assert sweep(clean_up) == {"S-TARGET": "reported", "S-FORMER": "reported", "S-LIVING": "refused"}
    assert all(map(garden.exists, [*planted.values(), former]))
    [sent] = (
        sns_backends[ACCOUNT_ID][REGION].topics[f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:topic"].sent_notifications
    )
    assert "1 refused, 2 reported" in sent[1]


def test_it_disables_where_it_is_told_to(garden: SambaGarden, clean_up: CleanUp) -> None:
    garden.database.allow(UNIT, MAY_DISABLE.format(sid=garden.controller.template.service_sid))
    guid = garden.plant(Plant("S-DISABLE", created=CREATED - LONG_AGO))
    clean_up.failed("run-1", "S-DISABLE", **OLD)
    assert sweep(clean_up, mode="disable", afterDays=60) == {"S-DISABLE": "disabled"}
    assert garden.control(guid) == 0x1002


def test_the_last_migration_that_knew_a_name_counts(garden: SambaGarden, clean_up: CleanUp) -> None:
    """A computer that came back into use, and whose WorkSpace was migrated again the other day."""
    garden.plant(Plant("S-BOTH", created=CREATED - timedelta(days=900)))
    clean_up.migrated("run-1", "S-BOTH", **OLD)
    clean_up.migrated("run-2", "S-BOTH")
    assert sweep(clean_up) == {}


def test_it_never_deletes(clean_up: CleanUp) -> None:
    with pytest.raises(ValidationError):
        sweep(clean_up, mode="delete")


def test_it_calls_nothing_that_it_may_not(
    garden: SambaGarden, clean_up: CleanUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: set[str] = set()
    emit = HierarchicalEmitter.emit_until_response

    def noted(self: HierarchicalEmitter, event_name: str, **arguments: Any) -> Any:
        parts = event_name.split(".")
        if parts[0] == "before-call":
            called.add(f"{parts[1]}:{parts[2]}")
        return emit(self, event_name, **arguments)

    monkeypatch.setattr(HierarchicalEmitter, "emit_until_response", noted)
    garden.plant(Plant("S-CALLS", created=CREATED - LONG_AGO))
    clean_up.failed("run-1", "S-CALLS", **OLD)
    called.clear()
    handler({"mode": "disable"}, Context())

    allowed = {action for grant in (*SWEEP.grants, *DIRECTORY_GRANTS) for action in grant.actions}
    services = {"secrets-manager": "secretsmanager"}
    actions = {
        f"{services.get(service, service)}:{operation}"
        for service, operation in (call.split(":") for call in called)
    }
    assert {"dynamodb:Scan", "secretsmanager:GetSecretValue", "sns:Publish"} <= actions
    assert actions <= allowed
