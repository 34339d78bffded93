"""The structure of report.html: what comes first, what a reader without eyes or script gets, what may run."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

import migrator
from migrator.domain.consequences import FOR_ALL
from migrator.domain.outcomes import Outcome
from migrator.domain.report import RunReport, Verdict
from migrator.report.page import render_page
from tests import report_samples as samples

VOID = {"meta", "input", "br", "link", "img", "hr"}
SAMPLES: list[Callable[[], RunReport]] = [
    samples.ordinary,
    samples.planned,
    samples.all_migrated,
    samples.died,
    samples.hostile,
]


class Page(HTMLParser):
    """A page taken apart: elements in order, with attributes and their text; unbalanced tags are errors."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[int, str] = {}
        self._open: list[tuple[str, int]] = []
        self.feed(markup)
        self.close()
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append((tag, len(self.elements) - 1))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self._open.pop()
        assert opened == tag, f"</{tag}> closes <{opened}>"
        if tag in ("td", "th", "span"):
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        for _, index in self._open:
            self.texts[index] = self.texts.get(index, "") + data

    def all(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [(a, self.texts.get(i, "")) for i, (t, a) in enumerate(self.elements) if t == tag]

    def words(self, tag: str) -> list[str]:
        return [" ".join(text.split()) for _, text in self.all(tag)]


def page(report: RunReport) -> Page:
    return Page(render_page(report))


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_page_is_well_formed_with_one_h1_and_unbroken_levels(sample: Callable[[], RunReport]) -> None:
    found = page(sample())
    levels = [int(tag[1]) for tag, _ in found.elements if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("sample", SAMPLES)
def test_ids_are_unique_and_every_reference_finds_its_own(sample: Callable[[], RunReport]) -> None:
    found = page(sample())
    ids = [str(attrs["id"]) for _, attrs in found.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    for _, attrs in found.elements:
        for name in ("for", "aria-labelledby", "aria-describedby"):
            if name in attrs:
                assert attrs[name] in ids
        if str(attrs.get("href", "")).startswith("#"):
            assert str(attrs["href"])[1:] in ids


def test_the_verdict_is_the_title_and_the_first_heading_then_comes_who_needs_a_person() -> None:
    found = page(samples.ordinary())
    assert found.words("title")[0].startswith("Incomplete · weekend-wave-1")
    assert found.words("h1") == ["Incomplete"]
    assert found.words("h2") == [
        "What needs a person next 11 WorkSpaces",
        "How it went over time",
        "Why some may not go",
        "Directory clean-up",
        "Bundles left behind",
        "What the run used",
        "All WorkSpaces",
    ]


def test_every_outcome_is_counted_at_the_top_and_zero_too() -> None:
    top = render_page(samples.ordinary()).partition("<main")[0]
    counted = re.findall(r"<strong>([\d,]+)</strong> <span class=\"word\">(\w+)</span>", top)
    expected = {o.value: str(n) for o, n in samples.ordinary().counts.items() if o is not Outcome.PLANNED}
    assert {name: count for count, name in counted} == expected


def test_a_dry_run_counts_only_what_a_dry_run_can_end_in() -> None:
    top = render_page(samples.planned()).partition("<main")[0]
    assert re.findall(r"<span class=\"word\">(\w+)</span>", top) == ["Planned", "Deferred", "Ineligible"]
    assert "How it went over time" not in page(samples.planned()).words("h2")


def test_those_who_need_a_person_are_grouped_urgent_first_with_the_next_step() -> None:
    articles = page(samples.ordinary()).words("article")
    assert [article.split()[0] for article in articles] == [
        "Stuck",
        "RolledBack",
        "NeverStarted",
        "Refused",
        "Deferred",
        "Deferred",
        "Directory",
        "Directory",
        "Warnings",
    ]
    assert "Next: Open a case with AWS Support now" in articles[0]
    assert "dee.l081" in articles[0]
    assert "user-connected 4 WorkSpaces" in articles[4]
    assert all("Next:" in article for article in articles[:-1])


def test_different_next_steps_under_one_reason_stand_at_each_workspace() -> None:
    lines = [
        samples.line(n, Outcome.REFUSED, reason="x", detail=f"why {n}", next_step=f"do {n}") for n in (1, 2)
    ]
    (article,) = page(samples.report(lines)).words("article")
    assert article.index("why 1") < article.index("do 1") < article.index("why 2") < article.index("do 2")


def test_a_long_group_names_twenty_and_points_at_the_table() -> None:
    (article,) = page(samples.big(2000)).words("article")
    assert article.count("ws-") == 20
    assert "and 20 more: show all in the table" in article


def test_nothing_to_do_is_said() -> None:
    assert "No WorkSpace of this run waits for anybody." in render_page(samples.all_migrated())


def test_a_run_that_died_says_why_and_shows_no_empty_parts() -> None:
    found = page(samples.died())
    assert found.words("h2") == ["The run itself failed", "What needs a person next"]
    assert "may not call workspaces:DescribeWorkspaces" in render_page(samples.died())
    assert not found.all("script")


def test_the_blocked_are_counted_by_rule_with_what_would_help() -> None:
    table = next(words for words in page(samples.ordinary()).words("table") if "21 WorkSpaces" in words)
    assert re.findall(r"([a-z-]+) (\d+) (?=The|It|There)", table) == [
        ("plus-edition", "9"),
        ("same-bundle", "5"),
        ("linux", "3"),
        ("no-snapshot", "2"),
        ("opt-out", "2"),
    ]
    assert "rebuild it instead" in table


def test_a_dry_run_tells_once_what_all_lose_and_counts_what_differs() -> None:
    found = page(samples.planned())
    assert found.words("h2")[:3] == [
        "What needs a person next 6 WorkSpaces",
        "What migrating would do to 93 WorkSpaces",
        "Why some may not go",
    ]
    assert "What it would cost US dollars" in found.words("h2")
    told = " ".join(text for attrs, text in found.all("dl") if attrs.get("class") == "effects")
    for words in (
        "All of drive C",
        "2026-11-21 08:20Z to 2026-11-21 19:53Z",
        "2 WorkSpaces have none: all of drive D is lost.",
        "WorkSpace id, computer name, IP address",
        "Desktop, Documents, Downloads, Favorites, Music, Pictures, Videos",
        "D:\\Users\\<user>MMddyyTHHmmss.NotMigrated",
        "Back up what is needed from drive C",
    ):
        assert words in told
    table = next(words for words in found.words("table") if "Volumes of those" in words)
    assert "11,205 GiB more in all" in table
    assert table.endswith("C 80 175 79 C 175 175 14 D 50 100 74 D 250 250 19")
    assert "What migrating would do" not in " ".join(page(samples.ordinary()).words("h2"))


def test_what_it_would_cost_says_how_it_is_counted_and_with_which_prices() -> None:
    found = page(samples.planned())
    table = next(words for words in found.words("table") if "monthly fees" in words)
    assert "90 WorkSpaces of 93 that would go" in table
    assert "In 2026-11, the month of the migration $1,038.78 $617.40 $1,656.18" in table
    assert "A whole month before, and after $1,483.50 $2,058.00 +$574.50" in table
    notes = " ".join(text for attrs, text in found.all("ul") if attrs.get("class") == "notes")
    for words in (
        "66 WorkSpaces are AUTO_STOP: each hour comes on top, in dollars before and after: 0.30 → 0.47 (66).",
        "have no price here and are not counted: 0 GiB before, 1,200 GiB after.",
        "3 WorkSpaces are not counted. No price for GRAPHICS, Windows, licence included in us-east-1.",
        "the hours of AUTO_STOP WorkSpaces are not known beforehand and not counted",
        "Prices of us-east-1, of 2026-06-27, from this product's own table",
        "The AWS Price List was not asked.",
    ):
        assert words in notes


def test_rows_of_a_dry_run_hold_only_what_is_each_ones_own() -> None:
    (rows,) = [text for attrs, text in page(samples.planned()).all("script") if attrs.get("id") == "rows"]
    data = json.loads(rows)
    assert data["rows"][0][18] == [
        175,
        175,
        250,
        250,
        "2026-11-21T19:53:00Z",
        [35.0, 50.0, 24.5, 15.0, None, None, 0, 50],
    ]
    assert [data["texts"][row[18][5][0]] for row in data["rows"] if row[18] and len(row[18][5]) == 1] == [
        "No price for GRAPHICS, Windows, licence included in us-east-1."
    ] * 3
    assert [row[18] for row in data["rows"] if data["texts"][row[0]] != "Planned"] == [None] * 27
    assert "NotMigrated" not in rows


def test_sizes_nobody_can_tell_are_called_unknown_and_many_different_ones_are_counted() -> None:
    told = [
        samples.consequences_of(1, "ana").model_copy(
            update={"user_volume_gib": n or None, "new_user_volume_gib": n or None}
        )
        for n in [0, 0, *range(1, 12)]
    ]
    lines = [samples.line(n, Outcome.PLANNED, consequences=one) for n, one in enumerate(told)]
    dry = samples.report(lines, dry_run=True, consequences=FOR_ALL, verdict=Verdict.PLANNED)
    table = next(words for words in page(dry).words("table") if "Volumes of those" in words)
    assert "D unknown unknown 2" in table
    assert "5 other volumes are in the table below." in render_page(dry)


def test_computer_objects_that_were_not_cleaned_up_come_first() -> None:
    table = next(words for words in page(samples.ordinary()).words("table") if "computer objects" in words)
    assert table.index("EC2AMAZ-ROLLED2") < table.index("EC2AMAZ-ROLLED1")
    assert "in-use: it logged on after the migration ended." in table


def test_bundles_that_the_run_no_longer_uses_are_named() -> None:
    table = next(words for words in page(samples.ordinary()).words("table") if "Source bundles" in words)
    assert f"{samples.POWER} no WorkSpace of this run uses it any more 29 0" in table
    assert table.count("any more") == 1


def test_the_cost_is_what_the_report_knows() -> None:
    table = next(words for words in page(samples.ordinary()).words("table") if "Of Step Functions" in words)
    assert "State transitions 548 Transitions per WorkSpace 6.20" in table
    assert "What the run used" not in render_page(samples.planned())


@pytest.mark.parametrize("sample", SAMPLES)
def test_tables_have_captions_and_scopes_and_pictures_have_words(sample: Callable[[], RunReport]) -> None:
    found = page(sample())
    assert len(found.all("caption")) == len(found.all("table"))
    assert all(attrs.get("scope") in ("col", "row") for attrs, _ in found.all("th"))
    for attrs, _ in found.all("svg"):
        assert attrs.get("aria-hidden") == "true" or len(str(attrs.get("aria-label"))) > 40


def test_without_script_the_table_is_not_promised_but_the_file_with_its_rows_is() -> None:
    found = page(samples.ordinary())
    (sentence,) = [text for attrs, text in found.all("p") if attrs.get("id") == "no-table"]
    assert "JavaScript" in sentence
    assert "results.csv" in sentence
    assert [attrs for attrs, _ in found.all("div") if attrs.get("id") == "table" and "hidden" in attrs]


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_policy_names_script_and_style_by_their_hash_and_nothing_else(
    sample: Callable[[], RunReport],
) -> None:
    found = page(sample())
    policy = next(
        a["content"] for a, _ in found.all("meta") if a.get("http-equiv") == "Content-Security-Policy"
    )
    directives = dict(part.split(" ", 1) for part in str(policy).split("; "))
    assert directives["default-src"] == "'none'"
    assert "unsafe" not in str(policy)
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        for attrs, text in found.all(tag):
            if attrs.get("type") == "application/json":
                continue
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            assert directives[directive] == f"'sha256-{digest}'"


@pytest.mark.parametrize("sample", SAMPLES)
def test_nothing_is_loaded_and_nothing_is_inline(sample: Callable[[], RunReport]) -> None:
    for tag, attrs in page(sample()).elements:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base", "use", "image")
        assert not [name for name in attrs if name.startswith("on") or name in ("style", "src", "srcdoc")]
        assert str(attrs.get("href", "#")).startswith(("#", "https://"))


def test_hostile_texts_are_text_and_nothing_more() -> None:
    markup = render_page(samples.hostile())
    tags = {tag for tag, _ in Page(markup).elements}
    assert not tags & {"b", "img", "textarea"}
    assert markup.count("<script") == 2
    assert markup.count("</script") == 2
    assert "{{ 7 * 7 }}" in markup


def test_the_rows_are_all_of_them_and_give_every_text_back() -> None:
    report = samples.hostile()
    (rows,) = [text for attrs, text in page(report).all("script") if attrs.get("id") == "rows"]
    assert not set(rows) & set("<>&\u2028\u2029")
    data = json.loads(rows)
    assert [row[1] for row in data["rows"]] == [line.user_name for line in report.workspaces]
    assert [data["texts"][row[8]] for row in data["rows"][: len(samples.HOSTILE)]] == list(samples.HOSTILE)


def test_the_execution_is_linked_only_if_its_arn_is_one() -> None:
    (address,) = [a["href"] for a, _ in page(samples.ordinary()).all("a") if "console" in str(a.get("href"))]
    arn = samples.ordinary().execution_arn
    assert address == (
        f"https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/{arn}"
    )
    assert "https:" not in "".join(str(a.get("href")) for a, _ in page(samples.hostile()).all("a"))


def test_an_arn_with_more_around_it_is_no_arn() -> None:
    arn = samples.ordinary().execution_arn
    for wrong in (f"x{arn}", f"{arn}?x", f"{arn}\n"):
        assert (
            not page(samples.report([samples.line(1)], execution_arn=wrong)).all("footer")[0][1].count("Step")
        )


def test_further_links_must_be_https() -> None:
    links = {"Dashboard": "https://example.test/d?a=1&b=2", "Bad": "javascript:alert(1)"}
    found = Page(render_page(samples.all_migrated(), links))
    assert [text for a, text in found.all("a") if a.get("href") == links["Dashboard"]] == ["Dashboard"]
    assert "Bad" not in found.words("a")


def test_the_same_report_is_the_same_bytes() -> None:
    assert render_page(samples.ordinary()) == render_page(samples.ordinary())


def test_ten_thousand_rows_are_rendered_quickly_and_stay_small() -> None:
    report = samples.big()
    began = time.process_time()
    markup = render_page(report)
    assert time.process_time() - began < 3
    assert len(markup.encode()) < 3_000_000


def test_the_page_is_made_from_a_zip_archive_too(tmp_path: Path) -> None:
    """As a function would import it whose package is not unpacked."""
    package = Path(migrator.__file__).parent
    archive = tmp_path / "layer.zip"
    with zipfile.ZipFile(archive, "w") as layer:
        for part in [
            package / "__init__.py",
            *(package / "domain").glob("*.py"),
            *(package / "report").rglob("*"),
        ]:
            if part.is_file() and "__pycache__" not in part.parts:
                layer.write(part, part.relative_to(package.parent))
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from migrator.report import page\n"
        "from migrator.domain.report import RunReport\n"
        "assert 'layer.zip' in page.__file__\n"
        "report = RunReport.model_validate_json(sys.stdin.read())\n"
        "sys.stdout.reconfigure(encoding='utf-8', newline='')\n"
        "sys.stdout.write(page.render_page(report))\n"
    )
    made = subprocess.run(
        [sys.executable, "-c", program, str(archive)],
        input=samples.ordinary().model_dump_json(by_alias=True).encode(),
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr.decode()
    assert made.stdout.decode() == render_page(samples.ordinary())
