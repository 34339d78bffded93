"""StartMigrations: the second look, then as many starts of a batch as there are permits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from migrator.adapters.holds import Claim
from migrator.domain.facts import Connection, PassingFacts, Workspace
from migrator.domain.migration import Ending
from migrator.domain.outcomes import Outcome
from migrator.domain.passing_rules import PASSING_RULES
from migrator.domain.plan import Batch
from migrator.domain.records import MigrationRecord, RunRecord, Stage, concluded, waiting
from migrator.domain.rule_ids import RuleId
from migrator.domain.rules import Finding, judge
from migrator.domain.run_input import RunInput
from migrator.domain.withholding import Withheld, withheld
from migrator.services import Services
from migrator.steps.calling import Caller
from migrator.steps.poll import progress_of
from migrator.steps.progress import Progress, startable
from migrator.steps.room import Room, room_in
from migrator.steps.seeing import see_targets
from migrator.steps.watching import standing

LOOK_AGAIN = timedelta(minutes=10)
"""A WorkSpace that something passing blocks is looked at again this often."""

ASK_AGAIN = timedelta(minutes=1)
"""One that another run holds."""

_RULES = frozenset(rule.value for rule in RuleId)
"""Reasons that a rule gave; the service's own are error codes, and such a call is made again soon."""

_TIME_FOR_ONE_START = 45.0
"""Seconds of the function's time below which it begins no other start."""


