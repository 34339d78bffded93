"""The WorkSpaces service: its answers as the domain's facts, at the pace of the budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from migrator.adapters.clear_answers import UnclearAnswer
from migrator.adapters.listings import Listing, ending, endless
from migrator.adapters.pace import Pace
from migrator.domain.bundle_use import OwnBundle
from migrator.domain.bundles import BundleRecord
from migrator.domain.facts import Connection, Workspace
from migrator.domain.migration import GONE
from migrator.domain.pages import pages
from migrator.domain.systems import system_from_api, unfamiliar

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient
    from mypy_boto3_workspaces import WorkSpacesClient

PAGE = 25
"""The API's largest page, and the most ids in one call."""

_TAG_PAGE = 100

_MOST_PAGES = 100
"""Pages of one listing, empty ones included: 2,500 bundles or directories, where the account's quota is some
fifty. More is a service that answers in circles, and a minute of the account's rate."""

_MOST_TAG_PAGES = 4_000
"""Of fifty WorkSpaces each: more than twice the largest fleet that a run is made for."""

_INSTALLED = frozenset({"COMPLETED", "INSTALLING", "PENDING_INSTALL", "PENDING_INSTALL_DEPLOYMENT"})
"""States of an application's association in which it is there, or will be."""


class Workspaces:
    """The WorkSpaces API but MigrateWorkspace, through a client that waits for its place in the budget."""

    def __init__(self, client: WorkSpacesClient, pace: Pace) -> None:
        self._client = client
        self.pace = pace
        self._applications: dict[str, str] = {}

    def describe(self, workspace_ids: Collection[str]) -> dict[str, Workspace]:
        """Those of the ids that the service returns; one that is missing may be gone or too new."""
        rows = [
            row
            for ids in pages(sorted(set(workspace_ids)), PAGE)
            for row in self._rows("Workspaces", self._client.describe_workspaces, WorkspaceIds=list(ids))
        ]
        return {row["WorkspaceId"]: workspace_from(row) for row in rows}

    def of_user(self, directory_id: str, user_name: str) -> list[Workspace]:
        """The user's WorkSpaces in the directory: two while one of them migrates."""
        rows = self._rows(
            "Workspaces", self._client.describe_workspaces, DirectoryId=directory_id, UserName=user_name
        )
        return [workspace_from(row) for row in rows]

    def page(
        self, *, directory_id: str | None, bundle_id: str | None, token: str | None
    ) -> tuple[list[Workspace], str | None]:
        """One page of a directory's, a bundle's or all WorkSpaces, and the token of the next."""
        filters: dict[str, Any] = {"Limit": PAGE}
        if directory_id:
            filters["DirectoryId"] = directory_id
        elif bundle_id:
            filters["BundleId"] = bundle_id
        if token:
            filters["NextToken"] = token
        answer = self._client.describe_workspaces(**filters)
        rows = [workspace_from(row) for row in answer.get("Workspaces", [])]
        following = answer.get("NextToken") or None
        if following is not None and following == token:
            raise endless("the listing of Workspaces", "the same token twice")
        return rows, following

    def connections(self, workspace_ids: Sequence[str]) -> dict[str, Connection]:
        """Connection rows by id. An id without a row is not in it: nobody knows."""
        found: dict[str, Connection] = {}
        ask = self._client.describe_workspaces_connection_status
        for ids in pages(list(workspace_ids), PAGE):
            for row in self._rows("WorkspacesConnectionStatus", ask, WorkspaceIds=list(ids)):
                found[row["WorkspaceId"]] = Connection(
                    # UNKNOWN is the service's word for a stopped one. That nothing is said is not that.
                    row.get("ConnectionState", "missing"),
                    _utc(row.get("LastKnownUserConnectionTimestamp")),
                )
        return found

    def snapshots(self, workspace_id: str) -> tuple[datetime, ...]:
        """Times of the user volume's snapshots, of which migration takes the last.

        None for a WorkSpace that is gone: DescribeWorkspaces still returns it for minutes, this call
        knows it no more.
        """
        try:
            answer = self._client.describe_workspace_snapshots(WorkspaceId=workspace_id)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return ()
            raise
        times = (_utc(row.get("SnapshotTime")) for row in answer.get("RebuildSnapshots", []))
        return tuple(time for time in times if time is not None)

    def bundles(self, bundle_ids: Collection[str]) -> dict[str, BundleRecord]:
        """Bundles by id, with their images' platform and tenancy; unknown ids are missing."""
        rows: list[Any] = []
        for ids in pages(sorted(set(bundle_ids)), PAGE):
            rows += self._rows("Bundles", self._client.describe_workspace_bundles, BundleIds=list(ids))
        own = [row for row in rows if row.get("Owner", "").upper() != "AMAZON"]
        images = self._images({row["ImageId"] for row in own if row.get("ImageId")})
        return {row["BundleId"]: _bundle_record(row, images) for row in rows}

    def own_bundles(self) -> list[OwnBundle]:
        """All custom bundles of the account."""
        return [
            OwnBundle(row["BundleId"], row.get("Name", ""), row.get("ImageId"))
            for row in self._rows("Bundles", self._client.describe_workspace_bundles)
        ]

    def pools_by_bundle(self) -> Counter[str]:
        """How many WorkSpaces Pools of the account are made from each bundle, in whatever state."""
        rows = self._rows("WorkspacesPools", self._client.describe_workspaces_pools, Limit=PAGE)
        return Counter(row["BundleId"] for row in rows)

    def applications_of_bundle(self, bundle_id: str) -> list[str]:
        """Names of the applications that the service installs with the bundle."""
        return self._named_applications(
            lambda: self._client.describe_bundle_associations(
                BundleId=bundle_id, AssociatedResourceTypes=["APPLICATION"]
            )
        )

    def applications_of(self, workspace_id: str) -> list[str]:
        """Names of the applications that the service has installed on the WorkSpace, or is installing."""
        return self._named_applications(
            lambda: self._client.describe_workspace_associations(
                WorkspaceId=workspace_id, AssociatedResourceTypes=["APPLICATION"]
            )
        )

    def _named_applications(self, ask: Callable[[], Any]) -> list[str]:
        """None where the service does not keep applications, or does not know the one asked about."""
        try:
            rows = ask().get("Associations", [])
        except ClientError as error:
            if error.response["Error"]["Code"] in (
                "OperationNotSupportedException",
                "ResourceNotFoundException",
            ):
                return []
            raise
        ids = [row["AssociatedResourceId"] for row in rows if row.get("State") in _INSTALLED]
        new = sorted(set(ids) - self._applications.keys())
        for some in pages(new, PAGE):
            answer = self._client.describe_applications(ApplicationIds=list(some))
            self._applications |= {
                row["ApplicationId"]: row.get("Name", "") for row in answer.get("Applications", [])
            }
        return [self._applications[one] for one in ids if one in self._applications]

    def _images(self, image_ids: Collection[str]) -> dict[str, Any]:
        return {
            row["ImageId"]: row
            for ids in pages(sorted(image_ids), PAGE)
            for row in self._rows("Images", self._client.describe_workspace_images, ImageIds=list(ids))
        }

    def terminate(self, workspace_id: str) -> str | None:
        """Terminate one WorkSpace, with its volumes; why the service did not, None where it did."""
        answer = self._client.terminate_workspaces(TerminateWorkspaceRequests=[{"WorkspaceId": workspace_id}])
        for failed in answer.get("FailedRequests", []):
            found = self.describe([workspace_id]).get(workspace_id)
            if found is not None and found.state in GONE:
                return None  # An attempt whose answer was lost did it, and this one came second.
            return f"the service answered {failed.get('ErrorCode')}: {failed.get('ErrorMessage', '')}"
        return None

    def directory_ids(self) -> list[str]:
        """Every directory of the account and Region that is registered with WorkSpaces."""
        rows = self._rows("Directories", self._client.describe_workspace_directories)
        return sorted(row["DirectoryId"] for row in rows)

    def of_the_same_domain(self, directory_id: str) -> list[str]:
        """The directories that are of this one's domain, itself among them.

        Two AD Connectors may lead to one domain, and their WorkSpaces' computers are in it side by side.
        """
        rows = self._rows("Directories", self._client.describe_workspace_directories)
        names = {row["DirectoryId"]: row.get("DirectoryName", "").lower() for row in rows}
        name = names.get(directory_id)
        same = {one for one, its_name in names.items() if name and its_name == name}
        return sorted(same | {directory_id})

    def subnets_of(self, directory_ids: Collection[str]) -> dict[str, list[str]]:
        """The subnets in which each directory's WorkSpaces get their addresses."""
        ask = self._client.describe_workspace_directories
        return {
            row["DirectoryId"]: list(row.get("SubnetIds", []))
            for ids in pages(sorted(set(directory_ids)), PAGE)
            for row in self._rows("Directories", ask, DirectoryIds=list(ids))
        }

    def _rows(self, member: str, ask: Callable[..., Any], **parameters: Any) -> Iterator[Any]:
        """The rows of all pages of a listing: even a short answer, or an empty one, may carry a token.

        Raises UnclearAnswer for a listing that does not come to its end.
        """
        listing, token = Listing(f"the listing of {member}", most=_MOST_PAGES), None
        while True:
            answer = ask(**parameters, **({"NextToken": token} if token else {}))
            rows = answer.get(member, [])
            yield from rows
            token = answer.get("NextToken") or None
            listing.page(len(rows), token)
            if token is None:
                return


