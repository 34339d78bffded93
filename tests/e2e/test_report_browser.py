"""report.html in a real browser: it works, it is quick, everybody can use it, and nothing from names runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from migrator.domain.outcomes import Outcome
from migrator.domain.report import RunReport
from migrator.report.page import render_page
from tests import report_samples as samples
from tests.e2e.browser import Visit, start_browser

SAMPLES: dict[str, Callable[[], RunReport]] = {
    "ordinary": samples.ordinary,
    "planned": samples.planned,
    "all_migrated": samples.all_migrated,
    "died": samples.died,
    "hostile": samples.hostile,
    "big": samples.big,
}
OUTCOME, USER, WORKSPACE, BUNDLE, DIRECTORY, WHY, STARTED, MINUTES = range(8)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    started = start_browser(tmp_path_factory.mktemp("profile"))
    yield started
    started.quit()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for name, sample in SAMPLES.items():
        (folder / f"{name}.html").write_text(render_page(sample()), encoding="utf-8", newline="")
    return folder


@pytest.fixture
def visit(browser: webdriver.Chrome, pages: Path) -> Callable[..., Visit]:
    def go(name: str, *, width: int = 1280, dark: bool = False, script: bool = True) -> Visit:
        made = Visit(browser, pages / f"{name}.html")
        made.open(width=width, dark=dark, script=script)
        return made

    return go


def choose(page: Visit, outcome: str) -> None:
    page.browser.find_element(By.CSS_SELECTOR, f"#outcomes input[value={outcome}]").click()


def search(page: Visit, words: str) -> None:
    field = page.browser.find_element(By.ID, "search")
    field.clear()
    field.send_keys(words)


def head(page: Visit, column: int) -> str:
    """Clicks a heading; tells aria-sort of it."""
    cell = page.browser.find_elements(By.CSS_SELECTOR, "#heads th")[column]
    cell.find_element(By.TAG_NAME, "button").click()
    return cell.get_attribute("aria-sort") or ""


@pytest.mark.parametrize("name", SAMPLES)
def test_no_page_complains_or_asks_for_anything(visit: Callable[..., Visit], name: str) -> None:
    page = visit(name)
    if name != "died":
        search(page, "ws-")
        head(page, USER)
        page.browser.find_element(By.ID, "last").click()
    assert page.complaints() == []
    assert page.requests() == []


def test_the_witness_would_have_seen_it(visit: Callable[..., Visit]) -> None:
    """The policy refuses what the tests above watch for, and the watch notices."""
    page = visit("ordinary")
    page.run(
        "const e = document.createElement('script'); e.append('window.executed = 1'); document.body.append(e)"
    )
    assert page.run("return window.executed") is None
    assert any("refused" in each or "TrustedScript" in each for each in page.complaints())
    page.run("const i = new Image(); i.src = 'https://example.invalid/x.png'; document.body.append(i)")
    assert any("img-src" in each or "default-src" in each for each in page.complaints())


def test_nothing_from_the_fleet_runs_and_all_of_it_is_shown_as_it_is(visit: Callable[..., Visit]) -> None:
    page = visit("hostile")
    assert page.run("return window.executed") is None
    assert page.run("return document.querySelectorAll('b, img, textarea, body style, [onerror]').length") == 0
    head(page, WORKSPACE)
    names = page.run("return [...document.querySelectorAll('#body th bdi.strong')].map((e) => e.textContent)")
    assert [name for name in names if name in samples.HOSTILE] == list(samples.HOSTILE)
    for text in samples.HOSTILE[:6]:
        search(page, text)
        assert page.run("return window.executed") is None
    assert page.complaints() == []


def test_names_that_turn_the_writing_round_turn_nothing_but_themselves(visit: Callable[..., Visit]) -> None:
    page = visit("hostile")
    backward = page.run(
        """
        return [...document.querySelectorAll("article .lines code")].filter((code) => {
          const range = document.createRange(), at = (i) => {
            range.setStart(code.firstChild, i); range.setEnd(code.firstChild, i + 1);
            return range.getBoundingClientRect().left;
          };
          return at(0) >= at(2);
        }).map((code) => code.textContent);
        """
    )
    assert backward == []


def test_it_opens_on_the_worst_first(visit: Callable[..., Visit]) -> None:
    page = visit("ordinary")
    assert page.tally() == "120 of 120 WorkSpaces"
    rows = page.rows()
    assert len(rows) == 50
    assert [row[OUTCOME] for row in rows[:5]] == [
        "Stuck",
        "RolledBack",
        "RolledBack",
        "NeverStarted",
        "Refused",
    ]
    assert page.run("return document.querySelector('#heads th').getAttribute('aria-sort')") == "ascending"


def test_outcomes_filter_and_add_up(visit: Callable[..., Visit]) -> None:
    page = visit("ordinary")
    choose(page, "Stuck")
    assert page.tally() == "1 of 120 WorkSpaces"
    choose(page, "Deferred")
    assert page.tally() == "7 of 120 WorkSpaces"
    assert {row[OUTCOME] for row in page.rows()} == {"Stuck", "Deferred"}
    choose(page, "Stuck")
    assert page.tally() == "6 of 120 WorkSpaces"
    page.browser.find_element(By.ID, "reset").click()
    assert page.tally() == "120 of 120 WorkSpaces"
    assert page.run("return document.activeElement.id") == "search"
    assert page.run("return document.querySelectorAll('#outcomes :checked').length") == 0


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("ws-00000081a", 1),
        ("WS-00000081B", 1),
        ("DEE.L081", 1),
        ("plus-edition", 9),
        ("user-connected rui", 1),
        ("  linux  ", 3),
        ("ec2amaz-0000020", 1),
        ("10.0.100.24", 1),
        ("running mode changed", 3),
        ("nobody at all", 0),
    ],
)
def test_search_finds_in_every_field(visit: Callable[..., Visit], words: str, count: int) -> None:
    page = visit("ordinary")
    search(page, words)
    assert len(page.rows()) == count
    assert page.tally() == (f"{count} of 120 WorkSpaces" if count else "No WorkSpace matches.")


def test_search_and_filter_hold_together(visit: Callable[..., Visit]) -> None:
    page = visit("ordinary")
    choose(page, "Migrated")
    search(page, samples.POWER)
    expected = [
        line
        for line in samples.ordinary().workspaces
        if line.outcome is Outcome.MIGRATED and line.source_bundle_id == samples.POWER
    ]
    assert page.tally() == f"{len(expected)} of 120 WorkSpaces"


def test_headings_sort_both_ways_and_leave_the_unknown_last(visit: Callable[..., Visit]) -> None:
    page = visit("ordinary")
    page.run("const s = document.getElementById('size'); s.value = 250; s.dispatchEvent(new Event('change'))")
    assert head(page, MINUTES) == "ascending"
    up = [row[MINUTES] for row in page.rows()]
    assert head(page, MINUTES) == "descending"
    down = [row[MINUTES] for row in page.rows()]
    known = [float(cell) for cell in up if cell != "–"]
    assert len(known) == 92
    assert known == sorted(known)
    assert [float(cell) for cell in down[:92]] == sorted(known, reverse=True)
    assert set(up[92:]) == set(down[92:]) == {"–"}
    assert head(page, USER) == "ascending"
    assert page.run("return document.querySelectorAll('#heads [aria-sort]').length") == 1
    users = [row[USER] for row in page.rows()]
    assert users == sorted(users)


def test_pages_turn_and_stop_at_both_ends(visit: Callable[..., Visit]) -> None:
    page = visit("ordinary")
    where = page.browser.find_element(By.ID, "page")
    seen = {row[WORKSPACE] for row in page.rows()}
    for expected in ("51 to 100, page 2 of 3", "101 to 120, page 3 of 3", "101 to 120, page 3 of 3"):
        page.browser.find_element(By.ID, "next").click()
        assert where.text == expected
        seen |= {row[WORKSPACE] for row in page.rows()}
    assert len(seen) == 120
    assert page.run("return document.activeElement.id") == "next"
    assert page.browser.find_element(By.ID, "next").get_attribute("aria-disabled") == "true"
    page.browser.find_element(By.ID, "first").click()
    assert where.text == "1 to 50, page 1 of 3"
    page.browser.find_element(By.ID, "next").click()
    head(page, USER)
    assert where.text == "1 to 50, page 1 of 3"
    page.browser.find_element(By.ID, "next").click()
    search(page, "ana")
    assert where.text.startswith("1 to ")


@pytest.mark.parametrize("width", [1280, 390])
def test_counts_at_the_top_lead_to_their_rows(visit: Callable[..., Visit], width: int) -> None:
    page = visit("ordinary", width=width)
    page.browser.find_element(By.CSS_SELECTOR, ".counts a[data-outcome=RolledBack]").click()
    assert page.tally() == "2 of 120 WorkSpaces"
    assert page.run("return document.activeElement.id") == "workspaces"
    assert page.run("return document.getElementById('workspaces').getBoundingClientRect().top < 300")


def test_a_rule_leads_to_the_rows_it_blocks(visit: Callable[..., Visit]) -> None:
    page = visit("ordinary")
    page.browser.find_element(By.LINK_TEXT, "plus-edition").click()
    assert page.tally() == "9 of 120 WorkSpaces"


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("width", [320, 390, 800, 1280])
def test_no_page_scrolls_sideways(visit: Callable[..., Visit], name: str, width: int) -> None:
    page = visit(name, width=width)
    assert page.run("return document.documentElement.scrollWidth") <= width
    assert page.run("return innerWidth") == width


def test_on_a_phone_each_row_is_a_card_with_labels_and_sorts_by_a_list(visit: Callable[..., Visit]) -> None:
    page = visit("ordinary", width=390)
    box = "document.querySelector('#body tr').getBoundingClientRect()"
    assert page.run(f"const b = {box}; return b.left >= 0 && b.right <= 390")
    assert (
        page.run("return getComputedStyle(document.querySelector('#body td'), '::before').content")
        == '"Outcome"'
    )
    page.browser.find_element(By.CSS_SELECTOR, "#sort option[value='7d']").click()
    minutes = [float(row[MINUTES]) for row in page.rows()]
    assert minutes == sorted(minutes, reverse=True)


def test_the_keyboard_reaches_everything_and_shows_where_it_is(visit: Callable[..., Visit]) -> None:
    page = visit("ordinary")
    body = page.browser.find_element(By.TAG_NAME, "body")
    body.send_keys(Keys.TAB)
    active = page.browser.switch_to.active_element
    assert active.text == "Skip to the report"
    assert page.run("return document.activeElement.getBoundingClientRect().left >= 0")
    assert page.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    active.send_keys(Keys.ENTER)
    assert page.run("return document.activeElement.id") == "main"
    button = page.browser.find_elements(By.CSS_SELECTOR, "#heads button")[USER]
    button.send_keys(Keys.ENTER)
    assert (
        page.run("return document.querySelectorAll('#heads th')[1].getAttribute('aria-sort')") == "ascending"
    )
    page.browser.find_element(By.CSS_SELECTOR, "#outcomes input[value=Lost], #outcomes input").send_keys(
        Keys.SPACE
    )
    assert page.tally() == "1 of 120 WorkSpaces"


def test_a_screen_reader_hears_names_roles_and_counts(visit: Callable[..., Visit]) -> None:
    page = visit("ordinary")
    tree = page.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    heard = {
        (node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree if not node["ignored"]
    }
    assert ("heading", "Incomplete") in heard
    assert ("table", "WorkSpaces of this run, one in each row") in heard
    assert ("checkbox", "RolledBack 2") in heard
    assert ("searchbox", "Search") in heard
    assert ("columnheader", "User") in heard
    assert ("rowheader", "dee.l081 WSAMZN-0000081") in heard or (
        "rowheader",
        "dee.l081WSAMZN-0000081",
    ) in heard
    assert any(role == "status" for role, _ in heard)
    pictures = [name for role, name in heard if role in ("image", "img")]
    assert len(pictures) == 3
    assert all(len(name) > 40 for name in pictures)
    nameless = [
        role for role, name in heard if role in ("button", "link", "checkbox", "combobox") and not name
    ]
    assert nameless == []


CONTRAST = """
const parse = (c) => { const n = c.match(/[\\d.]+/g).map(Number); return [n.slice(0, 3), n[3] ?? 1]; };
const luminance = (rgb) => rgb.map((v) => v / 255)
  .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
