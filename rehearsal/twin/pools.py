"""What the service answers about WorkSpaces Pools: desktops that nobody owns, made from a bundle, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rehearsal.twin.catalogue import paged

PAGE = 25

Row = dict[str, Any]


class PoolAnswers:
    """DescribeWorkspacesPools, with the pools that the fleet file states and no other."""

    def __init__(self, stated: Sequence[Row]) -> None:
        self._pools = list(stated)

    def describe_workspaces_pools(self, request: Row) -> Row:
        """All pools, by ids or by names."""
        rows = self._pools
        if ids := request.get("PoolIds"):
            rows = [row for row in rows if row["PoolId"] in set(ids)]
        for each in request.get("Filters", ()):
            rows = [row for row in rows if _passes(row["PoolName"], each)]
        return paged("WorkspacesPools", rows, request, request.get("Limit", PAGE))


def _passes(name: str, given: Row) -> bool:
    match given["Operator"]:
        case "EQUALS":
            return name in given["Values"]
        case "NOTEQUALS":
            return name not in given["Values"]
        case "CONTAINS":
            return any(value in name for value in given["Values"])
        case _:
            return not any(value in name for value in given["Values"])
