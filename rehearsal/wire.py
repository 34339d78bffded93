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
from typing import Any, Protocol

from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ReadTimeoutError
from botocore.model import OperationModel

from rehearsal import moto_service_hooks
from rehearsal.authorization.gate import Gate, acting_role
from rehearsal.call_record import REQUEST_LOST, RESPONSE_LOST, CallRecord
from rehearsal.clock import VirtualClock
from rehearsal.fault_plan import Call, FaultPlan
from rehearsal.faults import Effect, Fault
from rehearsal.http_errors import error_response
from rehearsal.invocation import FunctionCrashed, current_invocation

LATENCY_SECONDS = {
    "dynamodb": (0.010, 0.025),
    "ec2": (0.030, 0.110),
    "events": (0.010, 0.040),
    "resourcegroupstaggingapi": (0.040, 0.120),
    "s3": (0.015, 0.060),
    "sns": (0.015, 0.050),
    "workspaces": (0.040, 0.120),
}
OTHER_LATENCY_SECONDS = (0.010, 0.080)

HttpAnswer = tuple[int, dict[str, str], str]
"""Status, headers, body."""

Outcome = tuple[tuple[Any, dict[str, Any]] | None, Exception | None]
"""What botocore's endpoint makes of an attempt: (HTTP response, parsed response), or the exception."""

_UNTOUCHED = frozenset(
    {Effect.LOST_RESPONSE, Effect.DELAY, Effect.HIDE_TARGET}
    | {Effect.CRASH_BEFORE, Effect.CRASH_AFTER, Effect.HANG_BEFORE, Effect.HANG_AFTER}
)
"""Effects under which the service gets the request and answers as ever."""


_MISSING = frozenset({"NoSuchKey", "404"})
"""What S3 says of an object that does not exist."""

FOR_EVER_SECONDS = 365 * 86_400
"""Longer than any function's Timeout."""


class Fickle(Protocol):
    """The twin, as far as faults ask more of it than answers."""

    def empty_page(self, operation: str, body: str) -> tuple[int, dict[str, str], str]: ...

    def hide(self, workspace_id: str, seconds: float) -> None: ...


class Wire:
    """Slows, faults and records the calls made inside a function's invocation; others pass untouched.

    With a `gate`, the services refuse what the caller's role does not allow, the state machine's, too.
    """

    def __init__(
        self,
        clock: VirtualClock,
        twin: Fickle,
        *,
        seed: int,
        faults: FaultPlan,
        on_call: Callable[[CallRecord], None],
        gate: Gate | None = None,
    ) -> None:
        self._clock = clock
        self._twin = twin
        self._began = clock.now()
        self._faults = faults
        self._on_call = on_call
        self._gate = gate
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
        send: Callable[[HttpAnswer | None], Outcome],
    ) -> Outcome:
        """One attempt. `send` gets the answer that stands in for the service's, or None to let the service
        act.

        Raises FunctionCrashed where a fault kills the function, and what the function's Timeout raises where
        a fault makes it hang.
        """
        if not self._clock.inside_task():
            return send(None)
        service = operation.service_model.service_name
        parameters = self._parameters.get() or {}
        invocation = current_invocation.get()
        caller = acting_role.get() if invocation is None else invocation.function
        if self._gate is not None and caller is not None:
            send = self._guarded(self._gate, caller, operation, parameters, send)
        if invocation is None:
            return send(None)
        seconds = (self._clock.now() - self._began).total_seconds()
        hit = self._faults.decide(
            Call(invocation.function, service, operation.name, parameters, invocation.run_id, seconds)
        )
        effect = hit.effect if hit else None
        if hit and hit.delay_seconds:
            self._clock.sleep(hit.delay_seconds)  # on its way: others come first
        if effect is Effect.CRASH_BEFORE:
            raise FunctionCrashed(f"killed before {operation.name}")
        if effect is Effect.HANG_BEFORE:
            self._clock.sleep(FOR_EVER_SECONDS)
        at = self._clock.now()
        outcome, error, result = self._exchange(hit, request, operation, send)
        if hit is not None and hit.hide_target_seconds is not None and result is not None:
            self._twin.hide(result["TargetWorkspaceId"], hit.hide_target_seconds)
        self._on_call(
            CallRecord(
                at=at,
                run_id=invocation.run_id,
                function=invocation.function,
                service=service,
                operation=operation.name,
                parameters=parameters,
                error=error,
                result=result,
            )
        )
        if effect is Effect.CRASH_AFTER:
            raise FunctionCrashed(f"killed after {operation.name}")
        if effect is Effect.HANG_AFTER:
            self._clock.sleep(FOR_EVER_SECONDS)
        if effect in (Effect.LOST_RESPONSE, Effect.LOST_REQUEST):
            self._clock.sleep(read_timeout)
            return None, ReadTimeoutError(endpoint_url=request.url)
        self._clock.sleep(self._latency.uniform(*LATENCY_SECONDS.get(service, OTHER_LATENCY_SECONDS)))
        return outcome

    def _exchange(
        self,
        hit: Fault | None,
        request: AWSPreparedRequest,
        operation: OperationModel,
        send: Callable[[HttpAnswer | None], Outcome],
    ) -> tuple[Outcome, str | None, Mapping[str, Any] | None]:
        """What the client sees of the attempt, and what the record says: the error and the result."""
        effect = hit.effect if hit else None
        if hit is None or effect in _UNTOUCHED:
            outcome = send(None)
            error, result = _seen(outcome)
            return outcome, RESPONSE_LOST if effect is Effect.LOST_RESPONSE else error, result
        if effect is Effect.LOST_REQUEST:
            return (None, None), REQUEST_LOST, None
        if effect is Effect.EMPTY_PAGE:
            body = request.body or b""
            text = body.decode() if isinstance(body, bytes) else str(body)
            outcome = send(self._twin.empty_page(operation.name, text))
            return outcome, *_seen(outcome)
        acted = _seen(send(None))[1] if hit.acted else None
        outcome = send(self._error(str(hit.error), operation))
        return outcome, hit.error, acted

    def _guarded(
        self,
        gate: Gate,
        caller: str,
        operation: OperationModel,
        parameters: Mapping[str, Any],
        send: Callable[[HttpAnswer | None], Outcome],
    ) -> Callable[[HttpAnswer | None], Outcome]:
        """The same, but the service acts only on what the caller's role allows."""
        service = operation.service_model.service_name

        def send_guarded(canned: HttpAnswer | None) -> Outcome:
            if canned is not None:
                return send(canned)
            refusal = gate.refuses_call(caller, service, operation.name, parameters)
            if refusal is None:
                outcome = send(None)
                if service != "s3" or _seen(outcome)[0] not in _MISSING:
                    return outcome
                refusal = gate.hides_missing(caller, parameters)
                if refusal is None:
                    return outcome
            return send(self._error(refusal.code, operation, refusal.message))

        return send_guarded

    def _error(self, code: str, operation: OperationModel, message: str | None = None) -> HttpAnswer:
        request_id = f"{self._request_ids.getrandbits(128):032x}"
        return error_response(operation.service_model.resolved_protocol, code, request_id, message)


def _seen(outcome: Outcome) -> tuple[str | None, Mapping[str, Any] | None]:
    """The error code and the result of an attempt, one of the two None."""
    answer, exception = outcome
    if answer is None:
        return type(exception).__name__, None
    http, parsed = answer
    if http.status_code >= 300:
        return str(parsed.get("Error", {}).get("Code", http.status_code)), None
    return None, {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
