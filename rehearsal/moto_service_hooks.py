"""Hooks into moto and botocore, second part: the twin answers for WorkSpaces and its tags, and
every attempt of a call passes the wire."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol, cast

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders
from botocore.endpoint import Endpoint
from botocore.model import OperationModel
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse
from moto.core.responses import ActionResult
from moto.resourcegroupstaggingapi.exceptions import ResourceGroupsTaggingAPIError
from moto.resourcegroupstaggingapi.responses import ResourceGroupsTaggingAPIResponse

from rehearsal.hooking import Hooks, Replacement
from rehearsal.twin.errors import ServiceError

_WORKSPACES_HOST = re.compile(r"https://workspaces\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/")
_PRICE_LIST_HOST = re.compile(r"https://api\.pricing\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/")


HttpAnswer = tuple[int, dict[str, str], str]
"""Status, headers, body."""


class Service(Protocol):
    """The twin, as far as moto's front doors need it."""

    @property
    def region(self) -> str: ...

    def answer(self, operation: str, body: str) -> tuple[int, dict[str, str], str]: ...

    def answer_prices(self, operation: str, body: str) -> tuple[int, dict[str, str], str]: ...

    def owns_tags_of(self, request: Mapping[str, Any]) -> bool: ...

    def get_resources(self, request: dict[str, Any]) -> dict[str, Any]: ...


service_hook = Hooks[Service]()


def verify_service_hooks() -> list[str]:
    """What of moto has changed under these hooks; empty when all is as it was. Ask while none is
    installed."""
    return service_hook.verify() + wire_hook.verify()


@contextmanager
def twin_installed(twin: Service) -> Iterator[None]:
    """The twin behind boto3, for as long as the context lasts. Inside moto's mock_aws."""
    with ExitStack() as stack:
        for each in service_hook.declared:
            each.install(twin, Replacement(stack))
        yield


@service_hook(
    {
        "moto.core.botocore_stubber:BotocoreStubber.__call__": "6cbb7bf98afe",
        "moto.core.botocore_stubber:BotocoreStubber.process_request": "f79a1a778c7e",
    }
)
def workspaces_requests_go_to_the_twin(twin: Service, replace: Replacement) -> None:
    """boto3's requests, before moto looks for the service among its two hundred: that search, and dressing
    the request up for werkzeug, took half of each call's time."""

    def process_request(stubber: BotocoreStubber, request: AWSPreparedRequest) -> Any:
        match = _WORKSPACES_HOST.match(request.url)
        if match is None or match[1] != twin.region:
            return original(stubber, request)
        operation = text_of(request.headers["X-Amz-Target"]).rpartition(".")[2]
        return twin.answer(operation, cast(bytes, request.body).decode())

    original = replace.attribute(BotocoreStubber, "process_request", process_request)


@service_hook({"moto.core.botocore_stubber:BotocoreStubber.process_request": "f79a1a778c7e"})
def the_price_list_is_the_fleets(twin: Service, replace: Replacement) -> None:
    """GetProducts, which moto does not have; its endpoint is in another Region than the fleet."""

    def process_request(stubber: BotocoreStubber, request: AWSPreparedRequest) -> Any:
        if not _PRICE_LIST_HOST.match(request.url):
            return original(stubber, request)
        operation = text_of(request.headers["X-Amz-Target"]).rpartition(".")[2]
        return twin.answer_prices(operation, cast(bytes, request.body).decode())

    original = replace.attribute(BotocoreStubber, "process_request", process_request)


