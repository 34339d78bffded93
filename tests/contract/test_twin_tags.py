"""Tags of WorkSpaces, as the service and the Resource Groups Tagging API tell them."""

from __future__ import annotations

from typing import Any

from rehearsal.twin.shapes import service_model
from tests.twin_bench import SESSION, bench, fleet_document, model_faults, workspace_id

WORKSPACE = "workspaces:workspace"


def tagged(count: int) -> dict[str, Any]:
    document = fleet_document(count)
    document["Tags"] = {
        workspace_id(n): [{"Key": "Wave", "Value": str(n % 3)}, {"Key": "Team", "Value": "blue"}]
        for n in range(0, count, 2)
    }
    return document


def ids(pages: Any) -> list[str]:
    return [row["ResourceARN"].rpartition("/")[2] for page in pages for row in page["ResourceTagMappingList"]]


def test_tagged_workspaces_come_in_pages_and_untagged_ones_do_not() -> None:
    with bench(tagged(150)) as on:
        pages = list(on.tagging.get_paginator("get_resources").paginate(ResourceTypeFilters=[WORKSPACE]))
        assert [len(page["ResourceTagMappingList"]) for page in pages] == [50, 25]
        assert ids(pages) == [workspace_id(n) for n in range(0, 150, 2)]
        first = pages[0]["ResourceTagMappingList"][0]
        assert (
            first["ResourceARN"] == f"arn:aws:workspaces:us-east-1:123456789012:workspace/{workspace_id(0)}"
        )
        shape = service_model("resourcegroupstaggingapi").operation_model("GetResources").output_shape
        assert shape is not None
        assert model_faults(pages[0], shape) == []


def test_pages_may_be_smaller_and_a_token_fits_its_question() -> None:
    with bench(tagged(30)) as on:
        first = on.tagging.get_resources(ResourceTypeFilters=[WORKSPACE], ResourcesPerPage=10)
        assert len(first["ResourceTagMappingList"]) == 10
        token = first["PaginationToken"]
        rest = on.tagging.get_resources(
            ResourceTypeFilters=[WORKSPACE], ResourcesPerPage=10, PaginationToken=token
        )
        assert ids([rest]) == [workspace_id(n) for n in range(20, 30, 2)]
        assert rest["PaginationToken"] == ""
        code = on.error_of(
            on.tagging.get_resources, ResourceTypeFilters=["workspaces"], PaginationToken=token
        )
        assert code == "PaginationTokenExpiredException"


def test_filters_by_key_and_by_values() -> None:
    with bench(tagged(12)) as on:

        def found(*filters: dict[str, Any]) -> list[str]:
            return ids([on.tagging.get_resources(ResourceTypeFilters=[WORKSPACE], TagFilters=list(filters))])

        assert len(found({"Key": "Wave"})) == 6
        assert found({"Key": "Wave", "Values": ["0"]}) == [workspace_id(0), workspace_id(6)]
        assert found({"Key": "Wave", "Values": ["0"]}, {"Key": "Team", "Values": ["red"]}) == []
        assert found({"Key": "wave"}) == []


def test_by_arn_what_is_untagged_or_unknown_is_left_out() -> None:
    with bench(tagged(4)) as on:
        arns = [on.twin.account.arn(each) for each in (workspace_id(2), workspace_id(1), "ws-nobody000")]
        assert ids([on.tagging.get_resources(ResourceARNList=arns)]) == [workspace_id(2)]
        code = on.error_of(on.tagging.get_resources, ResourceARNList=arns, ResourceTypeFilters=[WORKSPACE])
        assert code == "InvalidParameterException"


def test_tags_are_added_and_changed_by_either_service() -> None:
    with bench(fleet_document(1)) as on:
        on.workspaces.create_tags(ResourceId=workspace_id(0), Tags=[{"Key": "Wave", "Value": "1"}])
        on.workspaces.create_tags(ResourceId=workspace_id(0), Tags=[{"Key": "Wave", "Value": "2"}])
        assert on.workspaces.describe_tags(ResourceId=workspace_id(0))["TagList"] == [
            {"Key": "Wave", "Value": "2"}
        ]
        assert ids([on.tagging.get_resources(ResourceTypeFilters=["workspaces"])]) == [workspace_id(0)]


def test_a_question_about_other_services_is_motos_to_answer() -> None:
    with bench(tagged(4)) as on:
        s3 = SESSION.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="runs-bucket")
        s3.put_bucket_tagging(Bucket="runs-bucket", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
        found = on.tagging.get_resources(ResourceTypeFilters=["s3"])["ResourceTagMappingList"]
        assert [row["ResourceARN"] for row in found] == ["arn:aws:s3:::runs-bucket"]
