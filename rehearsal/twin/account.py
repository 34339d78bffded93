"""What the account holds when the rehearsal begins: the fleet file, with all it leaves out filled in.

What is filled in depends on the file alone, never on the seed: one fleet is one account, and seeds differ in
what happens to it.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rehearsal.twin.addressing import furnish_subnets, give_place, hold_its_address
from rehearsal.twin.bundles import OWN_ACCOUNT, Bundle, furnish_bundle, implied_image
from rehearsal.twin.connections import as_of_the_beginning
from rehearsal.twin.desktops import Desktop, Desktops
from rehearsal.twin.directory import Domain, StandInDirectory, long_before
from rehearsal.twin.fleet import Fleet
from rehearsal.twin.snapshots import EVERY, SnapshotSchedule
from rehearsal.twin.subnets import Subnet


@dataclass(frozen=True)
class Account:
    """The account's resources, as the service's answers and the migrations need them."""

    account_id: str
    region: str
    desktops: Desktops
    bundles: dict[str, Bundle]
    images: list[dict[str, Any]]
    directories: dict[str, dict[str, Any]]
    subnets: dict[str, Subnet]
    other_tags: dict[str, dict[str, str]]
    """Of directories, bundles and images."""
    computers: StandInDirectory

    def subnets_of(self, directory_id: str) -> list[Subnet]:
        """The subnets a directory's new WorkSpaces get their addresses from."""
        return [self.subnets[subnet_id] for subnet_id in self.directories[directory_id]["SubnetIds"]]

    def arn(self, workspace_id: str) -> str:
        """The Amazon Resource Name of a WorkSpace."""
        return f"arn:aws:workspaces:{self.region}:{self.account_id}:workspace/{workspace_id}"


def furnish(fleet: Fleet) -> Account:
    """The account that a fleet file describes, deterministic in the file."""
    bundles, images = _bundles(fleet)
    by_directory: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in fleet.workspaces:
        by_directory[row["DirectoryId"]].append(row)
    directories = {
        row["DirectoryId"]: _directory(row, number, by_directory[row["DirectoryId"]], bundles)
        for number, row in enumerate(fleet.directories)
    }
    subnets = furnish_subnets(fleet, directories, by_directory)
    computers = StandInDirectory(
        Domain(key, row["DirectoryName"], _organizational_unit(row))
        for key, row in directories.items()
        if row["DirectoryType"] != "AWS_IAM_IDENTITY_CENTER"
    )
    for row in fleet.workspaces:
        hold_its_address(row, [subnets[each] for each in directories[row["DirectoryId"]]["SubnetIds"]])
    desktops = Desktops()
    connection_rows = {row["WorkspaceId"]: row for row in fleet.connection_status or ()}
    for stated in fleet.workspaces:
        desktop = _desktop(fleet, stated, bundles[stated["BundleId"]], desktops.next_sequence())
        own_subnets = [subnets[each] for each in directories[desktop.directory_id]["SubnetIds"]]
        give_place(desktop, own_subnets)
        _give_computer(desktop, computers.domain(desktop.directory_id), fleet.now)
        if desktop.workspace_id not in fleet.twin.no_connection_row:
            desktop.connection = as_of_the_beginning(
                connection_rows.get(desktop.workspace_id), fleet.taken_at, fleet.now
            )
            if desktop.connection is None and desktop.state != "ERROR":
                desktop.connection = _nobody_connected(desktop, fleet.now)
        desktops.add(desktop)
    for subnet in subnets.values():
        if subnet.free < 0:  # the file did not say how many are free: all that no WorkSpace has
            subnet.free = subnet.usable - len(subnet.taken)
    return Account(
        account_id=OWN_ACCOUNT,
        region=fleet.region,
        desktops=desktops,
        bundles=bundles,
        images=images,
        directories=directories,
        subnets=subnets,
        other_tags={
            key: dict(fleet.tags.get(key, {}))
            for key in (*directories, *bundles, *(row["ImageId"] for row in images))
        },
        computers=computers,
    )


def _bundles(fleet: Fleet) -> tuple[dict[str, Bundle], list[dict[str, Any]]]:
    witness: dict[str, dict[str, Any]] = {}
    for row in fleet.workspaces:
        properties = row.get("WorkspaceProperties", {})
        known = witness.setdefault(row["BundleId"], {})
        for name in ("OperatingSystemName", "Protocols", "ComputeTypeName"):
            if properties.get(name) not in (None, "UNKNOWN", []):
                known.setdefault(name, properties[name])
    images = {row["ImageId"]: row for row in fleet.images or ()}
    bundles = {
        row["BundleId"]: furnish_bundle(row, images, witness.get(row["BundleId"], {}))
        for row in fleet.bundles
    }
    if fleet.images is not None:
        return bundles, list(images.values())
    implied = {
        bundle.row["ImageId"]: implied_image(bundle) for bundle in bundles.values() if not bundle.public
    }
    return bundles, list(implied.values())


