"""Threads, waits and chance: the engine's are the rehearsal's clock's and seed's."""

from __future__ import annotations

import random
import threading
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from moto.moto_api._internal import mock_random
from moto.stepfunctions.parser import utils
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.common.retry import jitter_strategy_decl, retrier_decl
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.intrinsic.function.statesfunction.math_operations import (
    math_random,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function import timestamp, wait_function

from rehearsal.engine_parts import (
    VirtualThreading,
    wait_while_running,
)
from rehearsal.history import History
from rehearsal.hooking import Replacement
from rehearsal.moto_hooks.means import ASL, ENGINE, Means, hook


@hook({})
def threads_are_tasks(means: Means, replace: Replacement) -> None:
    """Replaces threading.Thread and threading.Event, however the engine's modules hold them.

    So everything that the engine starts is a task of the virtual clock, and what it waits for passes in
    virtual time. Locks stay: none is held while a thread waits.
    """
    virtual = VirtualThreading(means.clock)
    replace.everywhere(ENGINE, threading, virtual)
    replace.everywhere(ENGINE, threading.Thread, virtual.Thread)
    replace.everywhere(ENGINE, threading.Event, virtual.Event)


@hook({})
def threads_are_forgotten(means: Means, replace: Replacement) -> None:
    """Replaces TMP_THREADS, a list that keeps every thread, and all it refers to, for the process's life."""
    del means
    replace.everywhere(ENGINE, utils.TMP_THREADS, SimpleNamespace(append=id))


@hook({})
def chance_is_seeded(means: Means, replace: Replacement) -> None:
    """Seeds moto's own source of ids, and gives retry jitter and States.MathRandom streams of their own."""
    entropy = means.clock.entropy

    def generator(seed: int | None = None) -> random.Random:
        return entropy.stream("States.MathRandom") if seed is None else random.Random(seed)

    mock_random.seed(f"{entropy.seed}:moto")
    replace.attribute(jitter_strategy_decl, "random", entropy.stream("retry jitter"))
    replace.attribute(math_random, "random", SimpleNamespace(Random=generator))


@hook({ASL + "component.eval_component:EvalComponent.heap_key": "2531bf43997a"})
def heap_keys_draw_no_ids(means: Means, replace: Replacement) -> None:
    """Replaces the uuid under which a component keeps its retry counters by the component's identity: it is
    never shown, and a definition that is parsed once can run again without shifting every later id."""
    del means
    replace.attribute(EvalComponent, "heap_key", property(id))


@hook({ASL + "component.state.wait.wait_function.wait_function:WaitFunction._wait_interval": "8f954dee8037"})
def waits_are_exact(means: Means, replace: Replacement) -> None:
    """Replaces the Wait state's loop over rounded seconds, which can wait a second too long, by one wait that
    ends at its exact time or when the execution does."""

    def wait_interval(_: Any, env: Any, wait_seconds: float) -> None:
        wait_while_running(means.clock, env, wait_seconds)

    replace.attribute(wait_function.WaitFunction, "_wait_interval", wait_interval)


@hook({ASL + "component.state.wait.wait_function.timestamp:Timestamp._get_wait_seconds": "611d040940ad"})
def timestamps_are_exact(means: Means, replace: Replacement) -> None:
    """Replaces the distance to a Wait state's Timestamp, taken in local time and cut to whole seconds, which
    wakes up to a second early."""

    def get_wait_seconds(self: Any, env: Any) -> float:
        self.string.eval(env=env)
        text = env.stack.pop()
        if not isinstance(text, str) or self._from_timestamp_string(text) is None:
            raise FailureEventException(self._create_failure_event(env, text))
        return (datetime.fromisoformat(text) - means.clock.now()).total_seconds()

    replace.attribute(timestamp.Timestamp, "_get_wait_seconds", get_wait_seconds)


@hook({ASL + "component.common.retry.retrier_decl:RetrierDecl._eval_body": "48463fff19ce"})
def retries_wait_in_virtual_time(means: Means, replace: Replacement) -> None:
    """Replaces the retrier's sleep by a wait that a stopped execution does not sit out. Counts retries."""

    def eval_body(self: Any, env: Any) -> None:
        self.error_equals.eval(env)
        if not env.stack.pop():
            env.stack.append(retrier_decl.RetrierOutcome.Skipped)
            return
        self.max_attempts.eval(env=env)
        if env.stack.pop() == retrier_decl.MaxAttemptsOutcome.EXHAUSTED:
            env.stack.append(retrier_decl.RetrierOutcome.Failed)
            return
        self.interval_seconds.eval(env=env)
        self.backoff_rate.eval(env=env)
        self.max_delay_seconds.eval(env=env)
        self.jitter_strategy.eval(env=env)
        wait_while_running(means.clock, env, env.stack.pop())
        if isinstance(env.event_manager, History):
            env.event_manager.counts.retries += 1
        env.stack.append(retrier_decl.RetrierOutcome.Executed)

    replace.attribute(retrier_decl.RetrierDecl, "_eval_body", eval_body)
