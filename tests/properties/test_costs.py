"""How Billing Is Affected (the guide): both are charged, prorated, and the halves add up."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from migrator.domain.bundle_names import Edition
from migrator.domain.bundles import Licence
from migrator.domain.costs import Fees as BeforeAndAfter
from migrator.domain.costs import cents, cost_of, fleet_cost, prorated
from migrator.domain.prices import Desktop, Fee, Fees, Platform, PriceList, Product, Rates, fee_of
from migrator.domain.volumes import Volumes

DAYS = st.dates(date(2024, 1, 1), date(2031, 12, 31))
MONEY = st.decimals("0", "3000", places=4)


@given(MONEY, MONEY, DAYS)
def test_the_shares_add_up_to_the_month_and_neither_is_negative(old: Decimal, new: Decimal, on: date) -> None:
    first, second = prorated(old, new, on)
    days = monthrange(on.year, on.month)[1]
    assert first >= 0
    assert second >= 0
    assert first + second == cents((old * on.day + new * (days - on.day)) / days)
    assert abs(first - old * on.day / days) <= Decimal("0.005")
    assert abs(second - new * (days - on.day) / days) <= Decimal("0.01")


@given(MONEY, DAYS)
def test_a_migration_between_equal_fees_costs_nothing(fee: Decimal, on: date) -> None:
    assert sum(prorated(fee, fee, on)) == cents(fee)


@given(MONEY, MONEY, DAYS)
def test_the_last_day_of_a_month_is_all_the_old_ones(old: Decimal, new: Decimal, on: date) -> None:
    last = on.replace(day=monthrange(on.year, on.month)[1])
    assert prorated(old, new, last) == (cents(old), Decimal(0))


@given(MONEY, MONEY, DAYS, st.integers(1, 28), st.integers(1, 28))
def test_where_the_new_one_is_dearer_earlier_is_dearer(
    fee: Decimal, more: Decimal, month: date, one: int, other: int
) -> None:
    early, late = sorted((one, other))
    whole = [sum(prorated(fee, fee + more, month.replace(day=day))) for day in (early, late)]
    assert whole[0] >= whole[1]


PAIRS = st.lists(
    st.tuples(st.integers(10, 200), st.integers(10, 200), MONEY),
    min_size=1,
    max_size=4,
    unique_by=lambda x: x[:2],
)
ONE = Product("STANDARD", Platform.WINDOWS, byol=False)


def prices(pairs: list[tuple[int, int, Decimal]], gib: Decimal | None) -> PriceList:
    fees = tuple(Fees(root, user, always_on=fee) for root, user, fee in pairs)
    return PriceList("us-east-1", "a test", date(2026, 1, 1), {ONE: Rates(fees)}, gib)


def desktop(root: int | None, user: int | None) -> Desktop:
    volumes = Volumes(root, user)
    return Desktop("STANDARD", Platform.WINDOWS, Licence.INCLUDED, Edition.STANDARD, "ALWAYS_ON", volumes)


@given(PAIRS, st.integers(10, 300), st.integers(10, 300))
def test_without_a_price_for_more_the_rest_is_said_to_be_uncounted(
    pairs: list[tuple[int, int, Decimal]], root: int, user: int
) -> None:
    found = fee_of(desktop(root, user), prices(pairs, None))
    fitting = {(r + u, fee) for r, u, fee in pairs if r <= root and u <= user}
    assert bool(found.unknown) == (found.monthly is None) == (not fitting)
    if fitting:
        assert (root + user - found.uncounted_gib, found.monthly) in fitting
        assert found.uncounted_gib == root + user - max(size for size, _ in fitting)


@given(PAIRS, st.integers(10, 300), st.integers(10, 300), MONEY)
def test_with_one_each_gib_beyond_a_pair_that_fits_is_paid(
    pairs: list[tuple[int, int, Decimal]], root: int, user: int, gib: Decimal
) -> None:
    found = fee_of(desktop(root, user), prices(pairs, gib))
    fitting = [(r + u, fee) for r, u, fee in pairs if r <= root and u <= user]
    if not fitting:
        assert found.unknown
        return
    assert any(found.monthly == fee + (root + user - size) * gib for size, fee in fitting)
    larger = fee_of(desktop(root, user + 1), prices(pairs[:1], gib))
    smaller = fee_of(desktop(root, user), prices(pairs[:1], gib))
    if smaller.monthly is not None and larger.monthly is not None:
        assert larger.monthly == smaller.monthly + gib


KNOWN = st.builds(Fee, MONEY)
FEES = st.builds(BeforeAndAfter, st.one_of(KNOWN, st.just(Fee(unknown="Why."))), KNOWN)


@given(st.lists(FEES, min_size=1), DAYS)
def test_a_fleet_costs_what_its_workspaces_cost(fees: list[BeforeAndAfter], on: date) -> None:
    costs = [cost_of(one, on) for one in fees]
    whole = fleet_cost(costs, {on}, forecast=True)
    assert whole is not None
    assert whole.priced + sum(whole.unpriced.values()) == whole.workspaces == len(costs)
    assert whole.total_in_month == sum(
        ((one.old_in_month or 0) + (one.new_in_month or 0) for one in costs), Decimal(0)
    )
    assert whole.monthly_difference == sum((one.monthly_difference or 0 for one in costs), Decimal(0))
    assert all((one.monthly_difference is None) == bool(one.unknown) for one in costs)
