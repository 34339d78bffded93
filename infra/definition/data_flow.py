"""Which fields are there when a state begins, and which paths name one that is not.

A field counts as there when every way to the state makes it. What a function of ours answers is in
infra.definition.our_functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.definition.integrations import result_shape
from infra.definition.scopes import Scope, Shape, State, ways
from infra.definition.templates import templates

_PATH = re.compile(r"\$\$?(?:\.[A-Za-z_]\w*)*")
_TEXT = re.compile(r"'(?:[^'\\]|\\.)*'")
_ERROR: Shape = {"Error": None, "Cause": None}
_OF_THE_INPUT = (
    *("InputPath", "ItemsPath", "SecondsPath", "TimestampPath", "TimeoutSecondsPath", "HeartbeatSecondsPath"),
    *("MaxConcurrencyPath", "ToleratedFailurePercentagePath", "ToleratedFailureCountPath"),
    *("ErrorPath", "CausePath"),
)
_CONTEXT: Shape = {
    "Execution": {
        **dict.fromkeys(("Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount", "RedriveTime"))
    },
    "State": {"EnteredTime": None, "Name": None, "RetryCount": None},
    "StateMachine": {"Id": None, "Name": None},
    "Task": {"Token": None},
}
_ITEM: Shape = {"Map": {"Item": {"Index": None, "Value": None, "Key": None, "Source": None}}}


def path_faults(scope: Scope) -> Iterator[str]:
    """Each path that names a field which is not there, by its state."""
    inputs = _inputs(scope)
    for name, state in scope.states.items():
        if name in inputs:
            yield from _of_a_state(state, inputs[name])


def _inputs(scope: Scope) -> dict[str, Shape]:
    """The shape of the input of each state that can be reached."""
    found: dict[str, Shape] = {scope.start: _of_a_template(scope.given, None)}
    waiting = [scope.start]
    while waiting:
        state = scope.states.get(waiting.pop())
        if state is None:
            continue
        given = found[state.name]
        for following, catch in ways(state):
            leaves = (
                _output(state, given)
                if catch is None
                else _placed(given, catch.get("ResultPath", "$"), _ERROR)
            )
            known = _met(found[following], leaves) if following in found else leaves
            if following not in found or known != found[following]:
                found[following] = known
                waiting.append(following)
    return found


def _met(one: Shape, other: Shape) -> Shape:
    """What is there on both ways."""
    if one is None or other is None:
        return other if one is None else one
    return {key: _met(one[key], other[key]) for key in one.keys() & other.keys()}


def _output(state: State, given: Shape) -> Shape:
    body = state.body
    if "InputPath" in body or "OutputPath" in body:
        return None
    if state.kind in ("Choice", "Wait"):
        return given
    if state.kind == "Pass":
        result = _of_a_template(body["Parameters"], given) if "Parameters" in body else given
        if "Result" in body:
            result = _of_a_template(body["Result"], None)
    else:
        raw = result_shape(state) if state.kind == "Task" else None
        result = _of_a_template(body["ResultSelector"], raw) if "ResultSelector" in body else raw
    return _placed(given, body.get("ResultPath", "$"), result)


def _placed(given: Shape, path: str | None, result: Shape) -> Shape:
    if path is None:
        return given
    keys = path.split(".")[1:]
    if not keys:
        return result
    if given is None:
        return None
    inner = _placed(given.get(keys[0], {}), ".".join(["$", *keys[1:]]), result)
    return {**given, keys[0]: inner}


def _of_a_template(template: Any, given: Shape) -> Shape:
    """The shape of what a payload template makes of an input."""
    if not isinstance(template, dict):
        return None
    made: dict[str, Any] = {}
    for key, value in template.items():
        if key.endswith(".$"):
            path = str(value)
            made[key.removesuffix(".$")] = _found(given, path)[1] if _PATH.fullmatch(path) else None
        else:
            made[key] = _of_a_template(value, given)
    return made


def _found(given: Shape, path: str) -> tuple[str | None, Shape]:
    """The first field of the path that is not there, and the shape of what the path leads to."""
    if path.startswith("$$"):
        return None, None
    for key in path.split(".")[1:]:
        if given is None:
            return None, None
        if key not in given:
            return key, None
        given = given[key]
    return None, given


def _of_a_state(state: State, given: Shape) -> Iterator[str]:
    for where, path, start in _paths(state, given):
        missing, _ = _found(start, path.replace("$$", "$", 1))
        if missing is not None:
            yield f"{state.place}: {where}: {path}: no state before it makes {missing}"


def _paths(state: State, given: Shape) -> Iterator[tuple[str, str, Shape]]:
    """Every path of the state: where it stands, itself, and the shape it starts from."""
    result = result_shape(state) if state.kind == "Task" else None
    for key in _OF_THE_INPUT:
        if isinstance(state.body.get(key), str):
            yield from _within(key, state.body[key], given)
    for choice in state.body.get("Choices", ()):
        for value in _variables(choice):
            yield from _within("Choices", value, given)
    for key, template in templates(state):
        start = result if key == "ResultSelector" else None if "InputPath" in state.body else given
        for name, text in _expressions(template):
            yield from _within(f"{key}.{name}", text, start, item=key == "ItemSelector")


def _within(where: str, text: str, given: Shape, *, item: bool = False) -> Iterator[tuple[str, str, Shape]]:
    for path in _PATH.findall(_TEXT.sub("''", text)):
        context = path.startswith("$$")
        yield where, path, ({**(_CONTEXT or {}), **(_ITEM or {} if item else {})} if context else given)


def _variables(choice: Mapping[str, Any]) -> Iterator[str]:
    if "IsPresent" in choice:
        return
    for key, value in choice.items():
        if key == "Variable" or (key.endswith("Path") and isinstance(value, str)):
            yield str(value)
        elif key in ("And", "Or"):
            for one in value:
                yield from _variables(one)
        elif key == "Not":
            yield from _variables(value)


def _expressions(template: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(template, list):
        for one in template:
            yield from _expressions(one, name)
    elif isinstance(template, dict):
        for key, value in template.items():
            if key.endswith(".$"):
                yield key, str(value)
            else:
                yield from _expressions(value, key)
