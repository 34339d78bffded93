"""The rules of planning: limits of the guide that waiting does not change."""

from __future__ import annotations

from migrator.domain.bundles import Bundle, Edition, Licence, Owner, Source
from migrator.domain.facts import OPT_OUT_TAG, FixedFacts
from migrator.domain.rule_ids import RuleId
from migrator.domain.rules import Finding, Rule
from migrator.domain.scenarios import Desktop, Kind, available, desktop_of
from migrator.domain.severity import Severity


def _both(facts: FixedFacts) -> tuple[Bundle, Bundle] | None:
    return (facts.source, facts.target) if facts.source and facts.target else None


def _same_bundle(facts: FixedFacts) -> Finding | None:
    if facts.target_bundle_id is None or facts.workspace.bundle_id != facts.target_bundle_id:
        return None
    stated = facts.target.language if facts.target else None
    spoken = facts.source.language if facts.source else None
    if (
        facts.target
        and facts.target.os.value is not None
        and facts.target.os.value.desktop == "Windows 10"
        and stated
        and spoken
        and stated.value
        and spoken.value
        and stated.value != spoken.value
    ):
        return None
    return Finding(
        f"It is already on the target bundle {facts.target_bundle_id}.",
        "Nothing to migrate. To refresh it with the same bundle, rebuild it instead (RebuildWorkspaces).",
    )


def _windows_7_target(facts: FixedFacts) -> Finding | None:
    target = facts.target
    if target is None or target.os.value is None or target.os.value.desktop != "Windows 7":
        return None
    return Finding(
        f"The target bundle {target.bundle_id} is a Windows 7 desktop.",
        "Choose a target bundle with the Windows 10 desktop experience.",
    )


def _byol_source(facts: FixedFacts) -> Finding | None:
    if not (both := _both(facts)):
        return None
    source, target = both
    if source.licence.value is not Licence.BYOL or target.licence.value is not Licence.INCLUDED:
        return None
    return Finding(
        f"Its bundle {source.bundle_id} is BYOL, the target {target.bundle_id} is not.",
        "Choose a BYOL bundle as the target of BYOL WorkSpaces.",
    )


def _byol_target(facts: FixedFacts) -> Finding | None:
    if not (both := _both(facts)):
        return None
    source, target = both
    if source.licence.value is not Licence.INCLUDED or target.licence.value is not Licence.BYOL:
        return None
    return Finding(
        f"The target {target.bundle_id} is BYOL, its own bundle {source.bundle_id} is {source.owner}.",
        "Choose a public or custom bundle as the target.",
    )


def _plus_edition(facts: FixedFacts) -> Finding | None:
    if not (both := _both(facts)):
        return None
    source, target = both
    if source.edition.value is target.edition.value:
        return None
    plus, other = (
        ("its bundle", "the target") if source.edition.value is Edition.PLUS else ("the target", "its bundle")
    )
    return Finding(
        f"Between Plus and non-Plus: {plus} includes Microsoft Office, {other} does not.",
        "Choose a target of the same edition, or set rules.plus-edition to warn where the service "
        "allows it (since October 2020 it does).",
    )


def _linux(facts: FixedFacts) -> Finding | None:
    linux = [
        what
        for what, system in (
            ("it runs", facts.workspace.os or (facts.source.os.value if facts.source else None)),
            ("the target is", facts.target.os.value if facts.target else None),
        )
        if system is not None and system.is_linux
    ]
    if not linux:
        return None
    return Finding(
        f"Linux WorkSpaces cannot be migrated: {' and '.join(linux)} Linux.",
        "Create a new WorkSpace for the user; or, between Linux bundles on today's service, set "
        "rules.linux and rules.scenario to warn.",
    )


def _scenario(facts: FixedFacts) -> Finding | None:
    cells = _cells(facts)
    if cells is None:
        return None
    source, target = cells
    if available(source, target) or _custom_to_public(source, target):
        return None
    return Finding(
        f"The guide's table of migration scenarios has no row from {source} to {target}.",
        "Choose a target that the table offers from this source; docs/reasons.md lists them.",
    )


def _custom_10_to_public_10(facts: FixedFacts) -> Finding | None:
    cells = _cells(facts)
    if cells is None or not _custom_to_public(*cells):
        return None
    return Finding(
        "The guide does not offer custom Windows 10 to public Windows 10.",
        "Choose a custom Windows 10 bundle, or set rules.custom-10-to-public-10 to warn where the "
        "service allows it.",
    )


def _cells(facts: FixedFacts) -> tuple[Desktop, Desktop] | None:
    if not (both := _both(facts)):
        return None
    source, target = map(desktop_of, both)
    return (source, target) if source and target else None


def _custom_to_public(source: Desktop, target: Desktop) -> bool:
    return source == Desktop(Kind.CUSTOM, "Windows 10") and target == Desktop(Kind.PUBLIC, "Windows 10")


