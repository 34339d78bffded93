"""What a full rehearsal wrote where people read whom it does not concern: no user and no secret is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from infra.freshness import template_for_rehearsal
from rehearsal.cli import main
from tests.workflow.test_rehearse_command import small_fleet, the_input

BEHAVIOURS = ("migrates", "rolls-back", "never-starts", "sticks", "lost", "refuses:AccessDeniedException")
USERS = tuple(f"mx-{name}.surname" for name in ("ana", "ben", "eve", "kim", "lea", "tom"))
PUBLIC = ("log.jsonl", "events.jsonl", "chat.jsonl")
"""Logs with their metrics, what was put on the bus, and what a chat channel got."""
INVENTORY = "WorkspaceId,TargetBundleId,Note\n" + "".join(
    f"{user},,x\nws-000000001,,{user}\n" for user in USERS
)
"""People's names where ids should be: a column that slipped."""
SECRET_WORDS = ("password", "secret", "credential", "token", "private")

FAULTS: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {
    "migration": ({"abortAtFailurePercent": 100, "terminateFailedTargets": True}, []),
    "dry run": ({"dryRun": True}, []),
    "selected by name": ({"select": {"userNames": [*USERS, "mx-nobody.surname"]}}, []),
    "an inventory of people": ({"select": {"inventory": {"bucket": "lists", "key": "wave.csv"}}}, []),
    "brake": ({"canary": 2, "abortAtFailurePercent": 1}, []),
    "dead": (
        {"abortAtFailurePercent": 100},
        [{"function": "poll", "crashBefore": "DescribeWorkspaces", "times": 40}],
    ),
    "refused calls": (
        {},
        [
            {"operation": "DescribeWorkspaces", "probability": 1, "error": "AccessDeniedException"},
        ],
    ),
}


@pytest.fixture(scope="module", params=list(FAULTS))
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's directory."""
    more, faults = FAULTS[request.param]
    place = tmp_path_factory.mktemp("run")
    fleet = small_fleet(*BEHAVIOURS)
    for one, user in zip(fleet["Workspaces"], USERS, strict=True):
        one["UserName"] = user
    contents = {"fleet": fleet, "input": the_input(**more), "faults": faults}
    (place / "wave.csv").write_text(INVENTORY, encoding="utf-8")
    arguments = ["run", "--out", str(place / "out")]
    for kind, document in contents.items():
        (place / f"{kind}.json").write_text(json.dumps(document), encoding="utf-8")
        arguments += [f"--{kind}", str(place / f"{kind}.json")]
    result = CliRunner().invoke(main, arguments)
    assert isinstance(result.exception, SystemExit | None), result.output
    return place / "out"


def test_no_log_metric_or_event_names_a_user(written: Path) -> None:
    for name in PUBLIC:
        text = (written / name).read_text(encoding="utf-8").casefold()
        assert text or name == "events.jsonl"
        assert "surname" not in text, name


def test_the_report_does_name_them(written: Path) -> None:
    """Or the tests above look for what is nowhere."""
    report = (written / "report.json").read_text(encoding="utf-8")
    if json.loads(report)["workspaces"]:
        assert USERS[0] in report


def test_no_variable_of_a_function_is_a_secret_or_a_person() -> None:
    names = list(variables())
    assert names
    for name, value in names:
        assert not any(word in name.casefold() for word in SECRET_WORDS), name
        assert "@" not in value, name


def variables() -> Iterator[tuple[str, str]]:
    template = json.loads(template_for_rehearsal("dev").read_text(encoding="utf-8"))
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            for name, value in resource["Properties"]["Environment"]["Variables"].items():
                yield name, json.dumps(value)
