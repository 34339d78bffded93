"""Pages and their tokens. A token holds the place and what was asked, so that a token of one question fits
no other.

The service may answer with an empty page and a token; whoever takes that for the end misses the rest. Such a
page's token holds the token that was asked with: asked with it, the service answers as it would have done at
once.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from hashlib import sha256
from itertools import islice
from typing import Any, TypeVar

Item = TypeVar("Item")

LISTS_BY_OPERATION = {
    "DescribeWorkspaces": "Workspaces",
    "DescribeWorkspacesConnectionStatus": "WorkspacesConnectionStatus",
    "DescribeWorkspaceBundles": "Bundles",
    "DescribeWorkspaceImages": "Images",
    "DescribeWorkspaceDirectories": "Directories",
}
"""The listings that have pages, and the member that holds a page's rows."""

_AFTER_AN_EMPTY_PAGE = "empty page"


class BadToken(Exception):
    """The token is none of ours, or belongs to another question."""


def token(place: int, question: object) -> str:
    """The token of the page that begins after this place."""
    return _written([place, question])


def place_of(text: str | None, question: object) -> int:
    """Where the page of this token begins; 0 without a token. Raises BadToken."""
    if not text:
        return 0
    match _read(text):
        case [int(place), asked] if asked == question and not isinstance(place, bool) and place >= 0:
            return place
    raise BadToken(text)


def empty_page(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """An answer without rows, whose token leads to what was asked for. Raises BadToken."""
    text = request.get("NextToken")
    match _read(text) if text else None:
        case [mark, _, _, int(number)] if mark == _AFTER_AN_EMPTY_PAGE:
            number += 1  # one after the other: no client takes the same token twice
        case _:
            number = 1
    before = after_empty_page(operation, request).get("NextToken")
    token = _written([_AFTER_AN_EMPTY_PAGE, _question(operation, request), before, number])
    return {LISTS_BY_OPERATION[operation]: [], "NextToken": token}


def after_empty_page(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """The request that an empty page's token stands for; any other request as it is. Raises BadToken."""
    text = request.get("NextToken")
    match _read(text) if text else None:
        case [mark, question, before, _] if mark == _AFTER_AN_EMPTY_PAGE:
            if question != _question(operation, request):
                raise BadToken(text)
            rest = {name: value for name, value in request.items() if name != "NextToken"}
            return rest if before is None else {**rest, "NextToken": before}
    return request


def _question(operation: str, request: dict[str, Any]) -> str:
    """What a request asks for but the page, short: a token has room for no more."""
    asked = {name: value for name, value in request.items() if name != "NextToken"}
    return sha256(json.dumps([operation, asked], sort_keys=True).encode()).hexdigest()[:16]


def _written(content: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode()


def _read(text: str) -> Any:
    """What a token holds; None for what is no token of ours."""
    try:
        return json.loads(base64.urlsafe_b64decode(text.encode()))
    except (ValueError, RecursionError):
        return None


def page(
    items: Iterable[Item], size: int, place: Callable[[Item], int], question: object
) -> tuple[list[Item], str | None]:
    """The first `size` of the items, which begin where the page does, and the token of the next page if
    there is one. `place` tells an item's place."""
    taken = list(islice(items, size + 1))
    if len(taken) <= size:
        return taken, None
    return taken[:size], token(place(taken[size - 1]), question)
