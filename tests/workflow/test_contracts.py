"""What functions take and give by infra.definition.our_functions is what they really get and answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from infra.definition.our_functions import CONTRACTS
from infra.definition.scopes import Shape
from infra.freshness import template_for_rehearsal
from infra.function_table import FUNCTIONS
from rehearsal.invocation import Handler
from tests.workflow.roles_bench import run
from tests.workflow.roles_scenarios import SCENARIOS
from tests.workflow.test_rehearse_command import the_input

Exchange = tuple[dict[str, Any], Any]


@pytest.fixture(scope="module")
def exchanges(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Exchange]]:
    """Events and answers of every function, in a run that is approved and one that comes to its last try."""
    found: dict[str, list[Exchange]] = {}

    def around(name: str, handler: Handler) -> Handler:
        def call(event: dict[str, Any], context: Any) -> object:
            answer: Any = None
            try:
                answer = handler(event, context)
            finally:
                found.setdefault(name, []).append((event, answer))
            return answer

        return call

    approved = replace(SCENARIOS["approval"], inputs=[the_input(requireApproval=True, canary=1)])
    dying = [{"function": "report", "crashBefore": "PutObject", "times": 7}]
    for number, scenario in enumerate((approved, replace(SCENARIOS["a migration"], faults=dying))):
        place = tmp_path_factory.mktemp(f"run-{number}")
        run(replace(scenario, around=around), template_for_rehearsal("dev"), place)
    return found


def test_each_function_of_the_state_machine_has_its_contract() -> None:
    assert CONTRACTS.keys() == {spec.name for spec in FUNCTIONS if spec.every_hours is None}


@pytest.mark.parametrize("name", CONTRACTS)
def test_events_and_answers_are_as_the_contract_says(name: str, exchanges: dict[str, list[Exchange]]) -> None:
    contract, seen = CONTRACTS[name], exchanges[name]
    got = [frozenset(event) for event, _ in seen]
    assert frozenset.intersection(*got) == contract.takes
    assert frozenset.union(*got) == contract.takes | contract.may_take
    answers = [answer for _, answer in seen if answer is not None]
    assert answers
    if contract.gives is not None:
        assert _together(answers, contract.gives) == contract.gives


def _together(answers: list[Any], like: Shape) -> Shape:
    """The shape of all answers at once, as deep as the other."""
    if like is None:
        return None
    keys = dict.fromkeys(key for answer in answers if isinstance(answer, dict) for key in answer)
    return {key: _together([one[key] for one in answers if key in one], like.get(key)) for key in keys}
