"""The case that everybody gets: fleet, input, seed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.sampling import TARGET, sample_fleet
from rehearsal.twin import Fleet, parse_fleet


@dataclass(frozen=True, slots=True)
class Case:
    """Every WorkSpace of one directory goes to one bundle, and every migration succeeds."""

    size: int
    in_flight: int
    seed: int

    def fleet(self) -> Fleet:
        document = sample_fleet(self.size, troubles=False)
        directory = document["Directories"][0]
        document["Directories"] = [directory]
        document["Subnets"] = [
            # As many addresses as the twin can hold: they are not what is measured.
            row | {"CidrBlock": row["CidrBlock"].split("/")[0] + "/18", "AvailableIpAddressCount": 9000}
            for row in document["Subnets"]
            if row["SubnetId"] in directory["SubnetIds"]
        ]
        for row in document["Workspaces"]:
            row["DirectoryId"] = directory["DirectoryId"]
        return parse_fleet(document)

    def input(self, fleet: Fleet) -> dict[str, Any]:
        return {
            "select": {"directoryIds": [row["DirectoryId"] for row in fleet.directories]},
            "target": {"bundleId": TARGET},
            "dryRun": False,
            "maxInFlight": self.in_flight,
        }

    def write_input(self, fleet: Fleet, place: Path) -> Path:
        place.mkdir(parents=True, exist_ok=True)
        path = place / "input.json"
        path.write_text(json.dumps(self.input(fleet)), encoding="utf-8")
        return path
