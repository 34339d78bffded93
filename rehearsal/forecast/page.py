"""The forecast on one page for the change board: self-contained, without a script or a network."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from migrator.domain.outcomes import Outcome
from migrator.report.self_contained import asset, digest, environment
from migrator.report.wording import ORDER, plural
from rehearsal.forecast.tables import dollars, moment, ranged, span

Document = Mapping[str, Any]
_PACKAGE = "rehearsal.forecast"

_COSTS = (
    ("totalInMonth", "In this month, both bundles", ""),
    ("monthlyFees", "Each month before", ""),
    ("newMonthlyFees", "Each month after", ""),
    ("monthlyDifference", "Difference of each month", "+"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """What a forecast was made from: the fleet's file and size, the input's file and content."""

    fleet: str
    workspaces: int
    input: str
    given: Document


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: what it is about, and a cell for each scenario."""

    name: str
    more: str
    cells: Sequence[str]


def render_forecast(found: Document, source: Source) -> str:
    """The page of a forecast's document, in UTF-8 text, with the figures of the printed table.

    Whatever comes from the fleet or the input is escaped, and the page's own policy lets nothing run or load.
    """
    rows = found["scenarios"]
    style = _style()
    return (
        _environment()
        .get_template("forecast.html.j2")
        .render(
            found=found,
            source=source,
            given=json.dumps(source.given, indent=2, ensure_ascii=False),
            first=rows[0],
            others=[(row, _changes(rows[0], row)) for row in rows[1:]],
            names=[row["scenario"] for row in rows],
            outcomes=_outcomes(rows),
            addresses=_addresses(rows),
            costs=_costs(rows),
            unpriced=max((row["cost"]["unpriced"] for row in rows if row["cost"]), default=0),
            style=Markup(style),  # noqa: S704 - our own packaged files
            policy=f"default-src 'none'; style-src '{digest(style)}'; base-uri 'none'; form-action 'none'",
        )
    )


def _changes(first: Document, row: Document) -> list[tuple[str, str]]:
    """What a scenario would change, beside the input as given; half of the rehearsals of each."""

    def needed(one: Document) -> int:
        return sum(directory["needed"] for directory in one["addresses"].values())

    found = [
        ("Takes", _difference(row["seconds"]["p50"] - first["seconds"]["p50"], span)),
        ("Nine in ten", _difference(row["seconds"]["p90"] - first["seconds"]["p90"], span)),
        ("Migrated", _difference(row["migrated"]["p50"] - first["migrated"]["p50"], _count)),
        ("Addresses needed", _difference(needed(row) - needed(first), _count)),
    ]
    if row["cost"] and first["cost"]:
        more = row["cost"]["totalInMonth"]["p50"] - first["cost"]["totalInMonth"]["p50"]
        found.append(("This month", _difference(more, lambda value: f"{value:,.0f} $")))
    return found


def _difference(value: float, told: Callable[[float], str]) -> str:
    """With its sign, where it is large enough to be seen."""
    size = told(abs(value))
    if size == told(0):
        return "the same"
    return ("+" if value > 0 else "\N{MINUS SIGN}") + size


def _count(value: float) -> str:
    return f"{value:,g}"


def _place(kind: tuple[str, str]) -> tuple[int, str]:
    """As in a report: what is well first, what is worst last."""
    outcome, reason = kind
    return ORDER.index(Outcome(outcome)), reason


def _outcomes(rows: Sequence[Document]) -> list[Line]:
    kinds = list(
        dict.fromkeys((one["outcome"], one["reason"] or "") for row in rows for one in row["outcomes"])
    )
    told = [{(one["outcome"], one["reason"] or ""): ranged(one) for one in row["outcomes"]} for row in rows]
    return [
        Line(kind[0], kind[1], [one.get(kind, "0") for one in told]) for kind in sorted(kinds, key=_place)
    ]


def _addresses(rows: Sequence[Document]) -> list[Line]:
    return [
        Line(directory_id, str(one["free"]), [str(row["addresses"][directory_id]["needed"]) for row in rows])
        for directory_id, one in rows[0]["addresses"].items()
    ]


def _costs(rows: Sequence[Document]) -> list[Line]:
    """None where no scenario has a price."""
    if not any(row["cost"] for row in rows):
        return []
    return [
        Line(words, "", [dollars(row["cost"], name, sign=sign) or "not known" for row in rows])
        for name, words, sign in _COSTS
    ]


@cache
def _environment() -> Environment:
    return environment(_PACKAGE, {"ranged": ranged, "span": span, "moment": moment, "plural": plural})


def _style() -> str:
    """The report's, so that both look the same beside each other, and what this page has besides."""
    return asset("migrator.report", "report.css") + asset(_PACKAGE, "forecast.css")