def _directory(
    stated: dict[str, Any], number: int, its_rows: list[dict[str, Any]], bundles: dict[str, Bundle]
) -> dict[str, Any]:
    row = dict(stated)
    draw = random.Random(f"directory {row['DirectoryId']}")
    subnet_ids = (
        row.get("SubnetIds") or sorted({each["SubnetId"] for each in its_rows if each.get("SubnetId")})[:2]
    )
    row["SubnetIds"] = list(subnet_ids) or [f"subnet-{draw.getrandbits(68):017x}" for _ in range(2)]
    row.setdefault("DirectoryName", "corp.example.com" if number == 0 else f"corp{number + 1}.example.com")
    row.setdefault("Alias", row["DirectoryName"].split(".")[0])
    row.setdefault("DirectoryType", "SIMPLE_AD")
    row.setdefault(
        "RegistrationCode",
        "SLiad+" + "".join(draw.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in "six..."),
    )
    row.setdefault("WorkspaceSecurityGroupId", f"sg-{draw.getrandbits(68):017x}")
    row.setdefault("State", "REGISTERED")
    row.setdefault(
        "Tenancy", "DEDICATED" if any(bundles[each["BundleId"]].byol for each in its_rows) else "SHARED"
    )
    row.setdefault("WorkspaceType", "PERSONAL")
    creation = dict(row.get("WorkspaceCreationProperties", {}))
    creation.setdefault("DefaultOu", _plausible_unit(row["DirectoryName"]))
    creation.setdefault("EnableMaintenanceMode", True)
    row["WorkspaceCreationProperties"] = creation
    return row


def _plausible_unit(domain: str) -> str:
    return "OU=WorkSpaces," + ",".join(f"DC={label}" for label in domain.split("."))


def _organizational_unit(directory: dict[str, Any]) -> str:
    # A directory whose default OU is stated as empty puts its computers where Active Directory does.
    domain = directory["DirectoryName"]
    stated = str(directory["WorkspaceCreationProperties"]["DefaultOu"])
    return stated or "CN=Computers," + ",".join(f"DC={label}" for label in domain.split("."))


def _desktop(fleet: Fleet, stated: dict[str, Any], bundle: Bundle, sequence: int) -> Desktop:
    row = dict(stated)
    row.setdefault("State", "AVAILABLE")
    properties = dict(row.get("WorkspaceProperties", {}))
    properties.setdefault("RunningMode", "AUTO_STOP")
    if properties["RunningMode"] == "AUTO_STOP":
        properties.setdefault("RunningModeAutoStopTimeoutInMinutes", 60)
    properties.setdefault("RootVolumeSizeGib", bundle.root_gib)
    properties.setdefault("UserVolumeSizeGib", bundle.user_gib)
    properties.setdefault("ComputeTypeName", bundle.compute_type)
    properties.setdefault("Protocols", list(bundle.protocols or ("PCOIP",)))
    properties.setdefault("OperatingSystemName", bundle.operating_system)
    row["WorkspaceProperties"] = properties
    row.setdefault("ModificationStates", [])
    workspace_id = row["WorkspaceId"]
    if workspace_id in fleet.snapshots:
        lists = fleet.snapshots[workspace_id]
        rebuild, restore = (
            [entry["SnapshotTime"] for entry in lists.get(name, ()) if "SnapshotTime" in entry]
            for name in ("RebuildSnapshots", "RestoreSnapshots")
        )
        snapshots = SnapshotSchedule.stated(rebuild, restore, fleet.taken_at)
    else:
        age = timedelta(
            seconds=random.Random(f"snapshot {workspace_id}").randint(600, int(EVERY.total_seconds()) - 600)
        )
        snapshots = SnapshotSchedule.stated([fleet.now - age], [fleet.now - age], fleet.now)
    return Desktop(
        row=row,
        sequence=sequence,
        snapshots=snapshots,
        known_since=fleet.now,
        tags=dict(fleet.tags.get(workspace_id, {})),
    )


def _give_computer(desktop: Desktop, domain: Domain | None, now: datetime) -> None:
    draw = random.Random(f"computer {desktop.workspace_id}")
    if not desktop.computer_name:
        desktop.row["ComputerName"] = computer_name(draw, domain)
    if domain is not None and desktop.state != "TERMINATED":
        joined = long_before(now, draw)
        domain.join(desktop.computer_name, joined, last_logon=now - timedelta(days=draw.randint(1, 13)))


def computer_name(draw: random.Random, domain: Domain | None) -> str:
    """A computer name in the service's default format that is not yet used in the domain."""
    while True:
        name = "WSAMZN-" + "".join(draw.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") for _ in range(7))
        if domain is None or domain.named(name) is None:
            return name


def _nobody_connected(desktop: Desktop, now: datetime) -> dict[str, Any]:
    """Nobody is connected, and nobody has been since the newest snapshot. A stopped WorkSpace's state is
    UNKNOWN."""
    row: dict[str, Any] = {
        "WorkspaceId": desktop.workspace_id,
        "ConnectionState": "UNKNOWN" if desktop.state in ("STOPPED", "STOPPING") else "DISCONNECTED",
        "ConnectionStateCheckTimestamp": now,
    }
    newest = desktop.snapshots.newest_at(now)
    if newest is not None:
        before = random.Random(f"connection {desktop.workspace_id}").randint(600, 9 * 3600)
        row["LastKnownUserConnectionTimestamp"] = newest - timedelta(seconds=before)
    return row
