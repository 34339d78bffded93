"""What is wrong with a state machine's definition, as far as it can be told before it runs.

CloudFormation and cfn-lint check the language. What they let pass, and what then fails in the middle of a
run, is looked for here: transitions, integrations and their parameters, and the fields that paths name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from infra.definition.data_flow import path_faults
from infra.definition.fields import field_faults
from infra.definition.integrations import integration_faults
from infra.definition.our_functions import contract_faults
from infra.definition.scopes import scopes
from infra.definition.templates import template_faults
from infra.definition.transitions import transition_faults


def definition_faults(definition: Mapping[str, Any], substitutions: Collection[str]) -> list[str]:
    """Each fault in one sentence that begins with the state's place; none where it is sound.

    `substitutions` are the names that the stack offers for `${Name}`.
    """
    return list(_faults(definition, substitutions))


def _faults(definition: Mapping[str, Any], substitutions: Collection[str]) -> Iterator[str]:
    for scope in scopes(definition):
        yield from transition_faults(scope)
        yield from path_faults(scope)
        for state in scope.states.values():
            yield from field_faults(state)
            yield from integration_faults(state)
            yield from contract_faults(state)
            yield from template_faults(state, substitutions)
