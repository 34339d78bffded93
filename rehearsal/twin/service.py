"""The twin: the WorkSpaces service of one account and Region, alive in virtual time.

    twin = Twin(clock, fleet, seed=7)
    with mock_aws(), twin.installed():
        boto3.client("workspaces", region_name=fleet.region).describe_workspaces()

What truly happens is in `twin.events`, whatever a client observes; `twin.directory` holds the computer
objects.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any, cast

from botocore.model import Shape

from rehearsal import moto_service_hooks
from rehearsal.twin.account import Account, furnish
from rehearsal.twin.answers import WorkspaceAnswers
from rehearsal.twin.applications import ApplicationAnswers
from rehearsal.twin.catalogue import CatalogueAnswers
from rehearsal.twin.clocks import Clock
from rehearsal.twin.deletions import Deletions
from rehearsal.twin.directory import StandInDirectory
from rehearsal.twin.drives import Drives, drives
from rehearsal.twin.errors import ServiceError, invalid_parameters, throttled, unreadable
from rehearsal.twin.fleet import Fleet
from rehearsal.twin.habits import Calendar
from rehearsal.twin.migrations import Migrations
from rehearsal.twin.paging import BadToken, after_empty_page, empty_page
from rehearsal.twin.pools import PoolAnswers
from rehearsal.twin.prices import PriceAnswers
from rehearsal.twin.rate import TokenBucket
from rehearsal.twin.shapes import misfit, request_faults, service_model
from rehearsal.twin.subnets import Subnet
from rehearsal.twin.tags import TagAnswers
from rehearsal.twin.users import Users

Event = dict[str, Any]
Request = dict[str, Any]
HttpAnswer = tuple[int, dict[str, str], str]


class Twin:
    """A stateful stand-in for WorkSpaces, its subnets, its tags and its Active Directory.

    `rate_per_second` and `burst` bound all WorkSpaces calls of the account together, as the service does;
    beyond them it answers ThrottlingException. `on_event` is called with each event as it happens.
    """

    def __init__(
        self,
        clock: Clock,
        fleet: Fleet,
        *,
        seed: int,
        rate_per_second: float = 2.0,
        burst: int = 5,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        self.fleet = fleet
        self.account: Account = furnish(fleet)
        self.directory: StandInDirectory = self.account.computers
        self.events: list[Event] = []
        self.on_event = on_event
        self._clock = clock
        self._bucket = TokenBucket(rate_per_second, burst, clock.now())
        self._request_ids = random.Random(f"{seed}:requests")
        self._migrations = Migrations(clock, self.account, fleet.twin.durations, seed, self._note)
        self._migrations.resume_terminations()
        calendar = Calendar(fleet.twin.users, fleet.twin.sessions, seed)
        self.users = Users(clock, self.account, calendar, seed, self._note)
        workspaces = WorkspaceAnswers(clock, self.account, fleet, self._migrations, self._note)
        catalogue = CatalogueAnswers(self.account)
        applications = ApplicationAnswers(clock, self.account, fleet)
        pools = PoolAnswers(fleet.pools)
        deletions = Deletions(self.account, fleet.pools)
        self._tags = TagAnswers(clock, self.account)
        self._prices = PriceAnswers(fleet.prices)
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "MigrateWorkspace": workspaces.migrate_workspace,
            "DescribeWorkspaces": workspaces.describe_workspaces,
            "DescribeWorkspaceSnapshots": workspaces.describe_workspace_snapshots,
            "DescribeWorkspacesConnectionStatus": workspaces.describe_workspaces_connection_status,
            "TerminateWorkspaces": workspaces.terminate_workspaces,
            "DescribeWorkspaceBundles": catalogue.describe_workspace_bundles,
            "DescribeWorkspaceImages": catalogue.describe_workspace_images,
            "DescribeWorkspaceDirectories": catalogue.describe_workspace_directories,
            "DescribeWorkspacesPools": pools.describe_workspaces_pools,
            "DescribeApplications": applications.describe_applications,
            "DescribeBundleAssociations": applications.describe_bundle_associations,
            "DescribeWorkspaceAssociations": applications.describe_workspace_associations,
            "DescribeTags": self._tags.describe_tags,
            "CreateTags": self._tags.create_tags,
            "DeleteWorkspaceBundle": deletions.delete_workspace_bundle,
            "DeleteWorkspaceImage": deletions.delete_workspace_image,
        }

    @contextmanager
    def installed(self, *, doors: bool = True) -> Iterator[None]:
        """While inside moto's mock_aws and this, boto3's calls are answered by the twin; with `doors` moto's
        server and its EC2 have the twin behind them, too."""
        with moto_service_hooks.twin_installed(self), ExitStack() as stack:
            if doors:
                # Loaded only where it is needed: EC2 takes its time.
                from rehearsal.moto_door_hooks import doors_opened

                stack.enter_context(doors_opened(self))
            yield

    def duration(self, workspace_id: str) -> timedelta:
        """How long the migration of this WorkSpace takes: a function of the seed and the id alone."""
        return self._migrations.duration(workspace_id)

    def drives(self, workspace_id: str) -> Drives:
        """What is on a WorkSpace's drives now, as its user would see it.

        Raises LookupError for one the account does not have (any more), or that has not booted yet.
        """
        desktop = self.account.desktops.get(workspace_id)
        if desktop is None or desktop.state == "TERMINATED":
            raise LookupError(f"there is no WorkSpace {workspace_id}")
        return drives(desktop, self._clock.now())

    @property
    def operations(self) -> frozenset[str]:
        """The operations of the WorkSpaces service that the twin answers."""
        return frozenset(self._operations)

    def answer(self, operation: str, body: str) -> HttpAnswer:
        """The HTTP answer to a WorkSpaces request: status, headers, body. Raises NotImplementedError, as
        `respond` does."""
        return self._as_http(lambda: self.respond(operation, _request(body)))

    def respond(self, operation: str, request: Request) -> Request:
        """The response's members, some of them the twin's own: copy what is to be kept.

        Raises ServiceError, and NotImplementedError for an operation the twin does not know: that is a gap
        of the rehearsal, and an invented answer would hide it.
        """
        handler = self._operations.get(operation)
        if handler is None:
            raise NotImplementedError(f"the twin does not answer {operation} of WorkSpaces")
        self._take(operation, request)
        with _bad_tokens_named(operation):
            return handler(after_empty_page(operation, request))

    def empty_page(self, operation: str, body: str) -> HttpAnswer:
        """The HTTP answer to a listing's request that has no rows yet, but a token."""

        def page() -> Request:
            request = _request(body)
            self._take(operation, request)
            with _bad_tokens_named(operation):
                return empty_page(operation, request)

        return self._as_http(page)

    def hide(self, workspace_id: str, seconds: float) -> None:
        """A new WorkSpace is not returned yet, by any operation, for so long."""
        desktop = self.account.desktops.get(workspace_id)
        if desktop is not None:
            desktop.shown_from = self._clock.now() + timedelta(seconds=seconds)

    def _take(self, operation: str, request: Request) -> None:
        """Raises ServiceError for a request beyond the rate, or one that breaks the service model."""
        if not self._bucket.take(self._clock.now()):
            raise throttled()
        self._check(operation, request)

    def _as_http(self, respond: Callable[[], Request]) -> HttpAnswer:
        try:
            answer = respond()
        except ServiceError as error:
            return 400, self._headers(error.code), json.dumps(_error_body(error))
        return 200, self._headers(), json.dumps(answer, default=_epoch)

    @property
    def region(self) -> str:
        """The only Region the twin answers for."""
        return self.fleet.region

    @property
    def subnets(self) -> dict[str, Subnet]:
        """The directories' subnets, by id."""
        return self.account.subnets

    def owns_tags_of(self, request: Mapping[str, Any]) -> bool:
        """Whether a GetResources request is about WorkSpaces and nothing else."""
        types, arns = request.get("ResourceTypeFilters") or [], request.get("ResourceARNList") or []
        own = [each.partition(":")[0] == "workspaces" for each in types]
        own += [each.split(":")[2:3] == ["workspaces"] for each in arns]
        return bool(own) and all(own)

    def get_resources(self, request: dict[str, Any]) -> dict[str, Any]:
        """GetResources of the Resource Groups Tagging API, for WorkSpaces. Raises ServiceError."""
        return self._tags.get_resources(request)

    def answer_prices(self, operation: str, body: str) -> HttpAnswer:
        """The HTTP answer to a request to the Price List, which is no part of the account's rate."""
        try:
            answer = self._prices.answer(operation, json.loads(body or "{}"))
        except ServiceError as error:
            return 400, self._headers(error.code), json.dumps(_error_body(error))
        return 200, self._headers(), json.dumps(answer)

    def _check(self, operation: str, request: dict[str, Any]) -> None:
        model = service_model("workspaces").operation_model(operation)
        shape = cast(Shape, model.input_shape)
        wrong = misfit(request, shape, "request")
        if wrong is not None:
            raise unreadable(f"{wrong} is of another type than the service's.")
        faults = list(request_faults(request, shape, "request"))
        if not faults:
            return
        message = (
            f"{len(faults)} validation error{'s' if len(faults) > 1 else ''} detected: {'; '.join(faults)}"
        )
        raise _ill(operation, message)

    def _headers(self, error_code: str | None = None) -> dict[str, str]:
        bits = f"{self._request_ids.getrandbits(128):032x}"
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "x-amzn-requestid": "-".join((bits[:8], bits[8:12], bits[12:16], bits[16:20], bits[20:])),
        }
        return headers | ({"x-amzn-errortype": error_code} if error_code else {})

    def _note(self, what: str, workspace_id: str, target_workspace_id: str | None, **more: Any) -> None:
        at = self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        event = {
            "at": at,
            "workspaceId": workspace_id,
            "targetWorkspaceId": target_workspace_id,
            "what": what,
            **more,
        }
        self.events.append(event)
        if self.on_event is not None:
            self.on_event(event)


def _request(body: str) -> Request:
    try:
        request: Request = json.loads(body or "{}")
    except (ValueError, RecursionError):
        raise unreadable("The request is no JSON.") from None
    return request


@contextmanager
def _bad_tokens_named(operation: str) -> Iterator[None]:
    try:
        yield
    except BadToken:
        raise _ill(operation, "The NextToken parameter is not valid.") from None


def _ill(operation: str, message: str) -> ServiceError:
    """The error for an ill request, by the code the model gives this operation for it."""
    errors = service_model("workspaces").operation_model(operation).error_shapes
    if any(shape.name == "InvalidParameterValuesException" for shape in errors):
        return invalid_parameters(message)
    return ServiceError("ValidationException", message)


def _error_body(error: ServiceError) -> dict[str, Any]:
    return {"__type": error.code, "message": error.message, **error.members}


def _epoch(value: object) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{value!r} is no value of a response")
