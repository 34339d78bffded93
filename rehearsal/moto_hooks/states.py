"""How a state is evaluated: its attempts, its times, the errors it may catch."""

from __future__ import annotations

import logging
from typing import Any

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.asl.component.common.error_name import error_equals_decl
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.common.timeouts import timeout as timeout_decl
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.asl.component.state.exec import execute_state
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.eval.callback import callback
from moto.stepfunctions.parser.asl.utils import json_path

from rehearsal import json_values
from rehearsal.authorization.gate import acting_role
from rehearsal.authorization.roles import STATE_MACHINE
from rehearsal.engine_parts import (
    label_of,
    wait_for,
)
from rehearsal.hooking import Replacement
from rehearsal.moto_hooks.means import ASL, Means, hook

_log = logging.getLogger(__name__)


@hook(
    {
        ASL + "component.state.exec.execute_state:ExecutionState._evaluate_with_timeout": "c56deda08a42",
        ASL + "component.state.exec.execute_state:ExecutionState._eval_state": "88a5f8e4c72b",
    }
)
def attempts_end_with_their_execution(means: Means, replace: Replacement) -> None:
    """Replaces the wait for one attempt of a Task, Map or Parallel state.

    An attempt also ends when its execution is stopped, as in the service, and one that is given up is not
    left behind to wait for ever; a function that is running goes on to its own end, as in Lambda.
    Exceptions that no state machine causes are logged: moto makes them States.Runtime without a word.
    """
    clock = means.clock
    expected = (
        FailureEventException,
        lambda_eval_utils.LambdaFunctionErrorException,
        ClientError,
        TimeoutError,
        callback.CallbackOutcomeFailureError,
        json_path.NoSuchJsonPathError,
    )

    def evaluate_with_timeout(self: Any, env: Any) -> None:
        self.timeout.eval(env=env)
        timeout_seconds = env.stack.pop()
        frame = env.open_frame()
        frame.states.reset(input_value=env.states.get_input())
        frame.stack = json_values.copied(env.stack)
        outputs: list[Any] = []
        failures: list[Exception] = []

        def attempt() -> None:
            acting_role.set(STATE_MACHINE)
            try:
                self._eval_execution(frame)
                outputs.extend(frame.stack)
            except Exception as error:  # noqa: BLE001 - raised again in the state, as the engine does
                if not isinstance(error, expected):
                    _log.exception(
                        "state failed for a reason of the engine's own", extra={"state": self.name}
                    )
                failures.append(error)

        task = clock.spawn(attempt, name=f"state {self.name} of {label_of(env)}")
        in_time = wait_for(clock, task, env, timeout_seconds)
        task.kill()
        frame.set_ended()
        env.close_frame(frame)
        if not env.is_running():
            return  # the state that called sees it, and unwinds
        if failures:
            raise failures[0]
        if not in_time:
            raise timeout_decl.EvalTimeoutError
        env.stack.append(outputs.pop())
        if not self._is_language_query_jsonpath():
            env.states.set_result(env.stack[-1])
        if self.assign_decl:
            self.assign_decl.eval(env=env)
        if self.result_selector:
            self.result_selector.eval(env=env)
        if self.result_path:
            self.result_path.eval(env)
        else:
            env.states.reset(input_value=env.stack.pop())

    replace.attribute(execute_state.ExecutionState, "_evaluate_with_timeout", evaluate_with_timeout)


@hook({ASL + "component.program.program:Program.eval": "6d701880064a"})
def programs_run_in_their_callers_task(means: Means, replace: Replacement) -> None:
    """Spares a state machine without TimeoutSeconds, as every child of a map is, the thread of its own that
    only serves to give up waiting for it."""
    del means
    eval_in_thread = Program.eval

    def eval_program(self: Any, env: Any) -> None:
        if self.timeout_seconds is not None:
            eval_in_thread(self, env)
            return
        env.next_state_name = self.start_at.start_at_name
        EvalComponent.eval(self, env)

    replace.attribute(Program, "eval", eval_program)


@hook({ASL + "component.state.state:CommonStateField._eval_body": "035f80caae12"})
def entered_times_are_the_services(means: Means, replace: Replacement) -> None:
    """Writes $$.State.EnteredTime as the service does: milliseconds and Z."""

    def state_data(EnteredTime: str, Name: str) -> dict[str, str]:  # noqa: N803 - moto passes them by name
        del EnteredTime
        return {"EnteredTime": json_values.moment(means.clock.now()), "Name": Name}

    replace.attribute(state, "StateData", state_data)


@hook({ASL + "component.common.error_name.error_equals_decl:ErrorEqualsDecl._eval_body": "aeda14a0cc01"})
def terminal_errors_are_not_caught_by_all(means: Means, replace: Replacement) -> None:
    """Keeps States.ALL from matching States.Runtime and States.DataLimitExceeded, which in the service end
    the execution. Source: Step Functions, "Handling errors", error names."""
    del means
    matches = error_equals_decl.ErrorEqualsDecl._eval_body
    everything = error_equals_decl.ErrorEqualsDecl._STATE_ALL_ERROR
    terminal = {
        StatesErrorNameType.StatesRuntime.to_name(),
        StatesErrorNameType.StatesStatesDataLimitExceeded.to_name(),
    }

    def eval_body(self: Any, env: Any) -> None:
        error_name = env.stack[-1]
        if everything in self.error_names and error_name is not None and error_name.error_name in terminal:
            env.stack[-1] = False
            return
        matches(self, env)

    replace.attribute(error_equals_decl.ErrorEqualsDecl, "_eval_body", eval_body)


@hook({ASL + "component.state.exec.execute_state:ExecutionState.from_state_props": "16c725c841c9"})
def heartbeats_need_no_timeout(means: Means, replace: Replacement) -> None:
    """Undoes the 60 seconds that moto gives a state with HeartbeatSeconds and no TimeoutSeconds."""
    del means
    from_state_props = execute_state.ExecutionState.from_state_props

    def without_default(self: Any, state_props: Any) -> None:
        from_state_props(self, state_props)
        if state_props.get(timeout_decl.Timeout) is None:
            self.timeout = timeout_decl.TimeoutSeconds(timeout_decl.TimeoutSeconds.DEFAULT_TIMEOUT_SECONDS)

    replace.attribute(execute_state.ExecutionState, "from_state_props", without_default)
