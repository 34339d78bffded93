"""What a run's report says of money: with the Price List's prices, without them, forecast and counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.test_prices import product
from tests.workflow.test_eligibility import ALL, Fleet, Ran, dry_run

Json = dict[str, Any]

TO = "wsb-target00000"
HERE = "wsb-source00000"


class PricedFleet(Fleet):
    """A fleet whose file has prices."""

    def __init__(self, prices: list[Any] | None) -> None:
        super().__init__()
        self.bundle(TO, "Performance with Windows 10 (Server 2022 based) (WSP)")
        self.bundles[TO]["ComputeType"] = {"Name": "PERFORMANCE"}
        self.bundle(HERE, "Standard with Windows 10 (Server 2019 based) (PCoIP)")
        self.prices = prices

    def document(self) -> Json:
        return super().document() | ({} if self.prices is None else {"Prices": self.prices})

    def desktop(self, mode: str, user_gib: int = 50, root_gib: int = 80) -> str:
        properties = {
            "RunningMode": mode,
            "ComputeTypeName": "STANDARD",
            "RootVolumeSizeGib": root_gib,
            "UserVolumeSizeGib": user_gib,
        }
        return self.add(HERE, ("Planned", None), WorkspaceProperties=properties)


def listed(bundle: str, usd: str, **more: Any) -> Json:
    """A product with the attributes by which it is asked for."""
    made = product(bundle, usd, **more)
    attributes = {"servicecode": "AmazonWorkSpaces", "regionCode": "us-east-1", "resourceType": "Hardware"}
    made["product"]["attributes"] |= attributes
    return made


PRICES = [
    listed("Standard", "36"),
    listed("Standard", "10", mode="AutoStop"),
    listed("Standard", "0.31", mode="AutoStop", unit="Hour"),
    listed("Performance", "51", storage="Root:80 GB,User:100 GB"),
    listed("Performance", "14", mode="AutoStop", storage="Root:80 GB,User:100 GB"),
    listed("Performance", "0.48", mode="AutoStop", unit="Hour", storage="Root:80 GB,User:100 GB"),
    listed("Storage", "0.10", unit="GB-Mo", storage=""),
]


def costs(ran: Ran) -> dict[str, Json]:
    return {one: line["consequences"]["cost"] for one, line in ran.lines.items()}


def test_a_dry_run_forecasts_with_the_price_lists_prices(tmp_path: Path) -> None:
    # As the CLI prints them: some as texts.
    fleet = PricedFleet([json.dumps(one) for one in PRICES[:3]] + PRICES[3:])
    always_on, auto_stop = fleet.desktop("ALWAYS_ON"), fleet.desktop("AUTO_STOP")
    larger = fleet.desktop("ALWAYS_ON", user_gib=250)
    manual = fleet.desktop("MANUAL")
    ran = dry_run(tmp_path, fleet, {"select": ALL, "target": {"bundleId": TO}})
    assert ran.code == 0
    found = costs(ran)
    # On the 23rd of November: 23 days of the old one, 7 of the new one.
    assert (found[always_on]["oldInMonth"], found[always_on]["newInMonth"]) == (27.60, 11.90)
    assert found[always_on]["monthlyDifference"] == 15
    assert (found[auto_stop]["monthlyFee"], found[auto_stop]["newMonthlyFee"]) == (10, 14)
    assert (found[auto_stop]["hourlyRate"], found[auto_stop]["newHourlyRate"]) == (0.31, 0.48)
    # A changed user volume keeps its size: 200 GiB beyond the bundle's before, 150 after.
    assert (found[larger]["monthlyFee"], found[larger]["newMonthlyFee"]) == (56, 66)
    assert found[manual]["unknown"] == "Running mode MANUAL has no public price."
    cost = ran.report["cost"]
    assert cost["prices"] == {
        "source": "AWS Price List API",
        "region": "us-east-1",
        "asOf": "2026-11-02",
        "notes": [],
    }
    fleet_cost = cost["fleet"]
    assert (fleet_cost["forecast"], fleet_cost["priced"], fleet_cost["workspaces"]) == (True, 3, 4)
    assert fleet_cost["unpriced"] == {"Running mode MANUAL has no public price.": 1}
    assert fleet_cost["monthlyDifference"] == 29
    assert fleet_cost["totalInMonth"] == fleet_cost["oldInMonth"] + fleet_cost["newInMonth"]
    assert fleet_cost["hourlyRates"] == {"0.31 -> 0.48": 1}
    (asked,) = [call for call in ran.calls if call["service"] == "pricing"]
    assert asked["operation"] == "GetProducts"


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (None, "it has no prices of WorkSpaces in us-east-1"),
        ("AccessDeniedException", "it answered AccessDeniedException"),
    ],
)
def test_without_the_price_list_the_table_is_used_and_named(
    tmp_path: Path, fault: str | None, why: str
) -> None:
    fleet = PricedFleet(None if fault is None else PRICES)
    one, larger = fleet.desktop("ALWAYS_ON"), fleet.desktop("ALWAYS_ON", user_gib=250)
    faults = [{"operation": "GetProducts", "error": fault}] if fault else []
    ran = dry_run(tmp_path, fleet, {"select": ALL, "target": {"bundleId": TO}}, faults=faults)
    assert ran.report["cost"]["prices"]["asOf"] == "2026-06-27"
    assert ran.report["cost"]["prices"]["source"].startswith("this product's own table")
    assert ran.report["cost"]["prices"]["notes"] == [f"The AWS Price List was asked: {why}."]
    assert costs(ran)[one]["monthlyDifference"] == 15
    assert costs(ran)[larger]["uncountedGib"] == 200
    assert costs(ran)[larger]["newUncountedGib"] == 150
    assert ran.report["cost"]["fleet"]["newUncountedGib"] == 150


def test_a_run_that_migrates_counts_what_did(tmp_path: Path) -> None:
    fleet = PricedFleet(PRICES)
    fleet.desktop("ALWAYS_ON")
    rolled_back = fleet.desktop("ALWAYS_ON")
    document = fleet.document()
    document["Twin"]["behaviour"] = {rolled_back: "rolls-back"}
    fleet.document = lambda: document  # type: ignore[method-assign]
    given = {"select": ALL, "target": {"bundleId": TO}, "dryRun": False}
    ran = dry_run(tmp_path, fleet, given)
    assert {outcome for outcome, _ in ran.outcomes.values()} == {"Migrated", "RolledBack"}
    cost = ran.report["cost"]["fleet"]
    assert (cost["forecast"], cost["workspaces"], cost["monthlyDifference"]) == (False, 1, 15)
    assert (cost["month"], cost["totalInMonth"]) == ("2026-11", 39.50)
    assert "What it costs" in (tmp_path / "out" / "report.html").read_text()
