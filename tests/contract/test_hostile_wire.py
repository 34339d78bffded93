"""An endpoint that answers over HTTP as WorkSpaces would, and as nobody would, to the functions' own clients.

Whatever it sends, a reader understands it or says in a sentence that it does not, and the one call that must
not be repeated is made once and never taken for a start."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, cast

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from migrator import services
from migrator.adapters.clear_answers import UnclearAnswer
from migrator.adapters.migrating import Kind, Migrating
from migrator.adapters.pace import Pace
from migrator.adapters.paced import ATTEMPTS, Paced
from migrator.adapters.workspaces import Workspaces
from tests.hostile import NoPace

SOURCE = "ws-000000001"
ROW = {"WorkspaceId": SOURCE, "DirectoryId": "d-9067b2d8e5", "UserName": "ana", "BundleId": "wsb-6p1s3k9xq"}
GOOD = json.dumps({"Workspaces": [{**ROW, "State": "AVAILABLE"}]}).encode()
JSON = "application/x-amz-json-1.1"
QUICK = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=2)

Answer = Callable[[BaseHTTPRequestHandler], None]


def says(status: int, body: bytes, kind: str = JSON, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def resets(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def is_silent(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"

UNREADABLE: dict[str, Answer] = {
    "an HTML page of a gateway": says(502, HTML, "text/html"),
    "an HTML page as success": says(200, HTML, "text/html"),
    "nothing": says(200, b""),
    "nothing, as a failure": says(500, b""),
    "null": says(200, b"null"),
    "a list": says(200, b"[]"),
    "text": says(200, b'"WorkspaceId"'),
    "no UTF-8": says(200, b'{"Workspaces": "\xff\xfe\x80"}'),
    "no UTF-8, as a failure": says(500, b"\xff\xfe\x80"),
    "no UTF-8, as a refusal": says(400, b'{"__type": "\xff"}'),
    "a refusal that is a list": says(400, b"[1]"),
    "a refusal that is text": says(400, b'"no"'),
    "half of it": says(200, GOOD[: len(GOOD) // 2]),
    "less than was promised": says(200, GOOD, **{"Content-Length": str(len(GOOD) + 100)}),
    "a redirect": says(302, b"", Location="http://127.0.0.1:1/"),
    "a permanent redirect": says(301, HTML, "text/html", Location="http://127.0.0.1:1/"),
    "a reset": resets,
    "silence": is_silent,
    "deep nesting": says(200, b'{"Workspaces": ' + b"[" * 5000 + b"]" * 5000 + b"}"),
}

UNDERSTOOD: dict[str, Answer] = {
    "itself": says(200, GOOD),
    "under another type": says(200, GOOD, "text/plain; charset=latin-1"),
    "with what nobody has heard of, by the megabyte": says(
        200, GOOD[:-1] + b', "Unheard": "' + b"x" * 8_000_000 + b'"}'
    ),
}


@dataclass
class Endpoint:
    """What is answered next, and the operations that were asked."""

    answer: Answer = is_silent
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    served = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            served.asked.append(self.headers["X-Amz-Target"].rpartition(".")[2])
            served.answer(self)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_WORKSPACES", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with services.rehearsing(None):
        yield served
    server.shutdown()
    thread.join()
    server.server_close()


class Still(NoPace):
    def rest(self, seconds: float) -> None: ...


PACE = cast(Pace, Still())


def client() -> Any:
    return services._client("workspaces", QUICK, "eu-west-1")


def reading() -> Workspaces:
    return Workspaces(cast(Any, Paced(client(), PACE)), PACE)


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_is_said_in_a_sentence(what: str, endpoint: Endpoint) -> None:
    endpoint.answer = UNREADABLE[what]
    with pytest.raises((UnclearAnswer, ClientError, BotoCoreError)) as raised:
        reading().describe([SOURCE])
    assert len(str(raised.value)) > 20
    assert 1 <= len(endpoint.asked) <= ATTEMPTS


@pytest.mark.parametrize("what", UNDERSTOOD)
def test_what_can_be_read_is(what: str, endpoint: Endpoint) -> None:
    endpoint.answer = UNDERSTOOD[what]
    assert reading().describe([SOURCE])[SOURCE].state == "AVAILABLE"
    assert endpoint.asked == ["DescribeWorkspaces"]


@pytest.mark.parametrize("what", UNREADABLE)
def test_the_call_that_cannot_be_taken_back_is_made_once_and_is_no_start(
    what: str, endpoint: Endpoint
) -> None:
    endpoint.answer = UNREADABLE[what]
    answer = Migrating(client(), PACE).migrate(SOURCE, "wsb-2t22dcv5r")
    assert answer.kind is not Kind.STARTED
    assert answer.code
    assert endpoint.asked == ["MigrateWorkspace"]
    if what not in ("a redirect", "a permanent redirect") and "refusal" not in what:
        assert answer.kind in (Kind.NO_ANSWER, Kind.FAILED), "it may have acted: looked at before a repeat"


def test_a_listing_that_does_not_end_is_given_up(endpoint: Endpoint) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        token = f"token-{len(endpoint.asked)}"
        says(200, json.dumps({"Directories": [], "NextToken": token}).encode())(handler)

    endpoint.answer = endless
    with pytest.raises(UnclearAnswer, match="The listing of Directories does not end"):
        reading().directory_ids()
    assert 10 < len(endpoint.asked) < 1000


def test_a_token_that_comes_twice_is_no_listing(endpoint: Endpoint) -> None:
    endpoint.answer = says(200, b'{"Workspaces": [], "NextToken": "again"}')
    with pytest.raises(UnclearAnswer, match="the same token twice"):
        reading().page(directory_id=None, bundle_id=None, token="again")
    assert endpoint.asked == ["DescribeWorkspaces"]
