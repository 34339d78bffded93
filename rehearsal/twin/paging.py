"""Pages and their tokens. A token holds the place and what was asked, so that a token of one question fits
no other."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


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


def page(
    items: Iterable[Item], size: int, place: Callable[[Item], int], question: object
) -> tuple[list[Item], str | None]:
    """The first `size` of the items, which begin where the page does, and the token of the next page if
    there is one. `place` tells an item's place."""
    taken = list(islice(items, size + 1))
    if len(taken) <= size:
        return taken, None
    return taken[:size], token(place(taken[size - 1]), question)
