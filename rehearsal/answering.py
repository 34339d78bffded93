"""Services that answer in this process: a call's parameters go in, what botocore would make of the response
comes out.

Between the two, botocore writes a request, signs it, moto takes it apart, writes a response, and botocore
parses that: a millisecond and a half for what takes a twentieth of it. None of that is the functions', nor is
it what a rehearsal is about. What a function can notice stays botocore's own: the client and its exceptions,
the validation of parameters, idempotency tokens, retries and their waits. Errors do go through botocore's
parser (docs/adr/0007-calls-in-process.md).
"""

from __future__ import annotations

import base64
import json
import marshal
from collections.abc import Mapping
from datetime import datetime
from itertools import count
from typing import Any, Protocol, cast

from botocore.utils import parse_timestamp

from rehearsal.twin.errors import ServiceError

Parameters = Mapping[str, Any]
HttpAnswer = tuple[int, dict[str, str], str]
"""Status, headers, body."""


class Answerer(Protocol):
    """A service in this process."""

    @property
    def service(self) -> str:
        """Its boto3 name."""

    @property
    def region(self) -> str: ...

    def answers(self, operation: str, parameters: Parameters) -> bool:
        """Whether it answers this call; any other goes its usual way."""

    def answer(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        """The response's members, which the caller may keep and change. Raises ServiceError."""


class Services:
    """The services that answer here, and how a call finds them."""

    def __init__(self, *answerers: Answerer) -> None:
        self._answerers = {one.service: one for one in answerers}
        self._requests = count(1)

    def answers(self, service: str, region: str, operation: str, parameters: Parameters) -> bool:
        """Whether this call is answered here."""
        answerer = self._answerers.get(service)
        return answerer is not None and answerer.region == region and answerer.answers(operation, parameters)

    def answer(self, service: str, operation: str, parameters: Parameters) -> dict[str, Any] | HttpAnswer:
        """The parsed response, or an error as the service would send it."""
        request_id = f"{next(self._requests):032x}"
        try:
            parsed = self._answerers[service].answer(operation, parameters)
        except ServiceError as error:
            return error_answer(error, request_id)
        headers = {"x-amzn-requestid": request_id}
        parsed["ResponseMetadata"] = {
            "RequestId": request_id,
            "HTTPStatusCode": 200,
            "HTTPHeaders": headers,
            "RetryAttempts": 0,
        }
        return parsed


def error_answer(error: ServiceError, request_id: str) -> HttpAnswer:
    """An error in the writing of the JSON protocols."""
    body = {"__type": error.code, "message": error.message, **error.members}
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "x-amzn-requestid": request_id,
        "x-amzn-errortype": error.code,
    }
    return 400, headers, json.dumps(body, default=in_base64)


def in_base64(value: bytes) -> str:
    """How the JSON protocols write binary values."""
    return base64.b64encode(value).decode()


def as_parsed(value: Any) -> Any:
    """A copy of a response's members as botocore would have parsed them: times in its own time zone."""
    try:
        return marshal.loads(marshal.dumps(value))  # noqa: S302 - we wrote it ourselves a moment ago
    except ValueError:  # there is a time in it
        pass
    if isinstance(value, dict):
        return {name: as_parsed(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_parsed(one) for one in value]
    # botocore-stubs know only the textual form; the JSON protocols send seconds.
    return parse_timestamp(cast(str, value.timestamp())) if isinstance(value, datetime) else value
