"""What Tasks call: integrations that exist, with parameters that the service's own model knows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import botocore.session
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel, Shape, StructureShape
from botocore.validate import ParamValidator

from infra.definition.our_functions import contract_of
from infra.definition.scopes import Shape as KnownShape
from infra.definition.scopes import State

_RESOURCE = re.compile(
    r"arn:aws:states:::(aws-sdk:)?([a-z0-9]+):([A-Za-z0-9]+)(\.waitForTaskToken|\.sync(?::2)?)?$"
)

_OPTIMIZED = {"lambda:invoke": "Invoke", "sns:publish": "Publish"}
"""The optimized integrations in use. Another is written here when a definition needs it."""

_READER, _WRITER = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:putObject"
_OF_THE_WRITER = frozenset({"Bucket", "Prefix"})
_JSON = "Payload"
"""Of lambda:invoke: Step Functions takes JSON where the API takes bytes."""


def integration_faults(state: State) -> Iterator[str]:
    """Of a Task's resource and parameters, and of a Map's reader and writer."""
    if state.kind == "Task":
        yield from _of_a_task(state)
    if state.kind == "Map":
        yield from _of_a_map(state)


def result_shape(state: State) -> KnownShape:
    """The Task's raw result: its fields, and within Payload those of our function's answer; None where that
    cannot be told."""
    found = _called(str(state.body.get("Resource", "")))
    if found is None or found[1]:
        return None
    shape = found[0].output_shape
    if not isinstance(shape, StructureShape):
        return None
    members: dict[str, Any] = dict.fromkeys(shape.members)
    contract = contract_of(state)
    return {**members, _JSON: contract.gives} if contract else members


def _of_a_task(state: State) -> Iterator[str]:
    resource = str(state.body.get("Resource", ""))
    found = _called(resource)
    if found is None:
        yield f"{state.place}: no integration {resource!r} is known"
        return
    operation, waits = found
    parameters = state.body.get("Parameters", {})
    yield from _parameter_faults(state.place, operation, parameters)
    named = "$$.Task.Token" in str(parameters)
    if waits and not named:
        yield f"{state.place}: waits for a task token that its Parameters give to nobody"
    if named and not waits:
        yield f"{state.place}: there is no $$.Task.Token without .waitForTaskToken"


def _of_a_map(state: State) -> Iterator[str]:
    reader, writer = state.body.get("ItemReader"), state.body.get("ResultWriter")
    if reader:
        if reader.get("Resource") != _READER:
            yield f"{state.place}: ItemReader: no integration {reader.get('Resource')!r} is known"
        operation = _operation("s3", "GetObject")
        if operation:
            yield from _parameter_faults(
                f"{state.place}: ItemReader", operation, reader.get("Parameters", {})
            )
    if writer:
        if writer.get("Resource") != _WRITER:
            yield f"{state.place}: ResultWriter: no integration {writer.get('Resource')!r} is known"
        given = {name.removesuffix(".$") for name in writer.get("Parameters", {})}
        if given != _OF_THE_WRITER:
            yield f"{state.place}: ResultWriter takes Bucket and Prefix, not {', '.join(sorted(given))}"


def _called(resource: str) -> tuple[OperationModel, bool] | None:
    """The operation, and whether the Task waits for a token."""
    match = _RESOURCE.fullmatch(resource)
    if not match:
        return None
    sdk, service, name, how = match.groups()
    if sdk:
        operation = _operation(service, name[:1].upper() + name[1:]) if name[:1].islower() else None
    else:
        optimized = _OPTIMIZED.get(f"{service}:{name}")
        operation = _operation(service, optimized) if optimized else None
    if operation is None or (how or "").startswith(".sync"):
        return None
    return operation, how == ".waitForTaskToken"


@cache
def _operation(service: str, name: str) -> OperationModel | None:
    try:
        model = botocore.session.get_session().get_service_model(_BOTOCORE_NAMES.get(service, service))
    except UnknownServiceError:
        return None
    return model.operation_model(name) if name in model.operation_names else None


_BOTOCORE_NAMES = {"sfn": "stepfunctions", "eventbridge": "events", "cloudwatchlogs": "logs"}
"""Where Step Functions names a service otherwise than botocore does."""


def _parameter_faults(place: str, operation: OperationModel, parameters: Mapping[str, Any]) -> Iterator[str]:
    shape = operation.input_shape
    if not isinstance(shape, StructureShape):
        if parameters:
            yield f"{place}: {operation.name} takes no parameters"
        return
    given = {name.removesuffix(".$"): value for name, value in parameters.items()}
    members = {_pascal(name): member for name, member in shape.members.items()}
    for name in given.keys() - members.keys():
        yield f"{place}: {operation.name} has no parameter {name}"
    for name in {_pascal(one) for one in shape.required_members} - given.keys():
        yield f"{place}: {operation.name} needs {name}"
    for name, value in parameters.items():
        if name in members and name != _JSON:
            yield from _value_faults(f"{place}: {name}", members[name], value)


def _value_faults(place: str, shape: Shape, value: Any) -> Iterator[str]:
    """Of a value that is given as it is; what only the run will tell is left out."""
    if "${" in str(value) or ".$" in str(value):
        return
    report = ParamValidator().validate({"value": value}, _holder(shape))
    if report.has_errors():
        yield f"{place}: {report.generate_report()}"
    choices = getattr(shape, "enum", None)
    if choices and value not in choices:
        yield f"{place} is {value!r}, none of {', '.join(choices)}"


def _holder(shape: Shape) -> StructureShape:
    """A structure with that one member, which the validator wants."""

    class Holder(StructureShape):
        members = {"value": shape}  # noqa: RUF012 (botocore's own is a cached property)
        required_members: list[str] = []  # noqa: RUF012

    return Holder("Holder", {"type": "structure", "members": {}})


def _pascal(name: str) -> str:
    return name[:1].upper() + name[1:]