class Addresses:
    """Free addresses of subnets, from EC2; outside the WorkSpaces API's budget."""

    def __init__(self, client: EC2Client) -> None:
        self._client = client

    def free(self, subnet_ids: Sequence[str]) -> int:
        """Addresses that are free in the subnets now, together."""
        if not subnet_ids:
            return 0
        answer = self._client.describe_subnets(SubnetIds=list(subnet_ids))
        return sum(subnet.get("AvailableIpAddressCount", 0) for subnet in answer.get("Subnets", []))


class Tags:
    """Tags of WorkSpaces through the tagging API: by the hundred, outside the budget."""

    def __init__(
        self, client: ResourceGroupsTaggingAPIClient, *, partition: str, region: str, account: str
    ) -> None:
        self._client = client
        self._prefix = f"arn:{partition}:workspaces:{region}:{account}:workspace/"

    def of(self, workspace_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """Tags by WorkSpace; one without tags has an empty dictionary."""
        found: dict[str, dict[str, str]] = {one: {} for one in workspace_ids}
        for ids in pages(list(workspace_ids), _TAG_PAGE):
            answer = self._client.get_resources(ResourceARNList=[self._prefix + one for one in ids])
            for resource in answer.get("ResourceTagMappingList", []):
                workspace_id = resource["ResourceARN"].rpartition("/")[2]
                found[workspace_id] = _tags(resource)
        return found

    def with_all(self, tags: dict[str, str]) -> set[str]:
        """Ids of the WorkSpaces that carry all of these tags."""
        return self._tagged([{"Key": key, "Values": [value]} for key, value in tags.items()])

    def with_key(self, key: str) -> set[str]:
        """Ids of the WorkSpaces that carry the tag, whatever its value."""
        return self._tagged([{"Key": key}])

    def _tagged(self, filters: Any) -> set[str]:
        found = self._client.get_paginator("get_resources").paginate(
            ResourceTypeFilters=["workspaces:workspace"], TagFilters=filters
        )
        return {
            resource["ResourceARN"].rpartition("/")[2]
            for page in ending(found, "the listing of tagged WorkSpaces", _MOST_TAG_PAGES)
            for resource in page.get("ResourceTagMappingList", [])
        }


def _tags(resource: Any) -> dict[str, str]:
    tags = resource.get("Tags", [])
    if not all(tag.get("Key") for tag in tags):
        raise UnclearAnswer(f"GetResources answered a tag without its key, of {resource['ResourceARN']}.")
    return {tag["Key"]: tag.get("Value", "") for tag in tags}


def workspace_from(row: Any) -> Workspace:
    """A row of DescribeWorkspaces as facts; what it does not say is None or unknown."""
    properties = row.get("WorkspaceProperties") or {}
    modifications = row.get("ModificationStates") or []
    return Workspace(
        workspace_id=row["WorkspaceId"],
        directory_id=row.get("DirectoryId", ""),
        user_name=row.get("UserName", ""),
        bundle_id=row.get("BundleId", ""),
        state=row.get("State", "UNKNOWN"),
        computer_name=row.get("ComputerName") or None,
        ip_address=row.get("IpAddress") or None,
        running_mode=properties.get("RunningMode"),
        root_gib=properties.get("RootVolumeSizeGib"),
        user_gib=properties.get("UserVolumeSizeGib"),
        compute_type=properties.get("ComputeTypeName"),
        protocols=tuple(properties.get("Protocols") or ()),
        os=system_from_api(properties.get("OperatingSystemName")),
        unfamiliar_os=unfamiliar(properties.get("OperatingSystemName")),
        nested_virtualization=bool(properties.get("NestedVirtualizationEnabled")),
        # A State that is missing or new may be one of a change that is under way.
        modifying=any(change.get("State") != "UPDATE_FAILED" for change in modifications),
        has_standby=bool(row.get("StandbyWorkspacesProperties") or row.get("RelatedWorkspaces")),
    )


def _bundle_record(row: Any, images: dict[str, Any]) -> BundleRecord:
    image = images.get(row.get("ImageId", ""), {})
    return BundleRecord(
        bundle_id=row["BundleId"],
        name=row.get("Name", ""),
        owner=row.get("Owner", ""),
        state=row.get("State"),
        compute_type=(row.get("ComputeType") or {}).get("Name"),
        root_gib=_gib(row.get("RootStorage")),
        user_gib=_gib(row.get("UserStorage")),
        image_platform=(image.get("OperatingSystem") or {}).get("Type"),
        image_tenancy=image.get("RequiredTenancy"),
        bundle_type=row.get("BundleType"),
    )


def _gib(storage: Any) -> int | None:
    """Capacities are strings in this API."""
    capacity = (storage or {}).get("Capacity")
    return int(capacity) if capacity and str(capacity).isdecimal() else None


def _utc(time: datetime | None) -> datetime | None:
    return None if time is None else time.astimezone(UTC)
