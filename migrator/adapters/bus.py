"""Putting events on the bus. A bus that fails must fail no migration: what it did not take is given back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from migrator.adapters.clear_answers import UnclearAnswer
from migrator.adapters.clock import Clock
from migrator.domain.events import SOURCE, Detail

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

AT_ONCE = 10
"""Entries of one PutEvents call."""

_TRIES = 3
_PAUSE_SECONDS = 0.2
_MOST_FAILURES = 3
"""Calls that failed altogether before the bus is left alone: each may have cost seconds."""

_PASSING = frozenset({"ThrottlingException", "InternalFailure", "InternalException", "InternalError"})
"""Codes of single entries after which the same entry may be taken."""

Event = TypeVar("Event", bound=Detail)


class Bus:
    """One event bus."""

    def __init__(self, client: EventBridgeClient, name: str, clock: Clock) -> None:
        self._client = client
        self._name = name
        self._clock = clock
        self._failures = 0

    def put(self, events: Sequence[Event]) -> tuple[list[Event], list[tuple[Event, str]]]:
        """Put events, ten at a time; those taken, and those not, each with the error code.

        A call succeeds although entries of it failed, so each entry's answer is looked at. After a call that
        failed altogether no other is made; after three such, none in this invocation.
        """
        taken: list[Event] = []
        refused: list[tuple[Event, str]] = []
        if self._failures >= _MOST_FAILURES:
            return taken, [(event, "the bus failed before") for event in events]
        for start in range(0, len(events), AT_ONCE):
            page = list(events[start : start + AT_ONCE])
            try:
                accepted, failed = self._put_page(page)
            except (ClientError, BotoCoreError, UnclearAnswer) as error:
                code = _code(error)
                self._failures += 1
                return taken, [*refused, *((event, code) for event in events[start:])]
            taken += accepted
            refused += failed
        return taken, refused

    def _put_page(self, page: list[Event]) -> tuple[list[Event], list[tuple[Event, str]]]:
        """Raises ClientError, BotoCoreError or UnclearAnswer where the call itself failed."""
        taken: list[Event] = []
        refused: list[tuple[Event, str]] = []
        for tries in range(_TRIES):
            answer = self._client.put_events(Entries=[self._entry(event) for event in page])
            again: list[tuple[Event, str]] = []
            entries = answer.get("Entries", [])
            if len(entries) != len(page) or None in entries:
                # Nobody can tell which were taken: the report puts them again, and readers know events by id.
                return taken, [*refused, *((event, "UnclearAnswer") for event in page)]
            for event, entry in zip(page, entries, strict=True):
                code = entry.get("ErrorCode")
                if code is None:
                    taken.append(event)
                elif code in _PASSING and tries + 1 < _TRIES:
                    again.append((event, code))
                else:
                    refused.append((event, code))
            if not again:
                break
            page = [event for event, _ in again]
            self._clock.sleep(_PAUSE_SECONDS * 2**tries)
        return taken, refused

    def _entry(self, event: Detail) -> PutEventsRequestEntryTypeDef:
        return {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": event.detail_type,
            "Time": event.at,
            "Detail": event.model_dump_json(by_alias=True),
        }


def _code(error: Exception) -> str:
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"]
    return type(error).__name__
