"""Report: gather what plan, ledger and clean-up know, write it to the bucket, tell people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import TypeAdapter

from migrator.adapters.clear_answers import UNLIKE, UnclearAnswer
from migrator.domain.consequences import FOR_ALL
from migrator.domain.outcomes import Outcome
from migrator.domain.plan import Candidate
from migrator.domain.reasons import RunReason
from migrator.domain.records import MigrationRecord, RunRecord
from migrator.domain.refusals import not_allowed
from migrator.domain.report import (
    Approval,
    BundleLine,
    Cost,
    DirectoryLine,
    Failure,
    PriceSource,
    RunReport,
    Verdict,
    WorkspaceLine,
)
from migrator.domain.transitions import ParentPath, dollars
from migrator.domain.verdicts import ends_green, headline, verdict_of, what_to_do
from migrator.report.links import REPORT, console_links
from migrator.report.notice import chat, subject, text
from migrator.report.page import render_page
from migrator.report.tables import id_map_csv, results_csv, retry_csv, terraform_moves
from migrator.services import Services
from migrator.steps.clean_up import LEFT_BEHIND
from migrator.steps.dead_batches import tell_dead_batches
from migrator.steps.failed_targets import told_of_targets
from migrator.steps.leftovers import leftovers
from migrator.steps.parts import Parts, Planned
from migrator.steps.plans import BATCHES_FILE, PERMITS_FILE, planned_batches
from migrator.steps.pricing import PRICES_FILE, cost_of_run
from migrator.steps.telling import is_told, notice_unsent, say_in_chat, tell_report, tell_unreported
from migrator.steps.user_checks import told_of_users

_DIRECTORY = TypeAdapter(list[DirectoryLine])
_PERMITS = TypeAdapter(dict[str, int])


@dataclass(frozen=True, slots=True)
class Closing:
    """What the state machine knows when it comes to report."""

    run_id: str
    execution_arn: str
    started_at: datetime
    dry_run: bool
    failure: Failure | None
    approval: Approval | None
    path: ParentPath
    map_run_arn: str | None = None
    """Of the batches; None where none began."""
    manifest_key: str | None = None
    """Of that Map Run's results."""


class NoticeNotSent(Exception):
    """The report is written, and the topic did not take its notice."""


def report(
    services: Services, closing: Closing, seconds_left: Callable[[], float], *, last_try: bool = False
) -> RunReport:
    """Make the report, write it in all its forms, publish the notice and tell the bus.

    Raises NoticeNotSent where only the notice is missing; on the last try chat and bus are told all the same.
    """
    run = services.ledger.run(closing.run_id)
    made = gather(services, closing, run)
    links = console_links(
        closing.execution_arn,
        map_run_arn=closing.map_run_arn,
        dashboard=services.settings.dashboard,
        ledger_table=services.settings.ledger_table if run else None,
        runs_bucket=services.settings.runs_bucket,
        run_id=closing.run_id,
    )
    files = _write(services, made, {label: where for label, where in links.items() if label != REPORT})
    unsent = notice_unsent(services, subject(made), text(made, links | files))
    # The last try is repeated, too: chat and bus hear of it once.
    if unsent is not None and (not last_try or is_told(services, made, files)):
        raise NoticeNotSent(unsent)
    say_in_chat(services, chat(made, links))
    if closing.manifest_key is not None:
        tell_dead_batches(services, closing.run_id, closing.manifest_key)
    tell_report(services, made, files, seconds_left)
    if unsent is not None:
        raise NoticeNotSent(unsent)
    return made


def report_not_written(services: Services, closing: Closing, error: Exception) -> None:
    """Tell the bus that the run is over although its report cannot be written: with what the ledger
    knows, as far as that can be read."""
    failure = Failure(error="ReportFailed", cause=f"{type(error).__name__}: {error}")
    known = replace(closing, failure=failure)
    try:
        made = gather(services, known, services.ledger.run(closing.run_id))
    except (ClientError, BotoCoreError, UnclearAnswer, *UNLIKE):
        now = services.clock.now()
        made = RunReport(
            run_id=closing.run_id,
            stage=services.settings.stage,
            dry_run=closing.dry_run,
            verdict=Verdict.FAILED,
            headline=headline(Verdict.FAILED, {}, braked=None, failure=failure),
            started_at=closing.started_at,
            ended_at=now,
            virtual_seconds=round((now - closing.started_at).total_seconds(), 3),
            counts={},
            workspaces=[],
            failure=failure,
            execution_arn=closing.execution_arn,
        )
    tell_unreported(services, made)


