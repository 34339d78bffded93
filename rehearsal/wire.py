"""Between the functions and the services: every attempt of every AWS call a function makes passes here.

It takes virtual time, faults may hit it, and it is recorded. The hooks are below botocore's retry handler, so
botocore retries what it would retry, and each attempt is an attempt here.

The service acts at the moment the attempt is sent; the time it takes passes on the way back. So `at` of the
records is both when the function called and when the service acted, and other tasks run between the deed and
the answer.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ReadTimeoutError
from botocore.model import OperationModel

from rehearsal import moto_service_hooks
from rehearsal.call_record import RESPONSE_LOST, CallRecord
from rehearsal.clock import VirtualClock
from rehearsal.faults import Effect, FaultPlan, Hit
from rehearsal.http_errors import error_response
from rehearsal.invocation import FunctionCrashed, current_invocation

LATENCY_SECONDS = {
    "dynamodb": (0.010, 0.025),
    "ec2": (0.030, 0.110),
    "resourcegroupstaggingapi": (0.040, 0.120),
    "s3": (0.015, 0.060),
    "sns": (0.015, 0.050),
    "workspaces": (0.040, 0.120),
}
OTHER_LATENCY_SECONDS = (0.010, 0.080)

Outcome = tuple[tuple[Any, dict[str, Any]] | None, Exception | None]
"""What botocore's endpoint makes of an attempt: (HTTP response, parsed response), or the exception."""


class Wire:
    """Slows, faults and records the calls made inside a function's invocation; others pass untouched."""

    def __init__(
        self, clock: VirtualClock, *, seed: int, faults: FaultPlan, on_call: Callable[[CallRecord], None]
    ) -> None:
        self._clock = clock
        self._faults = faults
        self._on_call = on_call
        self._latency = random.Random(f"{seed}:latency")
        self._request_ids = random.Random(f"{seed}:faulted requests")
        self._parameters: ContextVar[Mapping[str, Any] | None] = ContextVar("parameters", default=None)

    def installed(self) -> AbstractContextManager[None]:
        """While inside moto's mock_aws and this, every client's attempts pass here."""
        return moto_service_hooks.wire_installed(self)

    def call(self, parameters: Mapping[str, Any], make: Callable[[], Any]) -> Any:
        """Makes an API call; its attempts are recorded with these parameters."""
        token = self._parameters.set(dict(parameters))  # botocore changes the caller's: bodies become streams
        try:
            return make()
        finally:
            self._parameters.reset(token)

    def attempt(
        self,
        request: AWSPreparedRequest,
        operation: OperationModel,
        read_timeout: float,
        send: Callable[[tuple[int, dict[str, str], str] | None], Outcome],
    ) -> Outcome:
        """One attempt. `send` gets the answer that stands in for the service's, or None to let the service
        act.

        Raises FunctionCrashed where a fault kills the function.
        """
        invocation = current_invocation.get()
        if invocation is None or not self._clock.inside_task():
            return send(None)
        service = operation.service_model.service_name
        parameters = self._parameters.get() or {}
        hit = self._faults.decide(invocation.function, operation.name, parameters)
        if hit and hit.effect is Effect.CRASH_BEFORE:
            raise FunctionCrashed(f"killed before {operation.name}")
        at = self._clock.now()
        outcome = send(self._canned(hit, operation))
        error, result = _seen(outcome)
        lost = hit is not None and hit.effect is Effect.LOST_RESPONSE
        self._on_call(
            CallRecord(
                at=at,
                run_id=invocation.run_id,
                function=invocation.function,
                service=service,
                operation=operation.name,
                parameters=parameters,
                error=RESPONSE_LOST if lost else error,
                result=result,
            )
        )
        if hit and hit.effect is Effect.CRASH_AFTER:
            raise FunctionCrashed(f"killed after {operation.name}")
        if lost:
            self._clock.sleep(read_timeout)
            return None, ReadTimeoutError(endpoint_url=request.url)
        self._clock.sleep(self._latency.uniform(*LATENCY_SECONDS.get(service, OTHER_LATENCY_SECONDS)))
        return outcome

    def _canned(self, hit: Hit | None, operation: OperationModel) -> tuple[int, dict[str, str], str] | None:
        if hit is None or hit.error is None:
            return None
        request_id = f"{self._request_ids.getrandbits(128):032x}"
        return error_response(operation.service_model.resolved_protocol, hit.error, request_id)


def _seen(outcome: Outcome) -> tuple[str | None, Mapping[str, Any] | None]:
    """The error code and the result of an attempt, one of the two None."""
    answer, exception = outcome
    if answer is None:
        return type(exception).__name__, None
    http, parsed = answer
    if http.status_code >= 300:
        return str(parsed.get("Error", {}).get("Code", http.status_code)), None
    return None, {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
