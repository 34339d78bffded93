"""Drawing a fleet: few or many WorkSpaces, short of addresses, in every state and of every behaviour."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from rehearsal.simulation.catalogue import (
    BYOL_10,
    CATALOGUE,
    CUSTOM_10,
    CUSTOM_NAMELESS,
    PUBLIC_10,
    TrueBundle,
)

Document = dict[str, Any]

START = datetime(2026, 11, 27, 22, 0, tzinfo=UTC)
REGIONS = ("us-east-1", "us-east-1", "us-east-1", "eu-central-1", "ap-northeast-1")
_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ODD_NAMES = ("=cmd|' /C calc'!A0", "jörg.müller", 'o"neil, pat', "-1+1", "田中", "x" * 63)
_STATES = (
    ("AVAILABLE", 60),
    ("STOPPED", 24),
    ("ERROR", 3),
    ("ADMIN_MAINTENANCE", 2),
    ("PENDING", 1),
    ("UNHEALTHY", 1),
    ("REBOOTING", 1),
    ("STARTING", 1),
    ("STOPPING", 1),
    ("REBUILDING", 1),
    ("UPDATING", 1),
    ("MAINTENANCE", 1),
    ("SUSPENDED", 1),
    ("TERMINATING", 1),
    ("TERMINATED", 0.5),
    ("IMPAIRED", 0.5),
)
_BEHAVIOURS = (
    ("migrates", 50),
    ("migrates+leaves-computer", 8),
    ("rolls-back", 14),
    ("never-starts", 8),
    ("sticks", 4),
    ("lost", 4),
    ("refuses:OperationNotSupportedException", 3),
    ("refuses:AccessDeniedException", 2),
    ("refuses:InvalidParameterValuesException", 1),
    ("refuses:ResourceUnavailableException", 2),
    ("refuses:OperationInProgressException", 2),
    ("refuses:ResourceNotFoundException", 1),
)


def weighted(draw: random.Random, options: tuple[tuple[str, float], ...]) -> str:
    return draw.choices([value for value, _ in options], [weight for _, weight in options])[0]


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def draw_fleet(draw: random.Random) -> Document:
    """A fleet file's document."""
    size = min(60, max(1, round(draw.lognormvariate(2.4, 0.9))))
    troubled = draw.random() < 0.75
    """Whether WorkSpaces are in odd states and migrations fail."""
    directories = [_directory(draw, number) for number in range(draw.choice((1, 1, 1, 2, 2, 3)))]
    used = _bundles_in_use(draw)
    workspaces = [_workspace(draw, directories, used, troubled) for _ in range(size)]
    _share_users(draw, workspaces)
    now = START + timedelta(minutes=draw.randrange(0, 3 * 24 * 60))
    fleet: Document = {
        "Workspaces": workspaces,
        "Bundles": [bundle.row() for bundle in CATALOGUE.values()],
        "Images": [image for bundle in CATALOGUE.values() if (image := bundle.image())],
        "Directories": directories,
        "Subnets": [
            _subnet(draw, subnet_id, place, len(directory["SubnetIds"]))
            for place, (directory, subnet_id) in enumerate(
                (directory, one) for directory in directories for one in directory["SubnetIds"]
            )
        ],
        "Tags": {},
        "Snapshots": {},
        "ConnectionStatus": [],
        "Twin": {
            "now": iso(now),
            "region": draw.choice(REGIONS),
            "durations": _durations(draw),
            "behaviour": {},
            "noConnectionRow": [],
        },
    }
    for one in workspaces:
        _tags(draw, fleet, one["WorkspaceId"])
        if troubled:
            _snapshots(draw, fleet, one["WorkspaceId"], now)
            _connection(draw, fleet, one, now)
            behaviour = weighted(draw, _BEHAVIOURS)
            if behaviour != "migrates":
                fleet["Twin"]["behaviour"][one["WorkspaceId"]] = behaviour
    return fleet


def _bundles_in_use(draw: random.Random) -> list[TrueBundle]:
    usual = [PUBLIC_10, CUSTOM_10]
    if draw.random() < 0.5:
        return [draw.choice([*usual, BYOL_10, CUSTOM_NAMELESS])]
    return usual + draw.sample(sorted(CATALOGUE.values(), key=lambda one: one.bundle_id), draw.randint(0, 4))


def _durations(draw: random.Random) -> Document:
    median = draw.choice((2, 5, 10, 25, 25, 40))
    durations: Document = {"medianMinutes": median, "sigma": draw.choice((0, 0.1, 0.35, 0.8))}
    if median < 25:
        durations["maxMinutes"] = draw.choice((2 * median, 10 * median, 60))
    return durations


def _directory(draw: random.Random, number: int) -> Document:
    directory_id = "d-" + "".join(draw.choice("0123456789abcdef") for _ in range(10))
    name = ("corp.example.com", "emea.example.com", "lab.example.com")[number]
    kind = draw.choice(("SIMPLE_AD", "AD_CONNECTOR", "AD_CONNECTOR", "AWS_IAM_IDENTITY_CENTER"))
    return {
        "DirectoryId": directory_id,
        "DirectoryName": name,
        "DirectoryType": kind,
        "State": "REGISTERED",
        "Tenancy": "SHARED",
        "SubnetIds": [f"subnet-{number}a{place}" for place in range(draw.choice((1, 2, 2)))],
        "WorkspaceCreationProperties": {
            "DefaultOu": "OU=WorkSpaces," + ",".join(f"DC={label}" for label in name.split("."))
        },
    }


