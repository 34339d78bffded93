"""One Lambda invocation: the real handler, called in the task that would have waited for it.

Errors come out as the Python runtime of Lambda reports them, so that typed Retry and Catch match:
the exception's class name is errorType, its text errorMessage. Traces hold paths of this machine and
are left out of the payload; `Functions.on_error` gets the exception itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from rehearsal.clock import VirtualClock

Handler = Callable[[dict[str, Any], Any], object]

TIMEOUT_SECONDS = 900
MEMORY_MB = 512


@dataclass(frozen=True)
class Invocation:
    """Who is running: set in `current_invocation` for as long as a handler runs.

    `run_id` is the payload's "runId" or, without one, the execution's name; `remaining` tells the
    milliseconds of virtual time that are left until the function times out.
    """

    function: str
    request_id: str
    run_id: str | None
    remaining: Callable[[], int]


current_invocation: ContextVar[Invocation | None] = ContextVar("current_invocation", default=None)


class FunctionCrashed(BaseException):
    """Raised where a function's process is to die at once: no `except Exception` of the function sees it."""


class FunctionTimedOut(BaseException):
    """The function's time is up; raised at that moment of virtual time, where the function blocks."""


class UnknownFunction(LookupError):
    """The state machine invokes a function that nobody deployed."""


class FunctionError(Exception):
    """An invocation that failed. `error_type` is what Retry and Catch see, `payload` what Lambda answers."""

    def __init__(self, error_type: str, message: str, request_id: str | None = None) -> None:
        self.error_type = error_type
        payload = {"errorMessage": message, "errorType": error_type}
        if request_id is not None:
            payload["requestId"] = request_id
        self.payload = json.dumps(payload, separators=(",", ":"))
        super().__init__(f"{error_type}: {message}")


@dataclass(frozen=True)
class LambdaContext:
    """What the second argument of a handler offers in Lambda, as far as handlers use it."""

    function_name: str
    aws_request_id: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    get_remaining_time_in_millis: Callable[[], int]
    function_version: str = "$LATEST"

    @property
    def log_group_name(self) -> str:
        return f"/aws/lambda/{self.function_name}"

    @property
    def log_stream_name(self) -> str:
        return f"[{self.function_version}]{self.aws_request_id}"


@dataclass(frozen=True)
class Answer:
    """What a handler returned, after the round trip through JSON."""

    payload: Any
    request_id: str


class Functions:
    """The deployed functions, by short name. `loses_result` tells of an invocation that has ended whether
    nobody hears what it returned."""

    def __init__(
        self,
        clock: VirtualClock,
        handlers: Mapping[str, Handler],
        *,
        timeout_seconds: Mapping[str, float] | None = None,
        memory_mb: Mapping[str, int] | None = None,
        on_error: Callable[[Invocation, BaseException], None] | None = None,
        loses_result: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._clock = clock
        self._loses_result = loses_result
        self._handlers = handlers
        self._timeouts = timeout_seconds or {}
        self._memory = memory_mb or {}
        self._on_error = on_error

    def invoke(self, name: str, arn: str, event: str | bytes, run_id: str | None) -> Answer:
        """Calls the handler in the current task.

        Raises FunctionError for whatever went wrong in the function, UnknownFunction if there is none.
        """
        handler = self._handlers.get(name)
        if handler is None:
            raise UnknownFunction(f"Function not found: {arn}")
        clock = self._clock
        request_id = str(UUID(int=clock.entropy.stream("invocations").getrandbits(128), version=4))
        timeout = self._timeouts.get(name, TIMEOUT_SECONDS)
        began = clock.now()

        def remaining() -> int:
            return max(0, round((timeout - (clock.now() - began).total_seconds()) * 1000))

        parsed = json.loads(event)
        if isinstance(parsed, dict) and isinstance(parsed.get("runId"), str):
            run_id = parsed["runId"]
        invocation = Invocation(name, request_id, run_id, remaining)
        context = LambdaContext(name, request_id, arn, self._memory.get(name, MEMORY_MB), remaining)
        # Whoever gave up waiting for a function has not ended it.
        with clock.current.shield():
            answer = Answer(self._call(handler, parsed, context, invocation, timeout), request_id)
        if self._loses_result(name):
            raise FunctionError("Lambda.Unknown", "The function ended; what it returned was lost.")
        return answer

    def _call(
        self, handler: Handler, event: Any, context: LambdaContext, invocation: Invocation, timeout: float
    ) -> Any:
        request_id = invocation.request_id
        token = current_invocation.set(invocation)
        try:
            with self._clock.deadline(timeout, FunctionTimedOut):
                result = handler(event, context)
        except FunctionTimedOut as error:
            message = f"RequestId: {request_id} Error: Task timed out after {timeout:.2f} seconds"
            raise self._failed(invocation, error, "Sandbox.Timedout", message, identified=False) from error
        except (FunctionCrashed, SystemExit) as error:
            message = f"RequestId: {request_id} Error: Runtime exited with error: exit status 1"
            raise self._failed(invocation, error, "Runtime.ExitError", message, identified=False) from error
        except Exception as error:
            raise self._failed(invocation, error, type(error).__name__, str(error)) from error
        finally:
            current_invocation.reset(token)
        try:
            return json.loads(json.dumps(result, default=_as_lambda_does))
        except (TypeError, ValueError) as error:
            message = f"Unable to marshal response: {error}"
            raise self._failed(invocation, error, "Runtime.MarshalError", message) from error

    def _failed(
        self, invocation: Invocation, error: BaseException, kind: str, text: str, *, identified: bool = True
    ) -> FunctionError:
        if self._on_error is not None:
            self._on_error(invocation, error)
        return FunctionError(kind, text, invocation.request_id if identified else None)


def function_name(reference: str) -> str:
    """The short name in a FunctionName: a name, a partial or a full ARN, each with or without an alias."""
    parts = reference.split(":")
    if "function" in parts[:-1]:
        return parts[parts.index("function") + 1]
    return parts[0]


def _as_lambda_does(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
