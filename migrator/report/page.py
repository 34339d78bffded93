"""report.html: the run on one self-contained page, which opens from a bucket or a disk, without a network."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache

from jinja2 import Environment
from markupsafe import Markup

from migrator.domain.moments import iso
from migrator.domain.outcomes import Outcome
from migrator.domain.report import RunReport
from migrator.report import attention, charts, figures, wording
from migrator.report.effects import effects
from migrator.report.links import console_links
from migrator.report.rows import rows_json
from migrator.report.self_contained import asset, digest, environment

_PACKAGE = "migrator.report"
DRY_OUTCOMES = frozenset({Outcome.PLANNED, Outcome.DEFERRED, Outcome.INELIGIBLE})
"""What a dry run can end in."""


def render_page(report: RunReport, links: Mapping[str, str] | None = None) -> str:
    """The page of a run, in UTF-8 text.

    `links` are further addresses by their label (dashboard, Map Run, ledger); what is not https is left out.
    Everything that comes from the fleet is escaped, and the page's own policy lets nothing run but its one
    script, named by hash.
    """
    script, style = asset(_PACKAGE, "report.js"), asset(_PACKAGE, "report.css")
    progress, taken, spans = figures.progress(report), figures.durations(report), figures.batches(report)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            policy=_policy(script, style),
            script=Markup(script),  # noqa: S704 - our own packaged file
            style=Markup(style),  # noqa: S704 - our own packaged file
            rows=Markup(rows_json(report)),  # noqa: S704 - escaped for a script element by rows_json
            links=_links(report, links or {}),
            verdict=wording.VERDICTS[report.verdict],
            shown=_shown(report),
            meanings=wording.MEANINGS,
            strip=_strip(report),
            needs=attention.needs_a_person(report),
            blocked=attention.blocked(report),
            warned=attention.warned(report),
            effects=effects(report),
            unsettled=[line for line in report.directory if line.result in ("refused", "failed")],
            handed_over=[line for line in report.directory if line.result == "reported"],
            progress=progress,
            wide=charts.progress_chart(progress, width=1060) if progress else None,
            narrow=charts.progress_chart(progress, width=400) if progress else None,
            durations=taken,
            duration_chart=charts.duration_chart(taken) if taken else None,
            batches=spans,
            batch_chart=charts.batch_chart(spans) if spans else None,
            bundles=figures.source_bundles(report),
            used=_used(report),
            cost=report.cost,
        )
    )


@cache
def _environment() -> Environment:
    return environment(
        _PACKAGE,
        {
            "iso": iso,
            "when": wording.when,
            "duration": wording.duration,
            "plural": wording.plural,
            "number": _number,
            "money": _money,
            "signed": _signed,
        },
    )


def _policy(script: str, style: str) -> str:
    return (
        f"default-src 'none'; script-src '{digest(script)}'; style-src '{digest(style)}'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )


def _links(report: RunReport, further: Mapping[str, str]) -> dict[str, str]:
    found = console_links(report.execution_arn) | dict(further)
    return {label: address for label, address in found.items() if address.startswith("https://")}


def _shown(report: RunReport) -> list[Outcome]:
    """Outcomes that deserve a place at the top: zeros reassure, but only of what this run could have done."""
    possible = DRY_OUTCOMES if report.dry_run else frozenset(wording.ORDER) - {Outcome.PLANNED}
    return [outcome for outcome in wording.ORDER if outcome in possible or report.counts.get(outcome, 0)]


def _strip(report: RunReport) -> list[tuple[Outcome, float, float]]:
    """The outcomes' shares of a bar 1000 wide, as (outcome, x, width); even one WorkSpace stays visible."""
    present = [(outcome, count) for outcome in wording.ORDER if (count := report.counts.get(outcome, 0))]
    total = sum(count for _, count in present)
    widths = [max(8.0, 1000 * count / total) for _, count in present]
    scale, x, strip = 1000 / sum(widths) if widths else 0.0, 0.0, []
    for (outcome, _), width in zip(present, widths, strict=True):
        strip.append((outcome, round(x, 1), round(width * scale, 1)))
        x += width * scale
    return strip


def _used(report: RunReport) -> list[tuple[str, str]]:
    """What running it used, by a readable label."""
    rows = []
    for name, value in report.cost.model_dump(exclude={"prices", "fleet"}).items():
        if value is not None:
            words = name.replace("_", " ").replace("workspace", "WorkSpace").replace(" usd", " (USD)")
            rows.append((words[:1].upper() + words[1:], _number(value)))
    return rows


def _money(amount: Decimal) -> str:
    """Dollars to the cent: $1,234.50."""
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


def _signed(amount: Decimal) -> str:
    """A difference, with its sign: +$15.00."""
    return f"+{_money(amount)}" if amount > 0 else _money(amount)


def _number(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"
