"""The hooks into moto: each stands on code that has not changed, does what it says, and comes out again."""

from __future__ import annotations

import copy
import inspect
import json
import logging
import random
import sys
import threading
import time
import uuid
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws
from moto.moto_api._internal import mock_random
from moto.stepfunctions.parser import utils
from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.parse import asl_parser
from moto.stepfunctions.parser.asl.utils import boto_client, encoding, json_path

from rehearsal import json_values, moto_hooks
from rehearsal.clock import VirtualClock
from rehearsal.hooking import Hook, Replacement, digest, holders
from rehearsal.invocation import Functions
from rehearsal.moto_hooks import ENGINE, Means, hook
from tests.workflow.small_machines import START, chain, invoke, stage

PARSER = "moto.stepfunctions.parser."


# --- all hooks


def test_moto_is_as_the_hooks_expect_it() -> None:
    assert moto_hooks.verify() == []


@pytest.mark.parametrize("each", hook.declared, ids=lambda each: each.name)
def test_every_hook_says_what_it_does_and_notices_a_change(
    each: Hook[Means], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (each.install.__doc__ or "").strip()
    if not each.relies_on:
        assert each.name in BY_BEHAVIOUR, "a hook without digests has a test of what it relies on"
    for target in each.relies_on:
        module, _, qualified = target.partition(":")
        owner: Any = sys.modules[module]
        *path, name = qualified.split(".")
        for part in path:
            owner = getattr(owner, part)
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, lambda _: "another")
            assert any(target in fault for fault in each.verify())
        with monkeypatch.context() as patch:
            patch.delattr(owner, name)
            # Gone, unless a base class has one of the same name: then it is another.
            assert any(target in fault for fault in each.verify())
        assert list(each.verify()) == []


def test_all_hooks_come_out_again() -> None:
    def seen() -> dict[str, object]:
        found: dict[str, object] = {}
        for module_name, module in list(sys.modules.items()):
            if not module_name.startswith(ENGINE):
                continue
            for name, value in vars(module).items():
                found[f"{module_name}:{name}"] = value
                if inspect.isclass(value) and value.__module__ == module_name:
                    for member, held in vars(value).items():
                        found[f"{module_name}:{name}.{member}"] = held
        return found

    clock = VirtualClock(START)
    with clock.installed(), mock_aws():
        before = seen()
        with moto_hooks.installed(Means(clock, Functions(clock, {}))):
            changed = {name for name, value in seen().items() if before.get(name) is not value}
            assert len(changed) > 80
            assert logging.getLogger(f"{ENGINE}.anything").getEffectiveLevel() == logging.CRITICAL
        after = seen()
    assert {name for name in before if after.get(name) is not before[name]} == set()
    assert logging.getLogger(f"{ENGINE}.anything").getEffectiveLevel() < logging.CRITICAL


# --- the hooks that replace a thing wherever it is held

THREADING = {
    "asl.component.program.program",
    "asl.component.state.exec.execute_state",
    "asl.component.state.exec.state_map.iteration.inline_iteration_component",
    "asl.component.state.exec.state_map.iteration.itemprocessor.map_run_record",
    "asl.component.state.exec.state_map.iteration.job",
    "asl.component.state.exec.state_parallel.branch_worker",
    "asl.component.state.exec.state_parallel.branches_decl",
    "asl.component.state.exec.state_task.service.state_task_service_callback",
    "asl.eval.environment",
    "asl.eval.event.event_manager",
    "backend.alias",
}
HELD = {
    "threading": (threading, THREADING),
    "Thread": (
        threading.Thread,
        {"asl.component.state.exec.execute_state", "backend.execution_worker"},
    ),
    "Event": (threading.Event, {"asl.eval.callback.callback"}),
    "time": (
        time,
        {
            "asl.component.common.retry.retrier_decl",
            "asl.component.state.exec.state_task.service.state_task_service_callback",
            "asl.component.state.wait.wait_function.wait_function",
        },
    ),
    "TMP_THREADS": (
        utils.TMP_THREADS,
        {
            "asl.component.program.program",
            "asl.component.state.exec.execute_state",
            "asl.component.state.exec.state_map.iteration.inline_iteration_component",
            "asl.component.state.exec.state_parallel.branch_worker",
            "asl.component.state.exec.state_task.service.state_task_service_callback",
            "backend.execution_worker",
            "utils",
        },
    ),
}
BY_BEHAVIOUR = {
    "threads_are_tasks": "test_the_engine_holds_what_blocks_only_where_it_is_known_to",
    "threads_are_forgotten": "test_the_engine_holds_what_blocks_only_where_it_is_known_to",
    "chance_is_seeded": "test_ids_and_jitter_are_seeded",
}


