"""Listings that end: a service that hands out one token after the other must not hold a function for ever."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from migrator.adapters.clear_answers import UnclearAnswer

Page = TypeVar("Page")

MOST_PAGES = 20_000
"""Of the ledger, of tags, of prices. A page is up to a megabyte of a table, or a hundred WorkSpaces."""


def ending(pages: Iterable[Page], what: str, most: int = MOST_PAGES) -> Iterator[Page]:
    """A paginator's pages, and UnclearAnswer instead of the one after the `most`.

    That the same token comes twice in a row is noticed by botocore's paginators themselves.
    """
    for number, page in enumerate(pages):
        if number == most:
            raise endless(what, f"{most} pages and a token for more")
        yield page


def endless(what: str, why: str) -> UnclearAnswer:
    """The error for a listing that does not end."""
    return UnclearAnswer(
        f"{what[0].upper()}{what[1:]} does not end: the service gave {why}. Nothing is concluded from it. "
        "Run again; if it stays so, contact AWS Support."
    )
