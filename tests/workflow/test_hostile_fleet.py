"""A fleet whose every name is markup, a formula or a terminal's command, from the API to all that is told."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rehearsal.cli import main
from tests.workflow.test_rehearse_command import small_fleet, the_input

Json = dict[str, Any]

NAMES = (
    *('=cmd|" /C calc"!A0', "+1+1", "-2+3", "@SUM(1)", "\t=1", " =1", "\u200b=1", "\uff1d1+1", '"=1+1'),
    *(
        "<script>alert(1)</script>",
        "</script><img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "-->",
        "]]>",
    ),
    *("\x1b[31mred\x1b[0m", "\x9b31m", "\x07bell", "\x00n", "\u202egnp.exe", "\u2066x\u2069", "\u2028x"),
    *(
        "a\nSubject: forged",
        "$(touch pwned)",
        "`touch pwned`",
        "'; touch pwned; '",
        "{{7*7}}",
        "${x}",
        "%0A=1",
    ),
    *("<!channel>", "<@U123|x>", "*b*", "[x](http://e.test)", ":skull:", "\U0001f600" * 3, "x" * 63),
)
BEHAVIOURS = ("migrates", "rolls-back+leaves-target", "never-starts", "sticks", "migrates+leaves-computer")


def fleet() -> Json:
    """One WorkSpace for each name, which is its user's, its computer's, its tag's and its bundle's, too."""
    document = small_fleet(*(BEHAVIOURS[each % len(BEHAVIOURS)] for each in range(len(NAMES))))
    document["Tags"] = {}
    for number, (row, name) in enumerate(zip(document["Workspaces"], NAMES, strict=True)):
        row |= {"UserName": name, "ComputerName": name}
        document["Tags"][row["WorkspaceId"]] = [{"Key": name[:100], "Value": name}]
        bundle = {
            "BundleId": f"wsb-0hostile{number:02d}",
            "Name": f"{name} Windows 10",
            "Owner": "123456789012",
        }
        document["Bundles"].append(bundle)
        if number % 6 == 5:
            row["BundleId"] = bundle["BundleId"]
    return document


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("hostile")
    (place / "fleet.json").write_text(json.dumps(fleet()), encoding="utf-8")
    given = the_input(abortAtFailurePercent=100, rules={"custom-10-to-public-10": "warn"})
    (place / "input.json").write_text(json.dumps(given), encoding="utf-8")
    arguments = ["--fleet", str(place / "fleet.json"), "--input", str(place / "input.json")]
    done = CliRunner().invoke(main, ["run", *arguments, "--out", str(place / "out")])
    assert done.exit_code == 3, done.output
    assert [*controls(done.output)] == []
    report = json.loads((place / "out" / "report.json").read_text(encoding="utf-8"))
    assert {one["userName"] for one in report["workspaces"]} == set(NAMES)
    return place / "out"


def controls(text: str) -> Iterator[str]:
    """Signs that steer a terminal or turn the writing round."""
    for sign in text:
        if unicodedata.category(sign) in ("Cc", "Cf") and sign not in "\n\r\t":
            yield hex(ord(sign))


def strings(value: Any) -> Iterator[str]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from strings(one)
    if isinstance(value, str):
        yield value


@pytest.mark.parametrize("name", ["results.csv", "id-map.csv", "retry.csv"])
def test_no_cell_is_a_formula_or_steers_a_terminal(out: Path, name: str) -> None:
    with (out / name).open(encoding="utf-8", newline="") as file:
        table = list(csv.reader(file))
    assert len(table) > 5
    assert len({len(row) for row in table}) == 1
    for cell in (cell for row in table for cell in row):
        assert not re.match(r"[\s\u200b\ufeff\ufffd]*[=+\-@\uff0b\uff0d\uff1d\uff20]", cell), cell
        assert [*controls(cell)] == []


def test_no_log_line_steers_a_terminal(out: Path) -> None:
    # Computer objects are logged by name; JSON writes what steers as \u001b.
    assert [*controls((out / "log.jsonl").read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("name", ["notifications.jsonl", "chat.jsonl"])
def test_no_message_steers_a_terminal_or_mentions_a_channel(out: Path, name: str) -> None:
    lines = [json.loads(line) for line in (out / name).read_text(encoding="utf-8").split("\n") if line]
    assert lines
    for text in strings(lines):
        assert [*controls(text)] == []
        if name == "chat.jsonl":
            assert not re.search(r"<[!@]|\]\(http", text)
        if name == "notifications.jsonl":
            assert "\nSubject: forged" not in text


def test_the_lines_for_terraform_run_nothing_of_the_fleet_s(out: Path, tmp_path: Path) -> None:
    script = out / "terraform-moves.sh"
    # A terraform that knows of nothing: every line of the script is then run.
    (tmp_path / "terraform").write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "terraform").chmod(0o755)
    path = f"{tmp_path}:/usr/bin:/bin"
    subprocess.run(["sh", str(script)], cwd=tmp_path, env={"PATH": path}, check=True, timeout=60)
    assert not list(tmp_path.glob("pwned*"))
    assert [*controls(script.read_text(encoding="utf-8"))] == []


def test_the_page_holds_the_names_as_text_only(out: Path) -> None:
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert page.count("<script") == 2, "the rows, and ours"