function behind(e) {
  for (; e; e = e.parentElement) {
    const [rgb, alpha] = parse(getComputedStyle(e).backgroundColor);
    if (alpha === 1) return rgb;
  }
  return [255, 255, 255];
}
const faint = new Set();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const words = walker.currentNode.data.trim();
  const e = walker.currentNode.parentElement;
  if (!words || !e.checkVisibility() || e.closest("title, script, style, .skip")) continue;
  const style = getComputedStyle(e);
  const colour = e instanceof SVGElement ? style.fill : style.color;
  const [a, b] = [luminance(parse(colour)[0]), luminance(behind(e))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
  if (ratio < (large ? 3 : 4.5)) faint.add(`${ratio.toFixed(2)} ${e.tagName}: ${words.slice(0, 40)}`);
}
return [...faint];
"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["ordinary", "planned", "died"])
def test_all_text_stands_out_from_what_is_behind_it(
    visit: Callable[..., Visit], name: str, dark: bool
) -> None:
    page = visit(name, dark=dark)
    assert page.run(CONTRAST) == []


def test_light_and_dark_follow_the_reader(visit: Callable[..., Visit]) -> None:
    paper = "return getComputedStyle(document.body).backgroundColor"
    assert visit("ordinary", dark=True).run(paper) != visit("ordinary", dark=False).run(paper)


