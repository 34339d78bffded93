"""Executions: what is counted of one, and how it is stopped."""

from __future__ import annotations

from typing import Any

from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.backend import execution, execution_worker

from rehearsal import json_values
from rehearsal.history import History
from rehearsal.hooking import Replacement
from rehearsal.moto_hooks.means import ASL, PARSER, Means, hook


@hook(
    {
        PARSER + "backend.execution_worker:ExecutionWorker.start": "0b502dd3a4e5",
        PARSER + "backend.execution_worker:ExecutionWorker._get_evaluation_environment": "ce8421b71dab",
    }
)
def executions_are_counted(means: Means, replace: Replacement) -> None:
    """Gives every execution a history that counts, and its context object times as the service writes them
    (moto puts a datetime there). The execution's task carries its name, for who reads of a deadlock."""
    environment_of = execution_worker.ExecutionWorker._get_evaluation_environment

    def start(self: Any) -> None:
        name = self._evaluation_details.execution_details.name
        self.task = means.clock.spawn(self._execution_logic, name=f"execution {name}")

    def get_evaluation_environment(self: Any) -> Any:
        env = environment_of(self)
        details = self._evaluation_details.execution_details
        execution = env.states.context_object.context_object_data["Execution"]
        execution["StartTime"] = json_values.moment(details.start_time)
        env.event_manager = History(means.counts_of(details.arn), label=details.name)
        return env

    replace.attribute(execution_worker.ExecutionWorker, "start", start)
    replace.attribute(
        execution_worker.ExecutionWorker, "_get_evaluation_environment", get_evaluation_environment
    )


@hook(
    {
        PARSER + "backend.execution:Execution.stop": "16663c65db9a",
        PARSER + "backend.execution:BaseExecutionWorkerCommunication.terminated": "360372a6a57b",
        ASL + "eval.environment:Environment.set_stop": "163c10d46b1c",
    }
)
def stopping_is_at_once(means: Means, replace: Replacement) -> None:
    """Makes StopExecution end an execution as ABORTED at that moment, whatever it is in the middle of; moto
    waits for what runs, and ends FAILED when that is an inline map."""
    stop_worker = execution.Execution.stop
    terminated_by_itself = execution.BaseExecutionWorkerCommunication.terminated

    def stop(self: Any, stop_date: Any, error: str | None, cause: str | None) -> None:
        if self.exec_status != ExecutionStatus.RUNNING:
            return
        if self.exec_worker.env is None:
            self.exec_worker.task.kill()  # it has not begun
        else:
            stop_worker(self, stop_date=stop_date, error=error, cause=cause)
        self.exec_status = ExecutionStatus.ABORTED
        self.stop_date = means.clock.now()
        self.error, self.cause = error or None, cause or None

    def terminated(self: Any) -> None:
        if self.execution.exec_status == ExecutionStatus.RUNNING:
            terminated_by_itself(self)

    replace.attribute(execution.Execution, "stop", stop)
    replace.attribute(execution.BaseExecutionWorkerCommunication, "terminated", terminated)
