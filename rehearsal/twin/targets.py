"""The WorkSpace a migration makes: a new id, name and address; the target bundle's system and sizes; the
source's user, tags and running mode."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

from rehearsal.twin.account import Account, computer_name
from rehearsal.twin.bundles import Bundle
from rehearsal.twin.desktops import Desktop, Origin
from rehearsal.twin.errors import unavailable
from rehearsal.twin.snapshots import SnapshotSchedule
from rehearsal.twin.subnets import NoFreeAddress, take_address

_KEPT = ("VolumeEncryptionKey", "UserVolumeEncryptionEnabled", "RootVolumeEncryptionEnabled", "WorkspaceName")


def seeded(*of: object) -> random.Random:
    """A stream of draws that belongs to these words alone, whatever else is drawn before or after."""
    return random.Random(":".join(str(each) for each in of))


def target_id(account: Account, seed: int, source_id: str, attempt: int) -> str:
    """The id of the WorkSpace that this attempt at migrating the source makes."""
    draw = seeded(seed, "target", source_id, attempt)
    while True:
        found = "ws-" + "".join(draw.choice("0123456789abcdefghijklmnopqrstuvwxyz") for _ in range(9))
        if account.desktops.get(found) is None:
            return found


def make_target(
    account: Account, source: Desktop, bundle: Bundle, new_id: str, now: datetime, draw: random.Random
) -> Desktop:
    """The new WorkSpace, PENDING, with an address taken and a computer object in the domain.

    Raises ResourceUnavailableException when the directory's subnets have no free address.
    """
    directory_id = source.directory_id
    try:
        subnet, address = take_address(account.subnets_of(directory_id))
    except NoFreeAddress:
        raise unavailable(
            f"The subnets of directory {directory_id} have no free IP address for the new WorkSpace.",
            directory_id,
        ) from None
    domain = account.computers.domain(directory_id)
    name = computer_name(draw, domain)
    if domain is not None:
        domain.join(name, now)
    row: dict[str, Any] = {
        "WorkspaceId": new_id,
        "DirectoryId": directory_id,
        "UserName": source.row["UserName"],
        "IpAddress": address,
        "State": "PENDING",
        "BundleId": bundle.bundle_id,
        "SubnetId": subnet.subnet_id,
        "ComputerName": name,
        "WorkspaceProperties": _properties(source, account.bundles[source.row["BundleId"]], bundle),
        "ModificationStates": [],
    }
    row |= {member: source.row[member] for member in _KEPT if member in source.row}
    return Desktop(
        row=row,
        sequence=account.desktops.next_sequence(),
        snapshots=SnapshotSchedule((), (), None),
        known_since=now,
        subnet=subnet,
        tags=dict(source.tags),
        origin=Origin(source, source.snapshots.newest_at(now)),
    )


def _properties(source: Desktop, its_bundle: Bundle, bundle: Bundle) -> dict[str, Any]:
    """The guide: the running mode is kept; the root volume grows to the new bundle's default if it must; a
    user volume whose size differs from its bundle's default keeps it, otherwise it is the larger of the
    two."""
    old = source.row["WorkspaceProperties"]
    user_gib = old["UserVolumeSizeGib"]
    new = {name: value for name, value in old.items() if name != "NestedVirtualizationEnabled"}
    new["RootVolumeSizeGib"] = max(old["RootVolumeSizeGib"], bundle.root_gib)
    new["UserVolumeSizeGib"] = user_gib if user_gib != its_bundle.user_gib else max(user_gib, bundle.user_gib)
    new["ComputeTypeName"] = bundle.compute_type
    new["OperatingSystemName"] = bundle.operating_system
    if bundle.protocols:
        new["Protocols"] = list(bundle.protocols)
    return new
