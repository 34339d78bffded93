"""Which prices a run uses: the AWS Price List's, or where it does not answer the table in this repository."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from migrator.adapters.price_lists import PricesUnavailable
from migrator.domain.bundles import Bundle
from migrator.domain.costs import Fees, cost_of, fees_of, fleet_cost, source_of
from migrator.domain.facts import Workspace
from migrator.domain.outcomes import Outcome
from migrator.domain.price_table import table_of
from migrator.domain.prices import Fee, PriceList
from migrator.domain.report import Cost, PriceSource, WorkspaceCost, WorkspaceLine
from migrator.domain.volumes import Volumes
from migrator.services import Services

PRICES_FILE = "prices.json"
"""Which prices planning used, for the report."""


def prices_of(services: Services, execution_arn: str) -> PriceList:
    """The prices of the execution's Region, and in its notes why it is the table where it is."""
    _, partition, _, region, *_ = execution_arn.split(":")
    if partition != "aws":
        return _table(region, f"The AWS Price List has no prices in US dollars for partition {partition}.")
    try:
        return services.price_lists.of(region)
    except PricesUnavailable as reason:
        return _table(region, f"The AWS Price List was asked: {reason}.")


def _table(region: str, why: str) -> PriceList:
    return replace(table_of(region), notes=(why,))


class Pricing:
    """Prices desktops of one run; the Price List is asked when the first one is priced."""

    def __init__(self, services: Services, execution_arn: str) -> None:
        self._services = services
        self._execution_arn = execution_arn
        self._prices: PriceList | None = None

    @property
    def prices(self) -> PriceList:
        if self._prices is None:
            self._prices = prices_of(self._services, self._execution_arn)
        return self._prices

    def fees(self, workspace: Workspace, source: Bundle, target: Bundle, after: Volumes) -> Fees:
        """The WorkSpace's fees before and after."""
        return fees_of(workspace, source, target, after, self.prices)


def fees_document(fees: Fees) -> list[Any]:
    """One WorkSpace's fees as they lie in the runs bucket: a list for before and one for after."""
    return [
        [
            *(None if one is None else str(one) for one in (fee.monthly, fee.hourly)),
            fee.unknown,
            fee.uncounted_gib,
        ]
        for fee in (fees.now, fees.then)
    ]


def _fees_from(document: list[Any]) -> Fees:
    now, then = (
        Fee(Decimal(monthly) if monthly else None, Decimal(hourly) if hourly else None, unknown, gib)
        for monthly, hourly, unknown, gib in document
    )
    return Fees(now, then)


def prices_document(prices: PriceList) -> dict[str, Any]:
    """Which prices they are, as the report reads it."""
    return source_of(prices).model_dump(mode="json", by_alias=True)


def cost_of_run(
    source: PriceSource | None,
    fees: Mapping[str, list[Any]],
    lines: Iterable[WorkspaceLine],
    day: date,
) -> Cost:
    """The run's cost, from which prices were used, the fees of those that went, and its outcomes.

    A dry run's lines have their cost already, as if all went on `day`; a real run's are counted as
    they migrated, each on its own day.
    """
    if source is None:
        return Cost()
    planned: list[WorkspaceCost] = []
    migrated: dict[str, date] = {}
    for line in lines:
        if line.outcome is Outcome.PLANNED and line.consequences and line.consequences.cost:
            planned.append(line.consequences.cost)
        elif line.outcome is Outcome.MIGRATED and line.ended_at and line.workspace_id in fees:
            migrated[line.workspace_id] = line.ended_at.date()
    if planned:
        return Cost(prices=source, fleet=fleet_cost(planned, {day}, forecast=True))
    costs = (cost_of(_fees_from(fees[one]), when) for one, when in migrated.items())
    return Cost(prices=source, fleet=fleet_cost(costs, set(migrated.values()), forecast=False))
