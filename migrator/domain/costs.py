"""What migrating costs (the guide, How Billing Is Affected): the month it happens in, and each one after."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from migrator.domain.bundles import Bundle
from migrator.domain.facts import Workspace
from migrator.domain.prices import Fee, PriceList, desktop_of, fee_of
from migrator.domain.report import FleetCost, PriceSource, WorkspaceCost
from migrator.domain.volumes import Volumes

_CENT = Decimal("0.01")

BASIS = (
    "Both WorkSpaces are charged in the month of the migration, by the day: the old one up to and with that "
    "day, the new one from the next day on.",
    "Monthly fees only: the hours of AUTO_STOP WorkSpaces are not known beforehand and not counted, nor are "
    "Microsoft Office, discounts, taxes or traffic.",
    "The running mode is kept, as the guide says.",
)
"""How it is counted, for whoever reads the report."""


@dataclass(frozen=True, slots=True)
class Fees:
    """One WorkSpace's fees on its old bundle and on its new one."""

    now: Fee
    then: Fee

    @property
    def unknown(self) -> str:
        """Why the two cannot be compared; empty where they can."""
        if self.now.unknown and self.now.unknown == self.then.unknown:
            return self.now.unknown
        told = (("Now", self.now.unknown), ("Then", self.then.unknown))
        return " ".join(f"{when}: {why}" for when, why in told if why)


def cents(amount: Decimal) -> Decimal:
    """The amount to the cent, halves up, as bills are written."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def prorated(old: Decimal, new: Decimal, on: date) -> tuple[Decimal, Decimal]:
    """What the month of a migration costs: the old fee's days, the new fee's days.

    Migrated on the 10th, the old WorkSpace is charged for the first ten days of the month and the new
    one for the rest. The two are rounded so that they add up to the rounded whole.
    """
    days = monthrange(on.year, on.month)[1]
    whole = cents((old * on.day + new * (days - on.day)) / days)
    first = cents(old * on.day / days)
    return first, whole - first


def fees_of(workspace: Workspace, source: Bundle, target: Bundle, after: Volumes, prices: PriceList) -> Fees:
    """The fees before and after; `after` are the volumes it will have."""
    before = Volumes(workspace.root_gib, workspace.user_gib)
    compute_type = workspace.compute_type or source.compute_type
    return Fees(
        fee_of(desktop_of(workspace, source, before, compute_type), prices),
        fee_of(desktop_of(workspace, target, after, target.compute_type), prices),
    )


def cost_of(fees: Fees, on: date) -> WorkspaceCost:
    """What one WorkSpace costs if it migrates on that day."""
    now, then = fees.now.monthly, fees.then.monthly
    if now is None or then is None:
        return WorkspaceCost(monthly_fee=now, new_monthly_fee=then, unknown=fees.unknown)
    old, new = prorated(now, then, on)
    return WorkspaceCost(
        monthly_fee=cents(now),
        new_monthly_fee=cents(then),
        monthly_difference=cents(then) - cents(now),
        old_in_month=old,
        new_in_month=new,
        hourly_rate=fees.now.hourly,
        new_hourly_rate=fees.then.hourly,
        uncounted_gib=fees.now.uncounted_gib,
        new_uncounted_gib=fees.then.uncounted_gib,
    )


def fleet_cost(costs: Iterable[WorkspaceCost], days: Collection[date], *, forecast: bool) -> FleetCost | None:
    """The costs added up, and the months of the days they migrate on; None where there are none."""
    told = list(costs)
    priced = [one for one in told if not one.unknown]
    if not told:
        return None
    hours = Counter(
        (one.hourly_rate, one.new_hourly_rate)
        for one in priced
        if one.hourly_rate is not None and one.new_hourly_rate is not None
    )
    old, new = _sum(one.old_in_month for one in priced), _sum(one.new_in_month for one in priced)
    now, then = _sum(one.monthly_fee for one in priced), _sum(one.new_monthly_fee for one in priced)
    return FleetCost(
        forecast=forecast,
        workspaces=len(told),
        priced=len(priced),
        unpriced=dict(Counter(one.unknown for one in told if one.unknown).most_common()),
        month=", ".join(sorted({day.strftime("%Y-%m") for day in days})),
        old_in_month=old,
        new_in_month=new,
        total_in_month=old + new,
        monthly_fees=now,
        new_monthly_fees=then,
        monthly_difference=then - now,
        by_the_hour=sum(hours.values()),
        hourly_rates={
            f"{_rate(before)} -> {_rate(after)}": count for (before, after), count in hours.most_common()
        },
        uncounted_gib=sum(one.uncounted_gib for one in priced),
        new_uncounted_gib=sum(one.new_uncounted_gib for one in priced),
        basis=list(BASIS),
    )


def source_of(prices: PriceList) -> PriceSource:
    """Which prices they are, for the report."""
    return PriceSource(
        source=prices.source, region=prices.region, as_of=prices.as_of, notes=list(prices.notes)
    )


def _rate(amount: Decimal) -> str:
    """To the cent, and further only where a rate goes further."""
    return str(cents(amount)) if amount == cents(amount) else str(amount.normalize())


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((one for one in amounts if one is not None), Decimal("0.00"))
