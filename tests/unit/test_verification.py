"""A target that is not what the guide promises is told, each way in a sentence of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from migrator.domain.verification import Expected, deviations, missing_tags
from migrator.domain.volumes import Volumes
from tests.samples import TARGET_ID, WORKSPACE

EXPECTED = Expected(TARGET_ID, "AUTO_STOP", Volumes(80, 50))
TARGET = replace(WORKSPACE, bundle_id=TARGET_ID, running_mode="AUTO_STOP", root_gib=80, user_gib=50)


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ({}, []),
        ({"bundle_id": "wsb-other0001"}, [f"bundle is wsb-other0001, not {TARGET_ID}"]),
        ({"running_mode": "ALWAYS_ON"}, ["running mode is ALWAYS_ON, expected AUTO_STOP"]),
        ({"root_gib": 175}, ["root volume is 175, expected 80"]),
        ({"user_gib": 10}, ["user volume is 10, expected 50"]),
        ({"running_mode": None, "root_gib": None, "user_gib": None}, []),
        (
            {"root_gib": 1, "user_gib": 2},
            ["root volume is 1, expected 80", "user volume is 2, expected 50"],
        ),
    ],
)
def test_deviations(shown: dict[str, Any], told: list[str]) -> None:
    assert list(deviations(replace(TARGET, **shown), EXPECTED)) == told


def test_nothing_is_expected_of_what_was_not_known_before() -> None:
    unknown = Expected(TARGET_ID, None, Volumes(None, None))
    assert list(deviations(replace(TARGET, running_mode="ALWAYS_ON", root_gib=1), unknown)) == []


def test_tags_that_stayed_behind() -> None:
    assert list(missing_tags(("Wave", "Owner"), ("Owner", "New"))) == ["tag Wave was not carried over"]
    assert list(missing_tags((), ("New",))) == []
