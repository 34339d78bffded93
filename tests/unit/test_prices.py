"""What a WorkSpace costs, and what nobody can tell: the table, and the Price List's irregular products."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest

from migrator.adapters.price_lists import SOURCE, price_list_from
from migrator.domain.bundle_names import Edition
from migrator.domain.bundles import BundleRecord, Licence, bundle_from
from migrator.domain.costs import Fees as BeforeAndAfter
from migrator.domain.costs import cost_of, fees_of, fleet_cost, prorated, source_of
from migrator.domain.facts import Workspace
from migrator.domain.price_table import TABLES, table_of
from migrator.domain.prices import Desktop, Fee, Fees, Platform, PriceList, Product, Rates, desktop_of, fee_of
from migrator.domain.report import PriceSource, WorkspaceCost
from migrator.domain.volumes import Volumes, after_migration
from migrator.services import Services
from migrator.steps.pricing import prices_of

TABLE = table_of("us-east-1")
STANDARD = Desktop(
    "STANDARD", Platform.WINDOWS, Licence.INCLUDED, Edition.STANDARD, "ALWAYS_ON", Volumes(80, 50)
)


def test_the_guides_example() -> None:
    """A for the first ten days of the month, B for the rest."""
    assert prorated(Decimal(31), Decimal(62), date(2026, 5, 10)) == (Decimal("10.00"), Decimal("42.00"))


@pytest.mark.parametrize(
    ("changes", "fee"),
    [
        ({}, Fee(Decimal(35))),
        ({"running_mode": "AUTO_STOP"}, Fee(Decimal("9.75"), Decimal("0.30"))),
        (
            {"compute_type": "POWERPRO", "volumes": Volumes(175, 100), "running_mode": "AUTO_STOP"},
            Fee(Decimal("19.00"), Decimal("1.53")),
        ),
        (
            {"running_mode": "MANUAL"},
            Fee(unknown="Running mode MANUAL has no public price."),
        ),
        (
            {"edition": Edition.PLUS},
            Fee(unknown="The fee for Microsoft Office (Plus) is not part of these prices."),
        ),
        (
            {"licence": Licence.BYOL},
            Fee(unknown="No price for STANDARD, Windows, BYOL in us-east-1."),
        ),
        (
            {"platform": Platform.UBUNTU},
            Fee(unknown="No price for STANDARD, Ubuntu Linux, licence included in us-east-1."),
        ),
        (
            {"compute_type": "GRAPHICS_G6_XLARGE"},
            Fee(unknown="No price for GRAPHICS_G6_XLARGE, Windows, licence included in us-east-1."),
        ),
        (
            {"volumes": Volumes(175, 250)},
            Fee(Decimal(35), uncounted_gib=295),
        ),
        (
            {"volumes": Volumes(80, 10)},
            Fee(
                unknown="No ALWAYS_ON price for STANDARD, Windows, licence included with volumes of 80 and "
                "10 GiB in us-east-1."
            ),
        ),
        (
            {"compute_type": "GRAPHICS_G4DN", "volumes": Volumes(100, 100), "running_mode": "AUTO_STOP"},
            Fee(
                unknown="No AUTO_STOP price for GRAPHICS_G4DN, Windows, licence included with volumes of 100 "
                "and 100 GiB in us-east-1."
            ),
        ),
        (
            {"compute_type": None, "running_mode": None, "volumes": Volumes(80, None)},
            Fee(unknown="Unknown: compute type, running mode, user volume's size."),
        ),
        (
            {"platform": None, "licence": None, "edition": None, "volumes": Volumes(None, 50)},
            Fee(unknown="Unknown: operating system, licence, edition, root volume's size."),
        ),
    ],
)
def test_what_the_table_tells_of_a_desktop(changes: dict[str, Any], fee: Fee) -> None:
    assert fee_of(replace(STANDARD, **changes), TABLE) == fee


def test_every_table_has_its_day_and_its_source() -> None:
    for table in TABLES:
        assert "AWS Price List API" in table.source
        assert date(2026, 1, 1) <= table.as_of <= date(2026, 11, 25)
        found = table_of(table.region)
        assert (found.region, found.as_of) == (table.region, table.as_of)
        assert table.source in found.source
        assert len(found.rates) == len(table.products)
        for one in table.products:
            assert all(len(sku) == 16 for sku in one.skus)


def test_a_region_without_a_table_has_no_price() -> None:
    found = table_of("eu-north-1")
    assert (found.as_of, found.rates) == (None, {})
    assert (
        fee_of(STANDARD, found).unknown == "No price for STANDARD, Windows, licence included in eu-north-1."
    )


def bundle(name: str, compute: str, root: int, user: int, owner: str = "AMAZON") -> Any:
    return bundle_from(BundleRecord("wsb-1", name, owner, "AVAILABLE", compute, root, user))


WORKSPACE = Workspace(
    "ws-1", "d-1", "ana", "wsb-1", "AVAILABLE", running_mode="AUTO_STOP", root_gib=80, user_gib=50,
    compute_type="STANDARD",
)  # fmt: skip


def test_the_new_fee_is_the_targets_with_the_volumes_it_will_have() -> None:
    source = bundle("Standard with Windows 10 (Server 2019 based)", "STANDARD", 80, 50)
    target = bundle("Power with Windows 10 (Server 2022 based)", "POWER", 175, 100)
    after = after_migration(Volumes(80, 50), Volumes(80, 50), Volumes(175, 100))
    fees = fees_of(WORKSPACE, source, target, after, TABLE)
    assert fees.now == Fee(Decimal("9.75"), Decimal("0.30"))
    assert fees.then == Fee(Decimal("19.00"), Decimal("0.68"))
    cost = cost_of(fees, date(2026, 11, 28))
    assert cost.old_in_month == Decimal("9.10")
    assert cost.new_in_month == Decimal("1.27")
    assert cost.monthly_difference == Decimal("9.25")
    assert (cost.hourly_rate, cost.new_hourly_rate) == (Decimal("0.30"), Decimal("0.68"))


@pytest.mark.parametrize(
    ("name", "platform"),
    [
        ("Standard with Windows 10", Platform.WINDOWS),
        ("Standard with Amazon Linux 2", Platform.AMAZON_LINUX),
        ("Standard with Ubuntu 22.04", Platform.UBUNTU),
        ("Standard with RHEL 9", Platform.RHEL),
        ("Standard with Rocky Linux 8", Platform.ROCKY),
        ("Standard", None),
        ("Standard with Ubuntu", None),
    ],
)
def test_a_price_is_for_a_platform_and_one_that_nobody_can_tell_has_none(
    name: str, platform: Platform | None
) -> None:
    found = desktop_of(WORKSPACE, bundle(name, "STANDARD", 80, 50), Volumes(80, 50), "STANDARD")
    assert found.platform is platform


def test_an_image_of_windows_is_priced_as_windows_whichever_it_is() -> None:
    record = BundleRecord("wsb-1", "Golden", "123456789012", "AVAILABLE", "STANDARD", 80, 50, "WINDOWS")
    found = desktop_of(WORKSPACE, bundle_from(record), Volumes(80, 50), "STANDARD")
    assert found.platform is Platform.WINDOWS


def test_an_hour_without_a_price_leaves_the_fee_unknown() -> None:
    monthly_alone = PriceList(
        "us-east-1",
        "a test",
        None,
        {Product("STANDARD", Platform.WINDOWS, byol=False): Rates((Fees(80, 50, auto_stop=Decimal(9)),))},
    )
    assert fee_of(replace(STANDARD, running_mode="AUTO_STOP"), monthly_alone) == Fee(
        unknown="No hourly price for STANDARD, Windows, licence included in us-east-1."
    )


def test_the_old_fee_is_of_what_the_workspace_itself_runs_on() -> None:
    source = bundle("Power with Windows 10 (Server 2022 based)", "POWER", 175, 100)
    grown = replace(WORKSPACE, running_mode="ALWAYS_ON")
    itself = fees_of(grown, source, source, Volumes(175, 100), TABLE)
    assert itself.now == Fee(Decimal(35))
    silent = fees_of(
        replace(grown, compute_type=None, root_gib=175, user_gib=100),
        source,
        source,
        Volumes(175, 100),
        TABLE,
    )
    assert silent.now == silent.then != itself.now


def test_what_both_sides_lack_is_said_once_and_of_two_lacks_each_by_its_side() -> None:
    same, other, told = Fee(unknown="No price."), Fee(unknown="No hour."), Fee(Decimal(1))
    assert BeforeAndAfter(same, same).unknown == "No price."
    assert BeforeAndAfter(same, other).unknown == "Now: No price. Then: No hour."
    assert BeforeAndAfter(same, told).unknown == "Now: No price."
    assert BeforeAndAfter(told, told).unknown == ""


def paid(old: str | None, new: str | None) -> WorkspaceCost:
    rates = [None if one is None else Decimal(one) for one in (old, new)]
    return WorkspaceCost(
        monthly_fee=Decimal(1), new_monthly_fee=Decimal(2), hourly_rate=rates[0], new_hourly_rate=rates[1]
    )


def test_hourly_rates_are_counted_where_both_are_paid_by_the_hour() -> None:
    costs = [
        paid("0.30", "0.68"),
        paid("0.30", "0.68"),
        paid("0.305", "0.30"),
        *(paid(None, "1"), paid("1", None)),
    ]
    whole = fleet_cost([*costs, paid(None, None)], {date(2026, 11, 28)}, forecast=True)
    assert whole is not None
    assert whole.by_the_hour == 3
    assert whole.hourly_rates == {"0.30 -> 0.68": 2, "0.305 -> 0.30": 1}
    assert fleet_cost([], set(), forecast=True) is None


def test_the_report_says_how_it_was_counted_and_by_which_prices() -> None:
    whole = fleet_cost([paid(None, None)], set(), forecast=False)
    assert whole is not None
    told = " ".join(whole.basis)
    for said in (
        "charged in the month of the migration, by the day",
        "Monthly fees only",
        "running mode is kept",
    ):
        assert said in told
    prices = PriceList("eu-west-1", "a test", date(2026, 11, 2), {}, notes=("why",))
    assert source_of(prices) == PriceSource(
        source="a test", region="eu-west-1", as_of=date(2026, 11, 2), notes=["why"]
    )


def test_what_is_unknown_on_one_side_is_said_of_that_side() -> None:
    source = bundle("Standard with Windows 10 (Server 2019 based)", "STANDARD", 80, 50)
    target = bundle("Graphics.g6.xlarge with Windows 10 (Server 2022 based)", "GRAPHICS_G6_XLARGE", 100, 100)
    cost = cost_of(fees_of(WORKSPACE, source, target, Volumes(100, 100), TABLE), date(2026, 11, 28))
    assert cost.monthly_fee == Decimal("9.75")
    assert (cost.new_monthly_fee, cost.monthly_difference, cost.old_in_month) == (None, None, None)
    assert cost.unknown == ("Then: No price for GRAPHICS_G6_XLARGE, Windows, licence included in us-east-1.")
    whole = fleet_cost([cost], {date(2026, 11, 28)}, forecast=True)
    assert whole is not None
    assert (whole.priced, whole.total_in_month, whole.unpriced) == (0, Decimal(0), {cost.unknown: 1})


def product(
    bundle: str,
    usd: str,
    *,
    mode: str = "AlwaysOn",
    unit: str = "Month",
    storage: str = "Root:80 GB,User:50 GB",
    system: str = "Windows",
    licence: str = "Included",
) -> dict[str, Any]:
    return {
        "product": {
            "productFamily": "Enterprise Applications",
            "attributes": {
                "bundle": bundle,
                "runningMode": mode,
                "storage": storage,
                "operatingSystem": system,
                "license": licence,
            },
        },
        "terms": {
            "OnDemand": {"t": {"priceDimensions": {"d": {"unit": unit, "pricePerUnit": {"USD": usd}}}}}
        },
        "publicationDate": "2026-11-02T03:04:05Z",
    }


def listed(*products: dict[str, Any]) -> PriceList:
    return price_list_from("us-east-1", products)


def test_products_of_the_price_list_are_read_as_they_are() -> None:
    found = listed(
        product("Standard", "35.0000000000"),
        product("Standard", "0.0000000000"),  # software beside the hardware, at no price
        product("Standard", "9.75", mode="AutoStop"),
        product("Standard", "0.30", mode="AutoStop", unit="Hour"),
        product("Standard-1", "33", storage="Root:80 GB,User:10 GB"),
        product("Standard Plus", "50"),
        product("Standard", "31", system="Any", licence="Bring Your Own License"),
        product("Standard", "32", system="Amazon Linux", licence="None"),
        product("Standard", "99", system="Windows 3.11"),
        product("Standard", "98", licence="NA"),
        product("Standard", "0.37", mode="Pool", unit="Hour"),
        product("Graphics.g4dn", "537", storage="Root:100 GB,User:100 GB"),
        product("Storage", "0.10", unit="GB-Mo", storage=""),
    )
    assert (found.source, found.as_of, found.gib_month) == (SOURCE, date(2026, 11, 2), Decimal("0.10"))
    assert {str(one) for one in found.rates} == {
        "STANDARD, Windows, licence included",
        "STANDARD, Windows, BYOL",
        "STANDARD, Amazon Linux, licence included",
        "GRAPHICS_G4DN, Windows, licence included",
    }
    assert fee_of(STANDARD, found) == Fee(Decimal(35))
    auto_stop = replace(STANDARD, running_mode="AUTO_STOP")
    assert fee_of(auto_stop, found) == Fee(Decimal("9.75"), Decimal("0.30"))
    assert fee_of(replace(STANDARD, volumes=Volumes(80, 10)), found) == Fee(Decimal(33))
    assert fee_of(replace(STANDARD, volumes=Volumes(80, 250)), found) == Fee(Decimal("55.00"))
    assert fee_of(replace(STANDARD, licence=Licence.BYOL), found) == Fee(Decimal(31))


def test_volumes_may_stand_in_attributes_of_their_own_and_software_is_no_hardware() -> None:
    apart = product("Standard", "35", storage="SSD")
    apart["product"]["attributes"] |= {"rootVolume": "80 GB", "uservolume": "50 GB"}
    software = product("Standard", "5")
    software["product"]["attributes"]["resourceType"] = "Software"
    assert fee_of(STANDARD, listed(apart, software)) == Fee(Decimal(35))


def test_two_prices_for_the_same_thing_are_none() -> None:
    found = listed(product("Standard", "35"), product("Standard", "36"))
    assert fee_of(STANDARD, found).unknown.startswith("No ALWAYS_ON price for STANDARD")
    found = listed(product("Standard", "35"), product("Standard", "35.00"))
    assert fee_of(STANDARD, found) == Fee(Decimal(35))


def test_a_product_without_what_a_price_needs_is_passed_over() -> None:
    odd: list[dict[str, Any]] = [
        {},
        {"product": {}},
        product("Standard", "about 35"),
        product("Standard", "35", unit="Quarter"),
        product("Standard", "35", storage="80/50"),
        product("", "35"),
    ]
    assert listed(*odd).rates == {}
    assert Product("STANDARD", Platform.WINDOWS, byol=False) in listed(product("Standard", "35"), *odd).rates


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov", "aws-iso"])
def test_other_partitions_have_no_price_list_in_dollars_and_none_is_asked(partition: str) -> None:
    nobody_to_ask = cast(Services, None)
    arn = f"arn:{partition}:states:some-region-1:123456789012:execution:MigrateFleet:run-1"
    found = prices_of(nobody_to_ask, arn)
    assert (found.rates, found.region) == ({}, "some-region-1")
    assert found.notes == (f"The AWS Price List has no prices in US dollars for partition {partition}.",)
