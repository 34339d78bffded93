"""The events that rehearsals put, against the published schemas and what docs/events.md promises."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from moto.events.models import EventPattern

from documents.result_schemas import file_name
from migrator.domain.events import EVENTS, SOURCE
from tests.workflow.test_rehearse_command import Ran, Rehearse, rehearse, small_fleet, the_input

__all__ = ["rehearse"]

DOCS = Path(__file__).parents[2] / "docs"
BEHAVIOURS = (
    *("migrates", "rolls-back", "never-starts", "sticks", "lost", "refuses:OperationNotSupportedException"),
    *["migrates"] * 6,
)

Json = dict[str, Any]


def schema_of(detail_type: str) -> Json:
    [event] = [one for one in EVENTS if one.detail_type == detail_type]
    schema: Json = json.loads((DOCS / "events" / file_name(event)).read_text(encoding="utf-8"))
    return schema


def fleet_with_one_that_stays() -> Json:
    fleet = small_fleet(*BEHAVIOURS)
    fleet["Workspaces"][6]["BundleId"] = "wsb-2t22dcv5r"
    return fleet


def assert_kept(ran: Ran) -> list[Json]:
    """What docs/events.md promises of any migration; its events."""
    events, report = ran.lines("events.jsonl"), ran.report
    for event in events:
        schema = schema_of(event["detail-type"])
        checker = Draft202012Validator(closed(schema), format_checker=Draft202012Validator.FORMAT_CHECKER)
        assert [fault.message for fault in checker.iter_errors(event["detail"])] == []
        assert event["detail"].keys() == schema["properties"].keys()
        assert event["source"] == SOURCE
        assert event["time"] == event["detail"]["at"]
        assert event["detail"]["runId"] == report["runId"]
    finished = once(of(events, "WorkSpace Finished"))
    assert {one["workspaceId"]: one["outcome"] for one in finished} == {
        one["workspaceId"]: one["outcome"] for one in report["workspaces"]
    }
    batches = once(of(events, "Batch Finished"))
    planned = {one["batchId"] for one in report["workspaces"] if one["batchId"]}
    assert {one["batchId"] for one in batches} == planned
    for batch in batches:
        outcomes = [one["outcome"] for one in report["workspaces"] if one["batchId"] == batch["batchId"]]
        assert batch["counts"] == Counter(outcomes)
    [end] = once(of(events, "Run Finished"))
    assert end["verdict"] == report["verdict"]
    assert end["counts"] == {name: count for name, count in report["counts"].items() if count}
    return events


def of(events: Iterable[Json], detail_type: str) -> list[Json]:
    return [event["detail"] for event in events if event["detail-type"] == detail_type]


def once(details: list[Json]) -> list[Json]:
    """As a consumer sees them that drops repeats; a repeat says the same."""
    seen: dict[str, Json] = {}
    for detail in details:
        first = seen.setdefault(detail["eventId"], detail)
        assert {**first, "at": None} == {**detail, "at": None}
    return list(seen.values())


def test_a_migration_tells_each_thing_once(rehearse: Rehearse) -> None:
    ran = rehearse(fleet_with_one_that_stays(), the_input(batchSize=4, canary=2, abortAtFailurePercent=100))

    events = assert_kept(ran)
    ids = [event["detail"]["eventId"] for event in events]
    assert len(ids) == len(set(ids))
    [begun] = of(events, "Run Started")
    assert begun["planned"] == 11
    assert begun["counts"] == {"Ineligible": 1}
    assert events[-1]["detail-type"] == "Run Finished"
    assert {event["detail"]["dryRun"] for event in events} == {False}
    by_name = {one["workspaceId"]: one for one in of(events, "WorkSpace Finished")}
    for row in ran.report["workspaces"]:
        told = by_name[row["workspaceId"]]
        for name in ("targetWorkspaceId", "reason", "batchId", "nextStep", "startedAt"):
            assert told[name] == row[name], (row["workspaceId"], name)
        assert told["explanation"] == row["detail"]
        if row["endedAt"]:
            assert told["at"] == row["endedAt"]
    assert "user0" not in json.dumps(events), "a user's name"


def test_the_documented_rule_matches_what_needs_support(rehearse: Rehearse) -> None:
    ran = rehearse(fleet_with_one_that_stays(), the_input(abortAtFailurePercent=100))

    pattern = EventPattern.load((DOCS / "events" / "needs-support.pattern.json").read_text(encoding="utf-8"))
    matched = [event["detail"] for event in ran.lines("events.jsonl") if pattern.matches_event(event)]
    assert sorted(one["outcome"] for one in matched) == ["Lost", "Stuck"]


def test_they_come_as_it_happens_and_not_at_the_end(rehearse: Rehearse) -> None:
    fleet = small_fleet("migrates", "sticks", "migrates")
    fleet["Workspaces"][2]["BundleId"] = "wsb-2t22dcv5r"
    ran = rehearse(fleet, the_input(abortAtFailurePercent=100))

    puts = {
        json.loads(entry["Detail"])["eventId"]: call["at"]
        for call in ran.lines("calls.jsonl")
        if call["operation"] == "PutEvents"
        for entry in call["parameters"]["Entries"]
    }
    early = puts["rehearsal-1/workspace/ws-000000001/Migrated"]
    assert puts["rehearsal-1/workspace/ws-000000003/Ineligible/same-bundle"] < early
    assert early < puts["rehearsal-1/workspace/ws-000000002/Stuck/PENDING"]


def test_a_dry_run_tells_its_start_and_its_end(rehearse: Rehearse) -> None:
    ran = rehearse(fleet_with_one_that_stays(), the_input(dryRun=True))

    events = ran.lines("events.jsonl")
    assert [event["detail-type"] for event in events] == ["Run Started", "Run Finished"]
    for event in events:
        Draft202012Validator(schema_of(event["detail-type"])).validate(event["detail"])
        assert event["detail"]["dryRun"] is True
    assert events[0]["detail"]["counts"] == events[1]["detail"]["counts"] == {"Planned": 11, "Ineligible": 1}


@pytest.mark.parametrize(
    "fault",
    [
        {"function": "poll", "crashBefore": "PutEvents", "times": 2},
        {"function": "poll", "crashAfter": "PutEvents", "times": 2},
        {"function": "start", "crashAfter": "PutEvents"},
        {"function": "poll", "crashBefore": "DescribeWorkspaces", "times": 40},
        {"function": "report", "crashAfter": "PutEvents", "times": 2},
        {"function": "poll", "operation": "PutEvents", "error": "ThrottlingException", "times": 2},
        {"function": "poll", "operation": "PutEvents", "error": "AccessDeniedException", "times": 50},
        {"operation": "PutEvents", "lostResponse": True, "times": 2},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
def test_whatever_dies_nothing_stays_untold(rehearse: Rehearse, fault: Json) -> None:
    fleet = fleet_with_one_that_stays()

    ran = rehearse(fleet, the_input(batchSize=4, abortAtFailurePercent=100), faults=[fault])

    assert_kept(ran)


def test_a_bus_that_never_works_fails_no_migration_and_is_seen(rehearse: Rehearse) -> None:
    fleet, given = fleet_with_one_that_stays(), the_input(abortAtFailurePercent=100)
    well = rehearse(fleet, given)

    ran = rehearse(
        fleet, given, faults=[{"operation": "PutEvents", "probability": 1, "error": "InternalException"}]
    )

    assert ran.code == well.code == 3
    assert ran.outcomes == well.outcomes
    assert ran.lines("events.jsonl") == []
    lines = [line for line in ran.lines("log.jsonl") if line["message"] == "events not put"]
    assert {line["why"] for line in lines} == {"InternalException", "the bus failed before"} or {
        line["why"] for line in lines
    } == {"InternalException"}
    # The start of the run; each of the twelve when it ended and, what is left, once more at the end.
    assert sum(line["EventsNotPut"][0] for line in lines) >= 1 + 12 + 1


def test_runs_that_share_work_each_tell_their_own(rehearse: Rehearse) -> None:
    fleet = small_fleet(*["migrates"] * 4)

    ran = rehearse(fleet, the_input(), the_input(), more=("--stagger", "300"))

    for number in (1, 2):
        assert_kept(Ran(ran.code, ran.out / f"rehearsal-{number}", "", ""))
    second = Ran(ran.code, ran.out / "rehearsal-2", "", "").lines("events.jsonl")
    migrated = [one for one in of(second, "WorkSpace Finished") if one["outcome"] == "Migrated"]
    assert [one["migratedByRun"] for one in migrated] == ["rehearsal-1"] * 4


def closed(node: Any) -> Any:
    """The schema without the room that readers leave for later versions: what we give is all in it."""
    if isinstance(node, list):
        return [closed(one) for one in node]
    if not isinstance(node, dict):
        return node
    inner = {name: closed(value) for name, value in node.items()}
    if inner.get("type") == "object" and "properties" in inner:
        inner.setdefault("additionalProperties", False)
    return inner


def test_the_schemas_are_schemas_and_the_report_fits_its_own(rehearse: Rehearse) -> None:
    for event in EVENTS:
        Draft202012Validator.check_schema(schema_of(event.detail_type))
    schema = json.loads((DOCS / "report.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    for given in (the_input(abortAtFailurePercent=100), the_input(dryRun=True)):
        report = rehearse(fleet_with_one_that_stays(), given).report
        checker = Draft202012Validator(closed(schema), format_checker=Draft202012Validator.FORMAT_CHECKER)
        assert [fault.message for fault in checker.iter_errors(report)] == []
        assert report.keys() == schema["properties"].keys()
