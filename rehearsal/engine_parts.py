"""What the hooks put in the place of moto's parts: threads, waits, a function's answer and errors."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from botocore.exceptions import ClientError
from moto.core.exceptions import AWSError
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

from rehearsal.clock import VirtualClock
from rehearsal.history import History
from rehearsal.invocation import Answer
from rehearsal.tasks import Task


class VirtualThreading:
    """The threading module, with Thread and Event on a virtual clock."""

    def __init__(self, clock: VirtualClock) -> None:
        self.Event = clock.event
        self.Thread = partial(VirtualThread, clock)

    def __getattr__(self, name: str) -> Any:
        return getattr(threading, name)


class VirtualThread:
    """threading.Thread as the engine uses it, as a task."""

    native_id = 0

    def __init__(
        self,
        clock: VirtualClock,
        target: Callable[..., object],
        args: tuple[Any, ...] = (),
        name: str = "",
        daemon: bool = True,
    ) -> None:
        del name, daemon  # moto's names are a component's repr
        self._clock = clock
        self._target = partial(target, *args)
        self._name = getattr(target, "__qualname__", "thread")
        self._task: Task | None = None

    def start(self) -> None:
        self._task = self._clock.spawn(self._target, name=self._name)

    def join(self, timeout: float | None = None) -> None:
        if self._task is not None:
            self._task.finished.wait(timeout)

    def is_alive(self) -> bool:
        return self._task is not None and not self._task.finished.is_set()


class TaskTimedOut(AWSError):  # type: ignore[misc]
    """SendTaskSuccess, SendTaskFailure or SendTaskHeartbeat for a task that has ended."""

    TYPE = "TaskTimedOut"

    def __init__(self) -> None:
        super().__init__("Task Timed Out: 'Provided task does not exist anymore'")


def wait_while_running(clock: VirtualClock, env: Any, seconds: float) -> None:
    """Waits that long, or until the execution ends: its event is set when it does, and at other times too."""
    until = clock.now() + timedelta(seconds=seconds)
    while env.is_running() and (left := (until - clock.now()).total_seconds()) > 0:
        env.program_state_event.wait(left)


def wait_for(clock: VirtualClock, task: Task, env: Any, seconds: float) -> bool:
    """Waits for a task; False if it still runs after `seconds`. Ends early if the execution does."""
    until = clock.now() + timedelta(seconds=seconds)
    while not task.finished.is_set() and env.is_running():
        left = (until - clock.now()).total_seconds()
        if left <= 0:
            return False
        clock.wait_any((task.finished, env.program_state_event), left)
    return True


def label_of(env: Any) -> str:
    """Whose state this is, in words."""
    history = env.event_manager
    return history.label if isinstance(history, History) else "an execution"


def invocation_response(answer: Answer) -> dict[str, Any]:
    """What the service's optimized Lambda integration makes the state's result."""
    headers = {
        "Content-Type": ["application/json"],
        "x-amzn-RequestId": [answer.request_id],
        "X-Amz-Executed-Version": ["$LATEST"],
    }
    return {
        "ExecutedVersion": "$LATEST",
        "Payload": answer.payload,
        "SdkHttpMetadata": {
            "AllHttpHeaders": headers,
            "HttpHeaders": {name: values[0] for name, values in headers.items()},
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": {"RequestId": answer.request_id},
        "StatusCode": 200,
    }


def resource_not_found(message: str) -> ClientError:
    return _invoke_error("ResourceNotFoundException", message, 404)


def access_denied(message: str) -> ClientError:
    return _invoke_error("AccessDeniedException", message, 403)


def _invoke_error(code: str, message: str, status: int) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {
                "HTTPStatusCode": status,
                "RequestId": "",
                "HostId": "",
                "HTTPHeaders": {},
                "RetryAttempts": 0,
            },
        },
        "Invoke",
    )


def data_limit_exceeded(env: Any, resource: str) -> Exception:
    error = StatesErrorNameType.StatesStatesDataLimitExceeded
    details = TaskFailedEventDetails(
        error=error.to_name(),
        cause=f"The payload for '{resource}' exceeds the maximum number of bytes service limit.",
        resourceType="lambda",
        resource="invoke",
    )
    failure: Exception = FailureEventException(
        FailureEvent(
            env=env,
            error_name=StatesErrorName(typ=error),
            event_type=HistoryEventType.TaskFailed,
            event_details=EventDetails(taskFailedEventDetails=details),
        )
    )
    return failure