@pytest.mark.parametrize("name", HELD)
def test_the_engine_holds_what_blocks_only_where_it_is_known_to(name: str) -> None:
    """A module of moto's that begins to use a thread, an event or a sleep shows up here."""
    value, expected = HELD[name]
    held = {module.__name__.removeprefix(PARSER) for module, _ in holders(ENGINE, value)}
    assert held == expected


def test_nothing_else_of_the_engine_blocks_or_draws() -> None:
    """Names through which a module could block or draw without being noticed above."""
    for value in (time.sleep, uuid, threading.Condition, threading.Timer):
        assert holders(ENGINE, value) == []
    assert {module.__name__ for module, _ in holders(ENGINE, uuid.uuid4)} == {f"{PARSER}utils"}
    assert {module.__name__.rsplit(".", 1)[1] for module, _ in holders(ENGINE, random)} == {
        "alias",  # which version an alias leads to: we have no aliases of state machines
        "jitter_strategy_decl",
        "math_random",
    }


def test_ids_and_jitter_are_seeded() -> None:
    def draw(seed: int) -> tuple[list[float], Any, str]:
        attempts: list[float] = []

        def refuse(event: dict[str, Any], context: Any) -> object:
            attempts.append(on.elapsed())
            raise ValueError

        retry = [{"ErrorEquals": ["ValueError"], "IntervalSeconds": 60, "JitterStrategy": "FULL"}]
        catch = [{"ErrorEquals": ["ValueError"], "ResultPath": "$.e", "Next": "Draw"}]
        draw = {
            "Type": "Pass",
            "Parameters": {
                "uuid.$": "States.UUID()",
                "chance.$": "States.MathRandom(0, 1000000)",
                "chosen.$": "States.MathRandom(0, 1000000, 7)",
            },
        }
        with stage(seed=seed, refuse=refuse) as on:
            execution = on.run(chain(Refuse=invoke("refuse", Retry=retry, Catch=catch), Draw=draw))
            return attempts, execution.output, str(mock_random.uuid4())

    first, again, other = draw(1), draw(1), draw(2)
    assert first == again
    assert len(set(first[0])) == 4
    assert first[0] != other[0]
    assert first[1]["uuid"] != other[1]["uuid"]
    assert first[1]["chance"] != other[1]["chance"]
    assert first[1]["chosen"] == other[1]["chosen"]
    assert first[2] != other[2]


# --- what is kept, and what is not


def test_clients_definitions_and_paths_are_made_once() -> None:
    definition = json.dumps(chain(Only={"Type": "Pass"}))
    with stage():
        assert boto_client.boto_client_for("us-east-1", "s3") is boto_client.boto_client_for(
            "us-east-1", "s3"
        )
        assert boto_client.boto_client_for("us-east-1", "s3") is not boto_client.boto_client_for(
            "eu-west-1", "s3"
        )
        parse = asl_parser.AmazonStateLanguageParser.parse
        assert parse(definition) is parse(definition)
        assert json_path.parse("$.a[0]") is json_path.parse("$.a[0]")
        assert result_path.parse("$.a[0]") is result_path.parse("$.a[0]")


def test_a_program_without_a_timeout_has_no_thread_of_its_own() -> None:
    with stage() as on:
        on.start(chain(Wait={"Type": "Wait", "Seconds": 60}))
        on.run_until(1)
        assert [each.task for each in on.clock.blocked()] == ["execution run-1"]


