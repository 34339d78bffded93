"""Every hook into moto's Step Functions, each a small installer that says what it replaces and why.

`installed` puts all of them in and takes all of them out again. moto's engine for Step Functions is private
code: each hook names the functions it relies on with a digest of their source, and `verify` tells which have
changed, so a new moto fails in one place and says where to look.
"""

from __future__ import annotations

import copy
import json
import logging
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from botocore.exceptions import ClientError
from moto.moto_api._internal import mock_random
from moto.stepfunctions import responses
from moto.stepfunctions.parser import models, quotas, utils
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.component.common.error_name import error_equals_decl
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.component.common.retry import jitter_strategy_decl, retrier_decl
from moto.stepfunctions.parser.asl.component.common.timeouts import timeout as timeout_decl
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.intrinsic.function.statesfunction.math_operations import (
    math_random,
)
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.asl.component.state.exec import execute_state
from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.item_reader_decl import (
    ItemReader,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import (
    distributed_iteration_component as distributed,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import iteration_worker
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor import (
    distributed_item_processor_worker as distributed_worker,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.result_writer.resource_eval import (
    resource_eval_s3 as result_writer,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.result_writer.result_writer_decl import (
    ResultWriter,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.state_map import StateMap
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk as aws_sdk,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function import timestamp, wait_function
from moto.stepfunctions.parser.asl.eval import environment
from moto.stepfunctions.parser.asl.eval.callback import callback
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded, ProgramError
from moto.stepfunctions.parser.asl.parse import asl_parser
from moto.stepfunctions.parser.asl.utils import boto_client, json_path
from moto.stepfunctions.parser.backend import execution, execution_worker

from rehearsal import json_values, map_runs
from rehearsal.authorization.gate import Gate, acting_role
from rehearsal.authorization.needs import Need
from rehearsal.authorization.roles import STATE_MACHINE
from rehearsal.clock import VirtualClock
from rehearsal.engine_parts import (
    TaskTimedOut,
    VirtualThreading,
    access_denied,
    data_limit_exceeded,
    invocation_response,
    label_of,
    resource_not_found,
    wait_for,
    wait_while_running,
)
from rehearsal.history import Counts, History
from rehearsal.hooking import Hooks, Replacement
from rehearsal.invocation import FunctionError, Functions, UnknownFunction, function_name
from rehearsal.map_runs import Child, MapRun

ENGINE = "moto.stepfunctions"
PARSER = "moto.stepfunctions.parser."
ASL = PARSER + "asl."
_MAP = ASL + "component.state.exec.state_map.iteration."
_WRITER = ASL + "component.state.exec.state_map.result_writer."
_TASK = ASL + "component.state.exec.state_task."
DISTRIBUTED = _MAP + "distributed_iteration_component:"
DISTRIBUTED_WORKER = _MAP + "itemprocessor.distributed_item_processor_worker:"
_log = logging.getLogger(__name__)


@dataclass
class Means:
    """What the hooks work with: one rehearsal's clock and functions, and what they keep between calls."""

    clock: VirtualClock
    functions: Functions
    gate: Gate | None = None
    keep_child_histories: bool = False
    counts: dict[str, Counts] = field(default_factory=dict)
    child_histories: dict[str, list[History]] = field(default_factory=dict)

    def counts_of(self, execution_arn: str) -> Counts:
        return self.counts.setdefault(execution_arn, Counts())

    def child_history(self, execution_arn: str, index: int) -> History:
        """The history of a child of a Distributed Map; its counts are its parent's."""
        counts = self.counts_of(execution_arn)
        counts.children += 1
        label = f"{execution_arn.rsplit(':', 1)[-1]}, item {index}"
        history = History(counts, label=label, keep=self.keep_child_histories)
        if self.keep_child_histories:
            self.child_histories.setdefault(execution_arn, []).append(history)
        return history

    def new_id(self, stream: str) -> str:
        return str(UUID(int=self.clock.entropy.stream(stream).getrandbits(128), version=4))


hook = Hooks[Means]()


@lru_cache(maxsize=16)
def _kept(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """A parser that remembers, for this process, what it has parsed."""
    return lru_cache(maxsize=10_000)(parse)


def verify() -> list[str]:
    """What of moto has changed under the hooks; empty when all is as it was. Ask while none is installed."""
    return hook.verify()


@contextmanager
def installed(means: Means) -> Iterator[None]:
    """All hooks, for as long as the context lasts. Inside clock.installed() and moto's mock_aws."""
    with ExitStack() as stack:
        for each in hook.declared:
            each.install(means, Replacement(stack))
        yield


# --- Threads, waits and chance ---


@hook({})
def threads_are_tasks(means: Means, replace: Replacement) -> None:
    """Replaces threading.Thread and threading.Event, however the engine's modules hold them.

    So everything that the engine starts is a task of the virtual clock, and what it waits for passes in
    virtual time. Locks stay: none is held while a thread waits.
    """
    virtual = VirtualThreading(means.clock)
    replace.everywhere(ENGINE, threading, virtual)
    replace.everywhere(ENGINE, threading.Thread, virtual.Thread)
    replace.everywhere(ENGINE, threading.Event, virtual.Event)


@hook({})
def threads_are_forgotten(means: Means, replace: Replacement) -> None:
    """Replaces TMP_THREADS, a list that keeps every thread, and all it refers to, for the process's life."""
    del means
    replace.everywhere(ENGINE, utils.TMP_THREADS, SimpleNamespace(append=id))


@hook({})
def chance_is_seeded(means: Means, replace: Replacement) -> None:
    """Seeds moto's own source of ids, and gives retry jitter and States.MathRandom streams of their own."""
    entropy = means.clock.entropy

    def generator(seed: int | None = None) -> random.Random:
        return entropy.stream("States.MathRandom") if seed is None else random.Random(seed)

    mock_random.seed(f"{entropy.seed}:moto")
    replace.attribute(jitter_strategy_decl, "random", entropy.stream("retry jitter"))
    replace.attribute(math_random, "random", SimpleNamespace(Random=generator))


@hook({ASL + "component.eval_component:EvalComponent.heap_key": "2531bf43997a"})
def heap_keys_draw_no_ids(means: Means, replace: Replacement) -> None:
    """Replaces the uuid under which a component keeps its retry counters by the component's identity: it is
    never shown, and a definition that is parsed once can run again without shifting every later id."""
    del means
    replace.attribute(EvalComponent, "heap_key", property(id))


@hook({ASL + "component.state.wait.wait_function.wait_function:WaitFunction._wait_interval": "8f954dee8037"})
def waits_are_exact(means: Means, replace: Replacement) -> None:
    """Replaces the Wait state's loop over rounded seconds, which can wait a second too long, by one wait that
    ends at its exact time or when the execution does."""

    def wait_interval(_: Any, env: Any, wait_seconds: float) -> None:
        wait_while_running(means.clock, env, wait_seconds)

    replace.attribute(wait_function.WaitFunction, "_wait_interval", wait_interval)


@hook({ASL + "component.state.wait.wait_function.timestamp:Timestamp._get_wait_seconds": "611d040940ad"})
def timestamps_are_exact(means: Means, replace: Replacement) -> None:
    """Replaces the distance to a Wait state's Timestamp, taken in local time and cut to whole seconds, which
    wakes up to a second early."""

    def get_wait_seconds(self: Any, env: Any) -> float:
        self.string.eval(env=env)
        text = env.stack.pop()
        if not isinstance(text, str) or self._from_timestamp_string(text) is None:
            raise FailureEventException(self._create_failure_event(env, text))
        return (datetime.fromisoformat(text) - means.clock.now()).total_seconds()

    replace.attribute(timestamp.Timestamp, "_get_wait_seconds", get_wait_seconds)


@hook({ASL + "component.common.retry.retrier_decl:RetrierDecl._eval_body": "48463fff19ce"})
def retries_wait_in_virtual_time(means: Means, replace: Replacement) -> None:
    """Replaces the retrier's sleep by a wait that a stopped execution does not sit out. Counts retries."""

    def eval_body(self: Any, env: Any) -> None:
        self.error_equals.eval(env)
        if not env.stack.pop():
            env.stack.append(retrier_decl.RetrierOutcome.Skipped)
            return
        self.max_attempts.eval(env=env)
        if env.stack.pop() == retrier_decl.MaxAttemptsOutcome.EXHAUSTED:
            env.stack.append(retrier_decl.RetrierOutcome.Failed)
            return
        self.interval_seconds.eval(env=env)
        self.backoff_rate.eval(env=env)
        self.max_delay_seconds.eval(env=env)
        self.jitter_strategy.eval(env=env)
        wait_while_running(means.clock, env, env.stack.pop())
        if isinstance(env.event_manager, History):
            env.event_manager.counts.retries += 1
        env.stack.append(retrier_decl.RetrierOutcome.Executed)

    replace.attribute(retrier_decl.RetrierDecl, "_eval_body", eval_body)


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


@hook(
    {
        _MAP + "iteration_worker:IterationWorker._eval_pool": "45ca0026e8cc",
        _MAP + "iteration_worker:IterationWorker.eval": "96808d27eb54",
    }
)
def map_workers_do_not_recurse(means: Means, replace: Replacement) -> None:
    """Replaces a map worker's recursion from one item to the next, which ends in a RecursionError after some
    1,000 items, by a loop; the Distributed Map's worker is replaced further down."""
    del means

    def eval_items(self: Any) -> None:
        frame = self._env.open_frame()
        item = self._job_pool.next_job()
        while item is not None:
            item_frame = frame.open_inner_frame()
            self._eval_job(env=item_frame, job=item)
            frame.close_frame(item_frame)
            following = None
            if not isinstance(item.job_output, Exception) and not self.stopped():
                following = self._job_pool.next_job()
                if following is None:
                    # What comes after the map refers to its last item's last event.
                    frame.event_history_context.source_event_id = (
                        item_frame.event_history_context.last_published_event_id
                    )
            if following is None:
                self._env.close_frame(frame)  # before the item: the map goes on when its last item is closed
            self._job_pool.close_job(item)
            item = following
        self._env.close_frame(frame)

    replace.attribute(iteration_worker.IterationWorker, "eval", eval_items)


# --- Distributed Map ---


@hook(
    {
        ASL + "component.state.exec.state_map.state_map:StateMap._eval_execution": "fb4daa9ac528",
        DISTRIBUTED + "DistributedIterationComponent._map_run": "e45cb604929f",
        DISTRIBUTED + "DistributedIterationComponent._eval_body": "5f5e01607eb0",
    }
)
def map_runs_tolerate_what_they_say(means: Means, replace: Replacement) -> None:
    """Replaces the launch of a Distributed Map's workers: no more of them than items, and when more children
    failed than are tolerated the run fails with States.ExceedToleratedFailureThreshold and its running
    children are stopped. moto ignores the threshold."""
    eval_map = StateMap._eval_execution

    def eval_execution(self: Any, env: Any) -> None:
        env.keeps_results = self.result_writer is not None
        eval_map(self, env)

    def map_run(self: Any, env: Any, eval_input: Any) -> None:
        items = env.stack.pop()
        record = eval_input.map_run_record
        start = Need("states:StartExecution", record.map_state_machine_arn.rpartition("/")[0])
        if means.gate is not None and (refusal := means.gate.refuses(STATE_MACHINE, start)):
            raise map_runs.failed(env, StatesErrorNameType.StatesPermissions, refusal.message)
        env.map_run_record = record
        record.children = MapRun(total=len(items), keeps_results=env.keeps_results)
        pool = distributed.JobPool(job_program=self._get_iteration_program(), job_inputs=items)
        limit = record.max_concurrency
        for _ in range(min(limit, len(items)) if limit else len(items)):
            self._launch_worker(env=env, eval_input=eval_input, job_pool=pool)
        pool._termination_event.label = f"the items of {eval_input.state_name}"
        pool.await_jobs()
        failure = pool.get_worker_exception()
        if failure is not None:
            for frame in list(env._frames):
                frame.set_stop(stop_date=means.clock.now(), cause=None, error=None)
            raise failure
        env.stack.append([closed.job_output for closed in pool.get_closed_jobs()])

    replace.attribute(StateMap, "_eval_execution", eval_execution)
    replace.attribute(distributed.DistributedIterationComponent, "_map_run", map_run)


@hook(
    {
        DISTRIBUTED_WORKER + "DistributedItemProcessorWorker._eval_job": "c97e0ed4aba1",
        DISTRIBUTED_WORKER + "DistributedItemProcessorWorker._eval_pool": "8797235af229",
        DISTRIBUTED_WORKER + "DistributedItemProcessorWorker.eval": "4f1259bbe9d8",
    }
)
def map_children_are_executions(means: Means, replace: Replacement) -> None:
    """Replaces a Distributed Map's worker: one item after the other in a loop (moto recurses), each with a
    name and a history of its own, which is counted and, unless asked for, not kept. An ItemSelector that
    fails fails the map, as in the service; moto loses the error."""
    clock = means.clock

    def eval_job(self: Any, env: Any, item: Any) -> None:
        record = self._map_run_record
        executions, items = record.execution_counter, record.item_counter
        for counter in (executions, items):
            counter.total.count()
            counter.running.count()
        env.states.context_object.context_object_data["Map"] = {
            "Item": {"Index": item.job_index, "Value": item.job_input}
        }
        try:
            env.states.reset(item.job_input)
            env.stack.append(env.states.get_input())
            self._eval_input(env_frame=env)
            child = Child(means.new_id("map children"), env.states.get_input(), clock.now())
            env.event_manager = means.child_history(record.execution_arn, item.job_index)
            item.job_program.eval(env)
            ending = env.program_state()
            error = ending.error if isinstance(ending, ProgramError) else None
            if isinstance(ending, ProgramEnded):
                kind, status = "succeeded", "SUCCEEDED"
                item.job_output = env.states.get_input()
                for counter in (executions, items):
                    counter.results_written.count()
            elif isinstance(ending, ProgramError):
                kind, status = "failed", "FAILED"
                record.children.failed += 1
            else:
                kind, status = "aborted", "ABORTED"
            record.children.ended(record, child, clock.now(), status, output=item.job_output, error=error)
            for counter in (executions, items):
                getattr(counter, kind).count()
            if kind == "failed" and record.children.exceeds(
                record.tolerated_failure_count, record.tolerated_failure_percentage
            ):
                item.job_output = map_runs.failed(
                    env,
                    StatesErrorNameType.StatesExceedToleratedFailureThreshold,
                    "The specified tolerated failure threshold was exceeded",
                )
        except Exception as error:  # noqa: BLE001 - the pool raises it in the map
            item.job_output = error
        finally:
            for counter in (executions, items):
                counter.running.offset(-1)

    def eval_items(self: Any) -> None:
        while (item := self._job_pool.next_job()) is not None:
            frame = self._env.open_inner_frame()
            eval_job(self, frame, item)
            self._env.delete_frame(frame)
            self._job_pool.close_job(item)

    replace.attribute(distributed_worker.DistributedItemProcessorWorker, "eval", eval_items)


@hook(
    {
        ASL
        + "component.state.exec.state_map.item_reader.item_reader_decl:ItemReader._eval_body": "652bd3218835"
    }
)
def unreadable_items_have_their_error(means: Means, replace: Replacement) -> None:
    """Gives items that cannot be read from S3 the service's error, States.ItemReaderFailed, not Runtime."""
    del means
    read = ItemReader._eval_body

    def eval_body(self: Any, env: Any) -> None:
        try:
            read(self, env)
        except (ClientError, json.JSONDecodeError) as error:
            raise map_runs.failed(env, StatesErrorNameType.StatesItemReaderFailed, str(error)) from error

    replace.attribute(ItemReader, "_eval_body", eval_body)


@hook(
    {
        _WRITER + "result_writer_decl:ResultWriter._eval_body": "bcde5765f0a5",
        _WRITER + "resource_eval.resource_eval_s3:ResourceEvalS3._handle_put_object": "0613338ea09e",
    }
)
def result_files_are_written(means: Means, replace: Replacement) -> None:
    """Replaces a ResultWriter that writes a manifest of no files, and looks for its Parameters' paths in the
    children's outputs instead of in the state's input."""
    del means

    def eval_body(self: Any, env: Any) -> None:
        env.stack.append(env.stack[-2])  # the input; on top of it are the outputs
        self.parargs.eval(env=env)
        parameters = env.stack.pop()
        env.stack[-1] = parameters
        self.resource_eval.eval_resource(env=env)

    def put(env: Any, resource_runtime_part: Any, state_credentials: Any) -> None:
        parameters = env.stack.pop()
        env.stack.pop()  # the outputs: the result is where they were written
        s3 = result_writer.ResourceEvalS3._get_s3_client(resource_runtime_part, state_credentials)
        record = env.map_run_record
        bucket = parameters["Bucket"]
        key = record.children.write(s3, record, bucket, parameters.get("Prefix", ""))
        env.stack.append(
            {"MapRunArn": record.map_run_arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}}
        )

    replace.attribute(ResultWriter, "_eval_body", eval_body)
    replace.attribute(result_writer.ResourceEvalS3, "_handle_put_object", staticmethod(put))


# --- Executions ---


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


# --- Functions and services ---


@hook(
    {
        _TASK + "lambda_eval_utils:execute_lambda_function_integration": "f8c714c35a24",
        _TASK + "service.state_task_service_lambda:StateTaskServiceLambda._eval_service_task": "4a98c28eba36",
        _TASK + "service.state_task_service_lambda:StateTaskServiceLambda._from_error": "ba630b50b845",
        _TASK + "state_task_lambda:StateTaskLambda._eval_execution": "ead6d23ce0b1",
    }
)
def functions_are_called_directly(means: Means, replace: Replacement) -> None:
    """Replaces the invocation of a Lambda function over boto3 by a call of its handler in the same task.

    The result has the envelope that the service's optimized integration gives it. A payload over the limit
    for a state is States.DataLimitExceeded.
    """

    def execute(env: Any, parameters: dict[str, Any], region: str, state_credentials: Any) -> None:
        del region, state_credentials
        reference = parameters["FunctionName"]
        payload = parameters.get("Payload") or b"{}"
        if len(payload) > json_values.STATE_LIMIT_BYTES and not json_values.fits_in_state(
            json.loads(payload)
        ):
            raise data_limit_exceeded(env, reference)
        if means.gate is not None and (refusal := means.gate.refuses_invocation(reference)):
            raise access_denied(refusal.message)
        name = function_name(reference)
        execution = env.states.context_object.context_object_data["Execution"]
        try:
            answer = means.functions.invoke(name, reference, payload, execution["Name"])
        except FunctionError as error:
            raise lambda_eval_utils.LambdaFunctionErrorException("Unhandled", error.payload) from error
        except UnknownFunction as error:
            raise resource_not_found(str(error)) from error
        env.stack.append(invocation_response(answer))

    replace.attribute(lambda_eval_utils, "execute_lambda_function_integration", execute)


@hook(
    {_TASK + "service.state_task_service_aws_sdk:StateTaskServiceAwsSdk._eval_service_task": "e68dc9e06e6a"}
)
def objects_are_bodies(means: Means, replace: Replacement) -> None:
    """Writes an object given for a binary parameter, such as the Body of s3:putObject, as JSON, as the
    service does; moto hands it to boto3, which refuses it."""
    del means
    call = aws_sdk.StateTaskServiceAwsSdk._eval_service_task

    def eval_service_task(
        self: Any, env: Any, resource_runtime_part: Any, normalised_parameters: Any, state_credentials: Any
    ) -> None:
        client = boto_client.boto_client_for(resource_runtime_part.region, self._get_boto_service_name())
        operation = client.meta.method_to_api_mapping.get(self._get_boto_service_action())
        if operation is not None:
            shape = client.meta.service_model.operation_model(operation).input_shape
            for name, value in normalised_parameters.items():
                member = shape.members.get(name) if shape is not None else None
                if member is not None and member.type_name == "blob" and isinstance(value, dict | list):
                    normalised_parameters[name] = json_values.written(value).encode()
        call(self, env, resource_runtime_part, normalised_parameters, state_credentials)

    replace.attribute(aws_sdk.StateTaskServiceAwsSdk, "_eval_service_task", eval_service_task)


@hook({PARSER + "quotas:is_within_size_quota": "744cc11a3a37"})
def sizes_are_counted_in_utf_8(means: Means, replace: Replacement) -> None:
    """Replaces a limit on states that counts six bytes for each letter beyond ASCII."""
    del means
    replace.everywhere(ENGINE, quotas.is_within_size_quota, json_values.fits_in_state)


@hook({ASL + "utils.boto_client:boto_client_for": "1f44dc2ac8aa"})
def clients_are_kept(means: Means, replace: Replacement) -> None:
    """Replaces a new boto3 client for every service task by one for each region and service."""
    del means
    make = boto_client.boto_client_for
    kept: dict[tuple[str, str], Any] = {}

    def client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        if (region, service) not in kept:
            kept[region, service] = make(region, service, state_credentials)
        return kept[region, service]

    replace.everywhere(ENGINE, make, client_for)


# --- Speed: what is computed again and again ---


@hook({ASL + "parse.asl_parser:AmazonStateLanguageParser.parse": "a59a7d18760f"})
def definitions_are_parsed_once(means: Means, replace: Replacement) -> None:
    """Keeps parsed definitions by their text; a parsed definition holds no state of an execution."""
    del means
    parse = _kept(asl_parser.AmazonStateLanguageParser.parse)
    replace.attribute(asl_parser.AmazonStateLanguageParser, "parse", staticmethod(parse))


@hook({ASL + "utils.json_path:extract_json": "932245247973"})
def paths_are_parsed_once(means: Means, replace: Replacement) -> None:
    """Keeps parsed JSON paths, walks plain ones: jsonpath_ng builds its grammar's tables for each parse."""
    del means
    replace.attribute(json_path, "parse", _kept(json_path.parse))
    replace.attribute(result_path, "parse", _kept(result_path.parse))
    general = json_path.extract_json
    replace.everywhere(ENGINE, general, json_values.extractor(general))


@hook(
    {
        ASL + "eval.states:States.reset": "3026ea3d7689",
        ASL + "eval.states:States._extract": "9ab6dac771c5",
        ASL + "eval.environment:Environment.program_state": "51a3ae2d979f",
        ASL + "eval.environment:Environment.as_inner_frame_of": "eb77183cac4a",
    }
)
def copies_are_cheap(means: Means, replace: Replacement) -> None:
    """Replaces copy.deepcopy, which the engine applies to its whole input for every field of every state, by
    a copy made in C; and a deep copy of the program's state, which only tells whether it runs, by itself."""
    del means
    replace.everywhere(ASL.rstrip("."), copy, SimpleNamespace(deepcopy=json_values.copied))
    replace.attribute(environment.Environment, "program_state", lambda self: self._program_state)


@hook({ASL + "component.eval_component:EvalComponent.eval": "8573f4a8a03c"})
def failures_are_not_logged(means: Means, replace: Replacement) -> None:
    """Replaces the evaluation of a component by the same without its log, which writes out the whole
    definition at every level a failure passes; the history has each failure once."""
    del means

    def evaluate(self: Any, env: Any) -> None:
        if env.is_running():
            name = self._field_name()
            if name is not None:
                env.next_field_name = name
            self._eval_body(env)

    replace.attribute(EvalComponent, "eval", evaluate)
    replace.level(ENGINE, logging.CRITICAL)


# --- WorkSpaces twin and the wire ---
# Their hooks are in rehearsal.moto_service_hooks, those of botocore in rehearsal.direct_hooks: declared,
# verified and installed in the same way.
