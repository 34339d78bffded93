"""Applications, and which of them are on bundles and WorkSpaces, as the service answers about them."""

from __future__ import annotations

from typing import Any

from rehearsal.twin.account import Account
from rehearsal.twin.catalogue import PAGE, paged
from rehearsal.twin.clocks import Clock
from rehearsal.twin.errors import resource_not_found
from rehearsal.twin.fleet import Fleet

Request = dict[str, Any]
Response = dict[str, Any]


class ApplicationAnswers:
    """DescribeApplications, DescribeBundleAssociations, DescribeWorkspaceAssociations.

    What the fleet file does not say of a bundle, it has none; of a WorkSpace, it has its bundle's.
    """

    def __init__(self, clock: Clock, account: Account, fleet: Fleet) -> None:
        self._clock = clock
        self._account = account
        self._fleet = fleet

    def describe_applications(self, request: Request) -> Response:
        """By ids or owner; all without either."""
        rows = self._fleet.applications
        if ids := request.get("ApplicationIds"):
            rows = [row for row in rows if row["ApplicationId"] in set(ids)]
        if owner := request.get("Owner"):
            rows = [row for row in rows if row.get("Owner") == owner]
        return paged("Applications", rows, request, request.get("MaxResults", PAGE))

    def describe_bundle_associations(self, request: Request) -> Response:
        """Those of a bundle that exists."""
        bundle_id = request["BundleId"]
        if bundle_id not in self._account.bundles:
            raise resource_not_found("WorkSpace bundle", bundle_id)
        return {"Associations": self._of(bundle_id, "BundleId", bundle_id)}

    def describe_workspace_associations(self, request: Request) -> Response:
        """Those of a WorkSpace that exists."""
        workspace_id = request["WorkspaceId"]
        desktop = self._account.desktops.shown(workspace_id, self._clock.now())
        if desktop is None:
            raise resource_not_found("WorkSpace", workspace_id)
        stated = workspace_id if workspace_id in self._fleet.associations else desktop.row["BundleId"]
        return {"Associations": self._of(stated, "WorkspaceId", workspace_id)}

    def _of(self, stated: str, member: str, whose: str) -> list[Response]:
        rows = self._fleet.associations.get(stated, [])
        told = [{**row, "AssociatedResourceType": "APPLICATION", member: whose} for row in rows]
        for row in told:
            row.setdefault("State", "COMPLETED")
            for other in {"BundleId", "WorkspaceId"} - {member}:
                row.pop(other, None)
        return told