def test_without_script_the_page_says_where_the_rows_are(visit: Callable[..., Visit]) -> None:
    page = visit("ordinary", script=False)
    try:
        assert page.browser.find_element(By.ID, "no-table").is_displayed()
        assert not page.browser.find_element(By.ID, "table").is_displayed()
        assert page.browser.find_element(By.CSS_SELECTOR, ".chart.wide").is_displayed()
    finally:
        page.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_ten_thousand_rows_are_quick(visit: Callable[..., Visit]) -> None:
    page = visit("big")
    assert page.tally() == "10,000 of 10,000 WorkSpaces"
    assert len(page.rows()) == 50
    assert (
        page.run("return document.querySelectorAll('*').length") < 8000
    )  # a table of all rows would be 80,000
    timing = "performance.getEntriesByType('navigation')[0]"
    assert page.run(f"return {timing}.domContentLoadedEventEnd") < 3000
    took = page.run(
        """
        const field = document.getElementById("search"), times = [];
        for (const words of ["z", "zo", "zoe", "zoe linux", ""]) {
          const began = performance.now();
          field.value = words; field.dispatchEvent(new Event("input"));
          times.push(performance.now() - began);
        }
        for (const button of document.querySelectorAll("#heads button")) {
          const began = performance.now(); button.click(); times.push(performance.now() - began);
        }
        return Math.max(...times);
        """
    )
    assert took < 600


