"""Reading listings and one thing after the other, at the account's pace, each taken up where it was left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from migrator.adapters.listings import Listing
from migrator.domain.pages import pages
from rehearsal.export.journal import Journal
from rehearsal.export.pacing import Pacer

PAGE = 25
"""The WorkSpaces API's largest page, and the most ids in one call."""

_STALE_TOKEN = frozenset(
    {"InvalidParameterValuesException", "InvalidParameterException", "PaginationTokenExpiredException"}
)


class Reader:
    """Every answer is in the journal before the next call is made.

    `on_step` is told what is being read, how far it is, and how much there is (None: nobody knows yet).
    """

    def __init__(
        self, journal: Journal, pacer: Pacer, on_step: Callable[[str, int, int | None], None]
    ) -> None:
        self._journal = journal
        self._pacer = pacer
        self._on_step = on_step

    def listing(
        self,
        name: str,
        operation: Callable[..., Mapping[str, Any]],
        member: str,
        parameters: Mapping[str, Any],
        *,
        token_name: str = "NextToken",  # noqa: S107 - a parameter's name
        clean: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    ) -> list[dict[str, Any]]:
        """All rows. A token that the service does not take any more begins the listing again.

        Raises UnclearAnswer for a listing that does not come to its end.
        """
        progress = self._journal.step(name)
        listing, fresh = Listing(f"the listing of {name}"), False
        while not progress.done:
            self._on_step(name, len(progress.rows), None)
            self._pacer.take()
            token = {token_name: progress.token} if progress.token else {}
            try:
                answer = operation(**parameters, **token)
            except ClientError as error:
                if fresh or not token or error.response["Error"]["Code"] not in _STALE_TOKEN:
                    raise
                self._journal.begin_again(name)
                progress, fresh = self._journal.step(name), True
                listing = Listing(f"the listing of {name}")
                continue
            rows = [clean(dict(row)) if clean else dict(row) for row in answer.get(member, ())]
            following = answer.get(token_name) or None
            listing.page(len(rows), following)
            self._journal.add(name, rows, following)
            fresh = True
        return list(progress.rows)

    def by_ids(
        self,
        name: str,
        operation: Callable[..., Mapping[str, Any]],
        member: str,
        parameter: str,
        ids: Sequence[str],
    ) -> list[dict[str, Any]]:
        """All rows about these ids, 25 a call."""
        rows: list[dict[str, Any]] = []
        for some in pages(list(ids), PAGE):
            self._on_step(name, len(rows), len(ids))
            rows += self.listing(f"{name} from {some[0]}", operation, member, {parameter: list(some)})
        return rows

    def each(self, name: str, ids: Sequence[str], ask: Callable[[str], Any]) -> dict[str, Any]:
        """A call for each id; what was answered before an interruption is not asked again."""
        found: dict[str, Any] = {}
        for row in self._journal.step(name).rows:
            found |= row
        for number, one in enumerate(ids):
            self._on_step(name, number, len(ids))
            if one not in found:
                self._pacer.take()
                self._journal.add(name, [{one: ask(one)}], None)
                found |= self._journal.step(name).rows[-1]
        return {one: found[one] for one in ids}
