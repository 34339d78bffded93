"""What can be wrong with a fleet file, each fault as "JSON path: what is wrong; remedy"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Any, cast

from botocore.model import ListShape, Shape, StructureShape

from rehearsal.twin.shapes import file_faults, member_path, service_model

LISTS = {
    "Workspaces": ("workspaces", "DescribeWorkspaces", "Workspaces"),
    "Bundles": ("workspaces", "DescribeWorkspaceBundles", "Bundles"),
    "Images": ("workspaces", "DescribeWorkspaceImages", "Images"),
    "Directories": ("workspaces", "DescribeWorkspaceDirectories", "Directories"),
    "Subnets": ("ec2", "DescribeSubnets", "Subnets"),
    "ConnectionStatus": ("workspaces", "DescribeWorkspacesConnectionStatus", "WorkspacesConnectionStatus"),
    "Applications": ("workspaces", "DescribeApplications", "Applications"),
    "WorkspacesPools": ("workspaces", "DescribeWorkspacesPools", "WorkspacesPools"),
}
_MAPS = ("Tags", "Snapshots")
_SECTIONS = (*LISTS, *_MAPS, "Associations", "Prices", "Twin")
_REQUIRED_MEMBERS = {
    "Workspaces": ("WorkspaceId", "DirectoryId", "UserName", "BundleId"),
    "Bundles": ("BundleId",),
    "Directories": ("DirectoryId",),
    "Images": ("ImageId",),
    "Subnets": ("SubnetId",),
    "ConnectionStatus": ("WorkspaceId",),
    "Applications": ("ApplicationId",),
    "WorkspacesPools": ("PoolId", "BundleId", "DirectoryId"),
}
_IDENTIFIERS = {
    "Workspaces": "WorkspaceId",
    "Bundles": "BundleId",
    "Directories": "DirectoryId",
    "Images": "ImageId",
    "Subnets": "SubnetId",
    "ConnectionStatus": "WorkspaceId",
    "Applications": "ApplicationId",
    "WorkspacesPools": "PoolId",
}


def output_members(service: str, operation: str) -> Mapping[str, Shape]:
    """The members of an operation's output."""
    output = cast(StructureShape, service_model(service).operation_model(operation).output_shape)
    members: Mapping[str, Shape] = output.members
    return members


def row_shape(section: str) -> Shape:
    """The shape of one row of a section that is a list."""
    service, operation, member = LISTS[section]
    return cast(ListShape, output_members(service, operation)[member]).member


def snapshots_shape() -> Shape:
    """The shape of what the file says of one WorkSpace's snapshots."""
    return cast(Shape, service_model("workspaces").operation_model("DescribeWorkspaceSnapshots").output_shape)


def section_faults(document: Mapping[str, Any]) -> Iterator[str]:
    for section in ("Workspaces", "Bundles", "Directories"):
        if section not in document:
            yield f"$.{section}: missing; add the list that the AWS CLI prints"
    for key in document:
        near = (
            []
            if key in _SECTIONS
            else get_close_matches(key.lower(), [name.lower() for name in _SECTIONS], 1, 0.8)
        )
        if near:
            meant = next(name for name in _SECTIONS if name.lower() == near[0])
            yield f"{member_path('$', key)}: no section of a fleet file; did you mean {meant}?"


def content_faults(document: Mapping[str, Any]) -> Iterator[str]:
    for section in LISTS:
        if section not in document:
            continue
        rows = document[section]
        if not isinstance(rows, list):
            yield f"$.{section}: not a list; write the list that the AWS CLI prints"
            continue
        yield from _row_faults(section, rows)
    for section, shape in (
        ("Tags", output_members("workspaces", "DescribeTags")["TagList"]),
        ("Snapshots", snapshots_shape()),
    ):
        entries = document.get(section, {})
        if not isinstance(entries, dict):
            yield f"$.{section}: not an object; write one member for each WorkSpace, by its id"
            continue
        for key, value in entries.items():
            yield from file_faults(value, shape, member_path(f"$.{section}", key))


def _row_faults(section: str, rows: list[Any]) -> Iterator[str]:
    shape, identifier = row_shape(section), _IDENTIFIERS[section]
    seen: dict[str, int] = {}
    for index, row in enumerate(rows):
        path = f"$.{section}[{index}]"
        yield from file_faults(row, shape, path)
        if not isinstance(row, dict):
            continue
        for storage in ("RootStorage", "UserStorage") if section == "Bundles" else ():
            capacity = row[storage].get("Capacity") if isinstance(row.get(storage), dict) else None
            if isinstance(capacity, str) and not (capacity.isascii() and capacity.isdecimal()):
                yield f"{path}.{storage}.Capacity: {capacity!r} is no whole number of GiB; write '80'"
        yield from _volume_faults(row, path)
        for member in _REQUIRED_MEMBERS[section]:
            if member not in row:
                yield f"{path}.{member}: missing; add it as the AWS CLI prints it"
        value = row.get(identifier)
        if isinstance(value, str):
            if value in seen:
                other = f"$.{section}[{seen[value]}]"
                yield f"{path}.{identifier}: {value!r} is also that of {other}; keep one of the two"
            seen.setdefault(value, index)


