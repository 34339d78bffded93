"""What the service model says about a value: types, required members, enumerations, patterns, timestamps.

Two readers ask: the fleet file (what an AWS CLI printed, a person may have edited it) and the twin's requests
(what a client sent). Both read the same botocore model, so the twin knows no shape of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, ServiceModel, Shape, StructureShape

OPEN_ENUMERATIONS = frozenset({"ComputeTypeName", "Name", "OperatingSystemName"})
"""Members whose values the service extends every year: a newer one in a real account's export is no fault."""

IDENTIFIERS = {
    "WorkspaceId": r"^ws-[0-9a-z]{8,63}$",
    "BundleId": r"^wsb-[0-9a-z]{8,63}$",
    "DirectoryId": r"^(d|wsd)-[0-9a-z]{8,63}$",
}
"""Identifiers the twin acts on; the others are only repeated to whoever asks. As the service's patterns,
but that a directory's id need not be hexadecimal: people who write a fleet by hand seldom know that it is."""

NEVER_EMPTY = frozenset({"UserName", "Key"})
"""Members the twin looks rows up by. Others the CLI may print as an empty text, whatever the model says."""

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "structure": (dict,),
    "list": (list,),
}


@cache
def service_model(service: str) -> ServiceModel:
    """The botocore model of a service, by its boto3 name: as it is installed, whatever AWS configuration the
    machine has."""
    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    return ServiceModel(loader.load_service_model(service, "service-2"), service_name=service)


def parse_timestamp(value: object) -> datetime:
    """An aware UTC time from ISO 8601 with an offset, or from epoch seconds, the two ways the CLI prints one.

    Raises ValueError with a sentence for the reader of the file.
    """
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time without an offset")
        return value.astimezone(UTC)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("not a time")
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{value!r} is not a time") from None
        if moment.tzinfo is None:
            raise ValueError(f"{value!r} has no offset from UTC")
        return moment.astimezone(UTC)
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError):
        raise ValueError(f"{value!r} is not a time in epoch seconds") from None


def member_path(path: str, name: str) -> str:
    """JSONPath of a member (RFC 9535): dotted where the name allows it, in brackets where it does not."""
    return f"{path}.{name}" if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) else f"{path}['{name}']"


def file_faults(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """What is wrong with a value that a person or the CLI wrote, each as "JSON path: what is wrong; remedy".

    Members the model does not know are left alone: a newer CLI prints more than this model has.
    """
    if shape.type_name == "timestamp":
        try:
            parse_timestamp(value)
        except ValueError as reason:
            yield f"{path}: {reason}; write ISO 8601 with Z, like 2026-11-23T02:00:00Z, or epoch seconds"
        return
    expected = _PYTHON_TYPES.get(shape.type_name)
    if expected and (not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected)):
        belongs = _article(shape.type_name)
        yield f"{path}: {_kind(value)} where {belongs} belongs; write it as the AWS CLI prints it"
        return
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            if name in value:
                yield from _member_faults(value[name], member, member_path(path, name), name)
            elif name in shape.required_members:
                yield f"{member_path(path, name)}: missing; add it as the AWS CLI prints it"
    elif isinstance(shape, ListShape):
        for index, item in enumerate(value):
            yield from file_faults(item, shape.member, f"{path}[{index}]")


def _member_faults(value: Any, shape: Shape, path: str, name: str) -> Iterator[str]:
    if value is None:
        yield f"{path}: null; leave the key out when there is nothing to say"
        return
    yield from file_faults(value, shape, path)
    if isinstance(value, str | list):
        yield from _length_faults(value, shape, path, name)
    if not isinstance(value, str):
        return
    pattern = IDENTIFIERS.get(name)
    if pattern and not re.search(pattern, value):
        yield f"{path}: {value!r} is no {name}; it must match {pattern}"
    values = getattr(shape, "enum", None)
    if values and name not in OPEN_ENUMERATIONS and value not in values:
        yield f"{path}: {value!r} is none of the service's values; use one of {', '.join(values)}"


def misfit(value: Any, shape: Shape, name: str) -> str | None:
    """The first member of a request that is of another type than the model's; None if each is of its own."""
    kinds = _PYTHON_TYPES.get(shape.type_name, (int, float))  # what is left are timestamps
    if not issubclass(type(value), kinds) or (type(value) is bool and bool not in kinds):
        return name
    parts: list[tuple[Any, Shape, str]] = []
    if isinstance(shape, StructureShape):
        parts = [
            (value[each], member, each)
            for each, member in shape.members.items()
            if value.get(each) is not None
        ]
    elif isinstance(shape, ListShape):
        parts = [(item, shape.member, f"{name}.{index}") for index, item in enumerate(value, start=1)]
    return next((found for part in parts if (found := misfit(*part)) is not None), None)


def _length_faults(value: str | list[Any], shape: Shape, path: str, name: str) -> Iterator[str]:
    least = shape.metadata.get("min", 0) if name in NEVER_EMPTY else 0
    most = shape.metadata.get("max", len(value))
    of = "characters" if isinstance(value, str) else "entries"
    if len(value) < least:
        yield f"{path}: empty; write what the AWS CLI prints"
    elif len(value) > most:
        yield f"{path}: {len(value)} {of}, and the service has at most {most}; write what the AWS CLI prints"


def request_faults(value: Any, shape: Shape, name: str) -> Iterator[str]:
    """What a request breaks of the model's constraints, in the words the service uses."""
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if isinstance(shape, StructureShape):
        for member_name in shape.required_members:
            if value.get(member_name) is None:
                yield _violated(None, member_name, "Member must not be null")
        for member_name, member in shape.members.items():
            if value.get(member_name) is not None:
                yield from request_faults(value[member_name], member, member_name)
        return
    if isinstance(shape, ListShape):
        yield from _size_faults(value, len(value), low, high, name, "length")
        for index, item in enumerate(value, start=1):
            yield from request_faults(item, shape.member, f"{name}.{index}.member")
        return
    if isinstance(value, str):
        yield from _size_faults(value, len(value), low, high, name, "length")
        pattern = IDENTIFIERS.get(shape.name, shape.metadata.get("pattern"))
        values = getattr(shape, "enum", None)
        if pattern and not re.search(pattern, value):
            yield _violated(value, name, f"Member must satisfy regular expression pattern: {pattern}")
        if values and value not in values:
            yield _violated(value, name, f"Member must satisfy enum value set: [{', '.join(values)}]")
    elif isinstance(value, int):
        yield from _size_faults(value, value, low, high, name, "value")


def _size_faults(
    value: Any, size: int, low: int | None, high: int | None, name: str, what: str
) -> Iterator[str]:
    if low is not None and size < low:
        yield _violated(value, name, f"Member must have {what} greater than or equal to {low}")
    if high is not None and size > high:
        yield _violated(value, name, f"Member must have {what} less than or equal to {high}")


def _violated(value: Any, name: str, constraint: str) -> str:
    member = name[:1].lower() + name[1:]
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{member}' failed to satisfy constraint: {constraint}"


def known_members(value: Any, shape: Shape) -> Any:
    """A copy with only what the model knows, its timestamps as aware times: what the service itself would
    return."""
    if isinstance(shape, StructureShape):
        return {
            name: known_members(value[name], member)
            for name, member in shape.members.items()
            if name in value
        }
    if isinstance(shape, ListShape):
        return [known_members(item, shape.member) for item in value]
    return parse_timestamp(value) if shape.type_name == "timestamp" else value


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _article(type_name: str) -> str:
    return {
        "structure": "an object",
        "list": "a list",
        "string": "a text",
        "boolean": "true or false",
    }.get(type_name, "a whole number")
