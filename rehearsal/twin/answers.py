"""What the WorkSpaces service answers about WorkSpaces and does to them, operation by operation.

Each answer is a function of the request's parameters, shaped as the service model shapes its output.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rehearsal.twin.acceptance import reason_to_decline
from rehearsal.twin.account import Account
from rehearsal.twin.behaviour import Course
from rehearsal.twin.clocks import Clock
from rehearsal.twin.connections import connection_row
from rehearsal.twin.desktops import Desktop
from rehearsal.twin.errors import ServiceError, invalid_parameters, resource_not_found
from rehearsal.twin.fleet import Fleet
from rehearsal.twin.migrations import Migrations
from rehearsal.twin.paging import BadToken, page, place_of

PAGE = 25

Request = dict[str, Any]
Response = dict[str, Any]


class WorkspaceAnswers:
    """DescribeWorkspaces and its companions, MigrateWorkspace, TerminateWorkspaces."""

    def __init__(
        self, clock: Clock, account: Account, fleet: Fleet, migrations: Migrations, note: Callable[..., None]
    ) -> None:
        self._clock = clock
        self._account = account
        self._fleet = fleet
        self._migrations = migrations
        self._note = note

    def describe_workspaces(self, request: Request) -> Response:
        """By 1-25 ids, or a directory and maybe a user, or a bundle, each maybe by name; unknown ids are
        simply not there."""
        ids, directory_id = request.get("WorkspaceIds"), request.get("DirectoryId")
        user_name, bundle_id = request.get("UserName"), request.get("BundleId")
        name = request.get("WorkspaceName")
        if sum(bool(each) for each in (ids, directory_id, bundle_id)) > 1:
            raise invalid_parameters(
                "An invalid number of parameters provided with DescribeWorkspaces. Only one of the "
                "following are allowed to be specified: BundleId, DirectoryId, WorkSpaceIds."
            )
        if user_name and not directory_id:
            raise invalid_parameters("The DirectoryId parameter is required when UserName is used.")
        if ids:
            _refuse_token(request)
            return {"Workspaces": [desktop.row for desktop in self._named(ids) if _called(desktop, name)]}
        question = ["DescribeWorkspaces", directory_id, user_name, bundle_id, name]
        now = self._clock.now()
        matching = self._account.desktops.after(
            place_of(request.get("NextToken"), question),
            directory_id=directory_id,
            user_name=user_name,
            bundle_id=bundle_id,
        )
        desktops, token = page(
            (desktop for desktop in matching if desktop.shown_at(now) and _called(desktop, name)),
            request.get("Limit", PAGE),
            lambda desktop: desktop.sequence,
            question,
        )
        return _with_token({"Workspaces": [desktop.row for desktop in desktops]}, token)

    def describe_workspace_snapshots(self, request: Request) -> Response:
        """The snapshots of one WorkSpace's volumes; migration uses the newest of RebuildSnapshots."""
        snapshots, now = self._existing(request["WorkspaceId"]).snapshots, self._clock.now()
        return {
            "RebuildSnapshots": [{"SnapshotTime": each} for each in snapshots.rebuild_at(now)],
            "RestoreSnapshots": [{"SnapshotTime": each} for each in snapshots.restore_at(now)],
        }

    def describe_workspaces_connection_status(self, request: Request) -> Response:
        """Who is connected. A WorkSpace may have no row: a new one, or one the fleet file says so of."""
        now = self._clock.now()
        if ids := request.get("WorkspaceIds"):
            _refuse_token(request)
            rows = [row for each in self._named(ids) if (row := connection_row(each, now))]
            return {"WorkspacesConnectionStatus": rows}
        question = "DescribeWorkspacesConnectionStatus"
        desktops, token = page(
            self._account.desktops.after(place_of(request.get("NextToken"), question)),
            PAGE,
            lambda each: each.sequence,
            question,
        )
        rows = [row for each in desktops if (row := connection_row(each, now))]
        return _with_token({"WorkspacesConnectionStatus": rows}, token)

    def migrate_workspace(self, request: Request) -> Response:
        """Begins a migration, or does what the fleet file says becomes of this one."""
        workspace_id, bundle_id = request["SourceWorkspaceId"], request["BundleId"]
        try:
            source = self._existing(workspace_id)
            target = self._account.bundles.get(bundle_id)
            if target is None:
                raise resource_not_found("bundle", bundle_id)
            behaviour = self._fleet.behaviour(workspace_id)
            if behaviour.course is Course.REFUSES:
                raise ServiceError(str(behaviour.error_code), "The WorkSpace cannot be migrated.")
            declined = reason_to_decline(source, self._account.bundles[source.row["BundleId"]], target)
            if declined is not None:
                raise declined
            target_id = self._migrations.begin(source, target, behaviour)
        except ServiceError as error:
            self._note(
                "refused", workspace_id, None, error=error.code, message=error.message, bundleId=bundle_id
            )
            raise
        return {"SourceWorkspaceId": workspace_id, "TargetWorkspaceId": target_id}

    def terminate_workspaces(self, request: Request) -> Response:
        """Terminates 1-25 WorkSpaces; what cannot be terminated is in FailedRequests, not an error."""
        failed: list[dict[str, str]] = []
        for each in request["TerminateWorkspaceRequests"]:
            workspace_id = each["WorkspaceId"]
            desktop = next(iter(self._named([workspace_id])), None)
            if desktop is None:
                failed.append(_failed(workspace_id, "ResourceNotFound.Workspace", "could not be found"))
            elif desktop.state == "SUSPENDED":
                failed.append(_failed(workspace_id, "InvalidResourceState", "is SUSPENDED"))
            elif not desktop.terminated:
                self._migrations.terminate(desktop)
        return {"FailedRequests": failed}

    def _named(self, workspace_ids: list[str]) -> list[Desktop]:
        """Those of the ids that the service returns."""
        now = self._clock.now()
        found = (self._account.desktops.shown(each, now) for each in dict.fromkeys(workspace_ids))
        return [desktop for desktop in found if desktop is not None]

    def _existing(self, workspace_id: str) -> Desktop:
        desktop = next(iter(self._named([workspace_id])), None)
        if desktop is None or desktop.state == "TERMINATED":
            raise resource_not_found("WorkSpace", workspace_id)
        return desktop


def _refuse_token(request: Request) -> None:
    """Raises BadToken: what is asked for by ids has one page, so that no token belongs to it."""
    if token := request.get("NextToken"):
        raise BadToken(token)


def _called(desktop: Desktop, name: str | None) -> bool:
    return not name or desktop.row.get("WorkspaceName") == name


def _with_token(response: Response, token: str | None) -> Response:
    return response if token is None else {**response, "NextToken": token}


def _failed(workspace_id: str, code: str, what: str) -> dict[str, str]:
    return {
        "WorkspaceId": workspace_id,
        "ErrorCode": code,
        "ErrorMessage": f"The WorkSpace {workspace_id} {what}.",
    }
