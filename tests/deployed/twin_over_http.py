"""The twin as a service behind an endpoint, with the callers' deployed roles enforced.

A function finds it by AWS_ENDPOINT_URL_WORKSPACES and its like. The endpoint's path names the function, so
that the twin can ask the local AWS's IAM whether the role this function has at the moment allows the call.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from rehearsal.twin import Twin
from rehearsal.twin.errors import ServiceError
from tests.deployed.local_aws import ACCOUNT, REGION
from tests.deployed.real_time import RealTime

Json = dict[str, Any]
Allows = Callable[[str, str, str], bool]
"""Whether a function's role allows an action on a resource."""

_WORKSPACE = f"arn:aws:workspaces:{REGION}:{ACCOUNT}:workspace/"
_BUNDLE = f"arn:aws:workspaces:{REGION}:{ACCOUNT}:workspacebundle/"
_SERVICES = {
    "WorkspacesService": ("workspaces", "AWS_ENDPOINT_URL_WORKSPACES"),
    "ResourceGroupsTaggingAPI_20170126": ("tag", "AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API"),
    "AWSPriceListService": ("pricing", "AWS_ENDPOINT_URL_PRICING"),
}
"""By the prefix of X-Amz-Target: the prefix of its IAM actions, and how the SDK is told of its endpoint."""


@dataclass(frozen=True)
class Call:
    """A call that a function made, and whether its role allowed it."""

    function: str
    action: str
    allowed: bool


@dataclass
class TwinService:
    """A running twin. `twin` may be asked while no function is running."""

    twin: Twin
    clock: RealTime
    allows: Allows
    address: str = ""
    calls: list[Call] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def environment(self, function: str) -> dict[str, str]:
        """What makes the SDK in this function call here."""
        return {variable: f"{self.address}/{function}" for _, variable in _SERVICES.values()}

    def answer(self, function: str, target: str, body: str) -> tuple[int, Mapping[str, str], str]:
        """Status, headers, body."""
        prefix, _, operation = target.partition(".")
        service, _ = _SERVICES[prefix]
        action, request = f"{service}:{operation}", json.loads(body or "{}")
        allowed = all(self.allows(function, action, one) for one in _resources(operation, request))
        with self._lock:
            self.clock.catch_up()
            self.calls.append(Call(function, action, allowed))
            if not allowed:
                message = f"User: the role of {function} is not authorized to perform: {action}"
                return _error(ServiceError("AccessDeniedException", message))
            if service == "workspaces":
                return self.twin.answer(operation, body)
            if service == "pricing":
                return self.twin.answer_prices(operation, body)
            try:
                return 200, {}, json.dumps(self.twin.get_resources(request))
            except ServiceError as error:
                return _error(error)


def _resources(operation: str, request: Json) -> Iterable[str]:
    """What the call is authorized on, one by one. Source: the Service Authorization Reference."""
    match operation:
        case "MigrateWorkspace":
            return [_WORKSPACE + request["SourceWorkspaceId"], _BUNDLE + request["BundleId"]]
        case "TerminateWorkspaces":
            return [_WORKSPACE + one["WorkspaceId"] for one in request["TerminateWorkspaceRequests"]]
        case "DescribeWorkspaceSnapshots" | "DescribeWorkspaceAssociations":
            return [_WORKSPACE + request["WorkspaceId"]]
        case "DescribeBundleAssociations":
            return [_BUNDLE + request["BundleId"]]
        case _:
            return ["*"]


def _error(error: ServiceError) -> tuple[int, Mapping[str, str], str]:
    body = {"__type": error.code, "message": error.message, **error.members}
    return 400, {"x-amzn-errortype": error.code}, json.dumps(body)


@contextmanager
def served(service: TwinService) -> Iterator[TwinService]:
    """Over HTTP, on a port of its own, for as long as the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            function = self.path.split("/")[1]
            status, headers, text = service.answer(function, self.headers["X-Amz-Target"], body)
            content = text.encode()
            self.send_response(status)
            for name, value in {"content-type": "application/x-amz-json-1.1", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """The calls are kept; standard error is for what goes wrong."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
