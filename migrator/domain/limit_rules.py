"""The guide's Migration Limits, one rule for each."""

from __future__ import annotations

from migrator.domain.bundle_names import Edition
from migrator.domain.bundles import Licence
from migrator.domain.facts import FixedFacts
from migrator.domain.rule_ids import RuleId
from migrator.domain.rules import Finding, Rule
from migrator.domain.severity import Severity

_LIMITS = "the guide, Migration Limits"


def _same_bundle(facts: FixedFacts) -> Finding | None:
    """The same bundle in another language has an id of its own, so that equal ids are equal languages."""
    if facts.workspace.bundle_id != facts.target_bundle_id:
        return None
    return Finding(
        f"It is already on the target bundle {facts.target_bundle_id}.",
        "Nothing to migrate. To refresh it with the same bundle, rebuild it instead (RebuildWorkspaces).",
    )


SAME_BUNDLE = Rule(
    RuleId.SAME_BUNDLE,
    "Source and target bundle are the same. (The same Windows 10 bundle in another language is "
    "another bundle, with its own id.)",
    _LIMITS,
    "Leave it out; to refresh it with the same bundle, rebuild it instead (RebuildWorkspaces).",
    "Yes.",
    _same_bundle,
)


def _windows_7_target(facts: FixedFacts) -> Finding | None:
    target = facts.target
    if target is None or target.os.value is None or target.os.value.desktop != "Windows 7":
        return None
    return Finding(
        f"The target bundle {target.bundle_id} is a Windows 7 desktop.",
        "Choose a target bundle with the Windows 10 desktop experience.",
    )


WINDOWS_7_TARGET = Rule(
    RuleId.WINDOWS_7_TARGET,
    "The target is a Windows 7 desktop, public, custom or BYOL.",
    _LIMITS,
    "Choose a bundle with the Windows 10 desktop experience.",
    "Yes.",
    _windows_7_target,
)


def _byol_source(facts: FixedFacts) -> Finding | None:
    source, target = facts.source, facts.target
    if source.licence.value is not Licence.BYOL or not target or target.licence.value is not Licence.INCLUDED:
        return None
    return Finding(
        f"Its bundle {source.bundle_id} is BYOL, the target {target.bundle_id} is not.",
        "Choose a BYOL bundle as the target of BYOL WorkSpaces.",
    )


BYOL_SOURCE = Rule(
    RuleId.BYOL_SOURCE,
    "A BYOL WorkSpace may only go to a BYOL bundle.",
    _LIMITS,
    "Choose a BYOL bundle.",
    "Yes.",
    _byol_source,
)


def _byol_target(facts: FixedFacts) -> Finding | None:
    source, target = facts.source, facts.target
    if source.licence.value is not Licence.INCLUDED or not target or target.licence.value is not Licence.BYOL:
        return None
    return Finding(
        f"The target {target.bundle_id} is BYOL, its own bundle {source.bundle_id} is {source.owner}.",
        "Choose a public or custom bundle as the target.",
    )


BYOL_TARGET = Rule(
    RuleId.BYOL_TARGET,
    "A WorkSpace from a public or custom bundle may not go to a BYOL bundle.",
    _LIMITS,
    "Choose a public or custom bundle.",
    "Yes.",
    _byol_target,
)


def _plus_edition(facts: FixedFacts) -> Finding | None:
    if facts.target is None:
        return None
    editions = (facts.source.edition.value, facts.target.edition.value)
    if None in editions or editions[0] is editions[1]:
        return None
    plus, other = "its bundle", "the target"
    if editions[0] is not Edition.PLUS:
        plus, other = other, plus
    return Finding(
        f"Between Plus and non-Plus: {plus} includes Microsoft Office, {other} does not.",
        "Choose a target of the same edition, or set rules.plus-edition to warn where the service "
        "allows it (since October 2020 it does).",
    )


PLUS_EDITION = Rule(
    RuleId.PLUS_EDITION,
    "Not between Plus bundles (with Microsoft Office) and others, either way.",
    _LIMITS,
    "Choose a target of the same edition, or relax the rule.",
    "No: allowed since October 2020, Office is unsubscribed instead.",
    _plus_edition,
)


def _linux(facts: FixedFacts) -> Finding | None:
    linux = [
        what
        for what, bundle in (("it runs", facts.source), ("the target is", facts.target))
        if bundle is not None and bundle.linux
    ]
    if not linux:
        return None
    return Finding(
        f"Linux WorkSpaces cannot be migrated: {' and '.join(linux)} Linux.",
        "Create a new WorkSpace for the user; or, between Linux bundles on today's service, set "
        "rules.linux to warn.",
    )


LINUX = Rule(
    RuleId.LINUX,
    "Linux WorkSpaces cannot be migrated.",
    _LIMITS,
    "Create a new WorkSpace; between Linux bundles, relax the rule.",
    "No: between Linux bundles it is supported (to any but Amazon Linux 2, from AVAILABLE only), never "
    "between Windows and Linux.",
    _linux,
)


def _language(facts: FixedFacts) -> Finding | None:
    spoken = facts.source.language.value
    target = facts.target.language.value if facts.target else None
    if spoken is None or target is None or spoken == target:
        return None
    return Finding(f"Its language changes from {spoken} to {target}.", "Tell the user.")


LANGUAGE = Rule(
    RuleId.LANGUAGE,
    "The language changes: allowed in Regions that support it, and noted; it never blocks. An unknown "
    "language is no finding.",
    _LIMITS,
    "Tell the user.",
    "Yes.",
    _language,
    Severity.WARN,
    note=True,
)


def _region(_: FixedFacts) -> Finding | None:
    """Decided by the selection, which knows where an inventory says a WorkSpace is."""
    return None


REGION = Rule(
    RuleId.REGION,
    "The Region column of an inventory says that the WorkSpace is in another Region than the run. The "
    "API speaks of one Region only: without such a column a WorkSpace of another Region is not-found, "
    "and a bundle of another Region is bundle-unavailable.",
    _LIMITS,
    "Run it in its own Region; copy the image there and make a bundle of it. (No setting of rules "
    "changes this one.)",
    "Yes.",
    _region,
)
