"""The AWS Price List API: public prices of WorkSpaces, by Region.

Its products are irregular: a compute type is a family of "bundles" whose suffixes stand for pairs of
volume sizes, the hour of AUTO_STOP is priced once for the family, and the family "WorkSpaces Core" has
the same names at other prices. What is ambiguous is left out, and so unknown.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

from migrator.adapters.clear_answers import UNLIKE, UnclearAnswer
from migrator.adapters.listings import ending
from migrator.domain.prices import Fees, Platform, PriceList, Product, Rates

if TYPE_CHECKING:
    from mypy_boto3_pricing import PricingClient

SOURCE = "AWS Price List API"

_FAMILY = "Enterprise Applications"
_MOST_PAGES = 200
"""Of a hundred products each; a Region has some few thousand."""
_STORAGE = re.compile(r"Root:\s*(\d+) GB,\s*User:\s*(\d+) GB")
_SIZE = re.compile(r"(\d+) GB")
_SUFFIX = re.compile(r"-\d+$")
_BYOL = "bring your own license"

_Dimension = tuple[str, str, Decimal]
"""Running mode, unit (month, hour, gib), price."""


class PricesUnavailable(Exception):
    """The Price List has no prices for us; the message says why."""


class PriceLists:
    """Public prices in US dollars."""

    def __init__(self, client: PricingClient) -> None:
        self._client = client

    def of(self, region: str) -> PriceList:
        """The Region's prices. Raises PricesUnavailable."""
        try:
            found = price_list_from(region, list(self._products(region)))
        except ClientError as error:
            raise PricesUnavailable(f"it answered {error.response['Error']['Code']}") from error
        except BotoCoreError as error:
            raise PricesUnavailable(f"it did not answer ({type(error).__name__})") from error
        except (UnclearAnswer, *UNLIKE) as error:
            raise PricesUnavailable(
                f"what it answered is no list of prices ({type(error).__name__})"
            ) from error
        if not found.rates:
            raise PricesUnavailable(f"it has no prices of WorkSpaces in {region}")
        return found

    def _products(self, region: str) -> Iterator[Mapping[str, Any]]:
        term: Literal["TERM_MATCH"] = "TERM_MATCH"
        pages = self._client.get_paginator("get_products").paginate(
            ServiceCode="AmazonWorkSpaces",
            Filters=[
                {"Type": term, "Field": name, "Value": value}
                for name, value in (("regionCode", region), ("productFamily", _FAMILY))
            ],
        )
        for page in ending(pages, "the list of prices", _MOST_PAGES):
            yield from (json.loads(one) for one in page.get("PriceList", []))


def price_list_from(region: str, products: Iterable[Mapping[str, Any]]) -> PriceList:
    """The prices that products of the Price List state beyond doubt."""
    fees: dict[Product, dict[tuple[int, int], dict[str, set[Decimal]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(set))
    )
    hours: dict[Product, set[Decimal]] = defaultdict(set)
    for_gib: set[Decimal] = set()
    published: set[date] = set()
    for one in products:
        attributes = one.get("product", {}).get("attributes", {})
        if stated := one.get("publicationDate"):
            published.add(date.fromisoformat(stated[:10]))
        product, volumes = _product(attributes), _volumes(attributes)
        for mode, unit, price in _dimensions(one, attributes):
            if unit == "gib" and attributes.get("bundle", "").startswith("Storage"):
                for_gib.add(price)
            elif product is not None and unit == "hour" and mode == "AutoStop":
                hours[product].add(price)
            elif product is not None and unit == "month" and volumes is not None:
                fees[product][volumes][mode].add(price)
    rates = {
        product: Rates(
            tuple(
                Fees(root, user, _only(by_mode["AlwaysOn"]), _only(by_mode["AutoStop"]))
                for (root, user), by_mode in sorted(pairs.items())
            ),
            _only(hours[product]),
        )
        for product, pairs in fees.items()
    }
    return PriceList(region, SOURCE, max(published, default=None), rates, _only(for_gib))


def _only(prices: set[Decimal]) -> Decimal | None:
    """The one price there is; two different ones for the same thing are no price."""
    return next(iter(prices)) if len(prices) == 1 else None


def _product(attributes: Mapping[str, str]) -> Product | None:
    bundle, licence = attributes.get("bundle", ""), attributes.get("license", "").lower()
    if attributes.get("resourceType", "Hardware") != "Hardware":
        return None
    # "Power Plus" is Power with Microsoft Office, in many components of its own.
    if not bundle or " " in bundle or licence not in ("included", "none", _BYOL):
        return None
    byol = licence == _BYOL
    system = attributes.get("operatingSystem", "")
    if byol and system == "Any":
        system = Platform.WINDOWS
    if system not in list(Platform):
        return None
    return Product(_SUFFIX.sub("", bundle).upper().replace(".", "_"), Platform(system), byol)


def _volumes(attributes: Mapping[str, str]) -> tuple[int, int] | None:
    """Root and user volume, GiB: stated in one attribute, or in one each."""
    if found := _STORAGE.fullmatch(attributes.get("storage", "")):
        return int(found[1]), int(found[2])
    sizes = {name.lower(): _SIZE.fullmatch(value) for name, value in attributes.items()}
    root, user = sizes.get("rootvolume"), sizes.get("uservolume")
    return (int(root[1]), int(user[1])) if root and user else None


def _dimensions(one: Mapping[str, Any], attributes: Mapping[str, str]) -> Iterator[_Dimension]:
    for term in one.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term.get("priceDimensions", {}).values():
            unit = _UNITS.get(dimension.get("unit", "").lower())
            try:
                price = Decimal(dimension.get("pricePerUnit", {}).get("USD", "0"))
            except InvalidOperation:
                continue
            # Rows of software stand beside those of hardware, at no price.
            if unit is not None and price.is_finite() and price > 0:
                yield attributes.get("runningMode", ""), unit, price


_UNITS = {
    "month": "month",
    "months": "month",
    "hour": "hour",
    "hours": "hour",
    "hrs": "hour",
    "gb-mo": "gib",
    "gb-month": "gib",
}
