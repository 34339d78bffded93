"""Pages and their tokens. A token holds the place and what was asked, so that a token of one question fits
no other.

The service may answer with an empty page and a token; whoever takes that for the end misses the rest. Such a
page's token is marked: asked with it, the service answers as it would have done at once.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
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

_AFTER_AN_EMPTY_PAGE = "empty."


class BadToken(Exception):
    """The token is none of ours, or belongs to another question."""


def token(place: int, question: object) -> str:
    """The token of the page that begins after this place."""
    return base64.urlsafe_b64encode(json.dumps([place, question], separators=(",", ":")).encode()).decode()


def place_of(text: str | None, question: object) -> int:
    """Where the page of this token begins; 0 without a token. Raises BadToken."""
    if not text:
        return 0
    try:
        place, asked = json.loads(base64.urlsafe_b64decode(text.encode()))
    except ValueError:
        raise BadToken(text) from None
    if asked != question or not isinstance(place, int):
        raise BadToken(text)
    return place


def empty_page(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """An answer without rows, whose token leads to what was asked for."""
    token = f"{_AFTER_AN_EMPTY_PAGE}{request.get('NextToken', '')}"
    return {LISTS_BY_OPERATION[operation]: [], "NextToken": token}


def after_empty_page(request: dict[str, Any]) -> dict[str, Any]:
    """The request that an empty page's token stands for."""
    token = request.get("NextToken")
    if not isinstance(token, str) or not token.startswith(_AFTER_AN_EMPTY_PAGE):
        return request
    rest = {name: value for name, value in request.items() if name != "NextToken"}
    before = token.rpartition(_AFTER_AN_EMPTY_PAGE)[2]
    return {**rest, "NextToken": before} if before else rest


def page(
    items: Iterable[Item], size: int, place: Callable[[Item], int], question: object
) -> tuple[list[Item], str | None]:
    """The first `size` of the items, which begin where the page does, and the token of the next page if
    there is one. `place` tells an item's place."""
    taken = list(islice(items, size + 1))
    if len(taken) <= size:
        return taken, None
    return taken[:size], token(place(taken[size - 1]), question)
