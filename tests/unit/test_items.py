"""Items of the ledger: plain values there and back, as boto3's own serializer writes them."""

from __future__ import annotations

from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from migrator.adapters.items import from_item, to_item

PLAIN = st.recursive(
    st.one_of(st.text(max_size=5), st.booleans(), st.integers(-(10**20), 10**20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
ROWS = st.dictionaries(st.text(min_size=1, max_size=3), PLAIN, max_size=4)


@given(ROWS)
def test_values_come_back_as_they_were(row: dict[str, Any]) -> None:
    assert from_item(to_item(row)) == row


@given(ROWS)
def test_items_are_what_botos_serializer_writes(row: dict[str, Any]) -> None:
    assert to_item(row) == {name: TypeSerializer().serialize(value) for name, value in row.items()}
    assert {name: TypeDeserializer().deserialize(value) for name, value in to_item(row).items()} == row


def test_floats_nothing_and_sets() -> None:
    assert to_item({"share": 0.25, "none": None}) == {"share": {"N": "0.25"}}
    found = from_item(
        {"n": {"N": "3.50"}, "whole": {"N": "4.0"}, "nothing": {"NULL": True}, "s": {"SS": ["a"]}}
    )
    assert found == {"n": 3.5, "whole": 4, "nothing": None, "s": {"a"}}
    assert isinstance(found["whole"], int)
