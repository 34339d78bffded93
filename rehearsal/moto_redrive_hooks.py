"""Hooks into moto's Step Functions, third part: RedriveExecution, which moto does not have.

What the service says of it holds here: a redriven execution goes on from its unsuccessful state, with that
state's input, under its own name, ARN and start time, its retries counted anew; of a Distributed Map the
children that succeeded keep their results, the others go on from their own unsuccessful states, and items
whose turn had not come are started. A redrive counts as a state transition. Source: Step Functions,
"Restarting state machine executions with redrive" and "Redriving Map Runs".

What differs: a Map Run gets a new ARN and its children new names, which nothing but result files shows. Maps
within maps are not told apart; the state machine has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

from rehearsal import map_runs
from rehearsal.hooking import Hooks, Replacement
from rehearsal.json_values import copied

_PARSER = "moto.stepfunctions.parser."

Key = tuple[str, int, int | None]
"""Of a program: its execution's ARN, whose states it runs, and the map's item it runs them for."""


class NotRedrivable(Exception):
    """ExecutionNotRedrivable: it has not begun, runs, or has succeeded."""


@dataclass(slots=True)
class Standing:
    """Where a program of an execution stands: in which state, with which input; its output once it has
    succeeded."""

    drive: int
    state: str | None = None
    input: Any = None
    succeeded: bool = False
    output: Any = None


@dataclass
class Standings:
    """Where every program of every execution stands, for as long as somebody may redrive it."""

    of_programs: dict[Key, Standing] = field(default_factory=dict)
    drives: dict[str, int] = field(default_factory=dict)
    may_redrive: Callable[[str], str | None] = lambda _: None
    """Why the role may not redrive a child, by the child's ARN; None: it may."""
    histories: dict[str, Any] = field(default_factory=dict)

    def redrive(self, execution: Any) -> None:
        """RedriveExecution of moto's execution. Raises NotRedrivable."""
        if execution.exec_status in (None, ExecutionStatus.RUNNING, ExecutionStatus.SUCCEEDED):
            raise NotRedrivable(f"{execution.name} is {execution.exec_status}")
        arn = execution.exec_arn
        self.drives[arn] = self.drives.get(arn, 0) + 1
        env = execution.exec_worker.env
        if env is not None:
            self.histories[arn] = env.event_manager
            env.event_manager.counts.transitions += 1
        execution.exec_worker = execution._get_start_execution_worker()
        execution.exec_status = ExecutionStatus.RUNNING
        execution.stop_date = execution.error = execution.cause = None
        execution.exec_worker.start()

    def arrive(self, key: Key) -> tuple[Standing, Standing | None]:
        """The standing of a program that begins, and where an earlier drive left it, if one did."""
        before = self.of_programs.get(key)
        now = self.of_programs[key] = Standing(self.drives.get(key[0], 0))
        return now, before if before is not None and before.drive < now.drive else None


redrive_hook = Hooks[Standings]()


@contextmanager
def installed(standings: Standings) -> Iterator[None]:
    """For as long as the context lasts, every program's standing is kept. Inside moto_hooks.installed."""
    with ExitStack() as stack:
        for each in redrive_hook.declared:
            each.install(standings, Replacement(stack))
        yield


@redrive_hook({_PARSER + "asl.component.program.program:Program._eval_body": "0735481f6d02"})
def programs_go_on_where_they_stood(standings: Standings, replace: Replacement) -> None:
    """A program begins where the drive before left it; one that has succeeded gives its output again."""
    run = Program._eval_body

    def eval_body(self: Any, env: Any) -> None:
        context = env.states.context_object.context_object_data
        index = context["Map"]["Item"]["Index"] if "Map" in context else None
        execution_arn = context["Execution"]["Id"]
        standing, before = standings.arrive((execution_arn, id(self.states), index))
        if before is not None and before.succeeded:
            standing.succeeded, standing.output = True, before.output
            env.states.reset(before.output)
            env.set_ended()
            return
        if before is not None and index is not None:
            # Which of the maps it is a child of makes no difference: a role names all of them.
            child = f"{execution_arn.rpartition(':')[0]}/Map:{index}"
            if refusal := standings.may_redrive(child):
                raise map_runs.failed(env, StatesErrorNameType.StatesPermissions, refusal)
        if before is not None and before.state is not None:
            env.next_state_name = before.state
            env.states.reset(before.input)
        env.standing = standing
        run(self, env)
        if isinstance(env.program_state(), ProgramEnded):
            standing.succeeded, standing.output = True, env.states.get_input()

    replace.attribute(Program, "_eval_body", eval_body)


@redrive_hook({_PARSER + "asl.component.state.state:CommonStateField._eval_body": "035f80caae12"})
def states_are_written_down(standings: Standings, replace: Replacement) -> None:
    """Keeps the name and the input of the state that a program enters."""
    del standings
    enter = CommonStateField._eval_body

    def eval_body(self: Any, env: Any) -> None:
        standing = vars(env).get("standing")
        if standing is not None:
            standing.state, standing.input = self.name, copied(env.states.get_input())
        enter(self, env)

    replace.attribute(CommonStateField, "_eval_body", eval_body)


@redrive_hook(
    {_PARSER + "backend.execution_worker:ExecutionWorker._get_evaluation_environment": "ce8421b71dab"}
)
def histories_go_on(standings: Standings, replace: Replacement) -> None:
    """The history of a redriven execution is that of the drives before, and what comes: its limit holds for
    both."""
    environment_of = ExecutionWorker._get_evaluation_environment

    def get_evaluation_environment(self: Any) -> Any:
        env = environment_of(self)
        history = standings.histories.get(self._evaluation_details.execution_details.arn)
        if history is not None:
            env.event_manager = history
        return env

    replace.attribute(ExecutionWorker, "_get_evaluation_environment", get_evaluation_environment)
