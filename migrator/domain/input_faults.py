"""What is wrong with an input, in words: each fault by its JSON path, with the remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

_NAMES_OF_USERS = "userNames"


def faults_of(error: ValidationError, model: type[BaseModel]) -> Iterator[str]:
    """Each fault of a document that is no `model`, as "$.path: what is wrong; remedy"."""
    for fault in error.errors(include_url=False):
        steps = [part for part in fault["loc"] if part != "[key]"]
        path = "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in steps)
        yield f"{path}: {_remedy(fault, steps, model)}"


def _remedy(fault: ErrorDetails, steps: list[int | str], model: type[BaseModel]) -> str:
    given, kind = fault["input"], fault["type"]
    # Lambda logs an error's text, and logs name no user.
    untold = isinstance(given, dict | list) or _NAMES_OF_USERS in steps
    shown = "" if untold else f" (given: {given!r})"
    if kind == "missing":
        return "is required"
    if kind == "extra_forbidden":
        known = _fields(steps[:-1], model)
        near = get_close_matches(str(steps[-1]), known, 1)
        meant = f"did you mean {near[0]}?" if near else f"its fields are {', '.join(known)}"
        return f"is not a field of the input; {meant}"
    if kind == "string_pattern_mismatch":
        return f"is not of the form {fault['ctx']['pattern']}{shown}"
    return fault["msg"].removeprefix("Value error, ").replace("Input should", "should") + shown


def _fields(steps: Iterable[int | str], model: type[BaseModel]) -> list[str]:
    """The fields of the part at that path; steps that are no field are keys or places in it."""
    for step in steps:
        field = next((one for one in model.model_fields.values() if one.alias == step), None)
        if field is not None:
            # A key may be called like a field that holds no part: "os" among the bundle ids.
            model = next(_models(field.annotation), model)
    return [field.alias or name for name, field in model.model_fields.items()]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
