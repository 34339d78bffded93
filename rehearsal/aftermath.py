"""desktops.jsonl: every WorkSpace as its user finds it when the rehearsal is over, one a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from migrator.domain.moments import iso
from rehearsal.twin.desktops import Desktop
from rehearsal.twin.drives import first_boot_of, has_drives, last_work, profile_of
from rehearsal.twin.service import Twin

Line = dict[str, Any]


def write_desktops(twin: Twin, file: Path) -> None:
    """Writes the file."""
    with file.open("w", encoding="utf-8") as lines:
        for desktop in twin.account.desktops:
            if not desktop.terminated:
                lines.write(json.dumps(_line(desktop), ensure_ascii=False) + "\n")


def _line(desktop: Desktop) -> Line:
    row, properties = desktop.row, desktop.row["WorkspaceProperties"]
    line: Line = {
        "userName": row["UserName"],
        "directoryId": row["DirectoryId"],
        "workspaceId": row["WorkspaceId"],
        "formerWorkspaceIds": [each.workspace_id for each in _sources(desktop)],
        "state": row["State"],
        "bundleId": row["BundleId"],
        "computerName": row.get("ComputerName"),
        "ipAddress": row.get("IpAddress"),
        "runningMode": properties.get("RunningMode"),
        "tags": dict(sorted(desktop.tags.items())),
        "rootVolumeSizeGib": properties["RootVolumeSizeGib"],
        "userVolumeSizeGib": properties["UserVolumeSizeGib"],
        "profile": profile_of(row["UserName"]) if has_drives(desktop) else None,
        "migration": None,
    }
    origin, boot = desktop.origin, first_boot_of(desktop)
    if origin is not None and origin.first_boot is not None:
        worked = last_work(origin.source, origin.first_boot)
        lost = worked is not None and (origin.snapshot is None or worked > origin.snapshot)
        line["migration"] = {
            "firstBoot": iso(origin.first_boot),
            "userVolumeFrom": iso(origin.snapshot) if origin.snapshot else None,
            "workLostUntil": iso(worked) if worked is not None and lost else None,
            "formerProfile": boot.former_profile if boot else None,
            "migrationLog": boot.log if boot else None,
        }
    return line


def _sources(desktop: Desktop) -> Iterator[Desktop]:
    """What it was before its migrations, the latest first; nothing for a target that is not done."""
    origin = desktop.origin
    while origin is not None and origin.first_boot is not None:
        yield origin.source
        origin = origin.source.origin
