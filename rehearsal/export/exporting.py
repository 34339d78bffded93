"""Reading a fleet: the calls, in order, each step taken up where it was left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from migrator.adapters.listings import Listing
from migrator.domain.moments import iso
from migrator.domain.pages import pages
from rehearsal.export.applications import asking
from rehearsal.export.journal import Journal
from rehearsal.export.pacing import Pacer
from rehearsal.export.pseudonyms import Pseudonyms

PAGE = 25
"""The WorkSpaces API's largest page, and the most ids in one call."""

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
)
"""All that an export needs to be allowed."""

_STALE_TOKEN = frozenset(
    {"InvalidParameterValuesException", "InvalidParameterException", "PaginationTokenExpiredException"}
)

_NEVER_EXPORTED = ("RegistrationCode",)
"""With it anybody can point a client at the directory; no rehearsal needs it."""


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
        self._pacer = pacer
        self._now = now
        self._pseudonyms = pseudonyms
        self._on_step = on_step
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
        rows = self._listing(
            "directories",
            self._clients.workspaces.describe_workspace_directories,
            "Directories",
            wanted,
            clean=lambda row: {name: value for name, value in row.items() if name not in _NEVER_EXPORTED},
        )
        return _unique(rows, "DirectoryId")

    def _workspaces(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for directory_id in self._scope.directory_ids or (None,):
            rows += self._listing(
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
        rows = self._listing("own bundles", describe, "Bundles", {})
        rows += self._listing("Amazon's bundles", describe, "Bundles", {"Owner": "AMAZON"})
        rows = _unique(rows, "BundleId")
        left = sorted(used - {row["BundleId"] for row in rows})
        rows += self._by_ids("other bundles", describe, "Bundles", "BundleIds", left)
        gone = sorted(used - {row["BundleId"] for row in rows})
        if gone:
            self.notices.append(
                "Bundles that WorkSpaces were made from and the service does not return any more, of which "
                f"the file has the id alone: {', '.join(gone)}."
            )
        return rows + [{"BundleId": one} for one in gone]

    def _images(self, image_ids: set[str]) -> list[dict[str, Any]]:
        describe = self._clients.workspaces.describe_workspace_images
        return self._by_ids("images", describe, "Images", "ImageIds", sorted(image_ids))

    def _associations(
        self, bundles: Sequence[Mapping[str, Any]], workspaces: Sequence[Mapping[str, Any]]
    ) -> dict[str, list[dict[str, Any]]]:
        """What is installed on the account's own bundles, whose names need not tell it, and their WorkSpaces.

        A WorkSpace of which nothing is written has its bundle's; so one that has none is written where its
        bundle has some.
        """
        client = self._clients.workspaces
        own = [row["BundleId"] for row in bundles if row.get("Owner", "AMAZON").upper() != "AMAZON"]
        of_bundles = self._each(
            "bundles' applications", own, asking(client.describe_bundle_associations, "BundleId")
        )
        found = {one: rows for one, rows in of_bundles.items() if rows}
        if not self._scope.applications:
            return found
        amazons = {row["BundleId"] for row in bundles if row.get("Owner", "").upper() == "AMAZON"}
        doubtful = {
            row["WorkspaceId"]: row["BundleId"] for row in workspaces if row["BundleId"] not in amazons
        }
        of_workspaces = self._each(
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
        return self._by_ids("applications", describe, "Applications", "ApplicationIds", ids)

    def _connections(self, workspace_ids: list[str]) -> list[dict[str, Any]]:
        return self._by_ids(
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

        return self._each("snapshots", workspace_ids, ask)

    def _each(self, name: str, ids: Sequence[str], ask: Callable[[str], Any]) -> dict[str, Any]:
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

    # Other services, beside that pace

    def _subnets(self, directories: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        ids = sorted({one for row in directories for one in row.get("SubnetIds", ())})
        if not ids:
            return []
        return self._listing("subnets", self._clients.ec2.describe_subnets, "Subnets", {"SubnetIds": ids})

    def _tags(self, workspace_ids: set[str]) -> dict[str, list[dict[str, str]]]:
        rows = self._listing(
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

    # Listings

    def _listing(
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
        listing = Listing(f"the listing of {name}")
        fresh = False
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

    def _by_ids(
        self,
        name: str,
        operation: Callable[..., Mapping[str, Any]],
        member: str,
        parameter: str,
        ids: Sequence[str],
    ) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for some in pages(list(ids), PAGE):
            self._on_step(name, len(rows), len(ids))
            rows += self._listing(f"{name} from {some[0]}", operation, member, {parameter: list(some)})
        return rows


def _unique(rows: Iterable[dict[str, Any]], identifier: str) -> list[dict[str, Any]]:
    """Without what a page that shifted showed twice."""
    return list({row[identifier]: row for row in rows}.values())
