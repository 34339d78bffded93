"""A twin on a virtual clock with boto3 clients to ask it, and small fleets to load it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError
from botocore.model import Shape
from botocore.response import StreamingBody
from moto import mock_aws

from rehearsal.clock import VirtualClock
from rehearsal.twin import Twin, parse_fleet
from rehearsal.twin.shapes import request_faults

DIRECTORY = "d-9067012345"
STANDARD_10 = "wsb-standard10"
PERFORMANCE_10 = "wsb-performnc10"
VALUE_10 = "wsb-value0010"
CUSTOM_10 = "wsb-custom0010"
NOW = "2026-11-23T02:00:00Z"

Document = dict[str, Any]


def workspace_id(number: int) -> str:
    return f"ws-{number:09d}"


def fleet_document(count: int = 1, **twin: Any) -> Document:
    """A fleet of `count` WorkSpaces on one bundle in one directory, and some bundles to go to."""
    return {
        "Workspaces": [
            {
                "WorkspaceId": workspace_id(number),
                "DirectoryId": DIRECTORY,
                "UserName": f"user{number}",
                "BundleId": STANDARD_10,
            }
            for number in range(count)
        ],
        "Bundles": [
            {
                "BundleId": STANDARD_10,
                "Name": "Standard with Windows 10",
                "Owner": "AMAZON",
                "RootStorage": {"Capacity": "80"},
                "UserStorage": {"Capacity": "50"},
                "ComputeType": {"Name": "STANDARD"},
            },
            {
                "BundleId": PERFORMANCE_10,
                "Name": "Performance with Windows 10 (Server 2022 based) (WSP)",
                "Owner": "AMAZON",
                "RootStorage": {"Capacity": "100"},
                "UserStorage": {"Capacity": "100"},
                "ComputeType": {"Name": "PERFORMANCE"},
            },
            {
                "BundleId": VALUE_10,
                "Name": "Value with Windows 10 (PCoIP)",
                "Owner": "AMAZON",
                "RootStorage": {"Capacity": "80"},
                "UserStorage": {"Capacity": "10"},
                "ComputeType": {"Name": "VALUE"},
            },
            {
                "BundleId": CUSTOM_10,
                "Name": "Finance Windows 10",
                "ImageId": "wsi-finance0010",
                "RootStorage": {"Capacity": "80"},
                "UserStorage": {"Capacity": "50"},
                "ComputeType": {"Name": "STANDARD"},
            },
        ],
        "Directories": [{"DirectoryId": DIRECTORY, "DirectoryName": "corp.example.com"}],
        "Twin": {"now": NOW, **twin},
    }


# One session: it keeps the service models it has read, which are most of the time a client takes to make.
SESSION = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing")


@dataclass
class Bench:
    """A twin that is installed, and clients that reach it."""

    clock: VirtualClock
    twin: Twin
    workspaces: Any
    subnets: Callable[[], dict[str, int]]
    tagging: Any

    def pass_time(self, seconds: float) -> None:
        """Lets virtual time pass; whatever is due happens."""
        pass_time(self.clock, seconds)

    def until(self, moment: datetime) -> None:
        self.pass_time((moment - self.clock.now()).total_seconds())

    def states(self, *ids: str) -> list[str | None]:
        """The states of these WorkSpaces; None for what the service does not return."""
        rows = self.workspaces.describe_workspaces(WorkspaceIds=list(ids))["Workspaces"]
        found = {row["WorkspaceId"]: row["State"] for row in rows}
        return [found.get(each) for each in ids]

    def row(self, which: str) -> dict[str, Any]:
        row: dict[str, Any] = self.workspaces.describe_workspaces(WorkspaceIds=[which])["Workspaces"][0]
        return row

    def migrate(self, source: str = workspace_id(0), bundle: str = PERFORMANCE_10) -> str:
        answer = self.workspaces.migrate_workspace(SourceWorkspaceId=source, BundleId=bundle)
        assert answer["SourceWorkspaceId"] == source
        return str(answer["TargetWorkspaceId"])

    def error_of(self, call: Callable[..., Any], **parameters: Any) -> str:
        """The code of the error a call must end in."""
        try:
            call(**parameters)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        raise AssertionError("the call was answered")

    def what(self) -> list[str]:
        """What happened, in order."""
        return [event["what"] for event in self.twin.events]

    def event(self, what: str) -> dict[str, Any]:
        return next(event for event in self.twin.events if event["what"] == what)


@contextmanager
def bench(
    document: Document | None = None, *, seed: int = 1, rate_per_second: float = 1e6, burst: int = 1_000_000
) -> Iterator[Bench]:
    """A bench; the rate is out of the way unless a test is about it."""
    fleet = parse_fleet(document if document is not None else fleet_document())
    clock = VirtualClock(fleet.now)
    twin = Twin(clock, fleet, seed=seed, rate_per_second=rate_per_second, burst=burst)
    with clock.installed(), mock_aws(), twin.installed():

        def subnets() -> dict[str, int]:
            rows = SESSION.client("ec2", region_name=fleet.region).describe_subnets(
                SubnetIds=list(twin.subnets)
            )
            return {row["SubnetId"]: row["AvailableIpAddressCount"] for row in rows["Subnets"]}

        yield Bench(
            clock,
            twin,
            SESSION.client("workspaces", region_name=fleet.region),
            subnets,
            SESSION.client("resourcegroupstaggingapi", region_name=fleet.region),
        )


def pass_time(clock: VirtualClock, seconds: float) -> None:
    """Lets virtual time pass outside any task."""
    passed: list[bool] = []
    clock.call_at(clock.now() + timedelta(seconds=seconds), lambda: passed.append(True), name="time passes")
    clock.run(lambda: bool(passed))


def model_faults(response: dict[str, Any], shape: Shape) -> list[str]:
    """What a parsed response breaks of the service model: foreign members, wrong types, constraints."""
    body = {name: value for name, value in response.items() if name != "ResponseMetadata"}
    return [*_foreign_members(body, shape, "$"), *request_faults(body, shape, "response")]


def _foreign_members(value: Any, shape: Any, path: str) -> Iterator[str]:
    kinds: dict[str, Any] = {
        "blob": (bytes, StreamingBody),
        "boolean": bool,
        "double": (int, float),
        "float": (int, float),
        "integer": int,
        "list": list,
        "long": int,
        "map": dict,
        "string": str,
        "structure": dict,
    }
    kind: Any = kinds.get(shape.type_name, datetime)
    if not isinstance(value, kind):
        yield f"{path}: {type(value).__name__} instead of {shape.type_name}"
    elif shape.type_name == "structure":
        for name, member in value.items():
            if name in shape.members:
                yield from _foreign_members(member, shape.members[name], f"{path}.{name}")
            else:
                yield f"{path}.{name}: not in the model"
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _foreign_members(item, shape.value, f"{path}.{key}")
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            yield from _foreign_members(item, shape.member, f"{path}[{index}]")
