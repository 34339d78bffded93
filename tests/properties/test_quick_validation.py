"""The quick yes to parameters is never a yes where botocore's validator says no."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.quick_validation import QuickValidation
from rehearsal.twin.shapes import service_model

VALIDATOR = ParamValidator()
OPERATIONS = [
    ("dynamodb", "GetItem"),
    ("dynamodb", "PutItem"),
    ("dynamodb", "TransactWriteItems"),
    ("workspaces", "DescribeWorkspaces"),
    ("workspaces", "MigrateWorkspace"),
    ("workspaces", "TerminateWorkspaces"),
]
USUAL: list[tuple[str, str, dict[str, Any]]] = [
    ("dynamodb", "GetItem", {"TableName": "t", "Key": {"pk": {"S": "p"}}, "ConsistentRead": True}),
    (
        "dynamodb",
        "PutItem",
        {"TableName": "t", "Item": {"a": {"L": [{"M": {"b": {"N": "1"}}}, {"BOOL": True}]}}},
    ),
    ("workspaces", "DescribeWorkspaces", {"WorkspaceIds": ["ws-000000001"], "Limit": 25}),
    ("workspaces", "MigrateWorkspace", {"SourceWorkspaceId": "ws-000000001", "BundleId": "wsb-000000001"}),
]
NAMES = st.sampled_from(
    [
        *("TableName", "Key", "Item", "TransactItems", "Put", "Update", "S", "N", "L", "M", "BOOL", "B"),
        *("WorkspaceIds", "Limit", "SourceWorkspaceId", "BundleId", "TerminateWorkspaceRequests", "other"),
    ]
)
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-1, 30),
        st.floats(),
        st.sampled_from(["", "t", "ws-000000001"]),
        st.binary(max_size=2),
        st.just(datetime(2026, 11, 28, tzinfo=UTC)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.one_of(NAMES, st.integers()), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.sampled_from(OPERATIONS), st.one_of(VALUES, st.dictionaries(NAMES, VALUES, max_size=4)))
def test_a_yes_is_the_validators_too(operation: tuple[str, str], value: Any) -> None:
    service, name = operation
    shape = service_model(service).operation_model(name).input_shape
    assert shape is not None
    if QuickValidation().accepts(service, shape, value):
        assert not VALIDATOR.validate(value, shape).has_errors()


@pytest.mark.parametrize(("service", "operation", "parameters"), USUAL)
def test_what_is_usual_needs_no_second_look(service: str, operation: str, parameters: dict[str, Any]) -> None:
    shape = service_model(service).operation_model(operation).input_shape
    assert shape is not None
    assert QuickValidation().accepts(service, shape, parameters)
    missing = {name: value for name, value in parameters.items() if name not in shape.required_members}
    if shape.required_members:
        assert not QuickValidation().accepts(service, shape, missing)
    assert not QuickValidation().accepts(service, shape, {**parameters, "Strange": 1})
