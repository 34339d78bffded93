"""JSON values as the state machine's engine handles them: copied, addressed by path, written as text, fast.

The engine copies its whole input for every field of every state and builds a grammar's tables for every
path; this is where the time of a large rehearsal went.
"""

from __future__ import annotations

import copy
import json
import marshal
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

STATE_LIMIT_BYTES = 256 * 1024
"""Of a state's input or output, as UTF-8. Source: Step Functions quotas, "Quotas related to state machine
executions"."""

_LEAVES = frozenset({str, int, float, bool, type(None)})
_PLAIN_PATH = re.compile(r"\$(?:\.[A-Za-z_][A-Za-z0-9_]*)*")


def copied(value: Any, memo: object = None) -> Any:  # noqa: ARG001 - stands in for copy.deepcopy
    """copy.deepcopy for what is mostly JSON: a round trip through marshal, in C."""
    if type(value) in _LEAVES:
        return value
    try:
        return marshal.loads(marshal.dumps(value))  # noqa: S302 - we wrote it ourselves a moment ago
    except ValueError:  # something that is not a plain JSON value is in it
        return copy.deepcopy(value)


@lru_cache(maxsize=10_000)
def _fields(path: str) -> tuple[str, ...] | None:
    return tuple(path.split(".")[1:]) if _PLAIN_PATH.fullmatch(path) else None


def extractor(general: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    """`general`, but that plain paths such as $.plan.batches are walked instead of interpreted."""

    def extract(path: str, data: Any) -> Any:
        fields = _fields(path)
        if fields is None:
            return general(path, data)
        value = data
        for field in fields:
            if type(value) is not dict or field not in value:
                return general(path, data)  # which says what is missing, in the service's words
            value = value[field]
        return value

    return extract


def _unknown(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


_compact = json.JSONEncoder(separators=(",", ":"), default=_unknown)


def written(value: Any) -> str:
    """The value as compact JSON text; dates as ISO 8601."""
    return _compact.encode(value)


def fits_in_state(value: Any) -> bool:
    """Whether a value may be a state's input or output."""
    if isinstance(value, str):
        return len(value.encode()) <= STATE_LIMIT_BYTES
    if len(written(value)) <= STATE_LIMIT_BYTES:  # its escapes are longer than UTF-8
        return True
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_unknown)
    return len(text.encode()) <= STATE_LIMIT_BYTES


def moment(when: datetime) -> str:
    """A time as the context object of a state machine writes it: 2026-11-23T02:00:00.000Z."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"