def _subnet(draw: random.Random, subnet_id: str, place: int, of: int) -> Document:
    free = draw.choice((0, 3, 4, 6, 7, 8, 10, 15, 20, 30, 60, 60))
    return {
        "SubnetId": subnet_id,
        "CidrBlock": f"10.20.{place}.0/24",
        "AvailableIpAddressCount": max(0, free // of),
        "State": "available",
    }


def _workspace(
    draw: random.Random, directories: list[Document], used: list[TrueBundle], troubled: bool
) -> Document:
    bundle = draw.choice(used)
    state = weighted(draw, _STATES) if troubled else draw.choice(("AVAILABLE", "AVAILABLE", "STOPPED"))
    always_on = draw.random() < 0.2
    if draw.random() < 0.03:
        user_name = draw.choice(_ODD_NAMES)
    else:
        user_name = "user." + "".join(draw.choice(_LETTERS) for _ in range(6))
    properties: Document = {
        "RunningMode": "ALWAYS_ON" if always_on else draw.choice(("AUTO_STOP", "AUTO_STOP", "MANUAL")),
        "RootVolumeSizeGib": draw.choice((bundle.root, bundle.root, bundle.root + 95)),
        "UserVolumeSizeGib": draw.choice((bundle.user, bundle.user, 100, 250)),
        "ComputeTypeName": bundle.compute,
        "Protocols": ["WSP" if "WSP" in bundle.name else "PCOIP"],
    }
    if draw.random() < 0.85:
        properties["OperatingSystemName"] = bundle.system
    if troubled and draw.random() < 0.02:
        properties["NestedVirtualizationEnabled"] = True
    row: Document = {
        "WorkspaceId": "ws-" + "".join(draw.choice(_LETTERS) for _ in range(9)),
        "DirectoryId": draw.choice(directories)["DirectoryId"],
        "UserName": user_name,
        "State": state,
        "BundleId": bundle.bundle_id,
        "WorkspaceProperties": properties,
    }
    if draw.random() < 0.7:
        row["ComputerName"] = "WSAMZN-" + "".join(draw.choice(_LETTERS).upper() for _ in range(7))
    if troubled and draw.random() < 0.02:
        row["ModificationStates"] = [{"Resource": "USER_VOLUME", "State": "UPDATE_IN_PROGRESS"}]
    if troubled and draw.random() < 0.02:
        row["StandbyWorkspacesProperties"] = [
            {"StandbyWorkspaceId": "ws-standby000", "DataReplication": "NO_REPLICATION"}
        ]
    return row


def _share_users(draw: random.Random, workspaces: list[Document]) -> None:
    for one in workspaces[1:]:
        if draw.random() < 0.04:
            other = draw.choice(workspaces)
            if other is not one:
                one["UserName"] = draw.choice((other["UserName"], other["UserName"].upper()))
                one["DirectoryId"] = other["DirectoryId"]


def _tags(draw: random.Random, fleet: Document, workspace_id: str) -> None:
    tags = []
    if draw.random() < 0.7:
        tags.append({"Key": "Wave", "Value": draw.choice("123")})
    if draw.random() < 0.3:
        tags.append({"Key": "Site", "Value": draw.choice(("Lisbon", "Osaka", ""))})
    if draw.random() < 0.05:
        tags.append({"Key": "MigrationOptOut", "Value": draw.choice(("", "true", "no"))})
    if tags:
        fleet["Tags"][workspace_id] = tags


def _snapshots(draw: random.Random, fleet: Document, workspace_id: str, now: datetime) -> None:
    chance = draw.random()
    if chance < 0.03:
        times: list[datetime] = []
    elif chance < 0.07:
        times = [now - timedelta(hours=draw.uniform(12.1, 80))]
    elif chance < 0.25:
        newest = now - timedelta(minutes=draw.randint(1, 715))
        times = [newest - timedelta(hours=12), newest]
    else:
        return
    fleet["Snapshots"][workspace_id] = {"RebuildSnapshots": [{"SnapshotTime": iso(time)} for time in times]}


def _connection(draw: random.Random, fleet: Document, one: Document, now: datetime) -> None:
    chance = draw.random()
    workspace_id = one["WorkspaceId"]
    if chance < 0.03:
        fleet["Twin"]["noConnectionRow"].append(workspace_id)
        return
    if chance < 0.06:
        state = "CONNECTED"
    elif chance < 0.12:
        state = "DISCONNECTED"
    elif chance < 0.14:
        state = "UNKNOWN"
    else:
        return
    row = {"WorkspaceId": workspace_id, "ConnectionState": state}
    if draw.random() < 0.8:
        row["LastKnownUserConnectionTimestamp"] = iso(now - timedelta(minutes=draw.randint(1, 40 * 60)))
    fleet["ConnectionStatus"].append(row)
