"""Map states: a worker that does not recurse; the Distributed Map with children, tolerance, results."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
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
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded, ProgramError

from rehearsal import map_runs
from rehearsal.authorization.needs import Need
from rehearsal.authorization.roles import STATE_MACHINE
from rehearsal.hooking import Replacement
from rehearsal.map_runs import Child, MapRun
from rehearsal.moto_hooks.means import ASL, Means, hook

_MAP = ASL + "component.state.exec.state_map."
_ITERATION = _MAP + "iteration."
_WRITER = _MAP + "result_writer."
_DISTRIBUTED = _ITERATION + "distributed_iteration_component:"
_DISTRIBUTED_WORKER = _ITERATION + "itemprocessor.distributed_item_processor_worker:"


@hook(
    {
        _ITERATION + "iteration_worker:IterationWorker._eval_pool": "45ca0026e8cc",
        _ITERATION + "iteration_worker:IterationWorker.eval": "96808d27eb54",
    }
)
def map_workers_do_not_recurse(means: Means, replace: Replacement) -> None:
    """Replaces a map worker's recursion from one item to the next, which ends in a RecursionError after some
    1,000 items, by a loop; the Distributed Map's worker is replaced below."""
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


@hook(
    {
        ASL + "component.state.exec.state_map.state_map:StateMap._eval_execution": "fb4daa9ac528",
        _DISTRIBUTED + "DistributedIterationComponent._map_run": "e45cb604929f",
        _DISTRIBUTED + "DistributedIterationComponent._eval_body": "5f5e01607eb0",
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
        _DISTRIBUTED_WORKER + "DistributedItemProcessorWorker._eval_job": "c97e0ed4aba1",
        _DISTRIBUTED_WORKER + "DistributedItemProcessorWorker._eval_pool": "8797235af229",
        _DISTRIBUTED_WORKER + "DistributedItemProcessorWorker.eval": "4f1259bbe9d8",
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