def gather(services: Services, closing: Closing, run: RunRecord | None) -> RunReport:
    """The report, from plan, ledger and clean-up. `run` is None where planning never finished."""
    parts = Parts(services.runs, closing.run_id)
    lines = {line.workspace_id: line for line in parts.verdicts()}
    fees: dict[str, list[Any]] = {}
    if not closing.dry_run:
        planned = {one.candidate.workspace_id: one for one in parts.planned()}
        fees = {one: each.fees for one, each in planned.items() if each.fees}
        # Planning may have died after it had judged all and before it had its batches.
        lines |= {one: _run_ended(each.candidate, None, each.warnings) for one, each in planned.items()}
        if run is not None:
            seen = _migration_lines(services, closing.run_id, planned)
            lines |= _remarked(services, closing.run_id, seen)
    counted = Counter(line.outcome for line in lines.values())
    counts = {outcome: counted.get(outcome, 0) for outcome in Outcome}
    braked = run.braked if run else None
    failure = closing.failure
    verdict = verdict_of(counts, dry_run=closing.dry_run, braked=braked, failure=failure)
    now = services.clock.now()
    return RunReport(
        run_id=closing.run_id,
        stage=services.settings.stage,
        dry_run=closing.dry_run,
        verdict=verdict,
        headline=headline(
            verdict, counts, braked=braked, failure=failure, not_allowed=not_allowed(lines.values())
        ),
        started_at=closing.started_at,
        ended_at=now,
        virtual_seconds=round((now - closing.started_at).total_seconds(), 3),
        counts=counts,
        workspaces=sorted(lines.values(), key=lambda line: line.workspace_id),
        directory=services.runs.read_as(closing.run_id, LEFT_BEHIND, _DIRECTORY.validate_python) or [],
        permits=None
        if closing.dry_run
        else services.runs.read_as(closing.run_id, PERMITS_FILE, _PERMITS.validate_python),
        bundles=None if closing.dry_run else _leftovers(services, lines.values()),
        cost=_cost(services, closing, fees, lines),
        consequences=FOR_ALL if closing.dry_run else None,
        failure=failure,
        approval=closing.approval,
        execution_arn=closing.execution_arn,
    )


def _leftovers(services: Services, lines: Iterable[WorkspaceLine]) -> list[BundleLine] | None:
    """None where the service does not say: a report must not fail for what is good to know."""
    try:
        return leftovers(services, lines)
    except (ClientError, BotoCoreError, UnclearAnswer):
        return None


def _cost(
    services: Services,
    closing: Closing,
    fees: Mapping[str, list[Any]],
    lines: Mapping[str, WorkspaceLine],
) -> Cost:
    """Money: the desktops' and the state machine's."""
    prices = services.runs.read_as(closing.run_id, PRICES_FILE, PriceSource.model_validate)
    transitions = closing.path.transitions + services.ledger.transitions(closing.run_id)
    migrated = sum(1 for line in lines.values() if line.outcome is Outcome.MIGRATED)
    return cost_of_run(prices, fees, lines.values(), closing.started_at.date()).model_copy(
        update={
            "state_transitions": transitions,
            "state_machine_usd": dollars(transitions),
            "transitions_per_workspace": round(transitions / migrated, 2) if migrated else None,
        }
    )


def _migration_lines(
    services: Services, run_id: str, planned: Mapping[str, Planned]
) -> dict[str, WorkspaceLine]:
    records = {record.workspace_id: record for record in services.ledger.all_migrations(run_id)}
    warnings = {one: each.warnings for one, each in planned.items()}
    lines: dict[str, WorkspaceLine] = {}
    for batch in planned_batches(services, run_id):
        for candidate in batch.candidates:
            one = candidate.workspace_id
            record = records.get(one)
            if record is not None and record.outcome is not None:
                lines[one] = _line(record, record.outcome, warnings.get(one, []))
                continue
            lines[one] = _run_ended(candidate, record, warnings.get(one, []), batch.batch_id)
    if unplanned := sorted(records.keys() - lines.keys()):
        # A report that left them out would be wrong about them.
        raise UnclearAnswer(
            f"The ledger has migrations of run {run_id} that its plan has not, {unplanned[0]} for one of "
            f"{len(unplanned)}: s3://{services.runs.bucket}/{services.runs.key(run_id, BATCHES_FILE)} is not "
            "as it was written. Restore the version of the object before it."
        )
    return lines


