"""Telling the event bus and the topics what happened, after a step has done its work.

What the bus did not take, or a function that died never put, is put by the report, which knows from the
ledger what was taken. None of this fails a migration; what failed is in the log and a metric.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from migrator.adapters.clear_answers import UnclearAnswer
from migrator.domain.events import (
    Detail,
    batch_event_id,
    batch_finished,
    line_finished,
    record_finished,
    run_finished,
    run_started,
    workspace_event_id,
)
from migrator.domain.metrics import Metric
from migrator.domain.outcomes import Outcome
from migrator.domain.plan import Batch
from migrator.domain.records import RunRecord
from migrator.domain.report import LEFT_TO_A_PERSON, RunReport, WorkspaceLine
from migrator.report.brake import brake_chat, brake_subject, brake_text
from migrator.report.request import approval_chat
from migrator.services import Services
from migrator.steps.progress import Progress

_CHUNK = 100
"""Events put before the clock is looked at, and noted with one write."""

TIME_KEPT = 30.0
"""Seconds of the function's time that events must leave it: what is then left is the report's to put."""


def tell_verdicts(
    services: Services,
    run_id: str,
    lines: Sequence[Mapping[str, Any]],
    seconds_left: Callable[[], float],
) -> None:
    """Verdicts of planning onto the bus. The report measures them: a planning that is repeated may come to
    others, and one that dies to none."""
    now, stage = services.clock.now(), services.settings.stage
    read = (WorkspaceLine.model_validate(line) for line in lines)
    events = [line_finished(run_id, line, now, stage=stage) for line in read]
    _put_in_time(services, run_id, events, seconds_left)


def tell_plan(services: Services, run: RunRecord, counts: Mapping[Outcome, int], *, dry_run: bool) -> None:
    """The run is planned; `counts` are the verdicts of planning. Its start onto the bus."""
    services.measures.record(
        "run planned", {Metric.RUNS_STARTED: 1}, dry_run=dry_run, runId=run.run_id, planned=run.planned
    )
    event = run_started(run, dict(counts), stage=services.settings.stage, dry_run=dry_run)
    _put(services, run.run_id, [event])


def tell_step(
    services: Services,
    seconds_left: Callable[[], float],
    *,
    batch: tuple[RunRecord, Batch, Progress] | None = None,
    repeated: bool = False,
) -> None:
    """What this invocation wrote: outcomes and the end of its batch onto the bus, a brake to the topics.

    Outcomes may be another run's: whoever meets a dead run's migrations gives them theirs. `repeated`: an
    earlier invocation for the batch has died, perhaps between pulling the brake and telling of it.
    """
    stage = services.settings.stage
    for run_id, why in _brakes_to_tell(services, batch[0] if batch and repeated else None):
        notice_unsent(services, brake_subject(run_id, stage), brake_text(run_id, why))
        say_in_chat(services, brake_chat(run_id, why))
        services.ledger.brake_told(run_id)
    for run_id, ended in groupby(sorted(services.witness.ended, key=_run), key=_run):
        events = [record_finished(run_id, record, stage=stage) for _, record in ended]
        _put_in_time(services, run_id, events, seconds_left)
    if batch is not None:
        run, members, progress = batch
        if progress.next == "done":
            ids = [candidate.workspace_id for candidate in members.candidates]
            records = services.ledger.migrations(run.run_id, ids)
            now = services.clock.now()
            event = batch_finished(run.run_id, members.batch_id, records.values(), now, stage=stage)
            _put(services, run.run_id, [event])


def _brakes_to_tell(services: Services, run: RunRecord | None) -> list[tuple[str, str]]:
    """Brakes this invocation pulled, or the one of `run` that was pulled before and not told."""
    pulled = list(services.witness.braked)
    if pulled or run is None or run.braked is None or run.brake_told:
        return pulled
    return [(run.run_id, run.braked)]


def tell_request(services: Services, run_id: str, size: int) -> None:
    """The chat hears that approval is needed; the request itself goes out from the state machine."""
    say_in_chat(services, approval_chat(run_id, size))


def tell_flight(services: Services, run_id: str) -> None:
    """How many migrations are under way, over all runs, in each directory where this invocation has
    changed it."""
    for directory_id in sorted(services.holds.changed):
        in_flight = services.holds.permits(directory_id).in_flight
        services.measures.of_directory("in flight", {Metric.IN_FLIGHT: in_flight}, directory_id, run_id)


def tell_report(
    services: Services, made: RunReport, files: Mapping[str, str], seconds_left: Callable[[], float]
) -> None:
    """The run is over: what nobody has told yet, then its end. A report that is repeated measures nothing
    again: what was told was measured before."""
    told = services.told.all(made.run_id)
    finished = run_finished(made, files)
    if not made.dry_run:
        _measure_forgotten(services, made, told)
        _put_in_time(services, made.run_id, _untold(made, told), seconds_left, last=True)
    if finished.event_id not in told:
        _measure_kept_back(services, made)
        _measure_run(services, made)
    _put(services, made.run_id, [finished])


def tell_unreported(services: Services, made: RunReport) -> None:
    """The run is over, and what it came to stands in no report."""
    finished = run_finished(made, {})
    if finished.event_id not in services.told.all(made.run_id):
        _put(services, made.run_id, [finished])


def _measure_run(services: Services, made: RunReport) -> None:
    services.measures.record(
        "run finished",
        {
            Metric.RUNS_FINISHED: 1,
            Metric.RUN_SECONDS: made.virtual_seconds,
            Metric.RUNS_DIED: int(made.failure is not None),
            Metric.PERMITS_NOT_RETURNED: 0 if made.dry_run else _still_held(services, made),
            Metric.COMPUTER_OBJECTS_LEFT: sum(
                1 for line in made.directory if line.result in LEFT_TO_A_PERSON
            ),
        },
        dry_run=made.dry_run,
        runId=made.run_id,
        verdict=made.verdict,
        counts={outcome: count for outcome, count in made.counts.items() if count},
    )


def _still_held(services: Services, made: RunReport) -> int:
    """Migrations the run still holds, each with its permit: none, unless batches of it died."""
    directories = sorted(
        {line.directory_id for line in made.workspaces if line.batch_id and line.directory_id}
    )
    return sum(len(services.holds.held_by(made.run_id, one)) for one in directories)


def _measure_kept_back(services: Services, made: RunReport) -> None:
    """Those that got no batch have their outcome from planning."""
    for line in made.workspaces:
        if line.batch_id is None:
            _measure_line(services, made, line)


def _measure_forgotten(services: Services, made: RunReport, told: set[str]) -> None:
    """Those whose batch died get their outcome from the report, and were counted nowhere."""
    for line in made.workspaces:
        if workspace_event_id(made.run_id, line.workspace_id, line.outcome, line.reason) in told:
            continue
        if line.batch_id is not None and line.ended_at is None:
            _measure_line(services, made, line)


def _measure_line(services: Services, made: RunReport, line: WorkspaceLine) -> None:
    services.measures.record(
        "WorkSpace decided",
        {line.outcome.value: 1},
        dry_run=made.dry_run,
        runId=made.run_id,
        batchId=line.batch_id,
        workspaceId=line.workspace_id,
        targetWorkspaceId=line.target_workspace_id,
        directoryId=line.directory_id,
        sourceBundleId=line.source_bundle_id,
        targetBundleId=line.target_bundle_id,
        outcome=line.outcome,
        reason=line.reason,
        **services.witness.user(line.user_name),
    )


def _untold(made: RunReport, told: set[str]) -> list[Detail]:
    lines = [
        line
        for line in made.workspaces
        if workspace_event_id(made.run_id, line.workspace_id, line.outcome, line.reason) not in told
    ]
    batches: dict[str, list[WorkspaceLine]] = {}
    for line in made.workspaces:
        if line.batch_id is not None and batch_event_id(made.run_id, line.batch_id) not in told:
            batches.setdefault(line.batch_id, []).append(line)
    return [
        *(line_finished(made.run_id, line, made.ended_at, stage=made.stage) for line in lines),
        *(
            batch_finished(made.run_id, batch_id, members, _last_end(made, members), stage=made.stage)
            for batch_id, members in sorted(batches.items())
        ),
    ]


def _last_end(made: RunReport, members: Sequence[WorkspaceLine]) -> Any:
    return max(line.ended_at or made.ended_at for line in members)


def _put_in_time(
    services: Services,
    run_id: str,
    events: Sequence[Detail],
    seconds_left: Callable[[], float],
    *,
    last: bool = False,
) -> None:
    """`last`: nobody comes after who could put what is left."""
    for start in range(0, len(events), _CHUNK):
        if seconds_left() < TIME_KEPT:
            if last:
                _failed(services, run_id, len(events) - start, "no time was left")
            return
        if not _put(services, run_id, events[start : start + _CHUNK]):
            left = len(events) - start - _CHUNK
            if left > 0:
                _failed(services, run_id, left, "the bus failed before")
            return


def _put(services: Services, run_id: str, events: Sequence[Detail]) -> bool:
    """Put them and note those that were taken; whether all were."""
    taken, refused = services.bus.put(events)
    if taken:
        services.told.note(run_id, [event.event_id for event in taken])
    for code, count in sorted(Counter(code for _, code in refused).items()):
        _failed(services, run_id, count, code)
    return not refused


def _failed(services: Services, run_id: str, count: int, why: str) -> None:
    services.measures.record(
        "events not put", {Metric.EVENTS_NOT_PUT: count}, dry_run=False, runId=run_id, why=why
    )


def say_in_chat(services: Services, message: str) -> None:
    """To the chat's topic; a chat that cannot be reached stops nothing."""
    _send(services, partial(services.notices.publish_chat, message))


def notice_unsent(services: Services, subject: str, text: str) -> str | None:
    """Tell people; what the topic said if it did not take it, which is measured."""
    return _send(services, partial(services.notices.publish, subject, text))


def is_told(services: Services, made: RunReport, files: Mapping[str, str]) -> bool:
    """Whether the bus has taken that the run is over, with this report."""
    return run_finished(made, files).event_id in services.told.all(made.run_id)


def _send(services: Services, send: Callable[[], None]) -> str | None:
    try:
        send()
    except (ClientError, BotoCoreError, UnclearAnswer) as error:
        services.measures.record(
            "notice not sent", {Metric.NOTICES_NOT_SENT: 1}, dry_run=False, why=str(error)
        )
        return f"{type(error).__name__}: {error}"
    return None


def _run(ended: tuple[str, Any]) -> str:
    return ended[0]
