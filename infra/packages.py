"""The packages of the lock: version, hashes, licence, and whether they are deployed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.markers import Marker

from infra.layer_requirements import layer_requirements, locked_blocks

_BY_CLASSIFIER = {
    "BSD License": "BSD-3-Clause",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Apache Software License": "Apache-2.0",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "ISC License (ISCL)": "ISC",
}
_BY_WORDS = {
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD": "BSD-3-Clause",
    "MIT license": "MIT",
    "Apache License 2.0": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Dual License": "Apache-2.0 OR BSD-3-Clause",
    "LGPL v3": "LGPL-3.0-only",
}


@dataclass(frozen=True)
class Package:
    """A package of requirements.txt."""

    name: str
    version: str
    hashes: tuple[str, ...]
    """SHA-256 of each file that pip may install."""
    needed_here: bool
    """Whether the lock has it for this platform."""
    deployed: bool
    """Whether it is in the layer."""

    @property
    def installed(self) -> str | None:
        """The version in this environment; None where it is not installed."""
        try:
            return distribution(self.name).version
        except PackageNotFoundError:
            return None

    @property
    def licence(self) -> str | None:
        """As an SPDX expression; None where its metadata does not tell, or it is not installed."""
        try:
            metadata = distribution(self.name).metadata
        except PackageNotFoundError:
            return None
        if "License-Expression" in metadata:
            return str(metadata["License-Expression"])
        words = str(metadata["License"]).strip() if "License" in metadata else ""
        if words in _BY_WORDS:
            return _BY_WORDS[words]
        told = [one.rpartition(" :: ")[2] for one in metadata.get_all("Classifier") or ()]
        known = sorted({_BY_CLASSIFIER[one] for one in told if one in _BY_CLASSIFIER})
        return known[-1] if known else words if re.fullmatch(r"[A-Za-z0-9.+-]+", words) else None


def locked_packages(project: Path) -> list[Package]:
    """Every package of the lock, by name."""
    deployed = locked_blocks(layer_requirements(project))
    found = []
    for name, block in sorted(
        locked_blocks((project / "requirements.txt").read_text(encoding="utf-8")).items()
    ):
        first = block.splitlines()[0]
        version = re.search(r"==([^ ;\\]+)", first)
        if version is None:
            raise ValueError(f"requirements.txt has no version of {name}: run make lock")
        marker = re.search(r";\s*(.+?)\s*\\?$", first)
        found.append(
            Package(
                name,
                version[1],
                tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", block)),
                marker is None or Marker(marker[1]).evaluate(),
                name in deployed,
            )
        )
    return found