def _run_ended(
    candidate: Candidate, record: MigrationRecord | None, warnings: list[str], batch_id: str | None = None
) -> WorkspaceLine:
    """The line of one that has no outcome. `batch_id` is None where there are no batches yet."""
    under_way = record is not None and record.under_way
    return WorkspaceLine(
        workspace_id=candidate.workspace_id,
        user_name=candidate.user_name,
        directory_id=candidate.directory_id,
        source_bundle_id=candidate.source_bundle_id,
        target_bundle_id=candidate.target_bundle_id,
        outcome=Outcome.DEFERRED,
        reason=RunReason.RUN_ENDED.value,
        detail="The run died before its outcome was known."
        if under_way
        else "The run ended before its turn came.",
        next_step="Start a new run with the same input: it looks at the service first.",
        batch_id=batch_id,
        target_workspace_id=record.target_workspace_id if record else None,
        started_at=record.started_at if record else None,
        warnings=warnings,
    )


def _remarked(services: Services, run_id: str, lines: dict[str, WorkspaceLine]) -> dict[str, WorkspaceLine]:
    """With what was found out after their outcomes."""
    remarks = [*told_of_targets(services, run_id), *told_of_users(services, run_id)]
    for workspace_id, remark in remarks:
        line = lines[workspace_id]
        lines[workspace_id] = line.model_copy(
            update={
                "warnings": [*line.warnings, remark.warning],
                "next_step": remark.next_step or line.next_step,
            }
        )
    return lines


def _line(record: MigrationRecord, outcome: Outcome, planning_warnings: list[str]) -> WorkspaceLine:
    return WorkspaceLine(
        workspace_id=record.workspace_id,
        target_workspace_id=record.target_workspace_id,
        user_name=record.user_name,
        directory_id=record.directory_id,
        source_bundle_id=record.source_bundle_id,
        target_bundle_id=record.target_bundle_id,
        outcome=outcome,
        reason=record.reason,
        detail=record.detail,
        next_step=record.next_step,
        warnings=[*planning_warnings, *record.warnings],
        started_at=record.started_at,
        ended_at=record.ended_at,
        batch_id=record.batch_id,
        computer_name=record.computer_name,
        target_computer_name=record.target_computer_name,
        ip_address=record.ip_address,
        target_ip_address=record.target_ip_address,
        migrated_by_run=record.held_by,
    )


def _write(services: Services, made: RunReport, links: Mapping[str, str]) -> dict[str, str]:
    """Each file is made, written and let go before the next: a large fleet's are a hundred megabytes."""
    files: dict[str, tuple[Callable[[RunReport], str], str]] = {
        "report.html": (partial(render_page, links=links), "text/html; charset=utf-8"),
        "report.json": (_json, "application/json"),
        "results.csv": (results_csv, "text/csv; charset=utf-8"),
        "id-map.csv": (id_map_csv, "text/csv; charset=utf-8"),
        "retry.csv": (retry_csv, "text/csv; charset=utf-8"),
        "terraform-moves.sh": (terraform_moves, "text/plain; charset=utf-8"),
    }
    return {
        name: services.runs.write(made.run_id, name, make(made), content_type)
        for name, (make, content_type) in files.items()
    }


_INDENTED_UP_TO = 1000
"""WorkSpaces up to which report.json is laid out for people."""


def _json(made: RunReport) -> str:
    indent = 2 if len(made.workspaces) <= _INDENTED_UP_TO else None
    return made.model_dump_json(by_alias=True, indent=indent)


def result_of(made: RunReport) -> dict[str, Any]:
    """What the state machine ends with."""
    place = f"runs/{made.run_id}/report.html"
    told = (made.headline, what_to_do(made.verdict, made.counts), f"Report: {place} in the runs bucket.")
    return {
        "cause": " ".join(one for one in told if one),
        "verdict": made.verdict.value,
        "green": ends_green(made),
        "headline": made.headline,
        "counts": {outcome.value: count for outcome, count in made.counts.items() if count},
        "report": place,
    }
