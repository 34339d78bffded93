"""Which WorkSpaces a run considers."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from migrator.domain.pages import pages
from migrator.domain.run_input import Selection
from migrator.domain.selection import Criteria, criteria
from tests.samples import WORKSPACE

MATCHING: dict[str, Any] = {
    "workspaceIds": [WORKSPACE.workspace_id, "ws-000000002"],
    "directoryIds": [WORKSPACE.directory_id],
    "sourceBundleIds": [WORKSPACE.bundle_id, "wsb-other"],
    "userNames": ["ANA", "ben"],
}
OTHER: dict[str, Any] = {
    "workspaceIds": ["ws-000000002"],
    "directoryIds": ["d-1"],
    "sourceBundleIds": ["wsb-other"],
    "userNames": ["ben"],
}


def selected(given: dict[str, Any], **resolved: Any) -> Criteria:
    select = Selection.model_validate({"tags": {"Wave": "1"}, **given})
    return criteria(select, resolved.get("inventory"), resolved.get("tagged"))


@pytest.mark.parametrize("names", [chosen for size in range(5) for chosen in combinations(MATCHING, size)])
def test_all_that_are_given_must_hold(names: tuple[str, ...]) -> None:
    given = {name: MATCHING[name] for name in names}
    assert selected(given).matches(WORKSPACE)
    for name in names:
        assert not selected(given | {name: OTHER[name]}).matches(WORKSPACE)


def test_tags_and_inventory_are_criteria_like_any_other() -> None:
    one = WORKSPACE.workspace_id
    assert selected({}, tagged=[one, "ws-000000002"]).matches(WORKSPACE)
    assert not selected({}, tagged=[]).matches(WORKSPACE)
    assert selected({}, inventory=(one,)).matches(WORKSPACE)
    assert not selected({}, inventory=()).matches(WORKSPACE)
    assert not selected({}, inventory=(one,), tagged=[]).matches(WORKSPACE)
    both = selected({"workspaceIds": [one, "ws-000000002"]}, inventory=(one, "ws-000000003"))
    assert both.workspace_ids == frozenset({one})
    assert both.matches(WORKSPACE)
    assert not both.matches(replace(WORKSPACE, workspace_id="ws-000000002"))


def test_users_are_compared_as_active_directory_does() -> None:
    assert selected({"userNames": ["ÉLISE"]}).matches(replace(WORKSPACE, user_name="élise"))
    assert not selected({"userNames": ["elise"]}).matches(replace(WORKSPACE, user_name="élise"))


def test_what_is_not_given_is_no_criterion() -> None:
    assert selected({}) == Criteria(None, None, None, None, None)


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (25, [25]), (26, [25, 1]), (51, [25, 25, 1])]
)
def test_pages(count: int, sizes: list[int]) -> None:
    cut = [list(page) for page in pages(range(count), 25)]
    assert [len(page) for page in cut] == sizes
    assert [one for page in cut for one in page] == list(range(count))