def _language(facts: FixedFacts) -> Finding | None:
    if not (both := _both(facts)):
        return None
    spoken, target = (bundle.language.value for bundle in both)
    if spoken is None or target is None or spoken == target:
        return None
    return Finding(f"Its language changes from {spoken} to {target}.", "Tell the user.", note=True)


def _region(facts: FixedFacts) -> Finding | None:
    if not facts.region or not facts.target_region or facts.region == facts.target_region:
        return None
    return Finding(
        f"It is in {facts.region}, the target bundle is in {facts.target_region}.",
        "WorkSpaces cannot be migrated across Regions; copy the image to this Region and make a "
        "bundle of it.",
    )


def _bundle_unavailable(facts: FixedFacts) -> Finding | None:
    if facts.target_bundle_id is None:
        return Finding(
            f"target.byBundle names no target for its bundle {facts.workspace.bundle_id}.",
            f"Add {facts.workspace.bundle_id} to target.byBundle, or leave it out of select.",
        )
    if facts.target is None:
        return Finding(
            f"The target bundle {facts.target_bundle_id} does not exist in this Region or is not "
            "shared with this account.",
            "Correct target, or create the bundle in this Region.",
        )
    if not facts.target.available:
        return Finding(
            f"The target bundle {facts.target_bundle_id} is not AVAILABLE.",
            "Wait until the bundle is AVAILABLE, or mend it.",
        )
    return None


def _bundle_unknown(facts: FixedFacts) -> Finding | None:
    if facts.target_bundle_id is None or facts.target is None:
        return None
    if facts.source is None:
        return Finding(
            f"The service does not describe its bundle {facts.workspace.bundle_id}, so its "
            "licence cannot be told.",
            f"State os, edition and licence under bundleFacts.{facts.workspace.bundle_id}.",
        )
    unknown = [
        f"bundleFacts.{bundle.bundle_id}.{name}"
        for bundle in (facts.source, facts.target)
        for name, fact in (
            ("os", bundle.os),
            ("edition", bundle.edition),
            ("licence", bundle.licence),
        )
        if not fact.known
    ]
    if not unknown:
        return None
    return Finding(
        "Neither the API nor a bundle's name tells what the rules need to know.",
        f"State {', '.join(unknown)} in the run's input.",
    )


def _inferred_edition(facts: FixedFacts) -> list[Bundle]:
    return [
        bundle
        for bundle in (facts.source, facts.target)
        if bundle and bundle.owner is Owner.CUSTOM and bundle.edition.source is Source.INFERRED
    ]


def inferred_edition_warnings(facts: FixedFacts) -> tuple[str, ...]:
    """Custom bundles whose edition is only inferred from a name that does not mention Office."""
    return tuple(
        f"bundle-unknown: {bundle.bundle_id} is taken for the standard edition because its name "
        f"does not mention Office; if it is Plus, state bundleFacts.{bundle.bundle_id}.edition."
        for bundle in _inferred_edition(facts)
    )


def _protocol_only(facts: FixedFacts) -> Finding | None:
    if not (both := _both(facts)):
        return None
    source, target = both
    now = facts.workspace.protocols[:1] or ((source.protocol.value,) if source.protocol.value else ())
    then = target.protocol.value
    if (
        not now
        or then is None
        or now[0] == then
        or source.os.value is not target.os.value
        or source.compute_type != target.compute_type
        or source.edition.value is not target.edition.value
        or source.licence.value is not target.licence.value
    ):
        return None
    return Finding(
        f"Only the protocol changes, from {now[0]} to {then}: migrating for that destroys drive C.",
        "Change the protocol with ModifyWorkspaceProperties instead: it keeps drive C and can be reverted.",
    )


def _nested_virtualization(facts: FixedFacts) -> Finding | None:
    if not facts.workspace.nested_virtualization:
        return None
    return Finding(
        "Nested virtualization is on, and the migration fails where the target lacks it.",
        "Turn it off with ModifyWorkspaceProperties, or set rules.nested-virtualization to warn if "
        "the target supports it.",
    )


def _standby(facts: FixedFacts) -> Finding | None:
    if not facts.workspace.has_standby:
        return None
    return Finding(
        "It is paired with a standby WorkSpace for multi-Region resilience.",
        "Remove the standby first, and create it anew afterwards.",
    )


def _opt_out(facts: FixedFacts) -> Finding | None:
    if OPT_OUT_TAG not in facts.tags:
        return None
    return Finding(f"It carries the tag {OPT_OUT_TAG}.", f"Remove the tag {OPT_OUT_TAG} when it may go.")


def _duplicate_user(facts: FixedFacts) -> Finding | None:
    if not facts.shares_user_with:
        return None
    return Finding(
        f"Its user has {len(facts.shares_user_with) + 1} WorkSpaces in the directory, also "
        f"{', '.join(facts.shares_user_with[:3])}.",
        "Terminate the one the user no longer needs, then run again.",
    )


def _not_found(_: FixedFacts) -> Finding | None:
    """Decided by the selection, which knows the ids that were named; never by a WorkSpace's facts."""
    return None


_LIMITS = "the guide, Migration Limits"
_TABLE = "the guide, Available Migration Scenarios"
_SAME_TODAY = "Yes."

