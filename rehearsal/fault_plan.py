"""Which calls, invocations and executions the faults of a file hit.

A fault hits a call when everything it names fits: operation or service, function, run, WorkSpace, time. It
lets `skip` such calls pass and hits `times` of the rest (one, if none of `times`, `probability` and
`forSeconds` is given), or each with a `probability`, or with a probability until it has hit `times`. Of
several that fit, the first in the file hits.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rehearsal.faults import Effect, Fault


@dataclass(frozen=True, slots=True)
class Call:
    """An attempt of a call that is about to be made. `seconds` since the rehearsal began."""

    function: str
    service: str
    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    run_id: str | None = None
    seconds: float = 0.0


class FaultPlan:
    """Decides for each call whether a fault hits it.

    Each fault draws from a stream of its own, one draw for each call it fits, so that the same seed decides
    the same, and one fault more in the file changes nothing for the others.
    """

    def __init__(self, faults: Sequence[Fault], *, seed: int) -> None:
        states = [_State(fault, random.Random(f"{seed}:fault {index}")) for index, fault in enumerate(faults)]
        self._on_calls = [state for state in states if state.fault.hits_calls]
        self._on_results = [state for state in states if state.fault.effect is Effect.LOST_RESULT]
        self._skews = {
            str(fault.function): float(fault.clock_skew_seconds)
            for fault in reversed(faults)
            if fault.clock_skew_seconds is not None
        }
        self.halts = [fault for fault in faults if fault.effect is Effect.HALT]

    def decide(self, call: Call) -> Fault | None:
        """The fault that hits this call; None lets it go."""
        return _first_hit(self._on_calls, call.seconds, lambda fault: _fits(fault, call))

    def loses_result(self, function: str, seconds: float) -> bool:
        """Whether what this invocation returns is lost on its way to the state machine."""
        lost = _first_hit(self._on_results, seconds, lambda fault: fault.function in (None, function))
        return lost is not None

    def skew_seconds(self, function: str) -> float:
        """How far this function's clock is ahead."""
        return self._skews.get(function, 0.0)


class _State:
    """A fault, its draws, and how often it may still pass and hit."""

    def __init__(self, fault: Fault, draw: random.Random) -> None:
        self.fault = fault
        self._draw = draw
        self._left = fault.hits
        self._to_skip = fault.skip

    def hits(self, seconds: float) -> bool:
        """Whether it would hit the call that fits it, which counts as one."""
        fault = self.fault
        begins = fault.after_seconds or 0.0
        if self._left == 0 or seconds < begins:
            return False
        if fault.for_seconds is not None and seconds >= begins + fault.for_seconds:
            return False
        if self._to_skip:
            self._to_skip -= 1
            return False
        return fault.probability is None or self._draw.random() < fault.probability

    def count(self) -> None:
        if self._left is not None:
            self._left -= 1


def _first_hit(states: Iterable[_State], seconds: float, fits: Callable[[Fault], bool]) -> Fault | None:
    found: _State | None = None
    for state in states:
        if fits(state.fault) and state.hits(seconds) and found is None:
            state.count()
            found = state
    return found.fault if found else None


def _fits(fault: Fault, call: Call) -> bool:
    return (
        fault.on in (None, call.operation)
        and fault.service in (None, call.service)
        and fault.function in (None, call.function)
        and fault.run_id in (None, call.run_id)
        and (fault.workspace_id is None or fault.workspace_id in _workspace_ids(call.parameters))
    )


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


NO_FAULTS = FaultPlan([], seed=0)
