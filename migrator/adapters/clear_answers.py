"""Answers that are not what the service's own model promises: nothing is concluded from them.

botocore passes on what a service sends: a number where the model has text, a row without its id. What
follows would be a traceback somewhere, or worse a decision. So the answers that decisions rest on are
held against the model, and one that breaks it is an error in one sentence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import boto3
import botocore.session
from botocore.model import OperationModel, Shape
from botocore.parsers import ResponseParser, ResponseParserError, ResponseParserFactory
from botocore.utils import parse_timestamp

_IDENTITIES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "DescribeWorkspaces": {"Workspaces": ("WorkspaceId", "DirectoryId", "UserName", "BundleId")},
    "DescribeWorkspacesConnectionStatus": {"WorkspacesConnectionStatus": ("WorkspaceId",)},
    "DescribeWorkspaceBundles": {"Bundles": ("BundleId",)},
    "DescribeWorkspaceImages": {"Images": ("ImageId",)},
    "DescribeWorkspaceDirectories": {"Directories": ("DirectoryId",)},
    "DescribeWorkspacesPools": {"WorkspacesPools": ("BundleId",)},
    "DescribeApplications": {"Applications": ("ApplicationId",)},
    "DescribeBundleAssociations": {"Associations": ("AssociatedResourceId",)},
    "DescribeWorkspaceAssociations": {"Associations": ("AssociatedResourceId",)},
    "DescribeSubnets": {"Subnets": ("SubnetId",)},
    "GetResources": {"ResourceTagMappingList": ("ResourceARN",)},
}
"""What each row of a listing must say for anyone to know whose it is: the model requires none of it."""

_PARSED: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "timestamp": (datetime, str, int, float),
    "structure": (dict,),
    "list": (list,),
    "map": (dict,),
    "blob": (bytes, str),
}

_ADVICE = "Run again; if it stays so, contact AWS Support."


UNLIKE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    IndexError,
    KeyError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What reading a document raises that is not what its reader takes it for."""


class UnclearAnswer(Exception):
    """A service answered, and what it said cannot be relied on."""


class _Parser:
    """botocore's parser, which takes it for granted that a service sends what its model promises."""

    def __init__(self, parser: ResponseParser) -> None:
        self._parser = parser

    def parse(self, response: Mapping[str, Any], shape: Shape | None) -> Any:
        try:
            parsed = self._parser.parse(response, shape)  # type: ignore[arg-type]
        except (ResponseParserError, *UNLIKE) as fault:
            raise _unreadable(response, f"{type(fault).__name__}: {str(fault)[:200]}") from fault
        if not isinstance(parsed, dict):
            raise _unreadable(response, "it is no object")
        return parsed


def _unreadable(response: Mapping[str, Any], why: str) -> UnclearAnswer:
    return UnclearAnswer(
        f"A service answered with status {response.get('status_code')} what cannot be read ({why}). "
        f"Nothing is concluded from it. {_ADVICE}"
    )


class _Parsers(ResponseParserFactory):
    def create_parser(self, protocol_name: str) -> Any:
        return _Parser(super().create_parser(protocol_name))


def clear_session(profile: str | None = None, region: str | None = None) -> boto3.Session:
    """A session whose clients raise UnclearAnswer for what they cannot parse."""
    session = botocore.session.Session(profile=profile)
    session.register_component("response_parser_factory", _Parsers())
    return boto3.Session(botocore_session=session, region_name=region)


def insist_on_clear_answers(client: Any) -> None:
    """From now on the client's calls raise UnclearAnswer for an answer that breaks the service's model."""
    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register(f"after-call.{service}", _check_parsed)
    if client.meta.service_model.metadata["protocol"] == "json":
        # botocore's parser takes it for granted that objects are objects.
        client.meta.events.register(f"before-parse.{service}", _check_sent)


def _check_sent(operation_model: OperationModel, response_dict: Mapping[str, Any], **_: Any) -> None:
    if response_dict["status_code"] >= 300:
        return
    if not response_dict["body"]:
        if operation_model.output_shape is not None and operation_model.output_shape.members:
            raise UnclearAnswer(f"{operation_model.name} answered nothing. {_ADVICE}")
        return
    try:
        sent = json.loads(response_dict["body"])
    except (ValueError, RecursionError) as fault:
        raise UnclearAnswer(f"{operation_model.name} answered what is no JSON: {fault}") from fault
    if sent is None:
        raise UnclearAnswer(f"{operation_model.name} answered null. {_ADVICE}")
    _insist(operation_model, sent)


def _check_parsed(model: OperationModel, parsed: Mapping[str, Any], http_response: Any, **_: Any) -> None:
    if http_response.status_code >= 300:
        return
    _insist(model, {name: value for name, value in parsed.items() if name != "ResponseMetadata"})
    for member, names in _IDENTITIES.get(model.name, {}).items():
        for row in parsed.get(member, ()):
            for name in names:
                if not row.get(name):
                    raise UnclearAnswer(
                        f"{model.name} answered a row of {member} without {name}: "
                        f"nobody can tell whose it is. {_ADVICE}"
                    )


def _insist(model: OperationModel, answer: Any) -> None:
    if model.output_shape is None:
        return
    for fault in _faults(answer, model.output_shape, "the answer"):
        raise UnclearAnswer(f"{model.name}: {fault}. Nothing is concluded from it. {_ADVICE}")


def _faults(value: Any, shape: Shape, path: str) -> Iterator[str]:
    kind = shape.type_name
    expected = _PARSED.get(kind, (object,))
    if value is None:
        return  # JSON's null: the member is not there.
    fits = isinstance(value, expected) and (kind == "boolean" or not isinstance(value, bool))
    if not fits:
        yield f"{path} is {type(value).__name__}, not {kind}"
    elif kind == "timestamp" and not isinstance(value, datetime):
        try:
            parse_timestamp(value)
        except (ValueError, OverflowError, TypeError, OSError, RuntimeError):
            yield f"{path} is {str(value)[:40]!r}, no time"
    elif kind == "structure":
        members: Mapping[str, Shape] = getattr(shape, "members", {})
        for name, one in value.items():
            member = members.get(name)
            if member is None or (type(one) is str and member.type_name == "string"):
                continue  # Unknown to the model; or what most members are, and as they should be.
            yield from _faults(one, member, f"{path}.{name}")
    elif kind == "list":
        each: Shape = shape.member  # type: ignore[attr-defined]
        for number, one in enumerate(value):
            yield from _faults(one, each, f"{path}[{number}]")
            if one is None:
                yield f"{path}[{number}] is null"
    elif kind == "map":
        for key, one in value.items():
            yield from _faults(one, shape.value, f"{path}.{key}")  # type: ignore[attr-defined]
