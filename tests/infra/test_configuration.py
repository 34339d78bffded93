"""Stages are typed, and everything wrong with one is reported by its path."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from infra import configuration
from infra.configuration import (
    LOG_RETENTION_DAYS,
    ConfigurationFault,
    StageConfiguration,
    load_stages,
    read_context,
)
from infra.log_retention import retention

LEAST: dict[str, Any] = {"removalPolicy": "destroy", "logRetentionDays": 14}


def faults_of(stages: object) -> list[str]:
    with pytest.raises(ConfigurationFault) as caught:
        load_stages({"stages": stages})
    return caught.value.faults


def test_the_committed_stages_load(cdk_json: dict[str, Any]) -> None:
    stages = load_stages(cdk_json["context"])
    assert set(stages) == {"prod", "dev"}
    assert stages["prod"].retains_data
    assert not stages["dev"].retains_data


def test_a_stage_needs_only_what_has_no_safe_default() -> None:
    stage = load_stages({"stages": {"dev": LEAST}})["dev"]
    assert stage == StageConfiguration(name="dev", removal_policy="destroy", log_retention_days=14)
    # The service's own limits, per account and Region.
    assert (stage.api_rate_per_second, stage.api_burst) == (2.0, 5)


def test_a_stage_takes_everything_it_knows() -> None:
    stage = load_stages(
        {
            "stages": {
                "eu": {
                    "removalPolicy": "retain",
                    "logRetentionDays": 731,
                    "account": "123456789012",
                    "region": "us-gov-west-1",
                    "apiRatePerSecond": 7.5,
                    "apiBurst": 20,
                    "addressReserve": 0,
                    "ledgerRetentionDays": 90,
                    "runRetentionDays": 1000,
                    "noncurrentVersionDays": 1,
                    "logLevel": "DEBUG",
                    "inventoryBuckets": ["waves-2026"],
                    "notificationEmails": ["ana@example.com"],
                    "chatTopic": True,
                    "logUserNames": True,
                }
            }
        }
    )["eu"]
    assert dataclasses.asdict(stage) == {
        "name": "eu",
        "removal_policy": "retain",
        "log_retention_days": 731,
        "account": "123456789012",
        "region": "us-gov-west-1",
        "api_rate_per_second": 7.5,
        "api_burst": 20,
        "address_reserve": 0,
        "ledger_retention_days": 90,
        "run_retention_days": 1000,
        "noncurrent_version_days": 1,
        "log_level": "DEBUG",
        "inventory_buckets": ("waves-2026",),
        "notification_emails": ("ana@example.com",),
        "chat_topic": True,
        "log_user_names": True,
        "schedules": (),
        "directories": (),
        "sweep": None,
    }


def test_an_unknown_key_is_named_with_the_nearest_valid_one() -> None:
    assert faults_of({"dev": {**LEAST, "apiRatePerSeconds": 2}}) == [
        "context.stages.dev.apiRatePerSeconds: unknown key; did you mean apiRatePerSecond?"
    ]


def test_an_unknown_key_that_resembles_none_gets_all_of_them() -> None:
    [fault] = faults_of({"dev": {**LEAST, "colour": "blue"}})
    assert fault.startswith("context.stages.dev.colour: unknown key; valid keys are account, ")
    assert fault.endswith("region, removalPolicy, runRetentionDays, schedules, sweep")


def test_the_name_of_a_field_is_not_a_key() -> None:
    [fault] = faults_of({"dev": {**LEAST, "name": "prod"}})
    assert fault.startswith("context.stages.dev.name: unknown key")


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("removalPolicy", "delete", "must be one of retain, destroy, not 'delete'"),
        ("logRetentionDays", 10, "must be one of 1, 3, 5,"),
        ("logRetentionDays", True, "must be one of 1, 3, 5,"),
        ("logLevel", "info", "must be one of DEBUG, INFO, WARNING, ERROR, not 'info'"),
        ("apiRatePerSecond", 0, "must be a number, above 0, not 0"),
        ("apiRatePerSecond", "2", "must be a number, above 0, not '2'"),
        ("apiBurst", 0, "must be a whole number, 1 or more, not 0"),
        ("apiBurst", 1.5, "must be a whole number, 1 or more, not 1.5"),
        ("apiBurst", True, "must be a whole number, 1 or more, not True"),
        ("addressReserve", -1, "must be a whole number, 0 or more, not -1"),
        ("ledgerRetentionDays", 0, "must be a whole number, 1 or more, not 0"),
        ("noncurrentVersionDays", None, "must be a whole number, 1 or more, not None"),
        ("inventoryBuckets", "bucket", "must be a list, not 'bucket'"),
        ("inventoryBuckets", ["good-one", "Bad"], "must be the name of a bucket, not 'Bad'"),
        ("notificationEmails", ["nobody"], "must be an e-mail address, not 'nobody'"),
    ],
)
def test_a_wrong_value_is_named(key: str, value: object, complaint: str) -> None:
    [fault] = faults_of({"dev": {**LEAST, key: value}})
    assert fault.startswith(f"context.stages.dev.{key}: {complaint}")


@pytest.mark.parametrize(
    ("account", "region", "path"),
    [("12345", "eu-west-1", "account"), ("123456789012", "Ireland", "region")],
)
def test_account_and_region_are_checked(account: str, region: str, path: str) -> None:
    [fault] = faults_of({"dev": {**LEAST, "account": account, "region": region}})
    assert fault.startswith(f"context.stages.dev.{path}: must be ")


@pytest.mark.parametrize("half", [{"account": "123456789012"}, {"region": "eu-west-1"}])
def test_account_and_region_go_together(half: dict[str, str]) -> None:
    assert faults_of({"dev": {**LEAST, **half}}) == [
        "context.stages.dev: account and region go together: give both, or neither"
    ]


def test_every_fault_of_every_stage_is_reported_at_once() -> None:
    assert faults_of({"dev": {"apiBurst": 0}, "Prod!": LEAST, "odd": 7}) == [
        "context.stages.dev.apiBurst: must be a whole number, 1 or more, not 0",
        "context.stages.dev.removalPolicy: is required",
        "context.stages.dev.logRetentionDays: is required",
        "context.stages.Prod!: a stage's name is lower-case letters, digits and hyphens",
        "context.stages.odd: must be an object",
    ]


@pytest.mark.parametrize("stages", [None, {}, [], "dev"])
def test_at_least_one_stage_is_needed(stages: object) -> None:
    assert faults_of(stages) == ["context.stages: at least one stage is needed, by its name"]


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"context": 7}'])
def test_a_cdk_json_without_a_context_is_a_fault(tmp_path: Path, content: str) -> None:
    (tmp_path / "cdk.json").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationFault, match="not a JSON object with a context"):
        read_context(tmp_path)


def test_every_field_is_checked() -> None:
    fields = {field.name for field in dataclasses.fields(StageConfiguration)} - {"name"}
    # Schedules, directories and the sweep are checked in modules of their own.
    assert set(configuration._CHECKS) == fields - {"schedules", "directories", "sweep"}


def test_every_accepted_retention_has_a_name_in_the_cdk() -> None:
    names = [retention(days).name for days in LOG_RETENTION_DAYS]
    assert len(set(names)) == len(LOG_RETENTION_DAYS)
    assert names[:2] == ["ONE_DAY", "THREE_DAYS"]
    assert names[-1] == "TEN_YEARS"
