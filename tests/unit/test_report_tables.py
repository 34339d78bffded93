"""The tables of a run: nothing in them runs in a spreadsheet or a shell, and nothing is lost from them."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from migrator.domain.outcomes import Outcome
from migrator.report.tables import (
    ID_MAP_COLUMNS,
    RESULT_COLUMNS,
    id_map_csv,
    neutral,
    results_csv,
    terraform_moves,
)
from tests import report_samples as samples


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_results_have_every_workspace_once_in_order() -> None:
    report = samples.ordinary()
    table = rows(results_csv(report))
    assert [row["workspaceId"] for row in table] == [line.workspace_id for line in report.workspaces]
    assert tuple(table[0]) == RESULT_COLUMNS


def test_results_tell_outcome_reason_times_and_warnings() -> None:
    report = samples.report(
        [
            samples.line(
                1, started_at="2026-11-21T20:00:00Z", ended_at="2026-11-21T20:22:30Z", warnings=["a", "b"]
            )
        ]
    )
    row = rows(results_csv(report))[0]
    assert row["outcome"] == "Migrated"
    assert (row["startedAt"], row["endedAt"], row["minutes"]) == (
        "2026-11-21T20:00:00Z",
        "2026-11-21T20:22:30Z",
        "22.5",
    )
    assert row["warnings"] == "a; b"


def test_what_is_unknown_is_an_empty_cell() -> None:
    row = rows(results_csv(samples.report([samples.line(1, Outcome.STUCK, user_name=None)])))[0]
    assert (row["userName"], row["targetWorkspaceId"], row["minutes"]) == ("", "", "")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_cells_that_a_spreadsheet_would_take_for_formulas_are_neutral(start: str) -> None:
    report = samples.report([samples.line(1, user_name=f"{start}1+1", computer_name=f"{start}x")])
    assert rows(results_csv(report))[0]["userName"] == f"'{start}1+1"
    assert rows(id_map_csv(report))[0]["oldComputerName"] == f"'{start}x"


@pytest.mark.parametrize("before", [" ", "\u00a0", "\u200b", "\ufeff ", "\u202e"])
def test_what_nobody_sees_hides_no_formula(before: str) -> None:
    assert neutral(f"{before}=1+1").startswith("'")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\x1b[31mred", "\ufffd[31mred"),
        ("\x9b31m", "\ufffd31m"),
        ("\u202egnp.exe", "\ufffdgnp.exe"),
        ("a\u2066b\u2069", "a\ufffdb\ufffd"),
        ("nul\x00", "nul\ufffd"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("zo\u00eb \u5c71\u7530", "zo\u00eb \u5c71\u7530"),
    ],
)
def test_a_terminal_that_shows_a_table_is_not_controlled_by_it(name: str, shown: str) -> None:
    assert neutral(name) == shown


def test_no_cell_of_a_hostile_fleet_is_a_formula() -> None:
    for text in (results_csv(samples.hostile()), id_map_csv(samples.hostile())):
        cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
        assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r\n")]


def test_hostile_texts_survive_as_they_were_behind_the_apostrophe() -> None:
    table = rows(results_csv(samples.hostile()))
    kept = [
        (row["userName"].removeprefix("'"), text.removeprefix("'"))
        for row, text in zip(table, samples.HOSTILE, strict=False)
        if all(sign.isprintable() or sign in "\t\r\n" for sign in text)
    ]
    assert len(kept) > len(samples.HOSTILE) / 2
    assert [shown for shown, _ in kept] == [text for _, text in kept]


def test_what_a_dry_run_would_do_to_each_is_in_its_row() -> None:
    table = rows(results_csv(samples.planned()))
    first = table[0]
    assert [first[name] for name in ("rootVolumeGib", "newRootVolumeGib")] == ["175", "175"]
    assert [first[name] for name in ("userVolumeGib", "newUserVolumeGib")] == ["250", "250"]
    assert first["userVolumeAsOf"] == "2026-11-21T19:53:00Z"
    assert first["lost"].endswith("changes to the registry. Drive D after 19:53.")
    assert first["oldProfile"].endswith("MMddyyTHHmmss.NotMigrated")
    assert [first[name] for name in ("monthlyFee", "newMonthlyFee", "monthlyDifference")] == [
        "35.00",
        "50.00",
        "15.00",
    ]
    assert [table[1][name] for name in ("oldInMonth", "newInMonth")] == ["6.83", "3.90"]
    assert [table[1][name] for name in ("hourlyRate", "newHourlyRate")] == ["0.30", "0.47"]
    assert table[3]["costUnknown"].startswith("No price for GRAPHICS")
    blocked = next(row for row in table if row["outcome"] == "Ineligible")
    assert (blocked["newRootVolumeGib"], blocked["lost"], blocked["oldProfile"]) == ("", "", "")


def test_the_id_map_holds_only_the_migrated() -> None:
    report = samples.ordinary()
    table = rows(id_map_csv(report))
    migrated = [line for line in report.workspaces if line.outcome is Outcome.MIGRATED]
    assert tuple(table[0]) == ID_MAP_COLUMNS
    assert [(row["oldWorkspaceId"], row["newWorkspaceId"], row["newIpAddress"]) for row in table] == [
        (line.workspace_id, line.target_workspace_id, line.target_ip_address) for line in migrated
    ]


def test_terraform_moves_only_the_migrated() -> None:
    script = terraform_moves(samples.ordinary())
    assert script.count("terraform state rm ") == script.count("terraform import ") == 88
    for line in samples.ordinary().workspaces:
        assert (f"-id={line.workspace_id})" in script) is (line.outcome is Outcome.MIGRATED)


def test_terraform_script_of_a_hostile_fleet_holds_ids_only() -> None:
    report = samples.hostile()
    script = terraform_moves(report)
    assert "rm -rf" not in script
    assert "$(id)" not in script
    assert "1 left out" in script
    for text in samples.HOSTILE:
        assert text not in script


@pytest.mark.parametrize("field", ["workspace_id", "target_workspace_id", "target_bundle_id"])
@pytest.mark.parametrize("tail", ["; true", "\n", " x", "$(id)"])
def test_one_id_that_is_more_than_an_id_leaves_its_workspace_out(field: str, tail: str) -> None:
    changed: dict[str, Any] = {field: getattr(samples.line(1), field) + tail}
    script = terraform_moves(samples.report([samples.line(1, **changed)]))
    assert "1 left out" in script
    assert "terraform import " not in script


def test_nothing_migrated_gives_comments_only() -> None:
    for line in terraform_moves(samples.planned()).splitlines():
        assert not line or line.startswith("#")


def test_the_terraform_script_does_what_it_says(tmp_path: Path) -> None:
    """Run by a real shell with a terraform that knows two of three WorkSpaces."""
    state = {"ws-00000000a": "aws_workspaces_workspace.one", "ws-00000002a": 'module.m.w["x y"]'}
    terraform = tmp_path / "terraform"
    cases = "\n".join(f"    -id={one}) echo '{address}' ;;" for one, address in state.items())
    terraform.write_text(
        '#!/bin/sh\nprintf "%s|" "$@" >> calls; echo >> calls\n'
        f'if [ "$1 $2" = "state list" ]; then case "$3" in\n{cases}\n  esac; fi\n'
    )
    terraform.chmod(0o755)
    script = tmp_path / "moves.sh"
    script.write_text(terraform_moves(samples.report([samples.line(n) for n in range(3)])))
    shell = shutil.which("sh") or "/bin/sh"
    subprocess.run(
        [shell, script],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        check=True,
        capture_output=True,
    )
    calls = [line.rstrip("|").split("|") for line in (tmp_path / "calls").read_text().splitlines()]
    assert calls[0] == ["state", "pull"]
    assert [call for call in calls if call[1] != "list"][1:] == [
        ["state", "rm", "aws_workspaces_workspace.one"],
        ["import", "aws_workspaces_workspace.one", "ws-00000000b"],
        ["state", "rm", 'module.m.w["x y"]'],
        ["import", 'module.m.w["x y"]', "ws-00000002b"],
    ]
    assert [path.name for path in tmp_path.glob("before-migration.*.tfstate")]


def test_the_terraform_script_stops_at_the_first_failure(tmp_path: Path) -> None:
    terraform = tmp_path / "terraform"
    terraform.write_text(
        '#!/bin/sh\necho "$1 $2" >> calls\n'
        '[ "$1 $2" = "state list" ] && echo some.address\n[ "$1" != import ]\n'
    )
    terraform.chmod(0o755)
    script = tmp_path / "moves.sh"
    script.write_text(terraform_moves(samples.all_migrated()))
    shell = shutil.which("sh") or "/bin/sh"
    ended = subprocess.run(
        [shell, script],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        check=False,
        capture_output=True,
    )
    assert ended.returncode != 0
    assert (tmp_path / "calls").read_text().splitlines() == [
        "state pull",
        "state list",
        "state rm",
        "import some.address",
    ]
    assert ended.stdout.decode().splitlines()[-1] == "some.address"
