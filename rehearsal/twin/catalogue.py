"""What the service answers about bundles, images and directories: what no migration changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rehearsal.twin.account import Account
from rehearsal.twin.errors import invalid_parameters
from rehearsal.twin.paging import page, place_of

PAGE = 25

Request = dict[str, Any]
Response = dict[str, Any]


class CatalogueAnswers:
    """DescribeWorkspaceBundles, DescribeWorkspaceImages, DescribeWorkspaceDirectories."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def describe_workspace_bundles(self, request: Request) -> Response:
        """By ids, or by owner: AMAZON for those AWS provides, left out for the account's own."""
        ids, owner = request.get("BundleIds"), request.get("Owner")
        bundles = [bundle.row for bundle in self._account.bundles.values()]
        if ids and owner:
            raise invalid_parameters("Owner cannot be combined with BundleIds.")
        if ids:
            rows = [row for row in bundles if row["BundleId"] in set(ids)]
        elif owner:
            rows = [row for row in bundles if row["Owner"].casefold() == owner.casefold()]
        else:
            rows = [row for row in bundles if row["Owner"].casefold() != "amazon"]
        return paged("Bundles", rows, request, PAGE)

    def describe_workspace_images(self, request: Request) -> Response:
        """The images the account may use, by ids or by whose they are."""
        rows, ids, kind = self._account.images, request.get("ImageIds"), request.get("ImageType")
        if ids:
            rows = [row for row in rows if row["ImageId"] in set(ids)]
        if kind:
            # In a real account's export its own images carry its own number: the one most of them carry.
            owners = [row.get("OwnerAccountId") for row in self._account.images]
            own = max(owners, key=owners.count, default=None)
            rows = [row for row in rows if (row.get("OwnerAccountId") == own) == (kind == "OWNED")]
        return paged("Images", rows, request, request.get("MaxResults", PAGE))

    def describe_workspace_directories(self, request: Request) -> Response:
        """The registered directories, by ids or by names."""
        rows = list(self._account.directories.values())
        if ids := request.get("DirectoryIds"):
            rows = [row for row in rows if row["DirectoryId"] in set(ids)]
        if names := request.get("WorkspaceDirectoryNames"):
            rows = [row for row in rows if row.get("WorkspaceDirectoryName") in set(names)]
        for each in request.get("Filters", ()):
            member = {"USER_IDENTITY_TYPE": "UserIdentityType", "WORKSPACE_TYPE": "WorkspaceType"}[
                each["Name"]
            ]
            rows = [row for row in rows if row.get(member) in each["Values"]]
        return paged("Directories", rows, request, request.get("Limit", PAGE))


def paged(member: str, rows: Sequence[Response], request: Request, size: int) -> Response:
    """One page of the rows. Raises BadToken for a token of another question."""
    question = [member, *sorted(f"{name}={value}" for name, value in request.items() if name != "NextToken")]
    start = place_of(request.get("NextToken"), question)
    places, token = page(range(start + 1, len(rows) + 1), size, lambda place: place, question)
    response: Response = {member: [rows[place - 1] for place in places]}
    return response if token is None else {**response, "NextToken": token}
