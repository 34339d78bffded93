"""Which WorkSpaces a person must look at, and which a rule blocked: grouped by reason, worst first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from migrator.domain.outcomes import Outcome
from migrator.domain.report import RunReport, WorkspaceLine

NEEDS_A_PERSON = (
    Outcome.LOST,
    Outcome.STUCK,
    Outcome.ROLLED_BACK,
    Outcome.NEVER_STARTED,
    Outcome.REFUSED,
    Outcome.DEFERRED,
)
"""Outcomes after which somebody has something to do, the most urgent first."""

NO_NEXT_STEP = "The run named no next step; the runbook tells what this outcome means."


@dataclass(frozen=True)
class Group:
    """WorkSpaces that ended alike for the same reason."""

    outcome: Outcome
    reason: str
    lines: tuple[WorkspaceLine, ...]

    @property
    def details(self) -> tuple[str, ...]:
        """The different sentences that explain it; one means that it explains all of them."""
        return _distinct(line.detail for line in self.lines)

    @property
    def next_steps(self) -> tuple[str, ...]:
        """The different next steps, never empty."""
        return _distinct(line.next_step for line in self.lines) or (NO_NEXT_STEP,)


def needs_a_person(report: RunReport) -> list[Group]:
    """Failed, stuck, lost and deferred WorkSpaces by outcome and reason: urgent first, then many first."""
    return _groups(report, NEEDS_A_PERSON)


def blocked(report: RunReport) -> list[Group]:
    """WorkSpaces that a rule kept out, by reason: many first."""
    return _groups(report, (Outcome.INELIGIBLE,))


def warned(report: RunReport) -> list[tuple[str, list[WorkspaceLine]]]:
    """Warnings of WorkSpaces that did migrate (or would), each with those that carry it: many first."""
    by_warning: dict[str, list[WorkspaceLine]] = {}
    for line in report.workspaces:
        if line.outcome in (Outcome.MIGRATED, Outcome.PLANNED):
            for warning in line.warnings:
                by_warning.setdefault(warning, []).append(line)
    return sorted(by_warning.items(), key=lambda item: (-len(item[1]), item[0]))


def _groups(report: RunReport, outcomes: tuple[Outcome, ...]) -> list[Group]:
    found: dict[tuple[Outcome, str], list[WorkspaceLine]] = {}
    for line in report.workspaces:
        if line.outcome in outcomes:
            found.setdefault((line.outcome, line.reason or ""), []).append(line)
    groups = [Group(outcome, reason, tuple(lines)) for (outcome, reason), lines in found.items()]
    return sorted(groups, key=lambda g: (outcomes.index(g.outcome), -len(g.lines), g.reason))


def _distinct(sentences: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sentence for sentence in sentences if sentence))
