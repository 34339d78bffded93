"""The faults file: which calls of the functions go wrong, and how.

A fault hits a call when everything it names fits: the operation, the function that calls, the WorkSpace. It
hits `times` such calls (one, if neither `times` nor `probability` is given), or each with a `probability`,
or with a probability until it has hit `times`. Of several that fit, the first in the file hits.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
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

from rehearsal.twin.shapes import member_path, service_model

SERVICES = ("workspaces", "ec2", "resourcegroupstaggingapi", "dynamodb", "s3", "sns")
"""The services the functions call; a fault for an operation of none of them could never hit."""


class FaultsFileFault(Exception):
    """A faults file that cannot be used. `faults` names each thing wrong: "JSON path: what is wrong;
    remedy"."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(self.faults))


class Effect(StrEnum):
    """What happens to a call that a fault hits."""

    ERROR = "error"
    LOST_RESPONSE = "lostResponse"
    CRASH_BEFORE = "crashBefore"
    CRASH_AFTER = "crashAfter"


class Fault(BaseModel):
    """One entry of the faults file.

    `error` answers with that code and the service does nothing; `lostResponse` lets it act and the client
    time out; `crashBefore` and `crashAfter` name an operation and kill the function just before or after it.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True, strict=True
    )

    operation: str | None = None
    function: str | None = Field(default=None, min_length=1)
    workspace_id: str | None = Field(default=None, pattern=r"^ws-[0-9a-z]{8,63}$")
    error: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9.]*$")
    lost_response: bool | None = None
    crash_before: str | None = None
    crash_after: str | None = None
    times: int | None = Field(default=None, ge=1)
    probability: float | None = Field(default=None, gt=0, le=1)

    @field_validator("operation", "crash_before", "crash_after")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        if value is not None and value not in _operations():
            near = get_close_matches(value, _operations(), 1)
            meant = f"did you mean {near[0]}?" if near else f"use one of {', '.join(SERVICES)}"
            raise ValueError(f"{value!r} is no operation of the services the functions call; {meant}")
        return value

    @model_validator(mode="after")
    def _one_effect(self) -> Fault:
        named = [effect for effect in Effect if getattr(self, _FIELDS[effect])]
        if len(named) != 1:
            raise ValueError(f"names {len(named)} effects; name one of {', '.join(Effect)}")
        if named[0] in (Effect.ERROR, Effect.LOST_RESPONSE):
            if self.operation is None:
                raise ValueError(f"{named[0]} without an operation; add operation")
        elif self.operation not in (None, getattr(self, _FIELDS[named[0]])):
            raise ValueError(f"{named[0]} and operation name two operations; leave operation out")
        return self

    @property
    def effect(self) -> Effect:
        """What it does."""
        return next(effect for effect in Effect if getattr(self, _FIELDS[effect]))

    @property
    def on(self) -> str:
        """The operation it waits for."""
        return str(self.operation or self.crash_before or self.crash_after)

    @property
    def hits(self) -> int | None:
        """How many calls it hits at most; None is no limit."""
        return 1 if self.times is None and self.probability is None else self.times

    def fits(self, function: str, operation: str, parameters: Mapping[str, Any]) -> bool:
        """Whether this is one of the calls it means."""
        return (
            operation == self.on
            and self.function in (None, function)
            and (self.workspace_id is None or self.workspace_id in _workspace_ids(parameters))
        )


_FIELDS = {
    Effect.ERROR: "error",
    Effect.LOST_RESPONSE: "lost_response",
    Effect.CRASH_BEFORE: "crash_before",
    Effect.CRASH_AFTER: "crash_after",
}


@dataclass(frozen=True)
class Hit:
    """What is to happen to a call, and the error code it is to answer with, if any."""

    effect: Effect
    error: str | None


class FaultPlan:
    """Decides for each call whether a fault hits it.

    Each fault draws from a stream of its own, one draw for each call it fits, so that the same seed decides
    the same, and one fault more in the file changes nothing for the others.
    """

    def __init__(self, faults: Sequence[Fault], *, seed: int) -> None:
        self._faults = [(fault, random.Random(f"{seed}:fault {index}")) for index, fault in enumerate(faults)]
        self._left = [fault.hits for fault in faults]

    def decide(self, function: str, operation: str, parameters: Mapping[str, Any]) -> Hit | None:
        """What happens to this call; None lets it go."""
        hit: Hit | None = None
        for index, (fault, draw) in enumerate(self._faults):
            left = self._left[index]
            if left == 0 or not fault.fits(function, operation, parameters):
                continue
            chosen = fault.probability is None or draw.random() < fault.probability
            if chosen and hit is None:
                hit = Hit(fault.effect, fault.error)
                if left is not None:
                    self._left[index] = left - 1
        return hit


NO_FAULTS = FaultPlan([], seed=0)


def load_faults(path: Path) -> list[Fault]:
    """Reads a faults file. Raises FaultsFileFault with everything that is wrong in it."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as reason:
        raise FaultsFileFault(
            [f"$: {path} cannot be read ({reason}); name a file that exists, in UTF-8"]
        ) from None
    except json.JSONDecodeError as reason:
        raise FaultsFileFault([f"$: not JSON ({reason}); write a list of faults"]) from None
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
def _operations() -> frozenset[str]:
    return frozenset(name for service in SERVICES for name in service_model(service).operation_names)


def _workspace_ids(parameters: Mapping[str, Any]) -> list[str]:
    """The WorkSpaces a call is about, wherever its parameters name them."""
    ids = [
        str(parameters[name])
        for name in ("SourceWorkspaceId", "WorkspaceId", "ResourceId")
        if name in parameters
    ]
    ids += parameters.get("WorkspaceIds", [])
    ids += [each.get("WorkspaceId", "") for each in parameters.get("TerminateWorkspaceRequests", [])]
    return ids
