"""Dashboards, alarms and saved queries against what the functions really log in rehearsals."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from infra.freshness import template_for_rehearsal
from infra.function_table import FUNCTIONS
from infra.saved_queries import QUERIES
from migrator.domain.metrics import (
    DIRECTORY,
    DRY_RUN,
    MIGRATION,
    MODE,
    NAMESPACE,
    OUTCOME_METRICS,
    STAGE,
    Metric,
)
from rehearsal.cli import main
from tests.workflow.test_rehearse_command import small_fleet, the_input

# A metric as CloudWatch knows it: its name and its dimensions' values but the stage's.
Series = tuple[str, tuple[tuple[str, str], ...]]
Json = dict[str, Any]

BEHAVIOURS = ("migrates", "rolls-back", "never-starts", "sticks", "lost", "refuses:AccessDeniedException")
DIRECTORY_OF_THE_FLEET = "d-9067b2d8e5"


def run(place: Path, fleet: Json, inputs: list[Json], faults: list[Json]) -> list[Json]:
    """What a rehearsal wrote to its log."""
    place.mkdir()
    arguments = ["run", "--out", str(place / "out"), "--stagger", "300"]
    contents: dict[str, list[Any]] = {"fleet": [fleet], "faults": [faults], "input": inputs}
    for kind, documents in contents.items():
        for number, document in enumerate(documents):
            path = place / f"{kind}-{number}.json"
            path.write_text(json.dumps(document), encoding="utf-8")
            arguments += [f"--{kind}", str(path)]
    result = CliRunner().invoke(main, arguments)
    assert isinstance(result.exception, SystemExit | None), result.output
    assert '"_aws"' not in result.output, "metrics among the command's own output"
    return [json.loads(line) for line in (place / "out" / "log.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def logs(places: Path) -> dict[str, list[Json]]:
    """Logs of runs that together take every way."""
    fleet = small_fleet(*BEHAVIOURS, *["migrates"] * 4)
    fleet["Workspaces"][9]["BundleId"] = "wsb-2t22dcv5r"
    fleet["ConnectionStatus"] = [
        {"WorkspaceId": "ws-000000007", "ConnectionState": "CONNECTED"},
    ]
    all_tried = the_input(abortAtFailurePercent=100)
    no_bus_no_topic: list[Json] = [
        {"operation": "PutEvents", "error": "AccessDeniedException"},
        {"operation": "PutEvents", "probability": 1, "error": "InternalException"},
        {"function": "start", "operation": "Publish", "probability": 1, "error": "InternalErrorException"},
    ]
    dead_batches = [{"function": "poll", "crashBefore": "DescribeWorkspaces", "times": 40}]
    cases: dict[str, tuple[list[Json], list[Json]]] = {
        "migration": ([all_tried], []),
        "dry run": ([the_input(dryRun=True)], []),
        "brake": ([the_input(canary=2, batchSize=2, abortAtFailurePercent=1)], no_bus_no_topic),
        "two": ([all_tried, all_tried], []),
        "dead": ([all_tried], dead_batches),
    }
    return {
        name: run(places / name.replace(" ", "-"), fleet, inputs, faults)
        for name, (inputs, faults) in cases.items()
    }


def emitted(lines: list[Json]) -> Iterator[tuple[Series, list[float]]]:
    """Every metric of a log, read as CloudWatch reads it."""
    for line in lines:
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            assert directive["Namespace"] == NAMESPACE
            for dimensions in directive["Dimensions"]:
                named = {name: line[name] for name in dimensions}
                assert named.pop(STAGE) == "dev"
                for metric in directive["Metrics"]:
                    assert metric["Unit"] in ("Count", "Seconds")
                    yield (metric["Name"], tuple(sorted(named.items()))), line[metric["Name"]]


@pytest.fixture(scope="module")
def series(logs: dict[str, list[Json]]) -> set[Series]:
    return {one for lines in logs.values() for one, _ in emitted(lines)}


@pytest.fixture(scope="module")
def template() -> Json:
    content: Json = json.loads(template_for_rehearsal("dev").read_text(encoding="utf-8"))
    return content


def properties(template: Json, kind: str) -> list[Json]:
    return [one["Properties"] for one in template["Resources"].values() if one["Type"] == kind]


def body(dashboard: Json) -> Json:
    """The dashboard's body, with what only a deployment knows as a word."""
    text = dashboard["DashboardBody"]
    if isinstance(text, dict):
        parts = text["Fn::Join"][1]
        text = "".join(part if isinstance(part, str) else "token" for part in parts)
    document: Json = json.loads(text)
    return document