FIXED_RULES: tuple[Rule[FixedFacts], ...] = (
    Rule(
        RuleId.NOT_FOUND,
        "An id that the input names does not exist.",
        "the API: DescribeWorkspaces returns no such WorkSpace",
        "Correct the id, or drop it from the input.",
        _SAME_TODAY,
        _not_found,
    ),
    Rule(
        RuleId.OPT_OUT,
        f"The WorkSpace carries the tag {OPT_OUT_TAG}.",
        "this product",
        "Remove the tag when it may go.",
        "Ours; the service does not know it.",
        _opt_out,
    ),
    Rule(
        RuleId.BUNDLE_UNAVAILABLE,
        "The target bundle does not exist here, is not AVAILABLE, or none is named.",
        "the API: DescribeWorkspaceBundles",
        "Correct target, or mend the bundle.",
        _SAME_TODAY,
        _bundle_unavailable,
    ),
    Rule(
        RuleId.REGION,
        "Source and target are in different Regions.",
        _LIMITS,
        "Copy the image to this Region and make a bundle of it.",
        _SAME_TODAY,
        _region,
    ),
    Rule(
        RuleId.SAME_BUNDLE,
        "Source and target bundle are the same.",
        _LIMITS,
        "Rebuild it instead, if it is to be refreshed.",
        "Yes.",
        _same_bundle,
    ),
    Rule(
        RuleId.LINUX,
        "Linux WorkSpaces cannot be migrated.",
        _LIMITS,
        "Create a new WorkSpace; between Linux bundles, relax the rule.",
        "No: between Linux bundles it is supported, never between Windows and Linux.",
        _linux,
    ),
    Rule(
        RuleId.WINDOWS_7_TARGET,
        "The target is a Windows 7 desktop, public, custom or BYOL.",
        _LIMITS,
        "Choose a Windows 10 bundle.",
        _SAME_TODAY,
        _windows_7_target,
    ),
    Rule(
        RuleId.BYOL_SOURCE,
        "A BYOL WorkSpace may only go to a BYOL bundle.",
        _LIMITS,
        "Choose a BYOL bundle.",
        _SAME_TODAY,
        _byol_source,
    ),
    Rule(
        RuleId.BYOL_TARGET,
        "A WorkSpace from a public or custom bundle may not go to a BYOL bundle.",
        _LIMITS,
        "Choose a public or custom bundle.",
        _SAME_TODAY,
        _byol_target,
    ),
    Rule(
        RuleId.PLUS_EDITION,
        "Not between Plus bundles (with Microsoft Office) and others, either way.",
        _LIMITS,
        "Choose a target of the same edition.",
        "No: allowed since October 2020, Office is unsubscribed instead.",
        _plus_edition,
    ),
    Rule(
        RuleId.BUNDLE_UNKNOWN,
        "A fact that a rule needs cannot be told and was not stated.",
        "the API has no such field; this product never guesses",
        "State it under bundleFacts in the run's input.",
        "Ours.",
        _bundle_unknown,
    ),
    Rule(
        RuleId.CUSTOM_10_TO_PUBLIC_10,
        "Custom Windows 10 to public Windows 10 is not offered.",
        _TABLE,
        "Choose a custom Windows 10 bundle, or relax the rule.",
        "No: the row has left the table.",
        _custom_10_to_public_10,
    ),
    Rule(
        RuleId.SCENARIO,
        "The table of scenarios does not offer this source and target.",
        _TABLE,
        "Choose a target that the table offers.",
        "The table has grown; Windows 11 and Linux rows are not in the guide.",
        _scenario,
    ),
    Rule(
        RuleId.LANGUAGE,
        "The language changes: allowed, and noted.",
        _LIMITS,
        "Tell the user.",
        _SAME_TODAY,
        _language,
        Severity.WARN,
    ),
    Rule(
        RuleId.PROTOCOL_ONLY,
        "Nothing but the streaming protocol would change.",
        "the API: ModifyWorkspaceProperties does it without loss",
        "Use ModifyWorkspaceProperties.",
        _SAME_TODAY,
        _protocol_only,
        Severity.WARN,
    ),
    Rule(
        RuleId.NESTED_VIRTUALIZATION,
        "Nested virtualization is on at the source.",
        "the API: MigrateWorkspace fails when the target lacks it",
        "Turn it off, or relax the rule if the target has it.",
        _SAME_TODAY,
        _nested_virtualization,
    ),
    Rule(
        RuleId.STANDBY,
        "The WorkSpace is half of a pair for multi-Region resilience.",
        "the API: StandbyWorkspacesProperties, RelatedWorkspaces",
        "Remove the standby first.",
        _SAME_TODAY,
        _standby,
    ),
    Rule(
        RuleId.DUPLICATE_USER,
        "The user has another WorkSpace at rest in the same directory.",
        "the API: a user may own two only while one migrates",
        "Terminate the one that is no longer needed.",
        _SAME_TODAY,
        _duplicate_user,
    ),
)
