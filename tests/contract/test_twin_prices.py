"""The twin's Price List answers boto3 in the shapes, pages and errors of the service model."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.twin import FleetFault, parse_fleet
from rehearsal.twin.shapes import service_model
from tests.twin_bench import SESSION, bench, fleet_document, model_faults


def product(number: int, region: str = "us-east-1") -> dict[str, Any]:
    attributes = {"servicecode": "AmazonWorkSpaces", "regionCode": region, "bundle": f"Bundle-{number}"}
    return {
        "product": {"productFamily": "Enterprise Applications", "attributes": attributes},
        "terms": {"OnDemand": {}},
    }


def asked(region: str) -> dict[str, Any]:
    filters = [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": region}]
    return {"ServiceCode": "AmazonWorkSpaces", "Filters": filters}


def test_products_come_as_texts_filtered_and_in_pages() -> None:
    entries: list[Any] = [product(number) for number in range(230)]
    entries += [json.dumps(product(number, "eu-west-1")) for number in range(3)]
    with bench(fleet_document(1) | {"Prices": entries}):
        client = SESSION.client("pricing", region_name="us-east-1")
        shape = service_model("pricing").operation_model("GetProducts").output_shape
        assert shape is not None
        pages = []
        for page in client.get_paginator("get_products").paginate(**asked("us-east-1")):
            assert model_faults(dict(page), shape) == []
            pages.append([json.loads(text) for text in page["PriceList"]])
        assert [len(page) for page in pages] == [100, 100, 30]
        assert [one for page in pages for one in page] == entries[:230]
        few = client.get_products(**asked("eu-west-1"), MaxResults=2)
        assert len(few["PriceList"]) == 2
        rest = client.get_products(**asked("eu-west-1"), NextToken=few["NextToken"])
        assert [json.loads(text) for text in rest["PriceList"]] == [product(2, "eu-west-1")]
        with pytest.raises(ClientError, match="InvalidNextTokenException"):
            client.get_products(**asked("us-east-1"), NextToken=few["NextToken"])


def test_without_prices_in_the_file_there_are_none() -> None:
    with bench():
        client = SESSION.client("pricing", region_name="us-east-1")
        assert client.get_products(**asked("us-east-1"))["PriceList"] == []
        with pytest.raises(NotImplementedError, match="DescribeServices"):
            client.describe_services()


def test_the_price_list_takes_nothing_of_the_rate() -> None:
    with bench(rate_per_second=2, burst=1) as on:
        client = SESSION.client("pricing", region_name="us-east-1")
        for _ in range(4):
            client.get_products(**asked("us-east-1"))
        on.workspaces.describe_workspaces()


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        ({}, "$.Prices: not a list; write the PriceList that"),
        (["{"], "$.Prices[0]: not JSON ("),
        ([product(1), {}], '$.Prices[1]: no product of the Price List, which has a member "product"; write'),
        ([{"product": {}, "terms": {}}], "$.Prices[0]: its product has no attributes"),
        ([{"product": {"attributes": {}}}], '$.Prices[0]: it has no "terms", so no price; write'),
    ],
)
def test_prices_that_are_none_are_told_by_their_path(entries: Any, fault: str) -> None:
    with pytest.raises(FleetFault) as caught:
        parse_fleet(fleet_document(1) | {"Prices": entries})
    (told,) = caught.value.faults
    assert told.startswith(fault)