@service_hook(
    {"moto.resourcegroupstaggingapi.responses:ResourceGroupsTaggingAPIResponse.get_resources": "bc30303bd6d3"}
)
def workspaces_tags_are_the_twins(twin: Service, replace: Replacement) -> None:
    """GetResources about WorkSpaces; moto's own walks every resource of every service for each page."""

    def get_resources(response: ResourceGroupsTaggingAPIResponse) -> ActionResult:
        request = dict(response._get_params())
        if response.region != twin.region or not twin.owns_tags_of(request):
            return original(response)
        try:
            return ActionResult(twin.get_resources(request))
        except ServiceError as error:
            raise ResourceGroupsTaggingAPIError(error.code, error.message) from error

    original = replace.attribute(ResourceGroupsTaggingAPIResponse, "get_resources", get_resources)


def text_of(value: str | bytes) -> str:
    """A header or a body, however it came."""
    return value.decode() if isinstance(value, bytes) else value


# --- The wire: every attempt of every call, below botocore's retries ---


class Attempts(Protocol):
    """The wire, as far as botocore's client and endpoint need it."""

    def call(self, parameters: Mapping[str, Any], make: Callable[[], Any]) -> Any: ...

    def attempt(
        self,
        request: AWSPreparedRequest,
        operation: OperationModel,
        read_timeout: float,
        send: Callable[[HttpAnswer | None], Any],
    ) -> Any: ...


wire_hook = Hooks[Attempts]()


@contextmanager
def wire_installed(wire: Attempts) -> Iterator[None]:
    """The wire between every client and the services, for as long as the context lasts. Inside moto's
    mock_aws."""
    with ExitStack() as stack:
        for each in wire_hook.declared:
            each.install(wire, Replacement(stack))
        yield


@wire_hook({"botocore.client:BaseClient._make_api_call": "75ba491f61ff"})
def calls_keep_their_parameters(wire: Attempts, replace: Replacement) -> None:
    """What the caller said, as it said it; an attempt only sees bytes."""

    def make_api_call(client: BaseClient, operation_name: str, api_params: Mapping[str, Any]) -> Any:
        return wire.call(api_params, lambda: original(client, operation_name, api_params))

    original = replace.attribute(BaseClient, "_make_api_call", make_api_call)


@wire_hook(
    {
        "botocore.endpoint:Endpoint._send_request": "af914535237d",
        "botocore.endpoint:Endpoint._get_response": "339d0a8e18a4",
        "botocore.endpoint:Endpoint._do_get_response": "e1821119dede",
    }
)
def attempts_pass_the_wire(wire: Attempts, replace: Replacement) -> None:
    """The one place where botocore makes an attempt: below its retries, with the parsed answer in hand."""

    def do_get_response(
        endpoint: Endpoint,
        request: AWSPreparedRequest,
        operation_model: OperationModel,
        context: dict[str, Any],
    ) -> Any:
        def send(canned: HttpAnswer | None) -> Any:
            if canned is not None:
                canned_answers[id(request)] = canned
            try:
                return original(endpoint, request, operation_model, context)
            finally:
                canned_answers.pop(id(request), None)

        read_timeout = context.get("read_timeout") or context["client_config"].read_timeout
        return wire.attempt(request, operation_model, float(read_timeout), send)

    original = replace.attribute(Endpoint, "_do_get_response", do_get_response)


@wire_hook({"moto.core.botocore_stubber:BotocoreStubber.__call__": "6cbb7bf98afe"})
def canned_answers_stand_in(wire: Attempts, replace: Replacement) -> None:
    """An injected error goes through botocore's own parser, as the service's would."""
    del wire
    let_canned_answers_stand_in(replace)


def let_canned_answers_stand_in(replace: Replacement) -> None:
    """Makes moto's stand-in for the network give a request the answer that is kept for it."""

    def answer(stubber: BotocoreStubber, event_name: str, request: AWSPreparedRequest, **more: Any) -> Any:
        canned = canned_answers.get(id(request))
        if canned is None:
            return original(stubber, event_name, request, **more)
        status, headers, body = canned
        return AWSResponse(request.url, status, cast(HTTPHeaders, headers), MockRawResponse(body))

    original = replace.attribute(BotocoreStubber, "__call__", answer)


canned_answers: dict[int, HttpAnswer] = {}
