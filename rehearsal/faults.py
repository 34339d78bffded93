"""The faults file: what goes wrong in a rehearsal, each entry with one effect. docs/rehearsal.md has all
forms.

This module reads the file and says what is wrong with it; rehearsal.fault_plan decides which calls are hit.
"""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

import functions
from migrator.domain.documents import NoDocument, document_from
from rehearsal.twin.paging import LISTS_BY_OPERATION
from rehearsal.twin.shapes import member_path, service_model

SERVICES = (
    *("workspaces", "ec2", "resourcegroupstaggingapi", "dynamodb", "s3", "sns", "events", "pricing"),
    "scheduler",
)
"""The services the functions call; a fault for an operation of none of them could never hit."""

ANY_OPERATION = "*"

LONGEST_DELAY_SECONDS = 59.0
"""The SDK waits 60 seconds for an answer."""

LONGEST_SECONDS = 31 * 86_400.0
"""Nothing in a rehearsal takes longer than a month."""

LARGEST_SKEW_SECONDS = 300.0
"""AWS refuses requests signed with a clock that is further off."""


class FaultsFileFault(Exception):
    """A faults file that cannot be used. `faults` names each thing wrong: "JSON path: what is wrong;
    remedy"."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(self.faults))


class Effect(StrEnum):
    """What a fault does."""

    ERROR = "error"
    LOST_RESPONSE = "lostResponse"
    LOST_REQUEST = "lostRequest"
    DELAY = "delaySeconds"
    EMPTY_PAGE = "emptyPage"
    HIDE_TARGET = "hideTargetSeconds"
    CRASH_BEFORE = "crashBefore"
    CRASH_AFTER = "crashAfter"
    HANG_BEFORE = "hangBefore"
    HANG_AFTER = "hangAfter"
    LOST_RESULT = "lostResult"
    CLOCK_SKEW = "clockSkewSeconds"
    HALT = "haltAfterSeconds"


_ON_A_CALL = frozenset(
    {
        Effect.ERROR,
        Effect.LOST_RESPONSE,
        Effect.LOST_REQUEST,
        Effect.DELAY,
        Effect.EMPTY_PAGE,
        Effect.HIDE_TARGET,
    }
)
"""Effects that `operation` or `service` says where to look for."""

_AT_A_CALL = frozenset({Effect.CRASH_BEFORE, Effect.CRASH_AFTER, Effect.HANG_BEFORE, Effect.HANG_AFTER})
"""Effects that name the operation themselves."""

_COUNTS = ("times", "probability", "skip", "after_seconds", "for_seconds")

_BESIDES = {
    Effect.LOST_RESULT: ("function", *_COUNTS),
    Effect.CLOCK_SKEW: ("function",),
    Effect.HALT: ("redrive_after_seconds", "run_id"),
}
"""What may stand beside the effects that hit no call."""


class Fault(BaseModel):
    """One entry of the faults file."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True, strict=True
    )

    operation: str | None = None
    service: str | None = None
    function: str | None = None
    workspace_id: str | None = Field(default=None, pattern=r"^ws-[0-9a-z]{8,63}$")
    run_id: str | None = Field(default=None, pattern=r"^rehearsal-[1-9][0-9]*$")

    error: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9.]*$")
    acted: bool | None = None
    lost_response: bool | None = None
    lost_request: bool | None = None
    delay_seconds: float | None = Field(default=None, gt=0, le=LONGEST_DELAY_SECONDS)
    empty_page: bool | None = None
    hide_target_seconds: float | None = Field(default=None, gt=0, le=LONGEST_SECONDS)
    crash_before: str | None = None
    crash_after: str | None = None
    hang_before: str | None = None
    hang_after: str | None = None
    lost_result: bool | None = None
    clock_skew_seconds: float | None = Field(default=None, ge=-LARGEST_SKEW_SECONDS, le=LARGEST_SKEW_SECONDS)
    halt_after_seconds: float | None = Field(default=None, ge=0, le=LONGEST_SECONDS)
    redrive_after_seconds: float | None = Field(default=None, ge=0, le=LONGEST_SECONDS)

    times: int | None = Field(default=None, ge=1)
    probability: float | None = Field(default=None, gt=0, le=1)
    skip: int = Field(default=0, ge=0)
    after_seconds: float | None = Field(default=None, ge=0, le=LONGEST_SECONDS)
    for_seconds: float | None = Field(default=None, gt=0, le=LONGEST_SECONDS)

    @field_validator("operation", "crash_before", "crash_after", "hang_before", "hang_after")
    @classmethod
    def _known_operation(cls, value: str | None, info: Any) -> str | None:
        if value is None or (value == ANY_OPERATION and info.field_name != "operation"):
            return value
        return _one_of(value, _operations(), "operation of the services the functions call", SERVICES)

    @field_validator("service")
    @classmethod
    def _known_service(cls, value: str | None) -> str | None:
        return None if value is None else _one_of(value, SERVICES, "service the functions call", SERVICES)

    @field_validator("function")
    @classmethod
    def _known_function(cls, value: str | None) -> str | None:
        return None if value is None else _one_of(value, _functions(), "function", _functions())

    @model_validator(mode="after")
    def _fits_together(self) -> Fault:
        named = [effect for effect in Effect if self._has(effect)]
        if len(named) != 1:
            raise ValueError(f"names {len(named)} effects; name one of {', '.join(Effect)}")
        effect = named[0]
        if effect in _ON_A_CALL and self.operation is None and self.service is None:
            raise ValueError(f"{effect} without an operation; add operation, or service for all of a service")
        if effect in _AT_A_CALL and self.operation not in (None, self._operation_of(effect)):
            raise ValueError(f"{effect} and operation name two operations; leave operation out")
        if self.service is not None and self.on is not None and self.on not in _operations_of(self.service):
            raise ValueError(f"{self.service} has no {self.on}; leave service out")
        if effect is Effect.EMPTY_PAGE and self.on not in LISTS_BY_OPERATION:
            raise ValueError(f"only a listing has pages; use operation with {', '.join(LISTS_BY_OPERATION)}")
        if self.hide_target_seconds is not None and self.on != "MigrateWorkspace":
            raise ValueError("only a migration makes a new id; use operation with MigrateWorkspace")
        if effect is Effect.CLOCK_SKEW and self.function is None:
            raise ValueError("a clock is a function's; add function")
        if self.acted is not None and effect is not Effect.ERROR:
            raise ValueError("acted without error; leave acted out")
        if self.redrive_after_seconds is not None and effect is not Effect.HALT:
            raise ValueError(f"redriveAfterSeconds without a halt; add {Effect.HALT}")
        allowed = _BESIDES.get(effect)
        if allowed is not None:
            others = self.model_fields_set - {_field_of(effect), *allowed}
            if others:
                raise ValueError(f"{effect} goes without {to_camel(min(others))}; leave it out")
        return self

    def _has(self, effect: Effect) -> bool:
        value = getattr(self, _field_of(effect))
        if effect is Effect.HIDE_TARGET and (self.acted or self.lost_response or self.crash_after):
            return False  # What else befalls the call does not make its target known.
        return value is not None and value is not False

    def _operation_of(self, effect: Effect) -> str:
        return str(getattr(self, _field_of(effect)))

    @cached_property
    def effect(self) -> Effect:
        """What it does."""
        return next(effect for effect in Effect if self._has(effect))

    @cached_property
    def on(self) -> str | None:
        """The operation it waits for; None is any."""
        if self.effect in _AT_A_CALL:
            named = self._operation_of(self.effect)
            return None if named == ANY_OPERATION else named
        return self.operation

    @property
    def hits_calls(self) -> bool:
        """Whether it is calls that it hits, not functions or executions."""
        return self.effect not in _BESIDES

    @property
    def hits(self) -> int | None:
        """How many calls it hits at most; None is no limit."""
        limited = self.probability is not None or self.for_seconds is not None
        return 1 if self.times is None and not limited else self.times


