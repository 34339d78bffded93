"""Sample fleets: plausible desktops of any number, always the same for a size and a seed.

python -m rehearsal.sampling 120 > examples/fleet-120.json
"""

from __future__ import annotations

import json
import random
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)

STANDARD = "wsb-6p1s3k9xq"
FINANCE = "wsb-8fn4w2c7d"
PLUS = "wsb-3plus0f1c"
OWN = "123456789012"
TARGET = "wsb-2t22dcv5r"

_FIRST = ("ana", "ben", "chloe", "david", "elif", "farah", "goran", "hana", "igor", "jun", "kofi", "lena")
_LAST = ("silva", "okafor", "novak", "tanaka", "muller", "rossi", "kim", "lopez", "singh", "dubois")
_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


def sample_fleet(size: int, *, seed: int = 120, troubles: bool = True) -> dict[str, Any]:
    """A fleet file's document: `size` WorkSpaces of two directories, an administrator's usual mixture.

    Without `troubles` every WorkSpace may go and every migration succeeds.
    """
    draw = random.Random(f"{seed}:{size}")
    workspaces = [_workspace(draw, number, size, troubles) for number in range(size)]
    fleet: dict[str, Any] = {
        "Workspaces": workspaces,
        "Bundles": _bundles(),
        "Images": _images(),
        "Directories": _directories(),
        "Subnets": _subnets(size),
        "Tags": {},
        "Snapshots": {},
        "ConnectionStatus": [],
        "Twin": {
            "now": _iso(NOW),
            "region": "us-east-1",
            "durations": {"medianMinutes": 25, "sigma": 0.35},
            "behaviour": {},
        },
    }
    if troubles:
        _trouble(draw, fleet)
    return fleet


def _workspace(draw: random.Random, number: int, size: int, troubles: bool) -> dict[str, Any]:
    share = number / size
    bundle = STANDARD if share < 0.58 else FINANCE
    if troubles and share >= 0.9:
        bundle = PLUS if share < 0.967 else TARGET
    first, last = draw.choice(_FIRST), draw.choice(_LAST)
    london = draw.random() < 0.3
    stopped = draw.random() < 0.4
    always_on = draw.random() < 0.2
    return {
        "WorkspaceId": "ws-" + "".join(draw.choice(_LETTERS) for _ in range(9)),
        "DirectoryId": "d-9067f3a1c4" if london else "d-9067b2d8e5",
        "UserName": f"{first}.{last}{number:03d}",
        "State": "STOPPED" if stopped and not always_on else "AVAILABLE",
        "BundleId": bundle,
        "ComputerName": "WSAMZN-" + "".join(draw.choice(_LETTERS).upper() for _ in range(7)),
        "WorkspaceProperties": {
            "RunningMode": "ALWAYS_ON" if always_on else "AUTO_STOP",
            **({} if always_on else {"RunningModeAutoStopTimeoutInMinutes": 60}),
            "RootVolumeSizeGib": 80 if bundle != FINANCE else 175,
            "UserVolumeSizeGib": draw.choice((50, 50, 50, 100, 250)) if bundle != FINANCE else 100,
            "ComputeTypeName": "STANDARD" if bundle != FINANCE else "PERFORMANCE",
            "Protocols": ["WSP"] if bundle == TARGET else ["PCOIP"],
            "OperatingSystemName": {
                STANDARD: "WINDOWS_SERVER_2016",
                FINANCE: "WINDOWS_10",
                PLUS: "WINDOWS_SERVER_2019",
                TARGET: "WINDOWS_SERVER_2022",
            }[bundle],
        },
    }


def _bundles() -> list[dict[str, Any]]:
    rows = (
        (STANDARD, "Standard with Windows 10 (Server 2016 based)", "AMAZON", "STANDARD", "80", "50", None),
        (FINANCE, "Finance desktop Windows 10 2021-06", OWN, "PERFORMANCE", "175", "100", "wsi-8fn4w2c7d"),
        (PLUS, "Standard Plus with Windows 10 (Server 2019 based)", "AMAZON", "STANDARD", "80", "50", None),
        (
            TARGET,
            "Corporate Windows 10 (Server 2022 based) (WSP)",
            OWN,
            "PERFORMANCE",
            "175",
            "100",
            "wsi-2t22dcv5r",
        ),
    )
    return [
        {
            "BundleId": bundle_id,
            "Name": name,
            "Owner": owner,
            "State": "AVAILABLE",
            "ComputeType": {"Name": compute},
            "RootStorage": {"Capacity": root},
            "UserStorage": {"Capacity": user},
            **({"ImageId": image} if image else {}),
        }
        for bundle_id, name, owner, compute, root, user, image in rows
    ]


def _images() -> list[dict[str, Any]]:
    return [
        {
            "ImageId": image_id,
            "Name": name,
            "OperatingSystem": {"Type": "WINDOWS"},
            "State": "AVAILABLE",
            "RequiredTenancy": "DEFAULT",
        }
        for image_id, name in (
            ("wsi-8fn4w2c7d", "finance-2021-06"),
            ("wsi-2t22dcv5r", "corporate-2026-10"),
        )
    ]