class Starter:
    """One invocation for one batch."""

    def __init__(
        self,
        services: Services,
        run: RunRecord,
        given: RunInput,
        batch: Batch,
        seconds_left: Callable[[], float],
    ) -> None:
        self._services = services
        self._ledger = services.ledger
        self._caller = Caller(services, run.run_id)
        self._run = run
        self._given = given
        self._batch = batch
        self._candidates = {one.workspace_id: one for one in batch.candidates}
        self._seconds_left = seconds_left
        self._known: dict[str, MigrationRecord] = {}
        self._stopped = False

    def start(self) -> Progress:
        """Start what can start; every WorkSpace of the batch is started, ended or waits after."""
        self._known = self._ledger.migrations(self._run.run_id, list(self._candidates))
        now = self._services.clock.now()
        stop = self._withheld(self._run)
        first = not self._known
        held = standing(
            self._services,
            self._run,
            self._given,
            self._batch,
            self._ledger.watch(self._run.run_id, self._batch.directory_id),
            self._startable,
            first_start=first,
        )
        self._repeat_calls(now)
        if stop is not None:
            self._withhold(stop)
        else:
            self._start_some(now, held.ahead)
            self._defer_the_hopeless()
        return progress_of(
            self._services, self._run, self._given, self._batch, self._known, held, held.watch.look_at
        )

    def _startable(self, now: datetime) -> int:
        return startable(self._candidates, self._known, now)

    def _withheld(self, run: RunRecord) -> Withheld | None:
        in_canary = self._batch.batch_id.startswith("canary")
        return withheld(run, self._given, in_canary=in_canary, now=self._services.clock.now())

    def _records(self) -> list[MigrationRecord]:
        """As the ledger has them now; what has not started is this invocation's alone."""
        return [
            self._known.get(candidate.workspace_id) or waiting(candidate, self._batch.batch_id)
            for candidate in self._batch.candidates
        ]

    def _waiting(self) -> list[MigrationRecord]:
        return [record for record in self._records() if record.stage is Stage.WAITING]

    def _keep(self, record: MigrationRecord) -> None:
        self._known[record.workspace_id] = record

    def _write(self, record: MigrationRecord) -> None:
        self._ledger.write(self._run.run_id, record)
        self._keep(record)

    def _repeat_calls(self, now: datetime) -> None:
        """Calls that did not act: they hold their permit, and even the brake leaves them theirs."""
        for record in self._records():
            if (
                record.stage is Stage.CALLING
                and not record.sent
                and (record.not_before is None or record.not_before <= now)
                and self._seconds_left() > _TIME_FOR_ONE_START
            ):
                self._keep(self._caller.call_again(record))

    def _withhold(self, stop: Withheld) -> None:
        left = self._waiting()
        if left and stop.brake is not None:
            self._ledger.pull_brake(self._run.run_id, stop.brake)
        for record in left:
            if record.reason and stop.brake is None:
                self._defer(record)
            else:
                self._finish(record, Outcome.DEFERRED, stop.reason, stop.detail, stop.next_step)

    # Starting

    def _start_some(self, now: datetime, ahead: int) -> None:
        due = [
            record
            for record in self._waiting()
            if (record.not_before is None or record.not_before <= now)
            and not (record.held_by and self._follow_other_run(record))
        ]
        room = room_in(self._services, self._batch, self._given.max_in_flight) if due else None
        if room is None or (room.permits <= ahead and (room.permits or room.in_flight)):
            return
        chosen = due[: room.permits - ahead] if room.permits else due
        ids = [record.workspace_id for record in chosen]
        workspaces = self._services.workspaces
        workspaces.pace.book(2)
        sources = workspaces.describe(ids)
        connections = workspaces.connections(ids)
        tags = self._services.tags(self._run.execution_arn).of(ids)
        for record in chosen:
            if self._stopped or self._seconds_left() < _TIME_FOR_ONE_START:
                break
            one = record.workspace_id
            tagged = replace(record, tags=_carried_over(tags[one]))
            if self._start_one(tagged, sources.get(one), connections.get(one), room) is Claim.NO_PERMIT:
                break
        records = self._records()
        started = [record for record in records if record.target_workspace_id and not record.target_seen]
        if started and not any(record.target_seen for record in records):
            # No poll is due for a while. Look once now: a target that rolls back early is never
            # seen later, nor its computer's name.
            for record in see_targets(self._services, self._run.run_id, started):
                self._keep(record)

    def _start_one(
        self,
        record: MigrationRecord,
        source: Workspace | None,
        connection: Connection | None,
        room: Room,
    ) -> Claim | None:
        """Judge and start one; None where it was not let go."""
        if source is None or source.bundle_id != record.source_bundle_id:
            self._not_as_planned(record, source)
            return None
        self._services.workspaces.pace.book(2)
        facts = PassingFacts(
            source,
            connection,
            self._services.workspaces.snapshots(record.workspace_id),
            room.permits,
            self._services.clock.now(),
            self._given.max_snapshot_age_hours,
        )
        verdict = judge(facts, PASSING_RULES, self._given.rules)
        if verdict.blocked_by is not None and verdict.finding is not None:
            # What another run migrates looks blocked, too.
            if not self._follow_other_run(record):
                self._blocked(record, verdict.blocked_by, verdict.finding)
            return None
        latest = self._ledger.run(self._run.run_id)
        if latest is not None and self._withheld(latest) is not None:
            # Since this invocation began; the next one says so to all that wait.
            self._stopped = True
            return None
        ready = replace(
            record.before(source),
            warnings=verdict.warnings,
            held_by=None,
            reason=None,
            detail="",
            next_step="",
        )
        now = self._services.clock.now()
        claim, intent = self._services.holds.claim(self._run, ready, room.limit, now, room.addressed_gone)
        if claim is Claim.GRANTED:
            self._keep(self._caller.call(intent))
        elif claim is Claim.HELD:
            self._follow_other_run(record)
        return claim

    # What does not start

    def _blocked(self, record: MigrationRecord, rule: RuleId, finding: Finding) -> None:
        if finding.heals:
            # No other run's any more, if it was.
            self._wait(
                replace(record, held_by=None), LOOK_AGAIN, rule.value, finding.detail, finding.next_step
            )
        else:
            self._finish(record, Outcome.INELIGIBLE, rule.value, finding.detail, finding.next_step)

    def _not_as_planned(self, record: MigrationRecord, source: Workspace | None) -> None:
        """Gone, or on another bundle than when it was planned."""
        if self._follow_other_run(record):
            return
        if source is None:
            self._finish(
                record,
                Outcome.INELIGIBLE,
                RuleId.NOT_FOUND.value,
                "It was there when the run was planned and is gone now.",
                "Find out who terminated it; CloudTrail has the call.",
            )
        else:
            on_target = source.bundle_id == record.target_bundle_id
            rule = RuleId.SAME_BUNDLE if on_target else RuleId.MODIFICATION_IN_PROGRESS
            self._finish(
                record,
                Outcome.INELIGIBLE,
                rule.value,
                f"Its bundle is {source.bundle_id} now; it was planned from {record.source_bundle_id}.",
                "Plan again.",
            )

    def _follow_other_run(self, record: MigrationRecord) -> bool:
        """Wait for another run that migrates it, or take over the outcome that run gave it.

        False where no other run has had to do with it since this one began.
        """
        last = self._services.holds.last_migration(record.directory_id, record.workspace_id)
        if last is None:
            return False
        if last.holder is not None:
            if last.holder == self._run.run_id:
                return False
            self._wait(
                replace(record, held_by=last.holder),
                ASK_AGAIN,
                RuleId.MODIFICATION_IN_PROGRESS.value,
                f"Run {last.holder} is migrating it.",
                "Look at that run's report.",
            )
            return True
        if (
            last.run_id is None
            or last.run_id == self._run.run_id
            or last.ended_at is None
            or last.ended_at < self._run.started_at.replace(microsecond=0)
        ):
            return False
        theirs = self._ledger.migrations(last.run_id, [record.workspace_id])
        if record.workspace_id not in theirs:
            return False
        adopted = replace(
            theirs[record.workspace_id],
            batch_id=record.batch_id,
            held_by=last.run_id,
            warnings=(*theirs[record.workspace_id].warnings, f"migrated by run {last.run_id}"),
        )
        self._write(adopted)
        return True

    def _wait(
        self, record: MigrationRecord, pause: timedelta, reason: str, detail: str, next_step: str
    ) -> None:
        self._write(
            replace(
                record,
                not_before=self._services.clock.now() + pause,
                reason=reason,
                detail=detail,
                next_step=next_step,
            )
        )

    def _finish(
        self, record: MigrationRecord, outcome: Outcome, reason: str, detail: str, next_step: str
    ) -> None:
        ending = Ending(outcome, reason, detail, next_step)
        self._write(concluded(record, ending, self._services.clock.now()))

    def _defer(self, record: MigrationRecord) -> None:
        self._finish(
            record,
            Outcome.DEFERRED,
            record.reason or RuleId.STATE.value,
            record.detail,
            record.next_step,
        )

    def _defer_the_hopeless(self) -> None:
        """What something passing blocks is looked at again while the batch has others under way,
        or until the window closes; after that it is deferred."""
        if self._given.window or any(record.under_way for record in self._records()):
            return
        left = self._waiting()
        if all(record.reason in _RULES and not record.held_by for record in left):
            for record in left:
                self._defer(record)


def _carried_over(tags: Mapping[str, str]) -> tuple[str, ...]:
    """Keys of the tags that a migration carries over; those of AWS itself are its own business."""
    return tuple(sorted(key for key in tags if not key.startswith("aws:")))
