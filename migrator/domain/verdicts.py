"""How a run as a whole went, from its outcomes."""

from __future__ import annotations

from collections.abc import Mapping

from migrator.domain.outcomes import ALARMING, FAILURES, Outcome
from migrator.domain.reasons import RunReason
from migrator.domain.report import Failure, RunReport, Verdict


def verdict_of(
    counts: Mapping[Outcome, int], *, dry_run: bool, braked: str | None, failure: Failure | None
) -> Verdict:
    """The verdict: a run that died says so first, then the brake, then what did not migrate."""
    if failure is not None:
        return Verdict.FAILED
    if dry_run:
        return Verdict.PLANNED
    if braked is not None:
        return Verdict.BRAKE_PULLED
    unfinished = FAILURES | {Outcome.DEFERRED}
    if any(counts.get(outcome, 0) for outcome in unfinished):
        return Verdict.INCOMPLETE
    return Verdict.MIGRATED if counts.get(Outcome.MIGRATED, 0) else Verdict.NOTHING


def green(verdict: Verdict, counts: Mapping[Outcome, int]) -> bool:
    """Whether the execution ends as succeeded: never after a death, a brake, or one lost or stuck."""
    if verdict in (Verdict.FAILED, Verdict.BRAKE_PULLED):
        return False
    return not any(counts.get(outcome, 0) for outcome in ALARMING)


def ends_green(report: RunReport) -> bool:
    """Whether the execution of this report ends as succeeded: not where a batch died either, although the
    Map tolerates it and what it left was settled."""
    died = any(line.reason == RunReason.RUN_ENDED for line in report.workspaces)
    return green(report.verdict, report.counts) and not died


def headline(
    verdict: Verdict,
    counts: Mapping[Outcome, int],
    *,
    braked: str | None,
    failure: Failure | None,
    not_allowed: int = 0,
) -> str:
    """One sentence that tells how it went and, where something is wrong, what to look at. `not_allowed` of
    the refused lacked a permission."""
    told = ", ".join(f"{counts[outcome]} {_SPOKEN[outcome]}" for outcome in Outcome if counts.get(outcome))
    told = told or "no WorkSpace"
    match verdict:
        case Verdict.FAILED:
            error = failure.error if failure else "unknown"
            return f"The run died: {error}; so far {told}. The report says what is left."
        case Verdict.BRAKE_PULLED:
            missing = "; permissions are missing" if not_allowed else ""
            return f"The brake was pulled ({braked}){missing}: {told}."
        case Verdict.PLANNED:
            return f"Dry run, nothing was touched: {told}."
        case Verdict.INCOMPLETE if not_allowed:
            return f"Permissions are missing, so not all of the fleet migrated: {told}."
        case Verdict.INCOMPLETE:
            return f"Not all of the fleet migrated: {told}."
        case Verdict.MIGRATED:
            return f"All that was to migrate did: {told}."
        case Verdict.NOTHING:
            return f"No WorkSpace was to migrate: {told}."


def what_to_do(verdict: Verdict, counts: Mapping[Outcome, int]) -> str:
    """One sentence for whoever finds the execution in the console; empty where nothing is to be done."""
    match verdict:
        case Verdict.FAILED:
            return "Correct what made it fail, then start a new execution with the same input."
        case _ if any(counts.get(outcome, 0) for outcome in ALARMING):
            return "Contact AWS Support with both ids of what is stuck or lost: the report has them."
        case Verdict.BRAKE_PULLED:
            return "Find out why, then start a new execution with the same input: it does what is left."
        case Verdict.INCOMPLETE:
            return "The report says what each of the others needs; then start again with its retry.csv."
        case Verdict.NOTHING:
            return "The report says which rule keeps each one out, and what would help."
    return ""


_SPOKEN = {
    Outcome.MIGRATED: "migrated",
    Outcome.ROLLED_BACK: "rolled back",
    Outcome.NEVER_STARTED: "never started",
    Outcome.REFUSED: "refused by the service",
    Outcome.STUCK: "stuck",
    Outcome.LOST: "lost",
    Outcome.INELIGIBLE: "ineligible",
    Outcome.DEFERRED: "deferred",
    Outcome.PLANNED: "would go",
}
