"""The state machine's engine: moto's, running the definition as it is, on the virtual clock.

clock = VirtualClock(start)
with clock.installed(), mock_aws():
    engine = Engine(clock, {"assess": assess.handler}, seed=1)
    with engine.installed():
        machine = engine.create_state_machine("migrate", definition, role_arn)
        execution = engine.start_execution(machine, "run-1", {"target": {"bundleId": "wsb-9"}})
        clock.run(lambda: execution.finished)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any

from moto import mock_aws
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from rehearsal import moto_hooks, moto_redrive_hooks
from rehearsal.authorization.gate import Gate
from rehearsal.authorization.needs import Need
from rehearsal.authorization.roles import STATE_MACHINE
from rehearsal.clock import VirtualClock
from rehearsal.history import EVENT_LIMIT, Counts
from rehearsal.invocation import (
    FunctionCrashed,
    Functions,
    FunctionTimedOut,
    Handler,
    Invocation,
    current_invocation,
)
from rehearsal.moto_redrive_hooks import Standings

__all__ = [
    "ACCOUNT_ID",
    "EVENT_LIMIT",
    "Engine",
    "Execution",
    "FunctionCrashed",
    "FunctionTimedOut",
    "Invocation",
    "current_invocation",
]

ACCOUNT_ID = "123456789012"


class Engine:
    """Runs state machines in this process. `functions` are handlers by short function name.

    With `redrivable`, what did not succeed can be redriven; to remember where each part stands costs time.
    Every id and every chance that the engine has a part in comes from `seed`: same seed, same bytes.
    """

    def __init__(
        self,
        clock: VirtualClock,
        functions: Mapping[str, Handler],
        *,
        seed: int,
        region: str = "us-east-1",
        timeout_seconds: Mapping[str, float] | None = None,
        memory_mb: Mapping[str, int] | None = None,
        keep_child_histories: bool = False,
        on_error: Callable[[Invocation, BaseException], None] | None = None,
        loses_result: Callable[[str], bool] = lambda _: False,
        redrivable: bool = False,
    ) -> None:
        self._standings = Standings() if redrivable else None
        self.clock = clock
        self.region = region
        clock.entropy.reseed(seed)
        self.functions = Functions(
            clock,
            functions,
            timeout_seconds=timeout_seconds,
            memory_mb=memory_mb,
            on_error=on_error,
            loses_result=loses_result,
        )
        self._means = moto_hooks.Means(clock, self.functions, keep_child_histories=keep_child_histories)

    def enforce(self, gate: Gate) -> None:
        """From now on, state machines may do what their role allows, and nothing else."""
        self._means.gate = gate

        def may_redrive(child_arn: str) -> str | None:
            refusal = gate.refuses(STATE_MACHINE, Need("states:RedriveExecution", child_arn))
            return refusal.message if refusal else None

        if self._standings is not None:
            self._standings.may_redrive = may_redrive

    @contextmanager
    def installed(self) -> Iterator[Engine]:
        """While inside, moto's Step Functions executes, on this clock and with these functions."""
        with (
            mock_aws(config={"stepfunctions": {"execute_state_machine": True}}),
            moto_hooks.installed(self._means),
            moto_redrive_hooks.installed(self._standings) if self._standings else nullcontext(),
        ):
            yield self

    @property
    def _backend(self) -> Any:
        return stepfunctions_parser_backends[ACCOUNT_ID][self.region]

    def create_state_machine(self, name: str, definition: str, role_arn: str) -> str:
        """The ARN. Raises moto's InvalidDefinition, which names what is wrong."""
        machine = self._backend.create_state_machine(name, definition, role_arn, sm_type="STANDARD")
        return str(machine.arn)

    def start_execution(
        self, state_machine_arn: str, name: str, input: dict[str, Any], *, delay: float = 0.0
    ) -> Execution:
        """Starts `delay` virtual seconds from now; nothing runs before the clock does."""
        starts_at = self.clock.now() + timedelta(seconds=delay)
        execution = Execution(self, state_machine_arn, name, input, starts_at)
        if delay > 0:
            self.clock.call_at(execution.started_at, execution.begin, name=f"start of {name}")
        else:
            execution.begin()
        return execution

    def send_task_success(self, token: str, output: Any) -> None:
        """Answers a task that waits for a token, as an operator would, between steps of the clock."""
        self._backend.send_task_success(token, json.dumps(output))

    def send_task_failure(self, token: str, error: str, cause: str = "") -> None:
        self._backend.send_task_failure(token, error=error, cause=cause)


