"""Task tokens: which are known, how one ends, what is passed on with it."""

from __future__ import annotations

from typing import Any

from moto.stepfunctions import responses
from moto.stepfunctions.parser import models
from moto.stepfunctions.parser.asl.eval.callback import callback

from rehearsal.engine_parts import (
    TaskTimedOut,
)
from rehearsal.hooking import Replacement
from rehearsal.moto_hooks.means import ASL, PARSER, Means, hook


@hook(
    {
        ASL + "eval.callback.callback:CallbackPoolManager.add": "642af2a3229b",
        ASL + "eval.callback.callback:CallbackEndpoint.interrupt_all": "d5b1c5de4a0b",
    }
)
def task_tokens_have_names_and_ends(means: Means, replace: Replacement) -> None:
    """Names what waits for a task token, for who reads of a deadlock, and makes a token that is sent after
    its task has ended a TaskTimedOut, as in the service; moto accepts it in silence."""
    del means
    add = callback.CallbackPoolManager.add
    interrupt_all = callback.CallbackEndpoint.interrupt_all

    def add_named(self: Any, callback_id: str) -> Any:
        endpoint = add(self, callback_id)
        endpoint._notify_event.label = f"the task token {callback_id}"
        return endpoint

    def close(self: Any) -> None:
        interrupt_all(self)
        self.report(callback.CallbackConsumerTimeout())

    replace.attribute(callback.CallbackPoolManager, "add", add_named)
    replace.attribute(callback.CallbackEndpoint, "interrupt_all", close)


@hook({PARSER + "models:StepFunctionsParserBackend._get_executions": "99c66bbf9dd9"})
def tokens_are_looked_for_everywhere(means: Means, replace: Replacement) -> None:
    """Makes a token of an execution that has ended a TaskTimedOut too, where moto knows it no more; keeps
    moto from looking for tokens in an execution that has not begun, where it fails; and puts an error that
    can be raised in the place of two that cannot, since they lack their text."""
    del means
    executions_of = models.StepFunctionsParserBackend._get_executions

    def get_executions(self: Any, execution_status: Any = None) -> list[Any]:
        del execution_status  # all callers look for a token or a map run
        return [each for each in executions_of(self) if each.exec_worker.env is not None]

    replace.attribute(models.StepFunctionsParserBackend, "_get_executions", get_executions)
    replace.attribute(models, "TaskTimedOut", TaskTimedOut)
    replace.attribute(models, "TaskDoesNotExist", TaskTimedOut)  # which moto takes for the other


@hook({"moto.stepfunctions.responses:StepFunctionResponse.send_task_failure": "f0fed5e80576"})
def task_failures_keep_their_cause(means: Means, replace: Replacement) -> None:
    """Passes on the cause that SendTaskFailure is given; moto drops it."""
    del means

    def send_task_failure(self: Any) -> Any:
        self.stepfunction_backend.send_task_failure(
            self._get_param("taskToken"),
            error=self._get_param("error"),
            cause=self._get_param("cause"),
        )
        return responses.EmptyResult()

    replace.attribute(responses.StepFunctionResponse, "send_task_failure", send_task_failure)
