"""Payload templates: a path in a key that is not one, a key for a path without one, unknown functions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from infra.definition.fields import format_faults
from infra.definition.scopes import State

_INTRINSICS = frozenset(
    {
        "Array",
        "ArrayContains",
        "ArrayGetItem",
        "ArrayLength",
        "ArrayPartition",
        "ArrayRange",
        "ArrayUnique",
        "Base64Decode",
        "Base64Encode",
        "Format",
        "Hash",
        "JsonMerge",
        "JsonToString",
        "MathAdd",
        "MathRandom",
        "StringSplit",
        "StringToJson",
        "UUID",
    }
)
_TEMPLATES = ("Parameters", "ResultSelector", "ItemSelector")
_SUBSTITUTION = re.compile(r"\$\{([^}]*)\}")
_INTRINSIC = re.compile(r"\bStates\.(\w+)\s*\(")


def template_faults(state: State, substitutions: Collection[str]) -> Iterator[str]:
    """Of everything in the state that is a payload template, or is substituted."""
    own = {
        key: value
        for key, value in state.body.items()
        if key not in ("ItemProcessor", "Iterator", "Branches")
    }
    for name in sorted(set(_SUBSTITUTION.findall(str(own))) - set(substitutions)):
        yield f"{state.place}: nobody substitutes ${{{name}}}"
    for key, value in templates(state):
        yield from _of_a_template(f"{state.place}: {key}", value)


def templates(state: State) -> Iterator[tuple[str, Any]]:
    """The state's payload templates, by the name of their field."""
    for key in _TEMPLATES:
        if key in state.body:
            yield key, state.body[key]
    for part in ("ItemReader", "ResultWriter"):
        if "Parameters" in state.body.get(part, {}):
            yield f"{part}.Parameters", state.body[part]["Parameters"]


def _of_a_template(place: str, value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _of_a_template(place, one)
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        if not name.endswith(".$"):
            if isinstance(inner, str) and (inner.startswith(("$.", "$$.")) or inner == "$"):
                yield f"{place}.{name}: {inner} is text here; as a path it needs the key {name}.$"
            yield from _of_a_template(f"{place}.{name}", inner)
        elif not isinstance(inner, str) or not inner.startswith(("$", "States.")):
            yield f"{place}.{name}: {inner!r} is neither a path nor a function"
        else:
            yield from format_faults(f"{place}.{name}", inner)
            for function in _INTRINSIC.findall(inner):
                if function not in _INTRINSICS:
                    yield f"{place}.{name}: there is no function States.{function}"
