"""SettleRun: whatever happened to a batch, each of its WorkSpaces gets its one outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from migrator.domain.migration import Ending
from migrator.domain.outcomes import Outcome
from migrator.domain.reasons import RunReason
from migrator.domain.records import RunRecord, Stage, concluded, waiting
from migrator.domain.run_input import RunInput
from migrator.services import Services
from migrator.steps.calling import leave_to_polling
from migrator.steps.failed_targets import terminate_failed
from migrator.steps.plans import planned_batches
from migrator.steps.progress import poll_interval
from migrator.steps.seeing import LOOK_AT_ONCE, look
from migrator.steps.user_checks import check_users

_TIME_FOR_ONE_LOOK = 30.0

_UNTIL_TERMINATED = 60
"""Seconds. A target that is terminated shows for minutes, and its computer object is not looked at before
it is gone."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """Whether all have an outcome; else when to look again."""

    done: bool
    wait_seconds: int

    def document(self) -> dict[str, Any]:
        return {"done": self.done, "waitSeconds": self.wait_seconds}


def settle(
    services: Services,
    run: RunRecord,
    given: RunInput,
    seconds_left: Callable[[], float],
    *,
    unstarted: Ending,
) -> Settlement:
    """Give what was never started the ending `unstarted`, look at what is still under way."""
    records = {record.workspace_id: record for record in services.ledger.all_migrations(run.run_id)}
    now = services.clock.now()
    for batch in planned_batches(services, run.run_id):
        for candidate in batch.candidates:
            record = records.get(candidate.workspace_id) or waiting(candidate, batch.batch_id)
            if record.stage is Stage.WAITING:
                ending = unstarted
                if record.reason:
                    ending = Ending(Outcome.DEFERRED, record.reason, record.detail, record.next_step)
                services.ledger.write(run.run_id, concluded(record, ending, now))
    under_way = [
        leave_to_polling(services, run.run_id, record) if record.doubtful else record
        for record in records.values()
        if record.under_way
    ]
    for record in under_way:
        if record.stage is Stage.CALLING and not record.sent:
            services.holds.give_back(run.run_id, record, not_before=None)
    left = 0
    looked_at = [record for record in under_way if record.to_be_looked_at]
    for start in range(0, len(looked_at), LOOK_AT_ONCE):
        if seconds_left() < _TIME_FOR_ONE_LOOK:
            left += len(looked_at) - start
            break
        page = looked_at[start : start + LOOK_AT_ONCE]
        after = look(services, run, given.polling, page)
        left += sum(1 for record in after if record.under_way)
    unsent = len(under_way) - len(looked_at)
    if not left and not unsent:
        return _after_all(services, run, given, seconds_left)
    interval = poll_interval(given.polling, left, services.settings.api_rate_per_second)
    return Settlement(False, 1 if unsent and not left else int(interval))


def _after_all(
    services: Services, run: RunRecord, given: RunInput, seconds_left: Callable[[], float]
) -> Settlement:
    """All have their outcome: terminate failed targets if the input says so, and look at the users."""
    records = list(services.ledger.all_migrations(run.run_id))
    if given.terminate_failed_targets and terminate_failed(services, run.run_id, records):
        return Settlement(False, _UNTIL_TERMINATED)
    if not check_users(services, run.run_id, records, seconds_left):
        return Settlement(False, 1)
    return Settlement(True, 0)


NOT_REACHED = Ending(
    Outcome.DEFERRED,
    RunReason.RUN_ENDED.value,
    "The run ended before its turn came.",
    "Start a new run with the same input.",
)
NOT_APPROVED = Ending(
    Outcome.DEFERRED,
    RunReason.APPROVAL.value,
    "Nobody approved the plan.",
    "Start a new run and have it approved.",
)


def not_requested(why: str) -> Ending:
    """Nobody could approve the plan: the request could not be sent."""
    return Ending(
        Outcome.DEFERRED,
        RunReason.APPROVAL.value,
        f"The request for approval could not be sent: {why}",
        "Correct what kept it from being sent, then start a new run.",
    )
