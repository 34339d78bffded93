"""The guide's last step: bundles and images that nobody needs any more are deleted.

What stands in the way is refused, as the service does it. Source: WorkSpaces administration guide, "Delete a
custom WorkSpaces bundle or image".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rehearsal.twin.account import Account
from rehearsal.twin.errors import ServiceError, invalid_parameters, resource_not_found

Request = dict[str, Any]
Response = dict[str, Any]


class Deletions:
    """DeleteWorkspaceBundle, DeleteWorkspaceImage."""

    def __init__(self, account: Account, pools: Sequence[Mapping[str, Any]]) -> None:
        self._account = account
        self._pools = pools

    def delete_workspace_bundle(self, request: Request) -> Response:
        """One of the account's own, that no WorkSpace is on and no pool is made from."""
        bundle_id = request.get("BundleId", "")
        bundle = self._account.bundles.get(bundle_id)
        if bundle is None:
            raise resource_not_found("WorkSpace bundle", bundle_id)
        if bundle.public:
            raise invalid_parameters(f"{bundle_id} is not a bundle of this account.")
        if next(self._account.desktops.after(0, bundle_id=bundle_id), None) is not None:
            raise _associated(f"WorkSpaces are on the bundle {bundle_id}.")
        if any(pool["BundleId"] == bundle_id for pool in self._pools):
            raise _associated(f"WorkSpaces Pools are made from the bundle {bundle_id}.")
        del self._account.bundles[bundle_id]
        return {}

    def delete_workspace_image(self, request: Request) -> Response:
        """One that no bundle is made from."""
        image_id = request["ImageId"]
        rows = self._account.images
        found = [row for row in rows if row["ImageId"] == image_id]
        if not found:
            # Its model has no error for an image that is not there.
            raise ServiceError("InvalidResourceStateException", f"The image {image_id} cannot be deleted.")
        if any(bundle.row["ImageId"] == image_id for bundle in self._account.bundles.values()):
            raise _associated(f"Bundles are made from the image {image_id}.")
        rows[:] = [row for row in rows if row["ImageId"] != image_id]
        return {}


def _associated(message: str) -> ServiceError:
    return ServiceError("ResourceAssociatedException", message)
