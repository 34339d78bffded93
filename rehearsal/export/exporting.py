"""What an export reads of an account, in order, and the fleet file it makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from migrator.domain.moments import iso
from rehearsal.export.applications import asking
from rehearsal.export.journal import Journal
from rehearsal.export.pacing import Pacer
from rehearsal.export.pseudonyms import Pseudonyms
from rehearsal.export.reading import Reader

READ_ONLY = (
    "ec2:DescribeSubnets",
    "tag:GetResources",
    "workspaces:DescribeApplications",
    "workspaces:DescribeBundleAssociations",
    "workspaces:DescribeWorkspaceAssociations",
    "workspaces:DescribeWorkspaceBundles",
    "workspaces:DescribeWorkspaceDirectories",
    "workspaces:DescribeWorkspaceImages",
    "workspaces:DescribeWorkspaceSnapshots",
    "workspaces:DescribeWorkspaces",
    "workspaces:DescribeWorkspacesConnectionStatus",
    "workspaces:DescribeWorkspacesPools",
)
"""All that an export needs to be allowed."""

_NEVER_EXPORTED = ("RegistrationCode", "CustomerUserName")
"""With the code anybody can point a client at the directory, and the other is an account of its domain; no
rehearsal needs either."""

_OF_A_POOL = (
    "PoolId",
    "PoolArn",
    "PoolName",
    "BundleId",
    "DirectoryId",
    "State",
    "RunningMode",
    "CapacityStatus",
    "CreatedAt",
)


@dataclass(frozen=True)
class Clients:
    """boto3's, each patient with throttling: others use the account, too."""

    workspaces: Any
    tagging: Any
    ec2: Any


@dataclass(frozen=True, slots=True)
class Scope:
    """What is exported: some directories (none named: all), and whether what takes a call for each too.

    These calls are nearly all the time that an export takes: snapshots of all of them, and the applications
    of those whose bundle is not Amazon's.
    """

    region: str
    directory_ids: tuple[str, ...] = ()
    snapshots: bool = True
    applications: bool = True


