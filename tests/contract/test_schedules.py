"""Schedules that somebody disabled or deleted, as the hourly reconciliation finds them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from migrator.adapters.clock import SystemClock
from migrator.services import Services, rehearsing
from migrator.settings import settings_from
from migrator.steps.asleep import tell_asleep

GROUP = "FleetMigrator-dev"
REGION = "eu-west-1"
ENVIRONMENT = {
    "STAGE": "dev",
    "LEDGER_TABLE": "ledger",
    "LEDGER_RETENTION_DAYS": "400",
    "RUNS_BUCKET": "runs",
    "TOPIC_ARN": f"arn:aws:sns:{REGION}:123456789012:topic",
    "EVENT_BUS": "events",
    "DASHBOARD": "outcomes",
    "LOG_USER_NAMES": "false",
    "API_RATE_PER_SECOND": "2",
    "API_BURST": "5",
    "ADDRESS_RESERVE": "1",
    "POWERTOOLS_SERVICE_NAME": "reconcile",
}


@pytest.fixture
def scheduler(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws(), rehearsing(None):
        client = boto3.client("scheduler", REGION)
        client.create_schedule_group(Name=GROUP)
        for name in ("weekend", "nightly"):
            client.create_schedule(**schedule(name))
        yield client


def schedule(name: str, **changes: str) -> dict[str, Any]:
    target = {"Arn": "arn:aws:scheduler:::aws-sdk:sfn:startExecution", "RoleArn": "arn:aws:iam::1:role/r"}
    return {
        "Name": name,
        "GroupName": GROUP,
        "ScheduleExpression": "cron(0 22 ? * SAT *)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": target,
        **changes,
    }


def looked(capsys: pytest.CaptureFixture[str], *names: str) -> tuple[list[str], list[dict[str, Any]]]:
    """What is asleep, and what was logged of it."""
    expected = ",".join(f"{GROUP}/{name}" for name in names)
    settings = settings_from({**ENVIRONMENT, "SCHEDULES": expected})
    asleep = tell_asleep(Services(settings, SystemClock()))
    return asleep, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_schedules_that_are_enabled_are_counted_as_none(
    scheduler: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    asleep, [line] = looked(capsys, "weekend", "nightly")

    assert asleep == []
    assert line["SchedulesAsleep"] == [0]


def test_one_that_is_disabled_and_one_that_is_gone_are_named(
    scheduler: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    scheduler.update_schedule(**schedule("weekend", State="DISABLED"))
    scheduler.delete_schedule(GroupName=GROUP, Name="nightly")

    asleep, [line] = looked(capsys, "weekend", "nightly")

    assert asleep == [f"{GROUP}/nightly", f"{GROUP}/weekend"]
    assert line["SchedulesAsleep"] == [2]
    assert line["asleep"] == {f"{GROUP}/weekend": "DISABLED", f"{GROUP}/nightly": "gone"}


def test_a_stage_without_schedules_asks_nothing_and_measures_nothing(
    scheduler: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert looked(capsys) == ([], [])
