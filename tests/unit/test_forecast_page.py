"""The forecast's page: every figure of the printed tables, and no markup from the fleet or the input."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from rich.console import Console

from rehearsal.forecast.figures import figures
from rehearsal.forecast.page import Source, render_forecast
from rehearsal.forecast.tables import print_forecast
from rehearsal.forecast.trial import Ending

HOSTILE = """</style><script>alert("1")</script><img src=x onerror='alert(2)'>\u202e&amp;"""
GIVEN = {"maxInFlight": 40, "target": {"bundleId": HOSTILE}}
COST = {"workspaces": 10, "priced": 9, "totalInMonth": 1100.4, "monthlyFees": 910.0, "newMonthlyFees": 1120.0}
COST |= {"monthlyDifference": 210.0}


def document(name: str = HOSTILE, cost: dict[str, Any] | None = COST) -> dict[str, Any]:
    def runs(scenario: str, minutes: int) -> list[Ending]:
        return [
            Ending(
                scenario,
                seed,
                (minutes + 31 * seed) * 60,
                f"2026-11-28T0{1 + seed}:{minutes % 60:02d}:00Z",
                {("Migrated", ""): 7 - seed, ("Ineligible", name): 2 + seed, ("Stuck", "no-vanishing"): 1},
                seed == 1,
                {name: (minutes + seed, 123), "d-2": (3, 57)},
                cost,
            )
            for seed in (0, 1)
        ]

    found = [figures(runs("as given", 75)), figures(runs(f"maxInFlight {name}", 44))]
    return {"seeds": [8, 9], "scenarios": found}


def page(found: dict[str, Any], name: str = HOSTILE) -> str:
    return render_forecast(found, Source(f"{name}.json", 4321, f"{name}.input.json", GIVEN))


class Reading(HTMLParser):
    """The elements of a page with their attributes, and its text outside of the style."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._styled = False
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._styled = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._styled = False
        self.text += " " if tag in ("td", "th", "dt", "dd") else ""

    def handle_data(self, data: str) -> None:
        if not self._styled:
            self.text += data


def test_hostile_names_are_text_and_nothing_more() -> None:
    read, tame = Reading(page(document())), Reading(page(document("plain"), "plain"))
    assert read.text.count(HOSTILE) >= 6
    assert [tag for tag, _ in read.elements] == [tag for tag, _ in tame.elements]
    # A name is nowhere a part of an attribute but of the label that phones see.
    known = [{key: value for key, value in has.items() if key != "data-label"} for _, has in tame.elements]
    assert [
        {key: value for key, value in has.items() if key != "data-label"} for _, has in read.elements
    ] == known


def test_nothing_is_loaded_and_nothing_runs() -> None:
    read = Reading(page(document()))
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & {
        tag for tag, _ in read.elements
    }
    assert not [has for _, has in read.elements if {"src", "style", "onerror", "onload"} & has.keys()]
    assert all((has.get("href") or "#").startswith("#") for _, has in read.elements)
    (policy,) = [has["content"] for _, has in read.elements if has.get("http-equiv")]
    assert (policy or "").startswith("default-src 'none'; style-src 'sha256-")


def test_the_page_has_each_figure_of_the_printed_tables() -> None:
    found = document("plain")
    console = Console(record=True, width=200)
    print_forecast(console, found)
    printed = set(re.findall(r"[+]?\d(?:[\d,.:-]*\d)?(?: h| \$|Z)?", console.export_text()))
    text = " ".join(Reading(page(found, "plain")).text.split())
    assert {"1:15 h", "1:46 h", "1,100 $", "+210 $", "76", "57"} <= printed
    assert not [figure for figure in printed if figure not in text]


def test_the_page_says_what_it_was_made_from_and_what_would_change() -> None:
    text = " ".join(Reading(page(document("plain"), "plain")).text.split())
    for told in (
        *("plain.json, 4,321 WorkSpaces", "plain.input.json", "8, 9", '"maxInFlight": 40'),
        *("Takes \N{MINUS SIGN}0:31 h", "Addresses needed \N{MINUS SIGN}31", "Migrated the same"),
        *("nine in ten take no longer than 1:46 h and end by 2026-11-28 02:15Z", "pulled in 1 of 2"),
        *("as given 1:15 h 1:46 h 2026-11-28 02:15Z 6 (6 to 7) of 10 1 of 2", "plain 123 76 45"),
        *("plain 0:44 h 1:15 h 2026-11-28 02:44Z", "Ineligible plain 2 (2 to 3) 2 (2 to 3)"),
        *("910 $", "1,120 $", "1 WorkSpace without a price", "no-vanishing"),
    ):
        assert told in text, told


def test_a_fleet_without_prices_is_told_so() -> None:
    text = Reading(page(document(cost=None))).text
    assert "holds no Prices" in text
    assert "$" not in text.replace(HOSTILE, "")