def test_a_dry_runs_table_shows_drives_and_money_and_sorts_by_them(visit: Callable[..., Visit]) -> None:
    page = visit("planned")
    choose(page, "Planned")
    drives, money = WHY, STARTED  # their places in a dry run, whose directory stands below the id
    assert head(page, drives) == "ascending"
    assert page.rows()[0][drives] == "C: 175D: 50 → 100D as of 2026-11-21 08:20Z"
    page.browser.find_element(By.ID, "last").click()
    assert page.rows()[-1][drives].endswith("D has no snapshot")
    assert head(page, money) == "ascending"
    assert page.rows()[0][money] == "9.75 → 13.00+ 0.30 → 0.47 an hourthis month 6.83 + 3.90"
    assert head(page, money) == "descending"
    assert page.rows()[0][money] == "35.00 → 50.00this month 24.50 + 15.00without 0 → 50 GiB"
    page.browser.find_element(By.ID, "last").click()
    assert page.rows()[-1][money].startswith("unknownNo price for GRAPHICS")
    assert page.complaints() == []


@pytest.mark.parametrize("dark", [False, True])
def test_what_a_migration_would_do_fits_a_phone(visit: Callable[..., Visit], dark: bool) -> None:
    page = visit("planned", width=390, dark=dark)
    assert page.run("return document.documentElement.scrollWidth") == 390
    section = page.browser.find_element(By.CSS_SELECTOR, "section[aria-labelledby=effects-title]")
    assert "All of drive C" in section.text
    assert "+$574.50" in page.browser.find_element(By.CSS_SELECTOR, ".money").text