def _volume_faults(row: Mapping[str, Any], path: str) -> Iterator[str]:
    properties = row.get("WorkspaceProperties")
    for name in ("RootVolumeSizeGib", "UserVolumeSizeGib"):
        size = properties.get(name) if isinstance(properties, dict) else None
        if isinstance(size, int) and size < 0:
            yield f"{path}.WorkspaceProperties.{name}: {size} is no size; write GiB, as the AWS CLI prints it"


def address_faults(document: Mapping[str, Any]) -> Iterator[str]:
    """Addresses that are none, and subnets with more free addresses than they can have."""
    owners: dict[str, int] = {}
    for index, row in enumerate(document["Workspaces"]):
        address, path = row.get("IpAddress"), f"$.Workspaces[{index}].IpAddress"
        if address is None:
            continue
        try:
            IPv4Address(address)
        except AddressValueError:
            yield f"{path}: {address!r} is no IPv4 address; correct it, or leave it out"
        if address in owners:
            yield f"{path}: {address} is also that of $.Workspaces[{owners[address]}]; keep one of the two"
        owners.setdefault(address, index)
    for index, row in enumerate(document.get("Subnets", ())):
        free, most = row.get("AvailableIpAddressCount"), None
        if "CidrBlock" in row:
            path = f"$.Subnets[{index}].CidrBlock"
            try:
                most = IPv4Network(row["CidrBlock"]).num_addresses - 5
            except ValueError as reason:
                yield f"{path}: {row['CidrBlock']!r} is no network ({reason}); write it like 10.0.1.0/24"
        if free is not None and (free < 0 or (most is not None and free > most)):
            yield (
                f"$.Subnets[{index}].AvailableIpAddressCount: {free} is no possible count; "
                f"write what `aws ec2 describe-subnets` prints"
            )


_ASSOCIATIONS = {"wsb-": "DescribeBundleAssociations", "ws-": "DescribeWorkspaceAssociations"}


def association_shape(key: str) -> Shape:
    """The shape of one association of a bundle or a WorkSpace, by its id."""
    operation = _ASSOCIATIONS["wsb-" if key.startswith("wsb-") else "ws-"]
    return cast(ListShape, output_members("workspaces", operation)["Associations"]).member


def association_faults(document: Any) -> Iterator[str]:
    """What is wrong with the fleet file's Associations: lists of them, by bundle or WorkSpace."""
    if not isinstance(document, Mapping):
        yield "$.Associations: not an object; write one member for each bundle or WorkSpace, by its id"
        return
    for key, rows in document.items():
        path = member_path("$.Associations", key)
        prefix = next((one for one in _ASSOCIATIONS if key.startswith(one)), None)
        if prefix is None:
            yield f"{path}: neither a bundle nor a WorkSpace; correct the id"
            continue
        shape = output_members("workspaces", _ASSOCIATIONS[prefix])["Associations"]
        yield from file_faults(rows, shape, path)
        for index, row in enumerate(rows if isinstance(rows, list) else ()):
            if isinstance(row, Mapping) and "AssociatedResourceId" not in row:
                yield f"{path}[{index}].AssociatedResourceId: missing; add it as the AWS CLI prints it"


def reference_faults(document: Mapping[str, Any]) -> Iterator[str]:
    bundles = {row["BundleId"] for row in document["Bundles"]}
    directories = {row["DirectoryId"] for row in document["Directories"]}
    workspaces = {row["WorkspaceId"] for row in document["Workspaces"]}
    for index, row in enumerate(document["Workspaces"]):
        if row["BundleId"] not in bundles:
            yield (
                f"$.Workspaces[{index}].BundleId: {row['BundleId']!r} is not among $.Bundles; add what "
                f"`aws workspaces describe-workspace-bundles --bundle-ids {row['BundleId']}` prints"
            )
        if row["DirectoryId"] not in directories:
            yield (
                f"$.Workspaces[{index}].DirectoryId: {row['DirectoryId']!r} is not among $.Directories; add "
                "what `aws workspaces describe-workspace-directories --directory-ids "
                f"{row['DirectoryId']}` prints"
            )
    twin = document.get("Twin", {})
    for key in twin.get("behaviour", {}):
        if key not in workspaces:
            yield f"{member_path('$.Twin.behaviour', key)}: no such WorkSpace in $.Workspaces; correct the id"
    for key in twin.get("sessions", {}):
        if key not in workspaces:
            yield f"{member_path('$.Twin.sessions', key)}: no such WorkSpace in $.Workspaces; correct the id"
    for index, key in enumerate(twin.get("noConnectionRow", [])):
        if key not in workspaces:
            yield f"$.Twin.noConnectionRow[{index}]: {key!r} is no WorkSpace of $.Workspaces; correct the id"
