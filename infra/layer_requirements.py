"""Which packages go into the layer: what the functions need, less what Lambda's runtime has."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# In the Python 3.13 runtime already, as parts of its boto3.
IN_THE_RUNTIME = frozenset(
    {"boto3", "botocore", "s3transfer", "jmespath", "urllib3", "python-dateutil", "six"}
)

# The markers of the place where the layer will run, wherever it is built.
_LAMBDA = {
    "implementation_name": "cpython",
    "implementation_version": "3.13.0",
    "os_name": "posix",
    "platform_machine": "aarch64",
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "python_full_version": "3.13.0",
    "python_version": "3.13",
    "sys_platform": "linux",
}


class NotLocked(LookupError):
    """The functions need a package that the lock does not hold: the lock is older than its source."""


def layer_requirements(project: Path) -> str:
    """The lock's lines, with their hashes, of every package that belongs in the layer.

    Starts from `[project].dependencies` in pyproject.toml and follows what the installed
    packages say they require on the Lambda platform. Raises NotLocked for a package without a
    line in requirements.txt, and importlib.metadata.PackageNotFoundError for one that is not
    installed.
    """
    metadata = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    locked = locked_blocks((project / "requirements.txt").read_text(encoding="utf-8"))
    names = _closure(metadata["project"]["dependencies"]) - IN_THE_RUNTIME
    missing = sorted(names - locked.keys())
    if missing:
        raise NotLocked(f"requirements.txt has no {', '.join(missing)}: run make lock")
    return "".join(locked[name] for name in sorted(names))


def locked_blocks(lock: str) -> dict[str, str]:
    """Each package's lines of a hashed lock, without comments, by normalized name."""
    blocks: dict[str, str] = {}
    lines = (line for line in lock.splitlines() if line and not line.lstrip().startswith("#"))
    name = ""
    for line in lines:
        start = re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==", line)
        if start:
            name = canonicalize_name(start.group(1))
        blocks[name] = blocks.get(name, "") + line + "\n"
    return blocks


def _closure(requirements: list[str]) -> set[str]:
    wanted = [Requirement(line) for line in requirements]
    seen: set[tuple[str, str]] = set()
    names: set[str] = set()
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        names.add(name)
        if name in IN_THE_RUNTIME:
            continue
        for extra in ("", *sorted(requirement.extras)):
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for line in distribution(name).requires or ():
                needed = Requirement(line)
                if needed.marker is None or needed.marker.evaluate({**_LAMBDA, "extra": extra}):
                    wanted.append(needed)
    return names
