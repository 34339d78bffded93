"""The twin answers boto3 in the shapes, pages and errors of the service model."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.core.request import Request
from moto.workspaces.responses import WorkSpacesResponse

from rehearsal.twin.shapes import service_model
from tests.samples import POOL
from tests.twin_bench import (
    CUSTOM_10,
    DIRECTORY,
    PERFORMANCE_10,
    SESSION,
    STANDARD_10,
    VALUE_10,
    bench,
    fleet_document,
    model_faults,
    workspace_id,
)

UNUSED = "wsb-unused0010"

FULL: dict[str, Any] = {
    **fleet_document(3),
    "Bundles": [*fleet_document()["Bundles"], {"BundleId": UNUSED, "Name": "Unused Windows 10"}],
    "Tags": {workspace_id(0): [{"Key": "Wave", "Value": "1"}, {"Key": "Empty"}]},
    "Images": [{"ImageId": "wsi-finance0010"}, {"ImageId": "wsi-nobodys0001"}],
    "Applications": [{"ApplicationId": "wsa-office0001", "Name": "Microsoft Office 2019", "Owner": "AMAZON"}],
    "WorkspacesPools": [
        {**POOL, "BundleId": CUSTOM_10, "DirectoryId": DIRECTORY},
    ],
    "Associations": {
        CUSTOM_10: [{"AssociatedResourceId": "wsa-office0001", "Created": "2026-11-20T02:00:00Z"}],
        workspace_id(0): [{"AssociatedResourceId": "wsa-office0001", "State": "INSTALLING"}],
    },
}

CALLS: list[tuple[str, dict[str, Any]]] = [
    ("DescribeWorkspaces", {"WorkspaceIds": [workspace_id(0), workspace_id(1)]}),
    ("DescribeWorkspaces", {"DirectoryId": DIRECTORY, "UserName": "user1"}),
    ("DescribeWorkspaces", {"BundleId": STANDARD_10, "Limit": 1}),
    ("DescribeWorkspaceBundles", {"Owner": "AMAZON"}),
    ("DescribeWorkspaceBundles", {}),
    ("DescribeWorkspaceImages", {}),
    ("DescribeWorkspaceDirectories", {"DirectoryIds": [DIRECTORY]}),
    ("DescribeWorkspaceSnapshots", {"WorkspaceId": workspace_id(0)}),
    ("DescribeWorkspacesConnectionStatus", {"WorkspaceIds": [workspace_id(0)]}),
    ("DescribeWorkspacesConnectionStatus", {}),
    ("DescribeApplications", {"ApplicationIds": ["wsa-office0001"]}),
    ("DescribeBundleAssociations", {"BundleId": CUSTOM_10, "AssociatedResourceTypes": ["APPLICATION"]}),
    (
        "DescribeWorkspaceAssociations",
        {"WorkspaceId": workspace_id(0), "AssociatedResourceTypes": ["APPLICATION"]},
    ),
    ("DescribeWorkspacesPools", {}),
    (
        "DescribeWorkspacesPools",
        {"Filters": [{"Name": "PoolName", "Operator": "CONTAINS", "Values": ["kio"]}]},
    ),
    ("DescribeTags", {"ResourceId": workspace_id(0)}),
    ("CreateTags", {"ResourceId": workspace_id(0), "Tags": [{"Key": "a", "Value": "b"}]}),
    ("MigrateWorkspace", {"SourceWorkspaceId": workspace_id(0), "BundleId": PERFORMANCE_10}),
    ("TerminateWorkspaces", {"TerminateWorkspaceRequests": [{"WorkspaceId": workspace_id(2)}]}),
    ("TerminateWorkspaces", {"TerminateWorkspaceRequests": [{"WorkspaceId": "ws-nobody000"}]}),
    ("DeleteWorkspaceBundle", {"BundleId": UNUSED}),
    ("DeleteWorkspaceImage", {"ImageId": "wsi-nobodys0001"}),
]


@pytest.mark.parametrize(
    ("operation", "parameters"), CALLS, ids=[f"{name}-{i}" for i, (name, _) in enumerate(CALLS)]
)
def test_every_response_obeys_the_service_model(operation: str, parameters: dict[str, Any]) -> None:
    with bench(FULL) as on:
        response = on.workspaces._make_api_call(operation, parameters)
        shape = service_model("workspaces").operation_model(operation).output_shape
        assert shape is not None
        assert model_faults(response, shape) == []
        lists = [
            value for name, value in response.items() if name not in ("ResponseMetadata", "FailedRequests")
        ]
        assert all(lists), "an empty list would obey any model"
        metadata = response["ResponseMetadata"]
        assert metadata["HTTPStatusCode"] == 200
        assert metadata["RetryAttempts"] == 0
        assert metadata["RequestId"] == metadata["HTTPHeaders"]["x-amzn-requestid"]


def test_a_target_obeys_the_service_model_too() -> None:
    with bench(FULL) as on:
        target = on.migrate()
        response = on.workspaces.describe_workspaces(WorkspaceIds=[target])
        shape = service_model("workspaces").operation_model("DescribeWorkspaces").output_shape
        assert shape is not None
        assert model_faults(response, shape) == []


def test_every_operation_of_the_twin_is_called_here() -> None:
    with bench() as on:
        assert on.twin.operations == {operation for operation, _ in CALLS}


def test_an_operation_the_twin_does_not_know_is_a_gap_and_says_so() -> None:
    with bench() as on, pytest.raises(NotImplementedError, match="RebootWorkspaces"):
        on.workspaces.reboot_workspaces(RebootWorkspaceRequests=[{"WorkspaceId": workspace_id(0)}])


ILL: list[tuple[str, dict[str, Any], str]] = [
    ("describe_workspaces", {"WorkspaceIds": ["x"]}, "InvalidParameterValuesException"),
    (
        "describe_workspaces",
        {"WorkspaceIds": [workspace_id(n) for n in range(26)]},
        "InvalidParameterValuesException",
    ),
    (
        "describe_workspaces",
        {"WorkspaceIds": [workspace_id(0)], "DirectoryId": DIRECTORY},
        "InvalidParameterValuesException",
    ),
    (
        "describe_workspaces",
        {"DirectoryId": DIRECTORY, "BundleId": STANDARD_10},
        "InvalidParameterValuesException",
    ),
    ("describe_workspaces", {"UserName": "user0"}, "InvalidParameterValuesException"),
    ("describe_workspaces", {"NextToken": "made-up"}, "InvalidParameterValuesException"),
    ("describe_workspaces", {"Limit": 26}, "InvalidParameterValuesException"),
    (
        "describe_workspace_bundles",
        {"Owner": "AMAZON", "BundleIds": [VALUE_10]},
        "InvalidParameterValuesException",
    ),
    ("describe_workspace_snapshots", {"WorkspaceId": "ws-nobody000"}, "ResourceNotFoundException"),
    ("delete_workspace_bundle", {"BundleId": "wsb-nobody000"}, "ResourceNotFoundException"),
    ("delete_workspace_bundle", {"BundleId": VALUE_10}, "InvalidParameterValuesException"),
    ("delete_workspace_image", {"ImageId": "wsi-nobody0000"}, "InvalidResourceStateException"),
    (
        "describe_workspace_associations",
        {"WorkspaceId": "ws-nobody000", "AssociatedResourceTypes": ["APPLICATION"]},
        "ResourceNotFoundException",
    ),
    (
        "describe_bundle_associations",
        {"BundleId": "wsb-nobody000", "AssociatedResourceTypes": ["APPLICATION"]},
        "ResourceNotFoundException",
    ),
    ("describe_tags", {"ResourceId": "ws-nobody000"}, "ResourceNotFoundException"),
    (
        "create_tags",
        {"ResourceId": workspace_id(0), "Tags": [{"Key": str(n)} for n in range(51)]},
        "ResourceLimitExceededException",
    ),
    (
        "migrate_workspace",
        {"SourceWorkspaceId": "ws_1", "BundleId": VALUE_10},
        "InvalidParameterValuesException",
    ),
    (
        "migrate_workspace",
        {"SourceWorkspaceId": workspace_id(0), "BundleId": "b"},
        "InvalidParameterValuesException",
    ),
    (
        "migrate_workspace",
        {"SourceWorkspaceId": "ws-nobody000", "BundleId": VALUE_10},
        "ResourceNotFoundException",
    ),
    (
        "migrate_workspace",
        {"SourceWorkspaceId": workspace_id(0), "BundleId": "wsb-nobody000"},
        "ResourceNotFoundException",
    ),
    (
        "migrate_workspace",
        {"SourceWorkspaceId": workspace_id(0), "BundleId": STANDARD_10},
        "InvalidParameterValuesException",
    ),
    ("terminate_workspaces", {"TerminateWorkspaceRequests": [{"WorkspaceId": "x"}]}, "ValidationException"),
]


@pytest.mark.parametrize(("method", "parameters", "code"), ILL)
def test_errors_come_by_their_codes(method: str, parameters: dict[str, Any], code: str) -> None:
    with bench() as on:
        with pytest.raises(ClientError) as caught:
            getattr(on.workspaces, method)(**parameters)
        response = caught.value.response
        assert response["Error"]["Code"] == code
        assert response["Error"]["Message"]
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
        if code != "ValidationException":  # the service sends this one without modelling it
            assert isinstance(caught.value, getattr(on.workspaces.exceptions, code))


BEYOND_THE_MODEL = {"ValidationException", "ThrottlingException", "SerializationException"}
"""Codes that the service sends without modelling them."""


def test_each_operation_answers_with_errors_of_its_own_in_the_model() -> None:
    ills: dict[str, list[dict[str, Any]]] = {operation: [] for operation, _ in CALLS}
    for method, parameters, _ in ILL:
        ills["".join(word.capitalize() for word in method.split("_"))].append(parameters)
    with bench() as on:
        for operation, requests in ills.items():
            model = service_model("workspaces").operation_model(operation)
            members = model.input_shape.members if model.input_shape is not None else {}
            if "NextToken" in members:
                requests.append({"NextToken": "made-up"})
            for request in requests:
                status, headers, _ = on.twin.answer(operation, json.dumps(request))
                assert status == 400
                modelled = {shape.name for shape in model.error_shapes}
                assert headers["x-amzn-errortype"] in modelled | BEYOND_THE_MODEL, (operation, request)


def test_unknown_ids_are_simply_not_returned() -> None:
    with bench() as on:
        rows = on.workspaces.describe_workspaces(WorkspaceIds=["ws-nobody000", workspace_id(0)])["Workspaces"]
        assert [row["WorkspaceId"] for row in rows] == [workspace_id(0)]
        assert on.workspaces.describe_workspaces(DirectoryId="d-0000000000")["Workspaces"] == []


def test_a_directory_is_paged_by_25_and_every_workspace_is_on_one_page() -> None:
    with bench(fleet_document(60)) as on:
        pages = list(on.workspaces.get_paginator("describe_workspaces").paginate(DirectoryId=DIRECTORY))
        assert [len(page["Workspaces"]) for page in pages] == [25, 25, 10]
        found = [row["WorkspaceId"] for page in pages for row in page["Workspaces"]]
        assert found == [workspace_id(n) for n in range(60)]
        assert "NextToken" not in pages[-1]


def test_pages_go_on_where_they_were_while_workspaces_come_and_go() -> None:
    with bench(fleet_document(60)) as on:
        first = on.workspaces.describe_workspaces(DirectoryId=DIRECTORY)
        on.workspaces.terminate_workspaces(
            TerminateWorkspaceRequests=[{"WorkspaceId": workspace_id(n)} for n in range(25)]
        )
        on.pass_time(1200)
        assert on.states(workspace_id(0)) == [None]
        target = on.migrate(workspace_id(30))
        rest, token = [], first["NextToken"]
        while token:
            page = on.workspaces.describe_workspaces(DirectoryId=DIRECTORY, NextToken=token)
            rest += [row["WorkspaceId"] for row in page["Workspaces"]]
            token = page.get("NextToken")
        assert rest == [*(workspace_id(n) for n in range(25, 60)), target]


def test_listings_stay_whole_when_most_of_a_fleet_has_gone() -> None:
    with bench(fleet_document(200)) as on:
        token = on.workspaces.describe_workspaces(DirectoryId=DIRECTORY)["NextToken"]
        for first in range(0, 175, 25):
            ids = [{"WorkspaceId": workspace_id(n)} for n in range(first, first + 25)]
            on.workspaces.terminate_workspaces(TerminateWorkspaceRequests=ids)
        on.pass_time(1200)
        for question in ({}, {"DirectoryId": DIRECTORY}, {"BundleId": STANDARD_10}):
            rows = on.workspaces.describe_workspaces(**question)["Workspaces"]
            assert [row["WorkspaceId"] for row in rows] == [workspace_id(n) for n in range(175, 200)]
        rows = on.workspaces.describe_workspaces(DirectoryId=DIRECTORY, NextToken=token)["Workspaces"]
        assert len(rows) == 25


def test_a_workspace_has_its_bundles_applications_unless_the_file_says_its_own() -> None:
    document = fleet_document(2)
    office = {"AssociatedResourceId": "wsa-office0001"}
    document["Associations"] = {STANDARD_10: [office], workspace_id(0): []}
    with bench(document) as on:

        def applications(which: str) -> list[str]:
            answer = on.workspaces.describe_workspace_associations(
                WorkspaceId=which, AssociatedResourceTypes=["APPLICATION"]
            )
            return [row["AssociatedResourceId"] for row in answer["Associations"]]

        assert applications(workspace_id(0)) == []
        assert applications(workspace_id(1)) == ["wsa-office0001"]


def test_a_token_fits_no_other_question() -> None:
    with bench(fleet_document(60)) as on:
        token = on.workspaces.describe_workspaces(DirectoryId=DIRECTORY)["NextToken"]
        ask, status = on.workspaces.describe_workspaces, on.workspaces.describe_workspaces_connection_status
        named = {"WorkspaceIds": [workspace_id(0)]}
        others: list[tuple[Any, dict[str, Any]]] = [
            (ask, {"BundleId": STANDARD_10}),
            (ask, {"DirectoryId": DIRECTORY, "UserName": "user1"}),
            (ask, {}),
            (ask, named),
            (status, {}),
            (status, named),
            (on.workspaces.describe_workspace_bundles, {}),
        ]
        for operation, question in others:
            assert on.error_of(operation, **question, NextToken=token) == "InvalidParameterValuesException"
        assert len(ask(DirectoryId=DIRECTORY, Limit=5, NextToken=token)["Workspaces"]) == 5


@pytest.mark.parametrize(
    "content", ["5", "null", "[]", "[1]", "{}", "[true,1]", '"ab"', '["empty page","","",1]', "[" * 1500]
)
def test_a_token_of_nobodys_is_an_error_and_nothing_worse(content: str) -> None:
    text = base64.urlsafe_b64encode(content.encode()).decode()
    with bench() as on:
        for operation in (on.workspaces.describe_workspaces, on.workspaces.describe_workspace_bundles):
            assert on.error_of(operation, NextToken=text) == "InvalidParameterValuesException"


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        '"x"',
        "null",
        '{"WorkspaceIds": 5}',
        '{"WorkspaceIds": [5]}',
        '{"WorkspaceIds": "ws-000000000"}',
        '{"Limit": "25"}',
        '{"Limit": true}',
        '{"DirectoryId": {}}',
        '{"NextToken": []}',
    ],
)
def test_what_no_sdk_sends_is_an_error_too(body: str) -> None:
    with bench() as on:
        status, headers, text = on.twin.answer("DescribeWorkspaces", body)
        assert (status, headers["x-amzn-errortype"]) == (400, "SerializationException")
        assert json.loads(text)["message"]


def test_an_empty_pages_token_leads_to_what_was_asked_and_nowhere_else() -> None:
    ids = [f"ws-{'0' * 55}{n:08d}" for n in range(25)]
    asked: list[dict[str, Any]] = [{}, {"DirectoryId": DIRECTORY}, {"WorkspaceIds": ids}]
    with bench(fleet_document(60)) as on:
        token = on.workspaces.describe_workspaces(DirectoryId=DIRECTORY)["NextToken"]
        for request in (*asked, {"DirectoryId": DIRECTORY, "NextToken": token}):
            again, later = request, None
            for _ in range(3):  # one empty page after the other
                page = json.loads(on.twin.empty_page("DescribeWorkspaces", json.dumps(again))[2])
                assert page["Workspaces"] == []
                assert page["NextToken"] != later
                later = page["NextToken"]
                again = {**request, "NextToken": later}
            found = on.workspaces.describe_workspaces(**again)["Workspaces"]
            assert found == on.workspaces.describe_workspaces(**request)["Workspaces"]
            other = {"BundleId": STANDARD_10, "NextToken": later}
            assert (
                on.error_of(on.workspaces.describe_workspaces, **other) == "InvalidParameterValuesException"
            )


def test_a_workspace_is_found_by_its_name() -> None:
    document = fleet_document(3)
    document["Workspaces"][1]["WorkspaceName"] = "anas-desk"
    with bench(document) as on:
        for question in ({}, {"DirectoryId": DIRECTORY}, {"BundleId": STANDARD_10}):
            rows = on.workspaces.describe_workspaces(**question, WorkspaceName="anas-desk")["Workspaces"]
            assert [row["WorkspaceId"] for row in rows] == [workspace_id(1)]
        assert on.workspaces.describe_workspaces(WorkspaceName="nobodys")["Workspaces"] == []


def test_what_is_hidden_no_operation_returns() -> None:
    document = fleet_document()
    document["Tags"] = {workspace_id(0): [{"Key": "Wave", "Value": "1"}]}
    with bench(document) as on:
        target = on.migrate()
        on.twin.hide(target, 60)
        assert on.states(target) == [None]
        client, missing = on.workspaces, "ResourceNotFoundException"
        assert on.error_of(client.describe_tags, ResourceId=target) == missing
        assert on.error_of(client.describe_workspace_snapshots, WorkspaceId=target) == missing
        call = {"WorkspaceId": target, "AssociatedResourceTypes": ["APPLICATION"]}
        assert on.error_of(client.describe_workspace_associations, **call) == missing
        call = {"SourceWorkspaceId": target, "BundleId": VALUE_10}
        assert on.error_of(client.migrate_workspace, **call) == missing

        def tagged() -> int:
            return len(on.tagging.get_resources(ResourceTypeFilters=["workspaces"])["ResourceTagMappingList"])

        assert tagged() == 1
        on.pass_time(60)
        assert (on.states(target), tagged()) == (["PENDING"], 2)


def test_bundles_images_and_directories_have_tags_too() -> None:
    document = fleet_document()
    document["Tags"] = {CUSTOM_10: [{"Key": "Owner", "Value": "finance"}]}
    with bench(document) as on:
        tags = on.workspaces.describe_tags(ResourceId=CUSTOM_10)["TagList"]
        assert tags == [{"Key": "Owner", "Value": "finance"}]
        for other in (PERFORMANCE_10, "wsi-finance0010", DIRECTORY):
            assert on.workspaces.describe_tags(ResourceId=other)["TagList"] == []


def test_a_user_is_found_whatever_the_case() -> None:
    with bench(fleet_document(30)) as on:
        answer = on.workspaces.describe_workspaces(DirectoryId=DIRECTORY, UserName="USER7")
        assert [row["WorkspaceId"] for row in answer["Workspaces"]] == [workspace_id(7)]


def test_bundles_by_owner_by_id_and_in_pages() -> None:
    document = fleet_document()
    document["Bundles"] += [{"BundleId": f"wsb-more{n:06d}", "Owner": "Amazon"} for n in range(40)]
    with bench(document) as on:
        pages = on.workspaces.get_paginator("describe_workspace_bundles").paginate(Owner="AMAZON")
        assert [len(page["Bundles"]) for page in pages] == [25, 18]
        own = on.workspaces.describe_workspace_bundles()["Bundles"]
        assert [row["BundleId"] for row in own] == [CUSTOM_10]
        named = on.workspaces.describe_workspace_bundles(BundleIds=[VALUE_10, "wsb-nobody000"])["Bundles"]
        assert [row["BundleId"] for row in named] == [VALUE_10]


def test_images_are_those_of_the_file_or_those_the_custom_bundles_imply() -> None:
    with bench() as on:
        (image,) = on.workspaces.describe_workspace_images()["Images"]
        assert image["ImageId"] == "wsi-finance0010"
        assert image["OperatingSystem"] == {"Type": "WINDOWS"}
        assert image["RequiredTenancy"] == "DEFAULT"
    document = fleet_document()
    document["Images"] = [{"ImageId": "wsi-finance0010", "RequiredTenancy": "DEDICATED"}]
    with bench(document) as on:
        (image,) = on.workspaces.describe_workspace_images(ImageIds=["wsi-finance0010"])["Images"]
        assert image["RequiredTenancy"] == "DEDICATED"


def test_only_the_fleets_region_has_the_fleet() -> None:
    with bench() as on:
        elsewhere = SESSION.client("workspaces", region_name="eu-central-1")
        assert elsewhere.describe_workspaces()["Workspaces"] == []
        assert len(on.workspaces.describe_workspaces()["Workspaces"]) == 1


def test_subnets_are_shown_by_ec2_with_its_own_filters_and_errors() -> None:
    document = fleet_document(2)
    document["Directories"][0]["SubnetIds"] = ["subnet-0a1b2c3d", "subnet-1a1b2c3d"]
    document["Subnets"] = [
        {
            "SubnetId": "subnet-0a1b2c3d",
            "VpcId": "vpc-11111111",
            "CidrBlock": "10.9.0.0/24",
            "AvailabilityZone": "us-east-1b",
            "AvailableIpAddressCount": 7,
        }
    ]
    with bench(document) as on:
        ec2 = SESSION.client("ec2", region_name="us-east-1")
        (row,) = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": ["vpc-11111111"]}])["Subnets"]
        assert (row["SubnetId"], row["AvailableIpAddressCount"]) == ("subnet-0a1b2c3d", 7)
        assert (row["CidrBlock"], row["AvailabilityZone"]) == ("10.9.0.0/24", "us-east-1b")
        (other,) = ec2.describe_subnets(SubnetIds=["subnet-1a1b2c3d"])["Subnets"]
        assert other["CidrBlock"].endswith("/24")
        assert on.error_of(ec2.describe_subnets, SubnetIds=["subnet-ffffffff"]) == "InvalidSubnetID.NotFound"


def test_the_rate_is_the_accounts_and_time_restores_it() -> None:
    with bench(rate_per_second=2, burst=5) as on:
        once = Config(retries={"total_max_attempts": 1})
        client = SESSION.client("workspaces", region_name="us-east-1", config=once)
        other = SESSION.client("workspaces", region_name="us-east-1", config=once)
        for _ in range(5):
            client.describe_workspaces()
        assert on.error_of(other.describe_tags, ResourceId=workspace_id(0)) == "ThrottlingException"
        on.pass_time(0.5)
        client.describe_workspaces()
        assert on.error_of(client.describe_workspaces) == "ThrottlingException"
        on.pass_time(60)
        for _ in range(5):  # no more than the burst is saved up
            client.describe_workspaces()
        assert on.error_of(client.describe_workspaces) == "ThrottlingException"
        for _ in range(120):  # what flows in is all there, however it is rounded
            on.pass_time(0.5)
            client.describe_workspaces()


def test_other_services_do_not_count() -> None:
    with bench(rate_per_second=2, burst=1) as on:
        for _ in range(4):
            on.subnets()
            on.tagging.get_resources(ResourceTypeFilters=["workspaces:workspace"])
        on.workspaces.describe_workspaces()


def test_behind_motos_router_the_answers_are_the_same() -> None:
    with bench():
        request = Request(
            {
                "REQUEST_METHOD": "POST",
                "SERVER_NAME": "workspaces.us-east-1.amazonaws.com",
                "SERVER_PORT": "443",
                "wsgi.url_scheme": "https",
                "HTTP_X_AMZ_TARGET": "WorkspacesService.DescribeWorkspaces",
                "CONTENT_TYPE": "application/x-amz-json-1.1",
                "CONTENT_LENGTH": "2",
                "wsgi.input": BytesIO(b"{}"),
            }
        )
        status, _, body = WorkSpacesResponse.dispatch(request, request.raw_url, request.headers)
        assert status == 200
        assert [row["WorkspaceId"] for row in json.loads(body)["Workspaces"]] == [workspace_id(0)]


@pytest.mark.parametrize("bundle_id", [STANDARD_10, CUSTOM_10])
def test_a_bundle_in_use_is_not_deleted(bundle_id: str) -> None:
    """By WorkSpaces, or by a pool alone."""
    ours = [{**row, "Owner": "123456789012"} for row in FULL["Bundles"]]
    with bench({**FULL, "Bundles": ours}) as on:
        code = on.error_of(on.workspaces.delete_workspace_bundle, BundleId=bundle_id)
        assert code == "ResourceAssociatedException"
        assert on.workspaces.describe_workspace_bundles(BundleIds=[bundle_id])["Bundles"]
