"""Bundles and their images: what the service prints about them, and what their names and users tell."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from migrator.domain.systems import system_from_name

OWN_ACCOUNT = "123456789012"

ROOT_AND_USER_GIB = {
    "VALUE": (80, 10),
    "STANDARD": (80, 50),
    "PERFORMANCE": (80, 100),
    "POWER": (175, 100),
    "POWERPRO": (175, 100),
    "GRAPHICS": (100, 100),
    "GRAPHICSPRO": (100, 100),
    "GRAPHICS_G4DN": (100, 100),
    "GRAPHICSPRO_G4DN": (100, 100),
}
"""Default volume sizes of the public bundles, by compute type, for bundles whose sizes a file leaves out."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle: `row` is what DescribeWorkspaceBundles returns; the rest is what a WorkSpace made from it
    gets."""

    row: dict[str, Any]
    operating_system: str
    protocols: tuple[str, ...] | None
    byol: bool

    @property
    def bundle_id(self) -> str:
        return str(self.row["BundleId"])

    @property
    def public(self) -> bool:
        """Whether AWS provides it."""
        return str(self.row["Owner"]).casefold() == "amazon"

    @property
    def root_gib(self) -> int:
        return int(self.row["RootStorage"]["Capacity"])

    @property
    def user_gib(self) -> int:
        return int(self.row["UserStorage"]["Capacity"])

    @property
    def compute_type(self) -> str:
        return str(self.row["ComputeType"]["Name"])

    @property
    def linux(self) -> bool:
        return self.operating_system.startswith(("AMAZON_LINUX", "UBUNTU", "RHEL", "ROCKY"))


def furnish_bundle(
    stated: Mapping[str, Any], images: Mapping[str, Mapping[str, Any]], of_its_workspaces: Mapping[str, Any]
) -> Bundle:
    """A bundle from what the file says of it, of its image, and of a WorkSpace that was made from it.

    A WorkSpace's own properties are exact; the name is only what people read.
    """
    row = dict(stated)
    name = str(row.setdefault("Name", row["BundleId"]))
    row.setdefault("Owner", OWN_ACCOUNT)
    row.setdefault("Description", name)
    row.setdefault("ImageId", f"wsi-{_letters(row['BundleId'], 9)}")
    compute = dict(row.get("ComputeType", {}))
    compute.setdefault("Name", of_its_workspaces.get("ComputeTypeName", _compute_type(name)))
    row["ComputeType"] = compute
    root, user = ROOT_AND_USER_GIB.get(compute["Name"], (80, 100))
    row.setdefault("RootStorage", {"Capacity": str(root)})
    row.setdefault("UserStorage", {"Capacity": str(user)})
    row.setdefault("State", "AVAILABLE")
    row.setdefault("BundleType", "REGULAR")
    image = images.get(row["ImageId"], {})
    protocols = of_its_workspaces.get("Protocols") or _protocols(name)
    return Bundle(
        row=row,
        operating_system=of_its_workspaces.get("OperatingSystemName") or _operating_system(name),
        protocols=tuple(protocols) if protocols else None,
        byol=image.get("RequiredTenancy") == "DEDICATED"
        if image
        else bool(re.search(r"\bBYOL\b", name, re.I)),
    )


def implied_image(bundle: Bundle) -> dict[str, Any]:
    """The image a custom bundle must have been made from, when the file does not list images."""
    return {
        "ImageId": bundle.row["ImageId"],
        "Name": re.sub(r"[^a-zA-Z0-9_./()\\-]+", "-", str(bundle.row["Name"]))[:64],
        "OperatingSystem": {"Type": "LINUX" if bundle.linux else "WINDOWS"},
        "State": "AVAILABLE",
        "RequiredTenancy": "DEDICATED" if bundle.byol else "DEFAULT",
        "OwnerAccountId": OWN_ACCOUNT,
    }


def _operating_system(name: str) -> str:
    """What the name tells; UNKNOWN where it may mean this or that."""
    found = system_from_name(name)
    return found.value if found else "UNKNOWN"


def _protocols(name: str) -> tuple[str, ...] | None:
    if re.search(r"\b(WSP|DCV)\b", name, re.IGNORECASE):
        return ("WSP",)
    return ("PCOIP",) if re.search(r"\bPCoIP\b", name, re.IGNORECASE) else None


def _compute_type(name: str) -> str:
    words = re.sub(r"[^A-Z0-9]+", "", name.upper())
    return max(
        (known for known in ROOT_AND_USER_GIB if known.replace("_", "") in words), key=len, default="STANDARD"
    )


def _letters(of: str, count: int) -> str:
    draw = random.Random(f"image of {of}")
    return "".join(draw.choice("0123456789abcdefghijklmnopqrstuvwxyz") for _ in range(count))
