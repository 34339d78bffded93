"""What our functions take and give, so that the definition cannot ask them for anything else.

No model of a service knows a payload. tests/workflow/test_contracts.py holds this table against what the
functions really got and answered in rehearsals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.definition.scopes import Shape, State

_OF_AN_OBJECT: Shape = {"bucket": None, "key": None, "count": None}
_OF_A_BATCH: Shape = dict.fromkeys(("next", "waitSeconds", "underWay", "waiting", "transitions"))


@dataclass(frozen=True)
class Contract:
    """The keys of a function's event, those it can do without, the shape of its answer, and the names of
    errors that mean something to the state machine."""

    takes: frozenset[str]
    gives: Shape
    may_take: frozenset[str] = frozenset()
    raises: frozenset[str] = frozenset()


CONTRACTS: Mapping[str, Contract] = {
    "assess": Contract(
        frozenset({"runId", "executionArn", "startedAt", "input", "assessment"}),
        {
            **dict.fromkeys(("done", "dryRun", "requireApproval", "planned", "turns")),
            **dict.fromkeys(("resultsPrefix", "mapConcurrency", "toleratedFailurePercentage")),
            "approval": {"subject": None, "message": None},
            "canary": _OF_AN_OBJECT,
            "batches": _OF_AN_OBJECT,
        },
        raises=frozenset({"InvalidInput"}),
    ),
    "start": Contract(frozenset({"runId", "batch", "transitions", "retries"}), _OF_A_BATCH),
    "poll": Contract(frozenset({"runId", "batch", "transitions", "retries"}), _OF_A_BATCH),
    "settle": Contract(frozenset({"runId", "state"}), {"done": None, "waitSeconds": None, "rounds": None}),
    "clean_up": Contract(frozenset({"runId"}), None),
    "report": Contract(
        frozenset({"runId", "executionArn", "startedAt", "input", "state"}),
        dict.fromkeys(("cause", "verdict", "green", "headline", "counts", "report")),
        may_take=frozenset({"lastTry"}),
    ),
}
"""By the function's name. What a function gives only sometimes is here, too: the state machine asks first."""

_ARN = re.compile(r"\$\{(\w+)FunctionArn\}")
_SERVICES_ERRORS = ("States.", "Lambda.", "SNS.")


def contract_of(state: State) -> Contract | None:
    """Of the function that a Task invokes; None where it invokes none of ours."""
    found = _ARN.fullmatch(str(state.body.get("Parameters", {}).get("FunctionName", "")))
    if found is None:
        return None
    return CONTRACTS.get(re.sub(r"(?<!^)(?=[A-Z])", "_", found[1]).lower())


def contract_faults(state: State) -> Iterator[str]:
    """Of the payload, of a call that does not wait for the answer, and of errors that nobody raises."""
    contract = contract_of(state)
    raises = contract.raises if contract else frozenset()
    for kind in ("Retry", "Catch"):
        for handler in state.body.get(kind, ()):
            for error in handler.get("ErrorEquals", ()):
                if error not in raises and not error.startswith(_SERVICES_ERRORS):
                    yield f"{state.place}: {kind} names {error}, which nothing here raises"
    if contract is None:
        return
    parameters: Mapping[str, Any] = state.body.get("Parameters", {})
    if parameters.get("InvocationType", "RequestResponse") != "RequestResponse":
        yield f"{state.place}: InvocationType: nobody would wait for the function's answer"
    payload = parameters.get("Payload")
    if not isinstance(payload, Mapping):
        yield f"{state.place}: Payload must be an object, by whose keys it can be told what it has"
        return
    given = {name.removesuffix(".$") for name in payload}
    for name in sorted(given - contract.takes - contract.may_take):
        yield f"{state.place}: Payload.{name}: the function takes nothing of that name"
    for name in sorted(contract.takes - given):
        yield f"{state.place}: Payload has no {name}, which the function needs"