def test_threads_are_not_kept() -> None:
    with stage(f=lambda *_: None) as on:
        branch = chain(F=invoke("f"))
        assert on.run(chain(Both={"Type": "Parallel", "Branches": [branch, branch]})).status == "SUCCEEDED"
    assert utils.TMP_THREADS == []


def test_no_module_of_the_engine_is_left_with_deepcopy() -> None:
    assert holders(f"{PARSER}asl", copy) != []
    assert holders(ENGINE, copy.deepcopy) == []
    with stage():
        assert holders(f"{PARSER}asl", copy) == []


# --- values

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda values: (
        st.lists(values, max_size=4) | st.dictionaries(st.sampled_from("abcd") | st.text(), values)
    ),
    max_leaves=20,
)
PATHS = st.lists(st.sampled_from(["a", "b", "c", "d", "_e"]), max_size=4).map(
    lambda names: ".".join(["$", *names])
)


@given(value=JSON, path=PATHS)
@settings(max_examples=200, deadline=None)
def test_a_plain_path_finds_what_the_interpreter_finds(value: Any, path: str) -> None:
    extract = json_values.extractor(_not_called)
    try:
        expected = json_path.extract_json(path, value)
    except json_path.NoSuchJsonPathError:
        with pytest.raises(NotCalledError):
            extract(path, value)
    else:
        assert extract(path, value) == expected


class NotCalledError(Exception):
    pass


def _not_called(path: str, data: Any) -> Any:
    raise NotCalledError(path)


@pytest.mark.parametrize("path", ["$.a[0]", "$..a", "$.a.*", "$['a']", "$.a-b", "a", "$."])
def test_other_paths_are_interpreted(path: str) -> None:
    with pytest.raises(NotCalledError):
        json_values.extractor(_not_called)(path, {"a": [1], "a-b": 2})


@given(value=JSON)
def test_a_copy_equals_and_shares_nothing(value: Any) -> None:
    copied = json_values.copied(value)
    assert copied == value
    assert json.dumps(copied) == json.dumps(value)
    if isinstance(value, dict | list):
        assert copied is not value


def test_what_is_not_json_is_copied_too() -> None:
    value = {"at": START, "event": Exception, "kept": [1]}
    copied = json_values.copied(value)
    assert copied == value
    assert copied["kept"] is not value["kept"]


@given(value=JSON)
def test_written_json_is_what_the_engine_writes(value: Any) -> None:
    held = {"value": value, "at": START}
    assert json_values.written(held) == encoding.to_json_str(held, (",", ":"))


# --- hooking


class Library:
    """Something to hook into."""

    def method(self) -> str:
        return "theirs"

    @staticmethod
    def static() -> str:
        return "theirs"


class Derived(Library):
    pass


def test_a_replacement_is_undone_also_for_static_and_inherited_methods() -> None:
    with ExitStack() as stack:
        replace = Replacement(stack)
        theirs = Library.method
        replace.attribute(Library, "method", lambda self: f"not {theirs(self)}")
        replace.attribute(Library, "static", staticmethod(lambda: "ours"))
        replace.attribute(Derived, "method", lambda _: "derived")
        assert (Library().method(), Library.static(), Library().static()) == ("not theirs", "ours", "ours")
        assert Derived().method() == "derived"
    assert (Library().method(), Library.static(), Library().static()) == ("theirs", "theirs", "theirs")
    assert "method" not in vars(Derived)
    assert isinstance(inspect.getattr_static(Library, "static"), staticmethod)


def test_a_replacement_of_what_is_not_there_is_an_error() -> None:
    with ExitStack() as stack, pytest.raises(AttributeError):
        Replacement(stack).attribute(Library, "missing", None)


def test_digests_know_functions_methods_and_properties() -> None:
    here = f"{__name__}:Library."
    assert digest(f"{here}method") != digest(f"{here}static")
    assert len(digest("rehearsal.clock:VirtualClock.current")) == 12
    with pytest.raises(AttributeError):
        digest(f"{here}gone")