class Execution:
    """One execution of a state machine, as DescribeExecution shows it, and what it cost."""

    def __init__(
        self, engine: Engine, state_machine_arn: str, name: str, input: dict[str, Any], started_at: datetime
    ) -> None:
        self._engine = engine
        self._state_machine_arn = state_machine_arn
        self._moto: Any = None
        self._stopped_before_start: datetime | None = None
        self.name = name
        self.input = input
        self.started_at = started_at
        self.arn = f"{state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"

    def begin(self) -> None:
        if self._stopped_before_start is None:
            text = json.dumps(self.input, separators=(",", ":"))
            self._moto = self._engine._backend.start_execution(self._state_machine_arn, self.name, text)

    @property
    def status(self) -> str:
        """RUNNING (also before a delayed start), SUCCEEDED, FAILED, TIMED_OUT or ABORTED."""
        if self._moto is None:
            return "RUNNING" if self._stopped_before_start is None else "ABORTED"
        return str(self._moto.exec_status.value)

    @property
    def finished(self) -> bool:
        return self.status != "RUNNING"

    @property
    def output(self) -> Any:
        """Parsed; None unless SUCCEEDED."""
        return self._moto.output if self._moto is not None else None

    @property
    def error(self) -> str | None:
        return self._moto.error if self._moto is not None else None

    @property
    def cause(self) -> str | None:
        return self._moto.cause if self._moto is not None else None

    @property
    def stopped_at(self) -> datetime | None:
        return self._moto.stop_date if self._moto is not None else self._stopped_before_start

    @property
    def counts(self) -> Counts:
        """States entered, retries, history events and children; of the children, too."""
        return self._engine._means.counts_of(self.arn)

    @property
    def transitions(self) -> int:
        """What is billed: states entered and retries, those of all children included."""
        return self.counts.transitions + self.counts.retries

    @property
    def history(self) -> list[dict[str, Any]]:
        """The events of GetExecutionHistory; those of map children are in `child_histories`."""
        return list(self._moto.to_history_output()["events"]) if self._moto is not None else []

    @property
    def child_histories(self) -> list[list[dict[str, Any]]]:
        """The histories of the Distributed Maps' children, in the order of their start, when the engine was
        made with keep_child_histories."""
        kept = self._engine._means.child_histories.get(self.arn, [])
        return [history.get_event_history() for history in kept]

    def stop(self, *, error: str = "", cause: str = "") -> None:
        """Like StopExecution in the console: ABORTED at once; functions that are running run on."""
        now = self._engine.clock.now()
        if self._moto is not None:
            self._moto.stop(stop_date=now, error=error, cause=cause)
        elif self._stopped_before_start is None:
            self._stopped_before_start = now

    def redrive(self) -> None:
        """Like RedriveExecution: goes on from its unsuccessful state, under its name and start time.

        Raises moto_redrive_hooks.NotRedrivable where it has not begun, runs or has succeeded, RuntimeError
        where the engine was not made redrivable.
        """
        if self._engine._standings is None:
            raise RuntimeError("the engine was made without redrivable")
        if self._moto is None:
            raise moto_redrive_hooks.NotRedrivable(f"{self.name} has not begun")
        self._engine._standings.redrive(self._moto)
