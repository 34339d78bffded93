"""Services that answer in this process: the same as over botocore's and moto's long way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from rehearsal.answering import Services
from rehearsal.direct_hooks import services_answer_here
from rehearsal.twin_services import twin_services
from tests.twin_bench import DIRECTORY, PERFORMANCE_10, SESSION, Bench, bench, fleet_document, workspace_id

ARN = "arn:aws:workspaces:us-east-1:123456789012:workspace/"
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("workspaces", "describe_workspaces", {"WorkspaceIds": [workspace_id(0), workspace_id(9)]}),
    ("workspaces", "describe_workspaces", {"DirectoryId": DIRECTORY, "Limit": 2}),
    ("workspaces", "describe_workspaces_connection_status", {"WorkspaceIds": [workspace_id(1)]}),
    ("workspaces", "describe_workspace_snapshots", {"WorkspaceId": workspace_id(0)}),
    ("workspaces", "describe_workspace_snapshots", {"WorkspaceId": workspace_id(9)}),
    ("workspaces", "describe_workspace_bundles", {"Owner": "AMAZON"}),
    ("workspaces", "describe_workspace_images", {}),
    ("workspaces", "describe_workspace_directories", {}),
    ("workspaces", "describe_tags", {"ResourceId": workspace_id(0)}),
    (
        "workspaces",
        "migrate_workspace",
        {"SourceWorkspaceId": workspace_id(0), "BundleId": PERFORMANCE_10},
    ),
    (
        "workspaces",
        "migrate_workspace",
        {"SourceWorkspaceId": workspace_id(0), "BundleId": PERFORMANCE_10},
    ),
    ("workspaces", "migrate_workspace", {"SourceWorkspaceId": workspace_id(1), "BundleId": "wsb-none00000"}),
    (
        "workspaces",
        "terminate_workspaces",
        {"TerminateWorkspaceRequests": [{"WorkspaceId": workspace_id(7)}]},
    ),
    ("workspaces", "describe_workspaces", {"WorkspaceIds": []}),
    ("workspaces", "describe_workspaces", {"WorkspaceIds": 1}),
    ("workspaces", "describe_workspaces", {"NextToken": "nonsense"}),
    ("resourcegroupstaggingapi", "get_resources", {"ResourceARNList": [ARN + workspace_id(0)]}),
    ("resourcegroupstaggingapi", "get_resources", {"ResourceTypeFilters": ["workspaces:workspace"]}),
    ("ec2", "describe_subnets", {"SubnetIds": ["subnet-none"]}),
]


@contextmanager
def asked(here: bool) -> Iterator[Bench]:
    document = fleet_document(3)
    document["Tags"] = {workspace_id(0): [{"Key": "Wave", "Value": "1"}]}
    with bench(document) as found, ExitStack() as stack:
        if here:
            stack.enter_context(services_answer_here(Services(*twin_services(found.twin))))
        yield found


def answers(*, here: bool) -> list[Any]:
    found: list[Any] = []
    with asked(here) as twins:
        subnets = [{"SubnetIds": list(twins.twin.subnets)}, {"SubnetIds": list(twins.twin.subnets)[:1]}]
        more = [("ec2", "describe_subnets", one) for one in subnets]
        for service, operation, parameters in [*CALLS, *more]:
            client: Any = SESSION.client(service, region_name="us-east-1")  # type: ignore[call-overload]
            try:
                response = getattr(client, operation)(**parameters)
            except ParamValidationError as error:
                found.append(str(error))
                continue
            except ClientError as error:
                response = error.response
                found.append(type(error).__name__)
            # Which physical zone a zone is, is the account's own.
            for row in response.get("Subnets", ()):
                row.pop("AvailabilityZoneId", None)
            found.append({name: one for name, one in response.items() if name != "ResponseMetadata"})
    return found


def test_answers_here_are_those_over_the_wire() -> None:
    direct, over_the_wire = answers(here=True), answers(here=False)
    for one, other in zip(direct, over_the_wire, strict=True):
        assert one == other


def test_another_region_is_asked_the_usual_way() -> None:
    with asked(here=True):
        abroad = SESSION.client("workspaces", region_name="eu-west-1")
        assert abroad.describe_workspaces()["Workspaces"] == []


def test_an_answer_is_the_callers_own() -> None:
    with asked(here=True) as twins:
        twins.row(workspace_id(0))["WorkspaceProperties"].clear()
        assert twins.row(workspace_id(0))["WorkspaceProperties"]


def test_the_twins_rate_is_kept_here_too() -> None:
    slow = bench(fleet_document(1), rate_per_second=0.001, burst=1)
    with slow as found, services_answer_here(Services(*twin_services(found.twin))):
        client = SESSION.client("workspaces", region_name="us-east-1")
        client.describe_workspaces()
        with pytest.raises(ClientError, match="ThrottlingException"):
            client.describe_workspaces()