def read_by_dashboards(template: Json) -> Iterator[Series]:
    for dashboard in properties(template, "AWS::CloudWatch::Dashboard"):
        for widget in body(dashboard)["widgets"]:
            for metric in widget["properties"].get("metrics", []):
                if metric[0] == NAMESPACE:
                    named = dict(zip(metric[2:-1:2], metric[3:-1:2], strict=True))
                    assert named.pop(STAGE) == "dev"
                    yield metric[1], tuple(sorted(named.items()))
                elif isinstance(metric[0], dict) and "SEARCH" in metric[0].get("expression", ""):
                    yield searched(metric[0]["expression"])


def searched(expression: str) -> Series:
    """The one series that a search over directories finds in these rehearsals."""
    found = re.fullmatch(
        r"SEARCH\('\{(\w+),(\w+),(\w+)\} MetricName=\"(\w+)\" (\w+)=\"(\w+)\"', '\w+', \d+\)", expression
    )
    assert found, expression
    namespace, first, second, name, by, stage = found.groups()
    assert (namespace, first, second, by, stage) == (NAMESPACE, STAGE, DIRECTORY, STAGE, "dev")
    return name, ((DIRECTORY, DIRECTORY_OF_THE_FLEET),)


def read_by_alarms(template: Json) -> Iterator[Series]:
    for alarm in properties(template, "AWS::CloudWatch::Alarm"):
        stats = [alarm] if "MetricName" in alarm else []
        stats += [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", []) if "MetricStat" in one]
        for metric in stats:
            if metric["Namespace"] == NAMESPACE:
                named = {one["Name"]: one["Value"] for one in metric["Dimensions"]}
                assert named.pop(STAGE) == "dev"
                yield metric["MetricName"], tuple(sorted(named.items()))


def test_dashboards_and_alarms_read_only_what_the_functions_write(
    template: Json, series: set[Series]
) -> None:
    assert set(read_by_dashboards(template)) - series == set()
    assert set(read_by_alarms(template)) - series == set()


def test_whatever_the_functions_measure_is_on_a_dashboard(template: Json, series: set[Series]) -> None:
    # What a dry run can fail at is the same machinery, and shown with it.
    only_zero = {(name.value, ((MODE, DRY_RUN),)) for name in Metric}
    assert series - set(read_by_dashboards(template)) - only_zero == set()


def test_every_metric_there_is_was_measured(series: set[Series]) -> None:
    # Only a stage with schedules measures these: tests/contract/test_schedules.py.
    without_schedules = {*OUTCOME_METRICS, *Metric} - {Metric.SCHEDULES_ASLEEP}
    assert {name for name, _ in series} == without_schedules


def test_alarms_watch_what_they_are_named_for(template: Json) -> None:
    alarms = {one["AlarmName"]: one for one in properties(template, "AWS::CloudWatch::Alarm")}
    watched = {name.removeprefix("FleetMigrator-dev-"): json.dumps(one) for name, one in alarms.items()}
    expected = {
        "RunFailed": ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"],
        "BrakePulled": ["BrakesPulled"],
        "StuckOrLost": ["Stuck", "Lost"],
        "PermitsNotReturned": ["PermitsNotReturned"],
        "NotTold": ["EventsNotPut", "NoticesNotSent"],
        "PermissionRefused": ["PermissionsRefused"],
        "BatchDied": ["BatchesDied"],
        "ClockworkFailed": ["Errors"],
        "FunctionErrors": ["Errors"],
        "FunctionThrottles": ["Throttles"],
    }
    assert expected.keys() <= watched.keys()
    for name, metrics in expected.items():
        for metric in metrics:
            assert f'"MetricName": "{metric}"' in watched[name], (name, metric)
    silence = alarms.pop("FleetMigrator-dev-ReconcileSilent")
    assert silence["AlarmDescription"].endswith("See docs/runbook.md.")
    for alarm in alarms.values():
        assert alarm["Threshold"] == 0
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
        assert alarm["TreatMissingData"] == "notBreaching"
        assert len(alarm["AlarmActions"]) == 2, "the topic for people and the chat's"
        assert alarm["AlarmDescription"].endswith("See docs/runbook.md.")


@pytest.mark.parametrize(
    ("case", "mode"),
    [("migration", MIGRATION), ("dry run", DRY_RUN), ("brake", MIGRATION), ("dead", MIGRATION)],
)
def test_outcomes_add_up_to_the_report_and_each_has_its_record(
    logs: dict[str, list[Json]], places: Path, case: str, mode: str
) -> None:
    report = json.loads((places / case.replace(" ", "-") / "out" / "report.json").read_text())
    sums: dict[str, float] = defaultdict(float)
    for (name, dimensions), values in emitted(logs[case]):
        if dimensions == ((MODE, mode),) and name in OUTCOME_METRICS:
            sums[name] += sum(values)
    counts = {name: count for name, count in report["counts"].items() if count}
    assert sums == counts
    records = [line for line in logs[case] if line.get("message") == "WorkSpace decided"]
    told = {line["workspaceId"]: (line["outcome"], line.get("reason")) for line in records}
    assert told == {one["workspaceId"]: (one["outcome"], one["reason"]) for one in report["workspaces"]}
    assert len(records) == len(report["workspaces"])
    assert "user3" not in json.dumps(logs[case]), "a user's name"


def test_a_migration_s_outcome_counts_once_though_two_runs_report_it(logs: dict[str, list[Json]]) -> None:
    counted = Counter(name for (name, _), _ in emitted(logs["two"]))
    assert counted["Migrated"] <= 4
    assert counted[Metric.ADOPTED] >= 1


def test_dashboards_have_names_that_links_can_know(template: Json) -> None:
    names = [one["DashboardName"] for one in properties(template, "AWS::CloudWatch::Dashboard")]
    assert sorted(names) == ["FleetMigrator-dev-outcomes", "FleetMigrator-dev-plumbing"]


def test_saved_queries_ask_for_fields_that_the_logs_have(logs: dict[str, list[Json]], template: Json) -> None:
    lines = [line for each in logs.values() for line in each]
    fields = {name for line in lines for name in line}
    # Written by Lambda itself and by CloudWatch Logs, and by our logger when it logs an exception.
    fields |= {"status", "errorMessage", "workspaces", "put", "here"}
    words = {
        "fields",
        "filter",
        "sort",
        "desc",
        "asc",
        "limit",
        "stats",
        "count",
        "ispresent",
        "as",
        "by",
        "in",
        "and",
        "or",
    }
    for name, text in QUERIES.items():
        bare = re.sub(r'"[^"]*"', "", text)
        used = set(re.findall(r"(?<![@\w])[A-Za-z_]\w*", bare)) - words
        assert used <= fields, (name, used - fields)
    messages = {line.get("message") for line in lines}
    for text in QUERIES.values():
        quoted = re.findall(r'message = "([^"]+)"', text)
        quoted += [
            one for part in re.findall(r"message in \[(.*?)\]", text) for one in re.findall('"(.*?)"', part)
        ]
        assert set(quoted) <= messages
    definitions = properties(template, "AWS::Logs::QueryDefinition")
    assert sorted(one["Name"] for one in definitions) == sorted(
        f"FleetMigrator-dev/{name}" for name in QUERIES
    )
    assert all(len(one["LogGroupNames"]) == len(FUNCTIONS) for one in definitions)
    text = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in QUERIES)
