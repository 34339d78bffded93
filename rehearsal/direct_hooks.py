"""Hooks into botocore: calls that a service in this process answers skip the writing and parsing of HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, cast

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders
from botocore.endpoint import Endpoint
from botocore.exceptions import ParamValidationError
from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator
from moto.core.botocore_stubber import MockRawResponse

from rehearsal.answering import Services, in_base64
from rehearsal.hooking import Hooks, Replacement
from rehearsal.moto_service_hooks import canned_answers, let_canned_answers_stand_in
from rehearsal.quick_validation import QuickValidation

direct_hook = Hooks[Services]()

_ANSWERED_HERE = "answered here"
_validator = ParamValidator()
_quickly = QuickValidation()


def verify_direct_hooks() -> list[str]:
    """What of botocore has changed under these hooks. Ask while none is installed."""
    return direct_hook.verify()


@contextmanager
def services_answer_here(services: Services) -> Iterator[None]:
    """For as long as the context lasts. Inside moto's mock_aws; outside the wire, if there is one."""
    with ExitStack() as stack:
        for each in direct_hook.declared:
            each.install(services, Replacement(stack))
        yield


class _Question(AWSPreparedRequest):
    """Stands in for the request that is never written."""

    def __init__(self, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        super().__init__("POST", f"https://{service}.rehearsal/", HTTPHeaders(), b"", False)
        self.service = service
        self.operation = operation
        self.parameters = parameters

    @property
    def body(self) -> bytes:
        """Written only where somebody wants to see it."""
        return json.dumps(self.parameters, default=in_base64).encode()

    @body.setter
    def body(self, _: bytes) -> None:
        """There is none to keep."""


@direct_hook(
    {
        "botocore.client:BaseClient._make_api_call": "75ba491f61ff",
        "botocore.client:BaseClient._emit_api_params": "a6e9374a2db6",
        "botocore.client:BaseClient._convert_to_request_dict": "9c9089a6ab3b",
        "botocore.validate:ParamValidationDecorator.serialize_to_request": "3175b83c5e4f",
    }
)
def calls_are_checked_and_not_written(services: Services, replace: Replacement) -> None:
    """What _make_api_call does for the caller: handlers see the parameters, the validator checks them,
    errors are raised as the client's exceptions. Endpoint, signature and serialization are left out."""

    def make_api_call(client: Any, operation_name: str, api_params: Mapping[str, Any]) -> Any:
        model: OperationModel = client.meta.service_model.operation_model(operation_name)
        service = client.meta.service_model.service_name
        if not services.answers(service, client.meta.region_name, operation_name, api_params):
            return original(client, operation_name, api_params)
        context: dict[str, Any] = {
            "client_region": client.meta.region_name,
            "client_config": client.meta.config,
            "has_streaming_input": False,
        }
        parameters = client._emit_api_params(api_params=api_params, operation_model=model, context=context)
        shape = model.input_shape
        if shape is not None and client.meta.config.parameter_validation:
            _validate(service, shape, parameters)
        request = {"context": context, "headers": {}, _ANSWERED_HERE: (service, operation_name, parameters)}
        http, parsed = client._make_request(model, request, context)
        client.meta.events.emit(
            f"after-call.{client.meta.service_model.service_id.hyphenize()}.{operation_name}",
            http_response=http,
            parsed=parsed,
            model=model,
            context=context,
        )
        if http.status_code >= 300:
            code = context.get("error_code_override") or parsed.get("Error", {}).get("Code")
            raise client.exceptions.from_code(code)(parsed, operation_name)
        return parsed

    original = replace.attribute(BaseClient, "_make_api_call", make_api_call)


def _validate(service: str, shape: Shape, parameters: Mapping[str, Any]) -> None:
    """Raises ParamValidationError."""
    if not _quickly.accepts(service, shape, parameters):
        report = _validator.validate(parameters, shape)
        if report.has_errors():
            raise ParamValidationError(report=report.generate_report())


@direct_hook(
    {
        "botocore.endpoint:Endpoint.create_request": "3896032f73c0",
        "botocore.endpoint:Endpoint._send_request": "af914535237d",
    }
)
def requests_are_questions(services: Services, replace: Replacement) -> None:
    """Each attempt of botocore's retries makes a request anew; here it is the parameters, unsigned."""
    del services

    def create_request(
        endpoint: Endpoint, params: dict[str, Any], operation_model: OperationModel | None = None
    ) -> AWSPreparedRequest:
        if _ANSWERED_HERE in params:
            return _Question(*params[_ANSWERED_HERE])
        return cast(AWSPreparedRequest, original(endpoint, params, operation_model))

    original = replace.attribute(Endpoint, "create_request", create_request)


@direct_hook({"botocore.endpoint:Endpoint._do_get_response": "e1821119dede"})
def questions_are_answered(services: Services, replace: Replacement) -> None:
    """A good answer is what the parser would have made of it. An error, the service's own or an injected
    one, is parsed by botocore."""

    def do_get_response(
        endpoint: Endpoint,
        request: AWSPreparedRequest,
        operation_model: OperationModel,
        context: dict[str, Any],
    ) -> Any:
        if not isinstance(request, _Question) or id(request) in canned_answers:
            return original(endpoint, request, operation_model, context)
        answer = services.answer(request.service, request.operation, request.parameters)
        if isinstance(answer, dict):
            return (_GOOD, answer), None
        canned_answers[id(request)] = answer
        try:
            return original(endpoint, request, operation_model, context)
        finally:
            del canned_answers[id(request)]

    original = replace.attribute(Endpoint, "_do_get_response", do_get_response)


@direct_hook({"moto.core.botocore_stubber:BotocoreStubber.__call__": "6cbb7bf98afe"})
def errors_stand_in(services: Services, replace: Replacement) -> None:
    """An error goes through botocore's own parser, with or without a wire."""
    del services
    let_canned_answers_stand_in(replace)


_GOOD = AWSResponse("https://rehearsal/", 200, cast(HTTPHeaders, {}), MockRawResponse(b""))