class Exporter:
    """Reads the account of the clients into a fleet file's document.

    `on_step` is told what is being read, how far it is, and how much there is (None: nobody knows yet).
    """

    def __init__(
        self,
        clients: Clients,
        scope: Scope,
        journal: Journal,
        pacer: Pacer,
        *,
        now: Callable[[], datetime],
        pseudonyms: Pseudonyms | None = None,
        on_step: Callable[[str, int, int | None], None] = lambda *_: None,
    ) -> None:
        self._clients = clients
        self._scope = scope
        self._journal = journal
        self._reader = Reader(journal, pacer, on_step)
        self._now = now
        self._pseudonyms = pseudonyms
        self.notices: list[str] = []
        """What the file cannot tell, for whoever rehearses it."""

    def export(self) -> dict[str, Any]:
        """The document. What an exception interrupts is gone on with by the next exporter of the journal."""
        if not self._journal.step("began").done:
            self._journal.add("began", [iso(self._now())], None)
        directories = self._directories()
        workspaces = self._workspaces()
        ids = [row["WorkspaceId"] for row in workspaces]
        bundles = self._bundles({row["BundleId"] for row in workspaces})
        connections = self._connections(ids)
        document = {
            "Workspaces": workspaces,
            "Bundles": bundles,
            "Images": self._images({row["ImageId"] for row in bundles if row.get("ImageId")}),
            "Directories": directories,
            "Subnets": self._subnets(directories),
            "Tags": self._tags(set(ids)),
            "ConnectionStatus": connections,
        }
        if pools := self._pools():
            document["WorkspacesPools"] = pools
        associations = self._associations(bundles, workspaces)
        if associations:
            document["Associations"] = associations
            document["Applications"] = self._applications(associations)
        if self._scope.snapshots:
            document["Snapshots"] = self._snapshots(ids)
        connected = {row["WorkspaceId"] for row in connections}
        began = self._journal.step("began").rows[0]
        document["Twin"] = {
            "now": began,
            "takenAt": began,
            "region": self._scope.region,
            "noConnectionRow": sorted(set(ids) - connected),
        }
        return document

    # The WorkSpaces service, at its pace

    def _directories(self) -> list[dict[str, Any]]:
        wanted = {"DirectoryIds": list(self._scope.directory_ids)} if self._scope.directory_ids else {}
        rows = self._reader.listing(
            "directories",
            self._clients.workspaces.describe_workspace_directories,
            "Directories",
            wanted,
            clean=lambda row: {name: value for name, value in row.items() if name not in _NEVER_EXPORTED},
        )
        unknown = sorted(set(self._scope.directory_ids) - {row["DirectoryId"] for row in rows})
        if unknown:
            self.notices.append(f"Directories that the service does not know: {', '.join(unknown)}.")
        return _unique(rows, "DirectoryId")

    def _workspaces(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for directory_id in self._scope.directory_ids or (None,):
            rows += self._reader.listing(
                f"WorkSpaces of {directory_id}" if directory_id else "WorkSpaces",
                self._clients.workspaces.describe_workspaces,
                "Workspaces",
                {"DirectoryId": directory_id} if directory_id else {},
                clean=self._pseudonyms.workspace if self._pseudonyms else None,
            )
        return _unique(rows, "WorkspaceId")

    def _bundles(self, used: set[str]) -> list[dict[str, Any]]:
        """The account's own, Amazon's, and whatever else a WorkSpace was made from."""
        describe = self._clients.workspaces.describe_workspace_bundles
        rows = self._reader.listing("own bundles", describe, "Bundles", {})
        rows += self._reader.listing("Amazon's bundles", describe, "Bundles", {"Owner": "AMAZON"})
        rows = _unique(rows, "BundleId")
        left = sorted(used - {row["BundleId"] for row in rows})
        rows += self._reader.by_ids("other bundles", describe, "Bundles", "BundleIds", left)
        gone = sorted(used - {row["BundleId"] for row in rows})
        if gone:
            self.notices.append(
                "Bundles that WorkSpaces were made from and the service does not return any more, of which "
                f"the file has the id alone: {', '.join(gone)}."
            )
        return rows + [{"BundleId": one} for one in gone]

    def _pools(self) -> list[dict[str, Any]]:
        """Which bundles WorkSpaces Pools are made from, and no more of the pools than that takes."""
        return self._reader.listing(
            "pools",
            self._clients.workspaces.describe_workspaces_pools,
            "WorkspacesPools",
            {},
            clean=self._pool,
        )

    def _pool(self, row: dict[str, Any]) -> dict[str, Any]:
        told = {name: row[name] for name in _OF_A_POOL if name in row}
        return self._pseudonyms.pool(told) if self._pseudonyms else told

    def _images(self, image_ids: set[str]) -> list[dict[str, Any]]:
        describe = self._clients.workspaces.describe_workspace_images
        return self._reader.by_ids("images", describe, "Images", "ImageIds", sorted(image_ids))

    def _associations(
        self, bundles: Sequence[Mapping[str, Any]], workspaces: Sequence[Mapping[str, Any]]
    ) -> dict[str, list[dict[str, Any]]]:
        """What is installed on the account's own bundles, whose names need not tell it, and their WorkSpaces.

        A WorkSpace of which nothing is written has its bundle's; so one that has none is written where its
        bundle has some.
        """
        client = self._clients.workspaces
        own = [row["BundleId"] for row in bundles if row.get("Owner", "AMAZON").upper() != "AMAZON"]
        of_bundles = self._reader.each(
            "bundles' applications", own, asking(client.describe_bundle_associations, "BundleId")
        )
        found = {one: rows for one, rows in of_bundles.items() if rows}
        if not self._scope.applications:
            return found
        amazons = {row["BundleId"] for row in bundles if row.get("Owner", "").upper() == "AMAZON"}
        doubtful = {
            row["WorkspaceId"]: row["BundleId"] for row in workspaces if row["BundleId"] not in amazons
        }
        of_workspaces = self._reader.each(
            "WorkSpaces' applications",
            list(doubtful),
            asking(client.describe_workspace_associations, "WorkspaceId"),
        )
        return found | {
            one: rows
            for one, rows in of_workspaces.items()
            if rows or (rows is not None and doubtful[one] in found)
        }

    def _applications(self, associations: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
        ids = sorted({row["AssociatedResourceId"] for rows in associations.values() for row in rows})
        describe = self._clients.workspaces.describe_applications
        return self._reader.by_ids("applications", describe, "Applications", "ApplicationIds", ids)

    def _connections(self, workspace_ids: list[str]) -> list[dict[str, Any]]:
        return self._reader.by_ids(
            "connections",
            self._clients.workspaces.describe_workspaces_connection_status,
            "WorkspacesConnectionStatus",
            "WorkspaceIds",
            workspace_ids,
        )

    def _snapshots(self, workspace_ids: list[str]) -> dict[str, Any]:
        def ask(one: str) -> dict[str, Any]:
            try:
                answer = self._clients.workspaces.describe_workspace_snapshots(WorkspaceId=one)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                answer = {}  # terminated since the listing
            return {kind: answer.get(kind, []) for kind in ("RebuildSnapshots", "RestoreSnapshots")}

        return self._reader.each("snapshots", workspace_ids, ask)

    # Other services, beside that pace

    def _subnets(self, directories: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        ids = sorted({one for row in directories for one in row.get("SubnetIds", ())})
        if not ids:
            return []
        return self._reader.listing(
            "subnets", self._clients.ec2.describe_subnets, "Subnets", {"SubnetIds": ids}
        )

    def _tags(self, workspace_ids: set[str]) -> dict[str, list[dict[str, str]]]:
        rows = self._reader.listing(
            "tags",
            self._clients.tagging.get_resources,
            "ResourceTagMappingList",
            {"ResourceTypeFilters": ["workspaces:workspace"]},
            token_name="PaginationToken",  # noqa: S106 - a parameter's name
            clean=self._clean_tags,
        )
        by_id = {row["ResourceARN"].rpartition("/")[2]: row["Tags"] for row in rows if row.get("Tags")}
        return {one: by_id[one] for one in sorted(by_id.keys() & workspace_ids)}

    def _clean_tags(self, row: dict[str, Any]) -> dict[str, Any]:
        return row | {"Tags": self._pseudonyms.tags(row["Tags"])} if self._pseudonyms else row


def _unique(rows: Iterable[dict[str, Any]], identifier: str) -> list[dict[str, Any]]:
    """Without what a page that shifted showed twice."""
    return list({row[identifier]: row for row in rows}.values())
