"""Answers of services that nobody should have to expect: strategies, and clients that get them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.config import Config
from hypothesis import strategies as st
from moto.core.botocore_stubber import MockRawResponse

from migrator.adapters.clear_answers import clear_session, insist_on_clear_answers
from migrator.services import _DECISIVE

Path = tuple[str | int, ...]

STRANGE: tuple[Any, ...] = (
    *(None, "", "FUTURE_VALUE", "AVAILABLE", 0, -1, 1.5, 10**20, True, False, "2026-13-45"),
    *([], {}, [None], [[]], {"Unheard": "of"}, "x" * 3000, "\u0000\U0001f600", ["AVAILABLE"]),
)
"""What is put in the place of a value."""


def paths(value: Any, before: Path = ()) -> Iterator[Path]:
    """The place of every value within a JSON document, itself included."""
    yield before
    inner: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, one in inner:
        yield from paths(one, (*before, key))


def spoilt(document: Any, path: Path, how: Any) -> Any:
    """The document with the value at the path replaced, or left out where `how` is ...; itself unchanged."""
    if not path:
        return {} if how is ... else how
    changed = deepcopy(document)
    owner = changed
    for key in path[:-1]:
        owner = owner[key]
    if how is ...:
        del owner[path[-1]]
    else:
        owner[path[-1]] = how
    return changed


@st.composite
def spoilings(draw: st.DrawFn, document: Any) -> Any:
    """The document with one to three of its values left out or made strange."""
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(paths(document))))
        document = spoilt(document, path, draw(st.sampled_from((..., ..., *STRANGE))))
    return document


def client_that_hears(service: str, *answers: Any, status: int = 200) -> Any:
    """The functions' own client, which gets these bodies one after the other, the last one again and again.

    Text is sent as it is, anything else as JSON. There is one client for each service: making one takes
    longer than everything else here, so whoever asks for it next takes it over.
    """
    client, next_answers = _client(service)
    next_answers[:] = [(status, one if isinstance(one, str) else json.dumps(one)) for one in answers]
    return client


@cache
def _client(service: str) -> tuple[Any, list[tuple[int, str]]]:
    client: Any = clear_session().client(  # type: ignore[call-overload]
        service,
        region_name="eu-west-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(retries={"total_max_attempts": 1}),
    )
    if service in _DECISIVE:
        insist_on_clear_answers(client)
    answers: list[tuple[int, str]] = []

    def send(request: Any, **_: Any) -> AWSResponse:
        status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        headers: Any = {"content-type": "application/x-amz-json-1.1"}
        return AWSResponse(request.url, status, headers, MockRawResponse(body.encode()))

    client.meta.events.register(f"before-send.{client.meta.service_model.service_id.hyphenize()}", send)
    return client, answers


class NoPace:
    """No other function shares the rate."""

    def take(self) -> None: ...

    def book(self, calls: int) -> None: ...
