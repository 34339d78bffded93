"""The rules of planning, in the order in which they are told: what waiting does not change."""

from __future__ import annotations

from migrator.domain.bundle_rules import BUNDLE_UNAVAILABLE, BUNDLE_UNKNOWN, PROTOCOL_ONLY
from migrator.domain.facts import FixedFacts
from migrator.domain.limit_rules import (
    BYOL_SOURCE,
    BYOL_TARGET,
    LANGUAGE,
    LINUX,
    PLUS_EDITION,
    REGION,
    SAME_BUNDLE,
    WINDOWS_7_TARGET,
)
from migrator.domain.rules import Rule
from migrator.domain.scenario_rules import CUSTOM_10_TO_PUBLIC_10, SCENARIO
from migrator.domain.workspace_rules import (
    DUPLICATE_USER,
    NESTED_VIRTUALIZATION,
    NOT_FOUND,
    OPT_OUT,
    STANDBY,
)

FIXED_RULES: tuple[Rule[FixedFacts], ...] = (
    NOT_FOUND,
    OPT_OUT,
    REGION,
    BUNDLE_UNAVAILABLE,
    SAME_BUNDLE,
    LINUX,
    WINDOWS_7_TARGET,
    BYOL_SOURCE,
    BYOL_TARGET,
    PLUS_EDITION,
    BUNDLE_UNKNOWN,
    CUSTOM_10_TO_PUBLIC_10,
    SCENARIO,
    LANGUAGE,
    PROTOCOL_ONLY,
    NESTED_VIRTUALIZATION,
    STANDBY,
    DUPLICATE_USER,
)
"""Several may find something: the first that blocks is the reason, the others are told beside it."""
