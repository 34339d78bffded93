"""Events when time runs short: a step leaves them to the report; what that cannot put, it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from migrator.adapters.bus import Bus
from migrator.adapters.measures import Measures
from migrator.adapters.table import Table
from migrator.adapters.told import Told
from migrator.adapters.witness import Witness
from migrator.domain.outcomes import Outcome
from migrator.domain.records import Stage
from migrator.services import Services
from migrator.steps.telling import TIME_KEPT, tell_report, tell_step
from tests import report_samples as samples
from tests.contract.test_ledger import NOW, HandClock, new_store, record


class Doors:
    """Those of the adapters that telling needs, on moto."""

    def __init__(self) -> None:
        store, clock = new_store(), HandClock()
        client = boto3.client("dynamodb", "us-east-1")
        events = boto3.client("events", "us-east-1")
        events.create_event_bus(Name="ours")
        self.settings = type("Settings", (), {"stage": "dev"})
        self.clock = clock
        self.ledger, self.holds = store.ledger, store.holds
        self.measures = Measures("dev", "poll", clock)
        self.witness = Witness(self.measures, names_users=False)
        self.bus = Bus(events, "ours", clock)
        self.told = Told(Table(client, "ledger", clock, retention_days=400))

    def services(self) -> Services:
        return cast(Services, self)


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> Iterator[Doors]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield Doors()


def not_put(output: str) -> list[tuple[str, float]]:
    lines = [json.loads(line) for line in output.splitlines()]
    return [(line["why"], line["EventsNotPut"][0]) for line in lines if line["message"] == "events not put"]


def ended() -> Any:
    return replace(record(), stage=Stage.ENDED, outcome=Outcome.MIGRATED, started_at=NOW, ended_at=NOW)


def test_a_step_without_time_leaves_its_events_to_the_report(
    doors: Doors, capsys: pytest.CaptureFixture[str]
) -> None:
    doors.witness.outcome_written("run-1", ended())
    tell_step(doors.services(), lambda: TIME_KEPT - 1)
    assert doors.told.all("run-1") == set()
    assert not_put(capsys.readouterr().out) == [], "nothing is lost yet: no alarm"

    tell_step(doors.services(), lambda: TIME_KEPT + 1)
    assert doors.told.all("run-1") == {"run-1/workspace/ws-000000001/Migrated"}


def test_a_report_without_time_says_how_many_nobody_puts_any_more(
    doors: Doors, capsys: pytest.CaptureFixture[str]
) -> None:
    made = samples.ordinary()
    tell_report(doors.services(), made, {}, lambda: TIME_KEPT - 1)
    [(why, count)] = not_put(capsys.readouterr().out)
    assert why == "no time was left"
    assert count >= len(made.workspaces)
    assert any("/finished/" in one for one in doors.told.all(made.run_id)), "its end is told all the same"


def test_a_report_puts_what_was_not_told_and_nothing_else(doors: Doors) -> None:
    made = samples.ordinary()
    first, *others = (
        f"{made.run_id}/workspace/{one.workspace_id}/{one.outcome}" + (f"/{one.reason}" if one.reason else "")
        for one in made.workspaces
    )
    doors.told.note(made.run_id, [first])
    before = len(doors.told.all(made.run_id))
    tell_report(doors.services(), made, {}, lambda: 900.0)
    told = doors.told.all(made.run_id)
    assert set(others) <= told
    rows = boto3.client("dynamodb", "us-east-1").scan(TableName="ledger")["Items"]
    noted = [one["S"] for row in rows if "ids" in row for one in row["ids"]["L"]]
    assert before == 1
    assert noted.count(first) == 1, "put once more"
