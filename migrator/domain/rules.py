"""The shape of a rule: a pure function from facts to nothing, or to a finding with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from migrator.domain.rule_ids import RuleId
from migrator.domain.severity import Severity

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found against a WorkSpace, in words for the administrator."""

    detail: str
    next_step: str
    heals: bool = False
    """Waiting may cure it: the WorkSpace is Deferred rather than Ineligible."""


@dataclass(frozen=True, slots=True)
class Rule(Generic[F]):
    """One sentence of the guide as a check."""

    rule_id: RuleId
    meaning: str
    source: str
    """Where the guide, or the API, says so."""
    remedy: str
    today: str
    """Whether today's service still asks for it."""
    check: Callable[[F], Finding | None]
    severity: Severity = Severity.BLOCK
    heals: bool | None = False
    """Whether what it finds may pass by itself; None where that depends on what it finds."""
    note: bool = False
    """Worth telling, never in the way: a warning whatever the severity."""
    firm: bool = False
    """In the way whatever severity the input sets: no wish makes it possible."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all rules together say about one WorkSpace."""

    blocked_by: RuleId | None
    finding: Finding | None
    warnings: tuple[str, ...]

    @property
    def passes(self) -> bool:
        return self.blocked_by is None


def judge(facts: F, rules: Iterable[Rule[F]], severities: Mapping[RuleId, Severity]) -> Judgement:
    """The first finding that cannot heal blocks, else the first that can; the rest are warnings.

    Warnings read "rule-id: detail". What else would block is among them, so that the administrator
    can mend everything at once.
    """
    lasting: list[tuple[RuleId, Finding]] = []
    passing: list[tuple[RuleId, Finding]] = []
    warnings: list[str] = []
    for rule in rules:
        severity = rule.severity if rule.firm else severities.get(rule.rule_id, rule.severity)
        if severity is Severity.OFF:
            continue
        finding = rule.check(facts)
        if finding is None:
            continue
        if severity is Severity.WARN or rule.note:
            warnings.append(f"{rule.rule_id}: {finding.detail}")
        else:
            (passing if finding.heals else lasting).append((rule.rule_id, finding))
    if not lasting and not passing:
        return Judgement(None, None, tuple(warnings))
    (rule_id, finding), *others = lasting + passing
    also = [f"{other}: {found.detail}" for other, found in others]
    return Judgement(rule_id, finding, (*also, *warnings))
