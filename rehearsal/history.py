"""Execution histories: what was entered is counted, and the service's limit on their length is kept."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from moto.stepfunctions.parser.api import ExecutionFailedEventDetails, HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager

EVENT_LIMIT = 25_000
"""Events in one standard execution's history; a child of a Distributed Map has a history of its own.
Source: Step Functions quotas, "Quotas related to state machine executions"."""

_ENTERED = frozenset(kind for kind in HistoryEventType if kind.value.endswith("StateEntered"))
_REFUSED_AT_THE_LIMIT = _ENTERED | {HistoryEventType.TaskScheduled, HistoryEventType.LambdaFunctionScheduled}


@dataclass
class Counts:
    """Of one execution and all children of its Distributed Maps: states entered, retries, history events."""

    transitions: int = 0
    retries: int = 0
    events: int = 0
    children: int = 0


class History(EventManager):  # type: ignore[misc]
    """The history of one execution or of one child. Unless `keep`, its events are only counted."""

    def __init__(self, counts: Counts, *, label: str, keep: bool = True) -> None:
        super().__init__()
        self.counts = counts
        self.label = label
        self._keep = keep
        self._length = 0

    def add_event(
        self,
        context: Any,
        event_type: Any,
        event_details: Any = None,
        timestamp: Any = None,
        update_source_event_id: bool = True,
    ) -> int:
        if self._length >= EVENT_LIMIT - 1 and event_type in _REFUSED_AT_THE_LIMIT:
            raise _history_is_full(context, event_details)
        self._length += 1
        self.counts.events += 1
        if event_type in _ENTERED:
            self.counts.transitions += 1
        if self._keep:
            return int(
                super().add_event(context, event_type, event_details, timestamp, update_source_event_id)
            )
        context.last_published_event_id = self._length
        if update_source_event_id:
            context.source_event_id = self._length
        return self._length


def _history_is_full(context: Any, event_details: Any) -> Exception:
    entered = (event_details or {}).get("stateEnteredEventDetails", {})
    where = SimpleNamespace(next_state_name=entered.get("name"), event_history_context=context)
    error = StatesErrorNameType.StatesRuntime
    details = ExecutionFailedEventDetails(
        error=error.to_name(),
        cause=f"The execution reached the maximum number of history events ({EVENT_LIMIT}).",
    )
    failure: Exception = FailureEventException(
        FailureEvent(
            env=where,
            error_name=StatesErrorName(typ=error),
            event_type=HistoryEventType.ExecutionFailed,
            event_details=EventDetails(executionFailedEventDetails=details),
        )
    )
    return failure
