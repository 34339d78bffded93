"""What this product is made of and tested with: the packages of the locks, and their licences."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any, Literal

from packaging.utils import canonicalize_name

from infra.layer_requirements import layer_requirements
from infra.lock import Locked, read_lock

LOCK = "requirements.txt"
LOCAL_AWS_LOCK = "tests/deployed/local-aws.txt"
NODE_LOCK = "package-lock.json"

_LOCAL_AWS = "build/local-aws/lib"
"""The environment that make local-aws makes."""

_BY_CLASSIFIER = {
    "BSD License": "BSD-3-Clause",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Apache Software License": "Apache-2.0",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "ISC License (ISCL)": "ISC",
    "Python Software Foundation License": "PSF-2.0",
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
_ELSEWHERE = {"colorama": "BSD-3-Clause", "pywin32": "PSF-2.0"}
"""Licences of packages that only another platform needs, from their pages on the index."""


@dataclass(frozen=True)
class Package:
    """One package in one version."""

    name: str
    version: str
    hashes: tuple[str, ...]
    """In hexadecimal: for Python, SHA-256 of each file that pip may install; for Node, SHA-512 of the one."""
    needed_here: bool
    """Whether the lock has it for this platform."""
    deployed: bool
    """Whether it is in the layer."""
    installed: str | None
    """The version in the environment it is for; None where it is not installed."""
    licence: str | None
    """As an SPDX expression; None where its metadata does not tell, or is not here."""
    lock: str = LOCK
    needed_by: tuple[str, ...] = ("",)
    """Packages of the same lock; the empty name is this product itself."""

    @property
    def ecosystem(self) -> Literal["pypi", "npm"]:
        return "npm" if self.lock == NODE_LOCK else "pypi"


def locked_packages(project: Path) -> list[Package]:
    """Every package of the three locks, by lock and name. Raises ValueError for a lock that is none.

    What the tests' local AWS is made of is known as far as its lock tells until make local-aws installs it.
    """
    deployed = {one.name for one in read_lock(layer_requirements(project))}
    beside = [str(path) for path in (project / _LOCAL_AWS).glob("python*/site-packages")]
    return [
        *_of_python(project, LOCK, installed_packages(), deployed),
        *_of_python(project, LOCAL_AWS_LOCK, installed_packages(beside), frozenset()),
        *_of_node(project),
    ]


def installed_packages(path: list[str] | None = None) -> dict[str, Distribution]:
    """What is installed there, by normalized name; without a path, what this Python sees."""
    found = distributions() if path is None else distributions(path=path)
    return {canonicalize_name(one.metadata["Name"]): one for one in found}


def licence_of(installed: Distribution) -> str | None:
    """Its licence as an SPDX expression; None where its metadata names none we know."""
    metadata = installed.metadata
    if "License-Expression" in metadata:
        return str(metadata["License-Expression"])
    words = str(metadata["License"]).strip() if "License" in metadata else ""
    if words in _BY_WORDS:
        return _BY_WORDS[words]
    told = [one.rpartition(" :: ")[2] for one in metadata.get_all("Classifier") or ()]
    known = sorted({_BY_CLASSIFIER[one] for one in told if one in _BY_CLASSIFIER})
    return known[-1] if known else words if re.fullmatch(r"[A-Za-z0-9.+-]+", words) else None


def _of_python(
    project: Path, lock: str, installed: dict[str, Distribution], deployed: set[str] | frozenset[str]
) -> Iterator[Package]:
    locked = list(read_lock((project / lock).read_text(encoding="utf-8")))
    names = {one.name for one in locked}
    for one in sorted(locked, key=lambda each: (each.name, each.version)):
        yield _package(one, lock, installed.get(one.name), names, one.name in deployed)


def _package(
    one: Locked, lock: str, installed: Distribution | None, names: set[str], deployed: bool
) -> Package:
    return Package(
        one.name,
        one.version,
        one.hashes,
        one.needed_here,
        deployed,
        None if installed is None else installed.version,
        _ELSEWHERE.get(one.name) if installed is None else licence_of(installed),
        lock,
        tuple(name if name in names else "" for name in one.needed_by),
    )


def _of_node(project: Path) -> Iterator[Package]:
    """The command line of the CDK, which deploys and is not deployed. npm ci holds what it gets against this
    lock, so what is locked is what is installed."""
    lock: dict[str, Any] = json.loads((project / NODE_LOCK).read_text(encoding="utf-8"))["packages"]
    for path, entry in sorted(lock.items()):
        if path:
            name, version = path.rpartition("node_modules/")[2], entry["version"]
            hashes = tuple(_sha512(entry.get("integrity", "")))
            yield Package(name, version, hashes, True, False, version, entry.get("license"), NODE_LOCK, ("",))


def _sha512(integrity: str) -> Iterator[str]:
    """Of a Subresource Integrity string, which may have several, and weaker ones."""
    for one in integrity.split():
        algorithm, _, digest = one.partition("-")
        if algorithm == "sha512":
            yield base64.b64decode(digest, validate=True).hex()
