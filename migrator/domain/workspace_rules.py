"""What keeps a single WorkSpace where it is, whatever its bundles."""

from __future__ import annotations

from migrator.domain.facts import OPT_OUT_TAG, FixedFacts
from migrator.domain.rule_ids import RuleId
from migrator.domain.rules import Finding, Rule


def _not_found(_: FixedFacts) -> Finding | None:
    """Decided by the selection, which knows the ids that were named; never by a WorkSpace's facts."""
    return None


NOT_FOUND = Rule(
    RuleId.NOT_FOUND,
    "An id that the input or the inventory names does not exist in this Region, or is no id at all; or "
    "the WorkSpace was gone when its turn came.",
    "the API, DescribeWorkspaces, which returns no such WorkSpace",
    "Correct the id, or drop it from the input. (No setting of rules changes this one.)",
    "Yes.",
    _not_found,
)


def _opt_out(facts: FixedFacts) -> Finding | None:
    if OPT_OUT_TAG not in facts.tags:
        return None
    return Finding(f"It carries the tag {OPT_OUT_TAG}.", f"Remove the tag {OPT_OUT_TAG} when it may go.")


OPT_OUT = Rule(
    RuleId.OPT_OUT,
    f"The WorkSpace carries the tag {OPT_OUT_TAG}, whatever its value.",
    "this product",
    "Remove the tag when it may go.",
    "Ours; the service does not know it.",
    _opt_out,
)


def _nested_virtualization(facts: FixedFacts) -> Finding | None:
    if not facts.workspace.nested_virtualization:
        return None
    return Finding(
        "Nested virtualization is on, and the migration fails where the target lacks it.",
        "Turn it off with ModifyWorkspaceProperties, or set rules.nested-virtualization to warn if "
        "the target supports it.",
    )


NESTED_VIRTUALIZATION = Rule(
    RuleId.NESTED_VIRTUALIZATION,
    "Nested virtualization is on at the source.",
    "the API, MigrateWorkspace, which fails when the target lacks it",
    "Turn it off, or relax the rule if the target has it.",
    "Yes.",
    _nested_virtualization,
)


def _standby(facts: FixedFacts) -> Finding | None:
    if not facts.workspace.has_standby:
        return None
    return Finding(
        "It is paired with a standby WorkSpace for multi-Region resilience.",
        "Remove the standby first, and create it anew afterwards.",
    )


STANDBY = Rule(
    RuleId.STANDBY,
    "The WorkSpace is half of a pair for multi-Region resilience.",
    "the API, StandbyWorkspacesProperties and RelatedWorkspaces",
    "Remove the standby first.",
    "Yes.",
    _standby,
)


def _duplicate_user(facts: FixedFacts) -> Finding | None:
    if not facts.shares_user_with:
        return None
    return Finding(
        f"Its user has {len(facts.shares_user_with) + 1} WorkSpaces in the directory, also "
        f"{', '.join(facts.shares_user_with[:3])}.",
        "Terminate the one the user no longer needs, then run again.",
    )


DUPLICATE_USER = Rule(
    RuleId.DUPLICATE_USER,
    "The user has another WorkSpace at rest in the same directory.",
    "the API: a user may own two in one directory only while one migrates",
    "Terminate the one that is no longer needed.",
    "Yes.",
    _duplicate_user,
)
