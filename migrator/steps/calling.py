"""MigrateWorkspace for a WorkSpace whose intent is in the ledger, and what its answer leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from migrator.adapters.migrating import Answer, Kind
from migrator.domain.facts import Workspace
from migrator.domain.migration import GONE, Ending
from migrator.domain.outcomes import Outcome
from migrator.domain.records import MigrationRecord, Stage
from migrator.domain.refusals import GRANT_IT, NOT_ALLOWED
from migrator.services import Services

TRY_AGAIN = timedelta(minutes=2)
"""After an answer that was no target."""

_AS_IF_IT_ACTED = ("OperationInProgressException", "ResourceNotFoundException")
"""What the service says of a WorkSpace that is being migrated, or has been."""

LATEST_LOOK = timedelta(minutes=3)
"""A look that comes so much later than it was due proves nothing: a target may have come and gone."""

LONGEST_THROTTLED = timedelta(hours=1)
"""So long a WorkSpace holds its permit while the service takes no call for it."""

LONGEST_PAUSE = timedelta(minutes=1)

MOST_TRIES = 3
"""Answers of "not now" or of a failed service before they count as a no."""


class Caller:
    """Calls for one run."""

    def __init__(self, services: Services, run_id: str) -> None:
        self._services = services
        self._ledger = services.ledger
        self._run_id = run_id

    def call(self, intent: MigrationRecord) -> MigrationRecord:
        """Make the call, once, and write down what it answered; the record as it is after."""
        answer = self._services.migrating.migrate(intent.workspace_id, intent.target_bundle_id)
        now = self._services.clock.now()
        if answer.kind is Kind.STARTED:
            return self._ledger.note(
                self._run_id,
                intent,
                stage=Stage.STARTED,
                target_workspace_id=answer.target_workspace_id,
                started_at=now,
            )
        if intent.reason and answer.code in _AS_IF_IT_ACTED:
            # The call before this one was answered with a failure: it has acted after all.
            return intent
        if answer.kind is Kind.REFUSED:
            return self._services.holds.end(self._run_id, intent, _refused(answer), now)
        if answer.kind is Kind.THROTTLED:
            return self._throttled(intent, answer, now)
        if answer.kind is Kind.NOT_NOW:
            return self._not_now(intent, answer, now)
        if answer.kind is Kind.FAILED:
            return self._ledger.note(
                self._run_id,
                intent,
                sent=False,
                tries=intent.tries + 1,
                not_before=now + TRY_AGAIN,
                reason=answer.code,
                detail=answer.message,
            )
        # Without an answer the record stays as it is: polling looks for the target, and nobody
        # makes the call again.
        return intent

    def _throttled(self, intent: MigrationRecord, answer: Answer, now: datetime) -> MigrationRecord:
        """At once, then after as long again as it has lasted."""
        since = intent.throttled_since or now
        if now - since >= LONGEST_THROTTLED:
            return self._services.holds.end(self._run_id, intent, _throttled_too_long(answer), now)
        pause = min(now - since, LONGEST_PAUSE)
        return self._ledger.note(
            self._run_id, intent, sent=False, not_before=now + pause, throttled_since=since
        )

    def _not_now(self, intent: MigrationRecord, answer: Answer, now: datetime) -> MigrationRecord:
        tries = intent.tries + 1
        if tries >= MOST_TRIES:
            return self._services.holds.end(self._run_id, intent, _refused(answer), now)
        return self._services.holds.give_back(
            self._run_id,
            intent,
            tries=tries,
            not_before=now + TRY_AGAIN,
            reason=answer.code,
            detail=f"The service answered {answer.code}: {answer.message}",
            next_step="Run again.",
        )

    def call_again(self, record: MigrationRecord) -> MigrationRecord:
        """Repeat a call that did not act; after a failed one, only if nothing came of it."""
        if record.doubtful:
            found = self._look_for_what_came(record)
            if found is not None:
                return found
        now = self._services.clock.now()
        again = self._ledger.note(self._run_id, record, sent=True, started_at=now, not_before=None)
        return self.call(again)

    def _look_for_what_came(self, record: MigrationRecord) -> MigrationRecord | None:
        """What the failed call has left, or a failure too many; None where the call may be repeated."""
        adopted = adopt_target(self._services, self._run_id, record)
        if adopted.target_workspace_id is not None:
            return adopted
        source = self._services.workspaces.describe([record.workspace_id]).get(record.workspace_id)
        due = record.not_before
        late = due is not None and self._services.clock.now() - due > LATEST_LOOK
        gone = source is None or source.state in GONE or source.bundle_id != record.source_bundle_id
        if late or gone:
            return leave_to_polling(self._services, self._run_id, record)
        if record.tries >= MOST_TRIES:
            answer = Answer(Kind.FAILED, code=record.reason or "", message=record.detail)
            return self._services.holds.end(
                self._run_id, record, _refused(answer), self._services.clock.now()
            )
        return None


def leave_to_polling(services: Services, run_id: str, record: MigrationRecord) -> MigrationRecord:
    """Nobody makes the call again: what came of the failed one shows, or the guide's hour passes."""
    return services.ledger.note(run_id, record, sent=True, not_before=None)


def adopt_target(services: Services, run_id: str, record: MigrationRecord) -> MigrationRecord:
    """Look for the target of a call that gave none; the record, with the target where there is one."""
    for sibling in others_of_user(services, run_id, record):
        if sibling.bundle_id == record.target_bundle_id:
            # It may be on its way out already, and never be seen again.
            return services.ledger.note(
                run_id,
                record,
                stage=Stage.STARTED,
                sent=True,
                target_workspace_id=sibling.workspace_id,
                target_seen=True,
                target_computer_name=sibling.computer_name,
            )
    return record


def others_of_user(services: Services, run_id: str, record: MigrationRecord) -> list[Workspace]:
    """WorkSpaces of the user that could be this migration's target: neither known when it was planned
    nor another migration's."""
    own = (record.workspace_id, *record.other_workspaces)
    found = services.workspaces.of_user(record.directory_id, record.user_name)
    fresh = [one for one in found if one.workspace_id not in own]
    taken = _targets_of_others(services, run_id, record, own) if fresh else set()
    return [one for one in fresh if one.workspace_id not in taken]


def _targets_of_others(
    services: Services, run_id: str, record: MigrationRecord, workspace_ids: Sequence[str]
) -> set[str]:
    """Targets of the user's other migrations: of this WorkSpace in other runs, of the others in any."""
    taken: set[str] = set()
    for one in workspace_ids:
        last = services.holds.last_migration(record.directory_id, one)
        for run in dict.fromkeys((last.holder, last.run_id)) if last else ():
            if run is None or (run, one) == (run_id, record.workspace_id):
                continue
            other = services.ledger.migrations(run, [one]).get(one)
            if other is not None and other.target_workspace_id:
                taken.add(other.target_workspace_id)
    return taken


def _throttled_too_long(answer: Answer) -> Ending:
    return Ending(
        Outcome.DEFERRED,
        answer.code,
        f"For an hour the service took no call for it: {answer.message or answer.code}",
        "Find out who else calls MigrateWorkspace, or ask AWS for a higher limit; then run again.",
    )


def _refused(answer: Answer) -> Ending:
    return Ending(
        Outcome.REFUSED,
        answer.code,
        f"The service refused: {answer.message or answer.code}",
        GRANT_IT if answer.code in NOT_ALLOWED else "Mend what the message names, then run again.",
    )
