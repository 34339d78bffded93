"""The inputs in examples/: each is one the schema takes, and each is rehearsed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from migrator.domain.run_input import parse_run_input
from rehearsal.cli import main
from tests.workflow.test_rehearse_command import EXAMPLES

Json = dict[str, Any]

FLEET = EXAMPLES / "fleet-120.json"
# Fleets and faults lie beside them.
INPUTS = sorted(
    path.stem for path in EXAMPLES.glob("*.json") if "select" in json.loads(path.read_text(encoding="utf-8"))
)


def document(name: str) -> Json:
    content: Json = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return content


def rehearse(place: Path, name: str, fleet: Path = FLEET) -> tuple[int, Json]:
    """Exit code and report of an example's rehearsal."""
    arguments = ["run", "--fleet", str(fleet), "--input", str(EXAMPLES / f"{name}.json"), "--out", str(place)]
    result = CliRunner().invoke(main, arguments)
    assert isinstance(result.exception, SystemExit | None), result.output
    report: Json = json.loads((place / "report.json").read_text(encoding="utf-8"))
    return result.exit_code, report


def test_there_is_one_for_each_use() -> None:
    uses = {
        "dry-run",
        "pilot-of-five",
        "weekend-wave",
        "retry-failures",
        "pcoip-end-of-life",
        "windows-7-to-10",
    }
    assert set(INPUTS) == uses | {"migrate"}


@pytest.mark.parametrize("name", INPUTS)
def test_each_is_an_input_and_says_whether_it_migrates(name: str) -> None:
    schema = json.loads((EXAMPLES.parent / "docs" / "run-input.schema.json").read_text(encoding="utf-8"))
    given = document(name)
    assert [*_faults(schema, given)] == []
    parse_run_input(given)
    assert isinstance(given["dryRun"], bool)


def _faults(schema: Json, given: Json) -> Iterator[str]:
    checker = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for fault in checker.iter_errors(given):
        yield fault.message


def test_the_dry_run_touches_nothing(tmp_path: Path) -> None:
    code, report = rehearse(tmp_path, "dry-run")
    assert (code, report["verdict"]) == (0, "planned")
    assert report["counts"]["Planned"] == 96
    calls = (tmp_path / "calls.jsonl").read_text(encoding="utf-8")
    assert "MigrateWorkspace" not in calls


def test_the_pilot_waits_for_a_person_and_migrates_five(tmp_path: Path) -> None:
    code, report = rehearse(tmp_path, "pilot-of-five")
    assert code == 0
    assert report["counts"]["Migrated"] == len(report["workspaces"]) == 5
    assert report["approval"]["approvedBy"] == "rehearsal"


def test_the_wave_is_over_before_its_window_and_its_failures_can_be_tried_again(tmp_path: Path) -> None:
    code, report = rehearse(tmp_path / "wave", "weekend-wave")
    assert code == 3
    assert report["endedAt"] < document("weekend-wave")["window"]["closesAt"]
    retry = (tmp_path / "wave" / "retry.csv").read_text(encoding="utf-8")
    assert retry == (EXAMPLES / "retry.csv").read_text(encoding="utf-8"), "examples/retry.csv is this file"
    failed = {
        one["workspaceId"] for one in report["workspaces"] if one["outcome"] in ("RolledBack", "Deferred")
    }

    # On the fleet as it was: those that a rollback brought back are there again.
    _, again = rehearse(tmp_path / "again", "retry-failures")

    assert {one["workspaceId"] for one in again["workspaces"]} == failed
    assert len(failed) == 4


def test_the_end_of_pcoip_moves_two_bundles(tmp_path: Path) -> None:
    code, report = rehearse(tmp_path, "pcoip-end-of-life")
    assert code == 3
    moved = Counter(one["sourceBundleId"] for one in report["workspaces"] if one["outcome"] == "Migrated")
    assert moved.keys() == set(document("pcoip-end-of-life")["target"]["byBundle"])


def test_windows_7_goes_to_10_included_to_included_and_byol_to_byol(tmp_path: Path) -> None:
    bundles = {
        "wsb-0w7custom": "DEFAULT",
        "wsb-2t22dcv5r": "DEFAULT",
        "wsb-0w7byol01": "DEDICATED",
        "wsb-0w10byol1": "DEDICATED",
    }
    fleet = {
        "Workspaces": [
            {
                "WorkspaceId": f"ws-00000000{number}",
                "DirectoryId": "d-9067b2d8e5",
                "UserName": f"user{number}",
                "BundleId": source,
                "State": "STOPPED",
            }
            for number, source in enumerate(["wsb-0w7custom"] * 2 + ["wsb-0w7byol01"] * 2)
        ],
        "Bundles": [
            {
                "BundleId": one,
                "Name": f"Ours {one}",
                "Owner": "123456789012",
                "ImageId": one.replace("wsb", "wsi"),
            }
            for one in bundles
        ],
        "Images": [
            {
                "ImageId": one.replace("wsb", "wsi"),
                "OperatingSystem": {"Type": "WINDOWS"},
                "RequiredTenancy": tenancy,
            }
            for one, tenancy in bundles.items()
        ],
        "Directories": [{"DirectoryId": "d-9067b2d8e5", "DirectoryName": "corp.example.com"}],
        "Twin": {"now": "2026-11-28T02:00:00Z"},
    }
    file = tmp_path / "fleet.json"
    file.write_text(json.dumps(fleet), encoding="utf-8")

    code, report = rehearse(tmp_path / "out", "windows-7-to-10", file)

    assert [(one["outcome"], one["reason"]) for one in report["workspaces"]] == [("Migrated", None)] * 4
    assert code == 0
