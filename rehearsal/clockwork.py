"""Functions that the clock calls, in a rehearsal: as often as the template's rules say."""

from __future__ import annotations

from collections.abc import Iterable

from rehearsal.authorization.gate import Gate
from rehearsal.clock import VirtualClock
from rehearsal.deployment import Function
from rehearsal.invocation import FunctionError, Functions


def wind_up(clock: VirtualClock, functions: Iterable[Function], invoked: Functions, gate: Gate) -> None:
    """Call each from its first hour on, for as long as the rehearsal runs, if its policy lets its rule."""
    for function in functions:
        if (
            function.every_seconds is not None
            and function.rule is not None
            and gate.lets_invoke(function.rule)
        ):
            clock.spawn(_call_on_and_on, clock, function, invoked, name=f"the rule of {function.name}")


def _call_on_and_on(clock: VirtualClock, function: Function, invoked: Functions) -> None:
    while True:
        clock.sleep(function.every_seconds or 0.0)
        try:
            invoked.invoke(function.name, function.name, "{}", None)
        except FunctionError:
            # As with Lambda: the log has it, and the next hour comes.
            continue
