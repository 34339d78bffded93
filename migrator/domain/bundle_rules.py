"""What must be known of the two bundles, and what their difference comes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from migrator.domain.bundles import Bundle, Fact, Owner, Source
from migrator.domain.facts import FixedFacts
from migrator.domain.rule_ids import RuleId
from migrator.domain.rules import Finding, Rule
from migrator.domain.severity import Severity


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
            "Correct target, or create the bundle in this Region: WorkSpaces cannot be migrated across "
            "Regions.",
        )
    if facts.target.standby:
        return Finding(
            f"The target bundle {facts.target_bundle_id} is for standby WorkSpaces.",
            "Choose a regular bundle.",
        )
    if not facts.target.available:
        return Finding(
            f"The target bundle {facts.target_bundle_id} is not AVAILABLE.",
            "Wait until the bundle is AVAILABLE, or mend it.",
        )
    return None


BUNDLE_UNAVAILABLE = Rule(
    RuleId.BUNDLE_UNAVAILABLE,
    "The target bundle does not exist in this Region, is not AVAILABLE, is for standby WorkSpaces, or "
    "none is named for the WorkSpace's bundle.",
    "the API, DescribeWorkspaceBundles",
    "Correct target, or mend the bundle.",
    "Yes.",
    _bundle_unavailable,
)

_FACTS = (("os", "operating system"), ("edition", "edition"), ("licence", "licence"))

_LOOKED_AT_BY = {
    "os": (RuleId.WINDOWS_7_TARGET, RuleId.LINUX, RuleId.SCENARIO, RuleId.CUSTOM_10_TO_PUBLIC_10),
    "edition": (RuleId.PLUS_EDITION,),
    "licence": (
        RuleId.BYOL_SOURCE,
        RuleId.BYOL_TARGET,
        RuleId.SCENARIO,
        RuleId.CUSTOM_10_TO_PUBLIC_10,
    ),
}


def needed_facts(severities: Mapping[RuleId, Severity]) -> frozenset[str]:
    """The bundle facts without which a rule that blocks in this run could not judge."""
    return frozenset(
        name
        for name, rules in _LOOKED_AT_BY.items()
        if any(severities.get(rule, Severity.BLOCK) is Severity.BLOCK for rule in rules)
    )


def _unknown(facts: FixedFacts) -> Iterator[tuple[Bundle, str, str]]:
    for bundle in (facts.source, facts.target):
        if bundle is not None:
            for name, spoken in _FACTS:
                fact: Fact[object] = getattr(bundle, name)
                if not fact.known:
                    yield bundle, name, spoken


def waits_for_edition(facts: FixedFacts) -> bool:
    """Whether the source's edition is all that is unknown and needed."""
    unknown = [(bundle, name) for bundle, name, _ in _unknown(facts) if name in facts.needed]
    return unknown == [(facts.source, "edition")]


def _bundle_unknown(facts: FixedFacts) -> Finding | None:
    if facts.target is None:
        return None
    unknown = [one for one in _unknown(facts) if one[1] in facts.needed]
    if not unknown:
        return None
    told = " and ".join(f"the {spoken} of {_named(bundle)}" for bundle, _, spoken in unknown)
    fields = ", ".join(f"bundleFacts.{bundle.bundle_id}.{name}" for bundle, name, _ in unknown)
    return Finding(
        f"Neither the API nor a name tells {told}.",
        f"State {fields} in the run's input.",
    )


def _named(bundle: Bundle) -> str:
    if not bundle.name:
        return f"{bundle.bundle_id}, which the service does not describe any more"
    return f"{bundle.bundle_id} ({bundle.name!r})"


BUNDLE_UNKNOWN = Rule(
    RuleId.BUNDLE_UNKNOWN,
    "A bundle's operating system, edition or licence, which a rule of this run needs, cannot be told and "
    "was not stated. A name that tells no operating system, or two, leaves it unknown; a custom name in "
    "which Office or Plus may mean something else leaves the edition unknown.",
    "this product; the API has no such field, and what is unknown never passes",
    "State it under bundleFacts in the run's input: the reason names the field.",
    "Ours.",
    _bundle_unknown,
)


def caveats(facts: FixedFacts) -> Iterator[str]:
    """What the judgement rests on and the administrator should know, each "rule-id: sentence"."""
    for bundle in filter(None, (facts.source, facts.target)):
        for contradiction in bundle.contradictions:
            yield f"{RuleId.BUNDLE_UNKNOWN}: {contradiction}"
        if bundle.owner is Owner.CUSTOM and bundle.edition.source is Source.INFERRED:
            yield (
                f"{RuleId.BUNDLE_UNKNOWN}: {bundle.bundle_id} is taken for the standard edition because its "
                "name does not mention Office; if it is Plus, state "
                f"bundleFacts.{bundle.bundle_id}.edition."
            )
    for bundle, name, spoken in _unknown(facts):
        if name not in facts.needed:
            yield f"{RuleId.BUNDLE_UNKNOWN}: the {spoken} of {_named(bundle)} is unknown."


def _protocol_only(facts: FixedFacts) -> Finding | None:
    source, target = facts.source, facts.target
    if target is None:
        return None
    now = facts.workspace.protocols[0] if facts.workspace.protocols else source.protocol.value
    then = target.protocol.value
    if now is None or then is None or now == then or not _otherwise_alike(source, target):
        return None
    return Finding(
        f"As far as its bundles tell, only the protocol changes, from {now} to {then}: migrating for that "
        "destroys drive C.",
        "Change the protocol with ModifyWorkspaceProperties instead: it keeps drive C and can be reverted.",
    )


def _otherwise_alike(source: Bundle, target: Bundle) -> bool:
    """A public bundle and a custom one never are: their images differ."""
    return (
        source.owner is target.owner
        and source.os.value is target.os.value
        and source.compute_type == target.compute_type
        and source.edition.value is target.edition.value
        and source.licence.value is target.licence.value
        and source.language.value == target.language.value
    )


PROTOCOL_ONLY = Rule(
    RuleId.PROTOCOL_ONLY,
    "As far as the bundles tell, nothing but the streaming protocol would change.",
    "the API, ModifyWorkspaceProperties, which changes it without loss",
    "Use ModifyWorkspaceProperties: it keeps drive C and can be reverted.",
    "Yes. (PCoIP support ends on 2027-10-31.)",
    _protocol_only,
    Severity.WARN,
)
