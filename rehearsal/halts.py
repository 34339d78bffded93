"""Executions that somebody stops, as StopExecution does, and perhaps redrives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from rehearsal.clock import VirtualClock
from rehearsal.engine import Execution
from rehearsal.faults import Fault
from rehearsal.invocation import TIMEOUT_SECONDS

ERROR, CAUSE = "Halted", "Somebody stopped the execution."


class Halts:
    """Stops the executions that the faults name (without a runId the first), counted from each one's start.

    Functions that are running when their execution is stopped run on, at most until their time is up: the
    rehearsal waits for that, since it is what a later look at the ledger and the service would find.
    """

    def __init__(self, clock: VirtualClock, faults: Sequence[Fault], executions: Sequence[Execution]) -> None:
        self._clock = clock
        self._to_come = 0
        by_name = {execution.name: execution for execution in executions}
        for fault in faults:
            execution = by_name[fault.run_id or executions[0].name]
            until = execution.started_at - clock.now() + timedelta(seconds=fault.halt_after_seconds or 0.0)
            self._later(until.total_seconds(), partial(self._halt, execution, fault))

    @property
    def pending(self) -> bool:
        """Whether something is still to come of a halt."""
        return self._to_come > 0

    def _halt(self, execution: Execution, fault: Fault) -> None:
        if execution.finished:
            return
        execution.stop(error=ERROR, cause=CAUSE)
        if fault.redrive_after_seconds is None:
            self._later(TIMEOUT_SECONDS, lambda: None)
        else:
            self._later(fault.redrive_after_seconds, partial(self._redrive, execution))

    def _redrive(self, execution: Execution) -> None:
        if execution.status == "ABORTED":
            execution.redrive()

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        def act() -> None:
            self._to_come -= 1
            action()

        self._to_come += 1
        self._clock.call_at(self._clock.now() + timedelta(seconds=seconds), act, name="a halt")