def load_faults(path: Path) -> list[Fault]:
    """Reads a faults file. Raises FaultsFileFault with everything that is wrong in it."""
    try:
        document = document_from(path.read_bytes())
    except OSError as reason:
        raise FaultsFileFault([f"$: {path} cannot be read ({reason}); name a file that exists"]) from None
    except NoDocument as reason:
        raise FaultsFileFault([f"$: not JSON: {reason}; write a list of faults"]) from None
    return parse_faults(document)


def parse_faults(document: object) -> list[Fault]:
    """The faults of the parsed JSON of a faults file. Raises FaultsFileFault with everything that is wrong
    in it."""
    try:
        return TypeAdapter(list[Fault]).validate_json(json.dumps(document))
    except ValidationError as error:
        raise FaultsFileFault(
            _sentence(fault["loc"], fault["msg"], fault["type"]) for fault in error.errors()
        ) from None


def runs_not_there(faults: Sequence[Fault], run_ids: Sequence[str]) -> list[str]:
    """What is wrong with faults of runs that are not rehearsed, each as "JSON path: ..."."""
    return [
        f"$[{index}].runId: {fault.run_id} is not rehearsed; use one of {', '.join(run_ids)}"
        for index, fault in enumerate(faults)
        if fault.run_id is not None and fault.run_id not in run_ids
    ]


def _one_of(value: str, known: Iterable[str], what: str, shown: Iterable[str]) -> str:
    if value not in known:
        near = get_close_matches(value, known, 1)
        meant = f"did you mean {near[0]}?" if near else f"use one of {', '.join(shown)}"
        raise ValueError(f"{value!r} is no {what}; {meant}")
    return value


def _sentence(steps: Sequence[str | int], message: str, kind: str) -> str:
    path = "$"
    for step in steps:
        path = f"{path}[{step}]" if isinstance(step, int) else member_path(path, step)
    if kind == "extra_forbidden":
        known = ", ".join(to_camel(name) for name in Fault.model_fields)
        return f"{path}: no member of a fault; use {known}"
    text = message.removeprefix("Value error, ")
    text = text[:1].lower() + text[1:]
    return f"{path}: {text}" if ";" in text else f"{path}: {text}; correct the value"


@cache
def _field_of(effect: Effect) -> str:
    fields: Mapping[str, Any] = Fault.model_fields
    return next(name for name in fields if to_camel(name) == effect)


@cache
def _operations_of(service: str) -> frozenset[str]:
    return frozenset(service_model(service).operation_names)


@cache
def _operations() -> frozenset[str]:
    return frozenset(name for service in SERVICES for name in _operations_of(service))


@cache
def _functions() -> tuple[str, ...]:
    """The deployed functions that a rehearsal calls: the modules beside the entry, but for the sweep, which
    has a schedule of its own."""
    found = {one.name for one in pkgutil.iter_modules(functions.__path__)}
    return tuple(sorted(found - {"entry", "sweep"}))
