"""Whole rehearsals whose ledger or bucket gives back other than was written: each WorkSpace is migrated once
at most, the run ends, and whoever cannot go on says in a sentence what is wrong and where."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from infra.freshness import template_for_rehearsal
from migrator.adapters.clear_answers import UnclearAnswer
from migrator.adapters.runs import Runs
from migrator.adapters.table import Table
from rehearsal.call_record import CallRecord
from rehearsal.invocation import Handler
from rehearsal.run import Rehearsed, Task, Watcher, rehearse
from rehearsal.twin import parse_fleet
from tests.workflow.test_rehearse_command import small_fleet, the_input

Item = dict[str, Any]


@dataclass
class Ran:
    """A rehearsal, and what its functions raised."""

    ended: Rehearsed
    calls: list[CallRecord] = field(default_factory=list)
    errors: list[tuple[str, Exception]] = field(default_factory=list)

    @property
    def migrated(self) -> Counter[str]:
        return Counter(
            str(one.parameters["SourceWorkspaceId"])
            for one in self.calls
            if one.operation == "MigrateWorkspace"
        )

    @property
    def outcomes(self) -> Counter[str]:
        assert self.ended.report is not None
        return Counter(one["outcome"] for one in self.ended.report["workspaces"])


def run(tmp_path: Path) -> Ran:
    """Three WorkSpaces, of which one rolls back and leaves its target in ERROR."""
    calls: list[CallRecord] = []
    errors: list[tuple[str, Exception]] = []

    def around(name: str, handler: Handler) -> Handler:
        def handle(event: dict[str, Any], context: Any) -> object:
            try:
                return handler(event, context)
            except Exception as error:
                errors.append((name, error))
                raise

        return handle

    task = Task(
        template_for_rehearsal("dev"),
        parse_fleet(small_fleet("migrates", "rolls-back+leaves-target", "migrates")),
        [the_input(abortAtFailurePercent=100, terminateFailedTargets=True)],
        [tmp_path / "input.json"],
        [],
        1,
        0.0,
        tmp_path / "out",
    )
    (ended,) = rehearse(task, Watcher(on_call=calls.append, around=around))
    return Ran(ended, calls, errors)


def rows(monkeypatch: pytest.MonkeyPatch, sk: str, change: Callable[[Item], None]) -> None:
    """From now on each row of the ledger whose sort key begins so comes back changed."""
    honest = Table._row

    def row(table: Table, item: Mapping[str, Any]) -> Item:
        told = deepcopy(dict(item))
        # The answer to an update has no key.
        if told.get("sk", {"S": ""})["S"].startswith(sk):
            change(told)
        return honest(table, told)

    monkeypatch.setattr(Table, "_row", row)


def objects(monkeypatch: pytest.MonkeyPatch, name: str, change: Callable[[str], str]) -> list[str]:
    """From now on each object of that name comes back changed; the keys that were read."""
    honest = Runs.read_object
    asked: list[str] = []

    def read(runs: Runs, bucket: str, key: str) -> str | None:
        text = honest(runs, bucket, key)
        if text is None or name not in key:
            return text
        asked.append(key)
        return change(text)

    monkeypatch.setattr(Runs, "read_object", read)
    return asked


def without(*names: str) -> Callable[[Item], None]:
    def change(item: Item) -> None:
        for name in names:
            item.pop(name, None)

    return change


def holding(name: str, value: Item) -> Callable[[Item], None]:
    def change(item: Item) -> None:
        if name in item:
            item[name] = value

    return change


DAMAGED_ROWS: dict[str, tuple[str, Callable[[Item], None], int]] = {
    "a run without its count of failures": ("run", without("failed"), 0),
    "a run whose halt is text": ("run", holding("halted", {"S": "false"}), 0),
    "a run whose input was cut": ("run", holding("input_json", {"S": '{"select": '}), 0),
    "a run with fewer failures than none": ("run", holding("failed", {"N": "-5"}), 0),
    "a migration that nobody says was sent": ("workspace#", without("sent"), 3),
    "a migration of a stage of the future": ("workspace#", holding("stage", {"S": "parked"}), 3),
    "a migration that ended without an outcome": ("workspace#", without("outcome"), 3),
    "a migration with an outcome of the future": ("workspace#", holding("outcome", {"S": "Paused"}), 3),
    "a migration whose address nobody has noted": ("workspace#", without("addressed"), 3),
    "a migration whose end is no moment": ("workspace#", holding("ended_at", {"S": "yesterday"}), 3),
    "a watch of nobody": ("watch#", without("batch_id"), 3),
    "a watch until some day": ("watch#", holding("until", {"S": "some day"}), 3),
    "bookings that are text": ("", holding("whole_at", {"S": "soon"}), 0),
}
"""The sort key, the damage, and how many have been started when somebody first reads such a row."""


@pytest.mark.parametrize("what", DAMAGED_ROWS)
def test_a_damaged_row_starts_nobody_twice_and_is_named(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sk, change, started = DAMAGED_ROWS[what]
    rows(monkeypatch, sk, change)
    ran = run(tmp_path)
    assert len(ran.migrated) == started
    assert set(ran.migrated.values()) <= {1}
    assert ran.errors
    told(ran)
    if ran.ended.status == "SUCCEEDED":
        # A batch died of it, and SettleRun, which does not read such rows, saw to what it left.
        assert ran.outcomes == {"Migrated": 2, "RolledBack": 1}


def told(ran: Ran) -> None:
    """Nothing but errors with a sentence, and a red end that has it."""
    for name, error in ran.errors:
        if type(error).__name__ == "ReportFailed":
            assert "redrive this execution: UnclearAnswer: " in str(error)
        else:
            assert isinstance(error, UnclearAnswer), f"{name}: {error!r}"
            assert len(str(error)) > 60
    assert ran.ended.status in ("SUCCEEDED", "FAILED")
    if ran.ended.report is None:
        assert ran.ended.status == "FAILED"
        assert "Nothing is concluded from it" in str(ran.ended.cause) or "is not as it was written" in str(
            ran.ended.cause
        )


def cut(text: str) -> str:
    return text[: len(text) // 2]


DAMAGED_OBJECTS: dict[str, tuple[str, Callable[[str], str], int]] = {
    "a part of the fleet that was cut": ("assessment/fleet-", cut, 0),
    "a part of the fleet with a field missing": ("assessment/fleet-", lambda _: '["ws-000000001"]\n', 0),
    "what was planned, cut": ("planned/", cut, 0),
    "an index that is a list": ("parts.json", lambda _: "[]", 3),
    "batches that were cut": ("batches.json", cut, 3),
    "batches that are an object": ("batches.json", lambda _: "{}", 3),
    "no batches any more": ("batches.json", lambda _: "[]", 3),
    "a batch with a field missing": ("batches.json", lambda text: text.replace('"place"', '"plaice"'), 3),
    "users that are a number": ("users.json", lambda _: "5", 3),
    "users without their readings": ("users.json", lambda _: '{"owned": {}, "surprises": null}', 3),
    "failed targets by another name": (
        "failed-targets.json",
        lambda text: text.replace("terminated", "finished"),
        3,
    ),
    "a clean-up that is a number": ("/directory.json", lambda _: "5", 3),
    "a clean-up with a field missing": ("/directory.json", lambda _: '[{"action": "delete"}]', 3),
    "permits that are a list": ("permits.json", lambda _: "[1]", 3),
    "prices of nobody": ("prices.json", lambda _: '{"source": 5}', 3),
    "prices that were cut": ("prices.json", cut, 3),
}
"""A part of the name, the damage, and how many have been started when somebody reads such an object."""


@pytest.mark.parametrize("what", DAMAGED_OBJECTS)
def test_a_damaged_object_of_the_bucket_is_named_and_makes_no_green_run(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, change, started = DAMAGED_OBJECTS[what]
    asked = objects(monkeypatch, name, change)
    ran = run(tmp_path)
    assert asked
    assert len(ran.migrated) == started
    assert set(ran.migrated.values()) <= {1}
    assert ran.errors
    assert ran.ended.status == "FAILED"
    told(ran)
    assert any(name in str(error) for _, error in ran.errors)


@pytest.mark.parametrize("text", ["{", "5", '{"ResultFiles": [1]}', '{"ResultFiles": {"FAILED": [{}]}}'])
def test_results_of_a_map_that_nobody_can_read_cost_no_report(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = objects(monkeypatch, "manifest.json", lambda _: text)
    ran = run(tmp_path)
    assert asked
    assert (ran.ended.status, ran.errors) == ("SUCCEEDED", [])
    assert ran.outcomes == {"Migrated": 2, "RolledBack": 1}


def test_the_end_of_a_run_is_told_although_its_ledger_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows(monkeypatch, "run", without("failed"))
    ran = run(tmp_path)
    assert ran.ended.report is None
    events = [json.loads(line) for line in (tmp_path / "out" / "events.jsonl").read_text().splitlines()]
    assert [one["detail-type"] for one in events][-1] == "Run Finished"
