"""What the engine computes again and again, computed once or not at all."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.eval import environment
from moto.stepfunctions.parser.asl.parse import asl_parser
from moto.stepfunctions.parser.asl.utils import json_path

from rehearsal import json_values
from rehearsal.hooking import Replacement
from rehearsal.moto_hooks.means import ASL, ENGINE, Means, hook


@lru_cache(maxsize=16)
def _kept(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """A parser that remembers, for this process, what it has parsed."""
    return lru_cache(maxsize=10_000)(parse)


@hook({ASL + "parse.asl_parser:AmazonStateLanguageParser.parse": "a59a7d18760f"})
def definitions_are_parsed_once(means: Means, replace: Replacement) -> None:
    """Keeps parsed definitions by their text; a parsed definition holds no state of an execution."""
    del means
    parse = _kept(asl_parser.AmazonStateLanguageParser.parse)
    replace.attribute(asl_parser.AmazonStateLanguageParser, "parse", staticmethod(parse))


@hook({ASL + "utils.json_path:extract_json": "932245247973"})
def paths_are_parsed_once(means: Means, replace: Replacement) -> None:
    """Keeps parsed JSON paths, walks plain ones: jsonpath_ng builds its grammar's tables for each parse."""
    del means
    replace.attribute(json_path, "parse", _kept(json_path.parse))
    replace.attribute(result_path, "parse", _kept(result_path.parse))
    general = json_path.extract_json
    replace.everywhere(ENGINE, general, json_values.extractor(general))


@hook(
    {
        ASL + "eval.states:States.reset": "3026ea3d7689",
        ASL + "eval.states:States._extract": "9ab6dac771c5",
        ASL + "eval.environment:Environment.program_state": "51a3ae2d979f",
        ASL + "eval.environment:Environment.as_inner_frame_of": "eb77183cac4a",
    }
)
def copies_are_cheap(means: Means, replace: Replacement) -> None:
    """Replaces copy.deepcopy, which the engine applies to its whole input for every field of every state, by
    a copy made in C; and a deep copy of the program's state, which only tells whether it runs, by itself."""
    del means
    replace.everywhere(ASL.rstrip("."), copy, SimpleNamespace(deepcopy=json_values.copied))
    replace.attribute(environment.Environment, "program_state", lambda self: self._program_state)


@hook({ASL + "component.eval_component:EvalComponent.eval": "8573f4a8a03c"})
def failures_are_not_logged(means: Means, replace: Replacement) -> None:
    """Replaces the evaluation of a component by the same without its log, which writes out the whole
    definition at every level a failure passes; the history has each failure once."""
    del means

    def evaluate(self: Any, env: Any) -> None:
        if env.is_running():
            name = self._field_name()
            if name is not None:
                env.next_field_name = name
            self._eval_body(env)

    replace.attribute(EvalComponent, "eval", evaluate)
    replace.level(ENGINE, logging.CRITICAL)
