"""Fields inside states that cfn-lint's schema does not look into: retries, waits, what a Map is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.definition.scopes import State

_WAITS = frozenset({"Seconds", "SecondsPath", "Timestamp", "TimestampPath"})
_NUMBER, _TEXT, _LIST = (int, float), (str,), (list,)
_RETRY: Mapping[str, tuple[type, ...]] = {
    "Comment": _TEXT,
    "ErrorEquals": _LIST,
    "IntervalSeconds": (int,),
    "MaxAttempts": (int,),
    "BackoffRate": _NUMBER,
    "MaxDelaySeconds": (int,),
    "JitterStrategy": _TEXT,
}
_CATCH: Mapping[str, tuple[type, ...]] = {
    "Comment": _TEXT,
    "ErrorEquals": _LIST,
    "ResultPath": (str, type(None)),
    "Next": _TEXT,
}
_VALUES: Mapping[tuple[str, str], frozenset[str]] = {
    ("Retry", "JitterStrategy"): frozenset({"FULL", "NONE"}),
    ("ProcessorConfig", "Mode"): frozenset({"INLINE", "DISTRIBUTED"}),
    ("ProcessorConfig", "ExecutionType"): frozenset({"STANDARD", "EXPRESS"}),
    ("ReaderConfig", "InputType"): frozenset({"CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"}),
}
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,40}")
_PATH = re.compile(r"\$(\.[A-Za-z_]\w*)*")
_STRING = re.compile(r"'(?:[^'\\]|\\.)*'")


def field_faults(state: State) -> Iterator[str]:
    """Source: the guide of Step Functions, "Handling errors", "Wait", "Map" and "Intrinsic functions"."""
    body = state.body
    for name, known in (("Retry", _RETRY), ("Catch", _CATCH)):
        for one in body.get(name, ()):
            yield from _members(f"{state.place}: {name}", one, known)
            yield from _values(state.place, name, one)
    if state.kind == "Wait" and len(_WAITS & body.keys()) != 1:
        yield f"{state.place}: a Wait has one of {', '.join(sorted(_WAITS))}"
    path = body.get("ResultPath")
    if isinstance(path, str) and not _PATH.fullmatch(path):
        yield f"{state.place}: ResultPath {path!r} is no path"
    if state.kind == "Map":
        yield from _values(
            state.place, "ProcessorConfig", body.get("ItemProcessor", {}).get("ProcessorConfig", {})
        )
        yield from _values(state.place, "ReaderConfig", body.get("ItemReader", {}).get("ReaderConfig", {}))
        if "Label" in body and not _LABEL.fullmatch(str(body["Label"])):
            yield f"{state.place}: Label is at most 40 letters, digits, hyphens and underscores"


def format_faults(place: str, expression: str) -> Iterator[str]:
    """States.Format whose text has more or fewer `{}` than it is given arguments."""
    found = re.fullmatch(r"States\.Format\((.*)\)", expression, re.DOTALL)
    if found is None:
        return
    text = _STRING.match(found[1])
    if text is None:
        return
    wanted = text[0].replace(r"\{", "").count("{}")
    given = _arguments(_STRING.sub("''", found[1])) - 1
    if wanted != given:
        yield f"{place}: States.Format has {wanted} places and {given} arguments"


def _arguments(text: str) -> int:
    depth, count = 0, 1
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        count += letter == "," and depth == 0
    return count


def _members(place: str, given: Mapping[str, Any], known: Mapping[str, tuple[type, ...]]) -> Iterator[str]:
    for name, value in given.items():
        if name not in known:
            yield f"{place} has no field {name}"
        elif not isinstance(value, known[name]) or isinstance(value, bool):
            yield f"{place}: {name} may not be {value!r}"


def _values(place: str, part: str, given: Mapping[str, Any]) -> Iterator[str]:
    for name, value in given.items():
        known = _VALUES.get((part, name))
        if known and value not in known:
            yield f"{place}: {part}: {name} is {value!r}, none of {', '.join(sorted(known))}"
