"""Where states lead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.definition.scopes import Scope, State, ways

_KINDS = frozenset({"Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Map", "Parallel"})
_ENDS = frozenset({"Succeed", "Fail"})

_ERRORS = frozenset(
    {
        "States.ALL",
        "States.BranchFailed",
        "States.DataLimitExceeded",
        "States.ExceedToleratedFailureThreshold",
        "States.HeartbeatTimeout",
        "States.Http.Socket",
        "States.IntrinsicFailure",
        "States.ItemReaderFailed",
        "States.NoChoiceMatched",
        "States.ParameterPathFailure",
        "States.Permissions",
        "States.QueryEvaluationError",
        "States.ResultPathMatchFailure",
        "States.ResultWriterFailed",
        "States.Runtime",
        "States.TaskFailed",
        "States.Timeout",
    }
)


def transition_faults(scope: Scope) -> Iterator[str]:
    """States that are not there, that nothing leads to, that lead nowhere; errors that do not exist."""
    if scope.start not in scope.states:
        yield f"{scope.place or 'the definition'}: StartAt names {scope.start!r}, which is no state here"
        return
    for state in scope.states.values():
        yield from _of_a_state(state, scope)
    reached, waiting = set(), [scope.start]
    while waiting:
        name = waiting.pop()
        if name in scope.states and name not in reached:
            reached.add(name)
            waiting += [following for following, _ in ways(scope.states[name])]
    for name in scope.states.keys() - reached:
        yield f"{scope.states[name].place}: no state leads to it"


def _of_a_state(state: State, scope: Scope) -> Iterator[str]:
    if state.kind not in _KINDS:
        yield f"{state.place}: there is no state of Type {state.kind!r}"
    for following, _ in ways(state):
        if following not in scope.states:
            yield f"{state.place}: leads to {following!r}, which is no state here"
    ends = ("Next" in state.body) + (state.body.get("End") is True)
    if state.kind in _ENDS or state.kind == "Choice":
        if ends:
            yield f"{state.place}: a {state.kind} has neither Next nor End"
    elif ends != 1:
        yield f"{state.place}: needs either Next or End"
    if state.kind == "Choice":
        if "Default" not in state.body:
            yield f"{state.place}: without a Default, what no choice matches fails the run"
        if any("Next" not in choice for choice in state.body.get("Choices", ())):
            yield f"{state.place}: a choice without Next"
    for handlers in ("Retry", "Catch"):
        yield from _of_handlers(state, handlers, state.body.get(handlers, ()))


def _of_handlers(state: State, kind: str, handlers: list[Mapping[str, Any]]) -> Iterator[str]:
    for number, handler in enumerate(handlers):
        errors = handler.get("ErrorEquals", [])
        for error in errors:
            if error.startswith("States.") and error not in _ERRORS:
                yield f"{state.place}: {kind} names {error}, an error that does not exist"
        if "States.ALL" in errors and (len(errors) > 1 or number + 1 < len(handlers)):
            yield f"{state.place}: States.ALL must stand alone, in the last {kind}"
