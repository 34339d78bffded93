"""The AWS Price List, as far as the fleet file has it: what `aws pricing get-products` prints as PriceList.

Without that section it has no products, and the functions fall back to their own table.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rehearsal.twin.errors import ServiceError
from rehearsal.twin.paging import BadToken, page, place_of

MOST = 100

Product = Mapping[str, Any]


class PriceAnswers:
    """GetProducts."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._products = list(enumerate(products, start=1))

    def answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """The output of an operation. Raises ServiceError; NotImplementedError for others."""
        if operation != "GetProducts":
            raise NotImplementedError(f"the twin does not answer {operation} of the Price List")
        filters = request.get("Filters") or []
        asked = sorted([each["Type"], each["Field"], each["Value"]] for each in filters)
        question = ["GetProducts", request["ServiceCode"], asked]
        try:
            start = place_of(request.get("NextToken"), question) or 0
        except BadToken:
            raise ServiceError("InvalidNextTokenException", "The pagination token is invalid.") from None
        wanted = {"servicecode": request["ServiceCode"], **{field: value for _, field, value in asked}}
        matching = (each for each in self._products if each[0] > start and _matches(each[1], wanted))
        found, token = page(matching, request.get("MaxResults", MOST), lambda each: each[0], question)
        answer: dict[str, Any] = {
            "FormatVersion": "aws_v1",
            "PriceList": [json.dumps(product) for _, product in found],
        }
        return answer | ({"NextToken": token} if token else {})


def _matches(product: Product, wanted: Mapping[str, str]) -> bool:
    inside = product["product"]
    attributes = {"productFamily": inside.get("productFamily"), **inside["attributes"]}
    return all(attributes.get(name) == value for name, value in wanted.items())


def product_from(entry: Any) -> Product:
    """A product, printed as an object or as the text of one. Raises ValueError for what is none."""
    try:
        product = json.loads(entry) if isinstance(entry, str) else entry
    except json.JSONDecodeError as reason:
        raise ValueError(f"not JSON ({reason})") from None
    if not isinstance(product, dict) or not isinstance(product.get("product"), dict):
        raise ValueError('no product of the Price List, which has a member "product"')
    if not isinstance(product["product"].get("attributes"), dict):
        raise ValueError("its product has no attributes")
    if not isinstance(product.get("terms"), dict):
        raise ValueError('it has no "terms", so no price')
    return product


def price_faults(entries: Any) -> Iterator[str]:
    """What is wrong with the fleet file's Prices."""
    path = "$.Prices"
    if not isinstance(entries, list):
        yield f"{path}: not a list; write the PriceList that `aws pricing get-products` prints"
        return
    for index, entry in enumerate(entries):
        try:
            product_from(entry)
        except ValueError as reason:
            yield f"{path}[{index}]: {reason}; write it as `aws pricing get-products` prints it"