def _directories() -> list[dict[str, Any]]:
    rows = (
        ("d-9067b2d8e5", "corp.example.com", ["subnet-0c0a1", "subnet-0c0b2"], "AD_CONNECTOR"),
        ("d-9067f3a1c4", "emea.example.com", ["subnet-0e0a1", "subnet-0e0b2"], "SIMPLE_AD"),
    )
    return [
        {
            "DirectoryId": directory_id,
            "DirectoryName": name,
            "DirectoryType": kind,
            "State": "REGISTERED",
            "Tenancy": "SHARED",
            "SubnetIds": subnets,
            "WorkspaceCreationProperties": {
                "DefaultOu": "OU=WorkSpaces," + ",".join(f"DC={label}" for label in name.split("."))
            },
        }
        for directory_id, name, subnets, kind in rows
    ]


def _subnets(size: int) -> list[dict[str, Any]]:
    # The second directory is short of addresses: its permits follow its subnets, not maxInFlight.
    if size > 40_000:
        names = ("subnet-0c0a1", "subnet-0c0b2", "subnet-0e0a1", "subnet-0e0b2")
        blocks = ("10.20.0.0/16", "10.21.0.0/16", "10.30.0.0/16", "10.31.0.0/16")
        return [
            {"SubnetId": name, "CidrBlock": block, "AvailableIpAddressCount": 9000, "State": "available"}
            for name, block in zip(names, blocks, strict=True)
        ]
    large = "/24" if size <= 400 else "/18"
    rows = (
        ("subnet-0c0a1", "10.20.0.0" + large, 180 if size <= 400 else 9000),
        ("subnet-0c0b2", "10.20.64.0" + large, 171 if size <= 400 else 9000),
        ("subnet-0e0a1", "10.30.0.0" + large, 9 if size <= 400 else 9000),
        ("subnet-0e0b2", "10.30.64.0" + large, 7 if size <= 400 else 9000),
    )
    return [
        {"SubnetId": subnet_id, "CidrBlock": block, "AvailableIpAddressCount": free, "State": "available"}
        for subnet_id, block, free in rows
    ]


def _trouble(draw: random.Random, fleet: dict[str, Any]) -> None:
    """What an administrator finds on a Saturday night."""
    movable = [one for one in fleet["Workspaces"] if one["BundleId"] in (STANDARD, FINANCE)]
    draw.shuffle(movable)
    take = iter(movable)

    def some(per_cent: float) -> list[dict[str, Any]]:
        return [next(take) for _ in range(max(1, round(len(fleet["Workspaces"]) * per_cent / 100)))]

    behaviour = fleet["Twin"]["behaviour"]
    for behaviours, per_cent in (("rolls-back", 1.7), ("never-starts", 0.8), ("sticks", 0.8)):
        for one in some(per_cent):
            behaviour[one["WorkspaceId"]] = behaviours
    for one in some(1.7):
        behaviour[one["WorkspaceId"]] = "migrates+leaves-computer"
    for one in some(1.7):
        one["State"] = "ADMIN_MAINTENANCE"
    for one in some(0.8):
        one["State"] = "SUSPENDED"
    for one in some(0.8):
        one["State"] = "REBOOTING"
    for one in some(1.7):
        fleet["Tags"][one["WorkspaceId"]] = [{"Key": "MigrationOptOut", "Value": "until the audit is over"}]
    for one in some(0.8):
        fleet["Snapshots"][one["WorkspaceId"]] = {"RebuildSnapshots": [], "RestoreSnapshots": []}
    for one in some(1.7):
        one["State"] = "AVAILABLE"
        fleet["ConnectionStatus"].append(_connection(one, "CONNECTED", timedelta(minutes=12)))
    for one in some(0.8):
        one["State"] = "AVAILABLE"
        fleet["Snapshots"][one["WorkspaceId"]] = {
            "RebuildSnapshots": [{"SnapshotTime": _iso(NOW - timedelta(hours=9))}],
            "RestoreSnapshots": [{"SnapshotTime": _iso(NOW - timedelta(hours=9))}],
        }
        fleet["ConnectionStatus"].append(_connection(one, "DISCONNECTED", timedelta(hours=2)))
    first, second = next(take), next(take)
    second["UserName"], second["DirectoryId"] = first["UserName"], first["DirectoryId"]
    for number, one in enumerate(movable):
        tags = fleet["Tags"].setdefault(one["WorkspaceId"], [])
        tags.append({"Key": "Wave", "Value": str(1 + number % 3)})


def _connection(workspace: dict[str, Any], state: str, ago: timedelta) -> dict[str, Any]:
    return {
        "WorkspaceId": workspace["WorkspaceId"],
        "ConnectionState": state,
        "ConnectionStateCheckTimestamp": _iso(NOW),
        "LastKnownUserConnectionTimestamp": _iso(NOW - ago),
    }


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    json.dump(sample_fleet(int(sys.argv[1])), sys.stdout, indent=1)
    sys.stdout.write("\n")
