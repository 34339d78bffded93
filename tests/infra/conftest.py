"""Templates are synthesized once for a test run: the CDK's Node process is the slow part."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.configuration import StageConfiguration
from infra.directory_configuration import Directory
from infra.schedule_configuration import Schedule
from infra.sources import DEFINITION, PROJECT, Sources
from migrator.domain.directory_access import DirectoryAccess
from tests.infra.synthesis import Template, synthesize_stack

SCHEDULES = (
    Schedule(
        name="weekend-wave",
        expression="cron(0 22 ? * SAT *)",
        time_zone="Europe/Berlin",
        input_json='{"select": {"tags": {"Wave": "1"}}, "target": {"bundleId": "wsb-9"}, "dryRun": false}',
        flexible_minutes=15,
    ),
    Schedule(
        name="plan-once",
        expression="at(2026-11-28T22:00:00)",
        time_zone="UTC",
        input_json='{"select": {"tags": {"Wave": "2"}}, "target": {"bundleId": "wsb-9"}, "dryRun": true}',
        enabled=False,
    ),
)

DIRECTORIES = tuple(
    Directory(
        directory_id,
        DirectoryAccess(
            organizational_unit="OU=WorkSpaces,DC=corp,DC=example,DC=com",
            endpoints=["dc1.corp.example.com", "dc2.corp.example.com"],
            ca_certificate="-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
            secret_arn=f"arn:aws:secretsmanager:eu-west-1:123456789012:secret:{directory_id}-a1b2c3",
            secret_key_arn=key,
            subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
            security_group_ids=["sg-0123456789abcdef0"],
        ),
    )
    for directory_id, key in (
        ("d-9067b2d8e5", None),
        ("d-9067b2d8e6", "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"),
    )
)

RETAINING = StageConfiguration(
    name="kept",
    removal_policy="retain",
    log_retention_days=365,
    account="123456789012",
    region="eu-west-1",
    api_rate_per_second=0.5,
    api_burst=3,
    address_reserve=9,
    ledger_retention_days=77,
    run_retention_days=555,
    noncurrent_version_days=12,
    log_level="WARNING",
    inventory_buckets=("inventories", "more.inventories"),
    notification_emails=("operations@example.com",),
    chat_topic=True,
    log_user_names=True,
    schedules=SCHEDULES,
    directories=DIRECTORIES,
)
DESTROYING = StageConfiguration(name="brief", removal_policy="destroy", log_retention_days=14)


@pytest.fixture(scope="session")
def empty_assets(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    """The real definition, with directories in place of the assets: no property depends on them."""
    asset = tmp_path_factory.mktemp("asset")
    (asset / "file").write_text("content", encoding="utf-8")
    return Sources(PROJECT / DEFINITION, code=asset, layer=asset)


@pytest.fixture(scope="session")
def kept(empty_assets: Sources, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A stage that retains its data and sets everything that a stage may set."""
    return synthesize_stack(RETAINING, empty_assets, tmp_path_factory.mktemp("kept") / "out")


@pytest.fixture(scope="session")
def brief(empty_assets: Sources, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A stage that sets only what it must, and deploys to whatever account is at hand."""
    return synthesize_stack(DESTROYING, empty_assets, tmp_path_factory.mktemp("brief") / "out")


@pytest.fixture(scope="session")
def cdk_json() -> dict[str, Any]:
    """The committed cdk.json."""
    content: dict[str, Any] = json.loads((PROJECT / "cdk.json").read_text(encoding="utf-8"))
    return content


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Another directory with the files that a synthesis reads."""
    from tests.infra.synthesis import copy_checkout

    return copy_checkout(tmp_path / "checkout")
