"""rehearse run --directory samba: failed migrations leave real objects, and only those are gone after it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from infra.function_table import DIRECTORY_GRANTS
from rehearsal.cli import main
from rehearsal.samba import SERVICE_PASSWORD, Template
from tests.workflow.test_rehearse_command import DIRECTORY, small_fleet, the_input


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_only_what_failed_migrations_left_is_gone(template: Template, tmp_path: Path) -> None:
    fleet = small_fleet(
        "migrates", "rolls-back", "migrates+leaves-computer", "sticks", "never-starts", "rolls-back", "lost"
    )
    documents = {"fleet": fleet, "input": the_input(abortAtFailurePercent=100)}
    arguments = ["run", "--out", str(tmp_path / "out"), "--directory", "samba"]
    for name, document in documents.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
        arguments += [f"--{name}", str(tmp_path / f"{name}.json")]

    result = CliRunner().invoke(main, arguments, catch_exceptions=False)

    assert result.exit_code == 3, result.output
    out = tmp_path / "out"
    report = json.loads((out / "report.json").read_text())
    fates = {line["computerName"]: line for line in lines(out / "computers.jsonl")}
    by_clean_up = {name for name, line in fates.items() if line["fate"] == "removed by the clean-up"}
    left = {
        event["workspaceId"]: event for event in lines(out / "twin.jsonl") if event["what"] == "computer-left"
    }
    failed = {line["targetComputerName"] for line in report["workspaces"] if line["outcome"] == "RolledBack"}
    assert len(failed) == 2
    assert by_clean_up == failed
    assert {line["computerName"]: line["result"] for line in report["directory"]} == {
        **dict.fromkeys(failed, "deleted"),
        left["ws-000000003"]["computerName"]: "reported",
    }
    assert fates[left["ws-000000003"]["computerName"]]["fate"] == "there"
    for name in failed:
        assert (out / "directory" / f"{fates[name]['objectGuid']}.ldif").is_file()
    calls = [call for call in lines(out / "calls.jsonl") if call["service"] == "secretsmanager"]
    assert [(call["function"], call["operation"]) for call in calls] == [("clean_up", "GetSecretValue")]
    assert f"secretsmanager:{calls[0]['operation']}" in {
        action for grant in DIRECTORY_GRANTS for action in grant.actions
    }
    assert not [
        file
        for file in out.rglob("*")
        if file.is_file() and SERVICE_PASSWORD in file.read_text(errors="replace")
    ]
    assert report["workspaces"][0]["directoryId"] == DIRECTORY
