"""Listings that end: a service that hands out one token after the other must not hold a function for ever."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from migrator.adapters.clear_answers import UnclearAnswer

Page = TypeVar("Page")

MOST_PAGES = 20_000
"""Of the ledger. A page is up to a megabyte of a table."""

MOST_BARREN = 100
"""Pages in a row that have nothing and lead on: an empty one now and then is no end."""


def ending(pages: Iterable[Page], what: str, most: int = MOST_PAGES) -> Iterator[Page]:
    """A paginator's pages, and UnclearAnswer instead of the one after the `most`.

    That the same token comes twice in a row is noticed by botocore's paginators themselves.
    """
    for number, page in enumerate(pages):
        if number == most:
            raise endless(what, f"{most} pages and a token for more")
        yield page


class Listing:
    """Watches over one listing whose pages somebody reads one by one, and keeps for the next time."""

    def __init__(self, what: str, *, most: int = MOST_PAGES) -> None:
        self._what = what
        self._most = most
        self._pages = 0
        self._barren = 0
        self._tokens: set[str] = set()

    def page(self, rows: int, token: str | None) -> None:
        """A page of so many rows was read, and the token leads on (None: it was the last).

        Raises UnclearAnswer for a listing that does not come to its end.
        """
        self._pages += 1
        self._barren = 0 if rows else self._barren + 1
        if token is None:
            return
        if token in self._tokens:
            raise endless(self._what, "the same token twice")
        self._tokens.add(token)
        if self._pages >= self._most or self._barren >= MOST_BARREN:
            raise endless(self._what, f"{self._pages} pages and a token for more")


def endless(what: str, why: str) -> UnclearAnswer:
    """The error for a listing that does not end."""
    return UnclearAnswer(
        f"{what[0].upper()}{what[1:]} does not end: the service gave {why}. Nothing is concluded from it. "
        "Run again; if it stays so, contact AWS Support."
    )
