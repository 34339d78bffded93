"""One attempt of one AWS call of a function, as calls.jsonl keeps it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from pydantic_core import to_json

RESPONSE_LOST = "ResponseLost"
"""The `error` of a call that acted but whose response never came."""

REQUEST_LOST = "RequestLost"
"""The `error` of a call that never reached the service, whose client waited in vain."""

LONGEST_BODY = 4096


@dataclass(frozen=True, slots=True)
class CallRecord:
    """An attempt: `at` is when the service acted on it, in virtual time; `error` its code, or None.

    `result` is the parsed response without its metadata; None when it failed. Beside an error it tells that
    the service acted and the client was not told. The client gets the same objects: write the record down
    when it comes, not later.
    """

    at: datetime
    run_id: str | None
    function: str
    service: str
    operation: str
    parameters: Mapping[str, Any]
    error: str | None
    result: Mapping[str, Any] | None

    def without_secrets(self) -> CallRecord:
        """The same without what nobody may read in a file."""
        if self.service != "secretsmanager" or self.result is None:
            return self
        told = {name: value for name, value in self.result.items() if not name.startswith("Secret")}
        return replace(self, result=told)

    def to_json(self) -> str:
        """The line of calls.jsonl, without its end of line."""
        line = {
            "at": _moment(self.at),
            "runId": self.run_id,
            "function": self.function,
            "service": self.service,
            "operation": self.operation,
            "parameters": _without_bodies(self.parameters),
            "error": self.error,
            "result": None if self.result is None else _without_bodies(self.result),
        }
        if self.service == "dynamodb" or self.operation == "DescribeWorkspaces":
            # Most of the file: texts, lists and objects, which this writes three times as fast.
            return to_json(line, bytes_mode="base64").decode()
        return json.dumps(line, default=_json_safe, ensure_ascii=False, separators=(",", ":"))


def _without_bodies(members: Mapping[str, Any]) -> Mapping[str, Any]:
    """Long bodies of objects are told by their size and digest: the run's directory holds them anyway."""
    if "Body" not in members:
        return members
    body = members["Body"]
    content = body.encode() if isinstance(body, str) else body
    if not isinstance(content, bytes | bytearray):
        return {**members, "Body": {"stream": True}}
    if len(content) <= LONGEST_BODY:
        return members
    return {**members, "Body": {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}}


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json_safe(value: object) -> object:
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no place in calls.jsonl")
