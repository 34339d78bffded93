"""A checkout of its own, in which what `make` writes disturbs no other test, and the make of its commands."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from infra.sources import PROJECT

_BUILT = (".git", ".venv", "build", "cdk.out", "node_modules", "__pycache__", ".*_cache", ".hypothesis")


def checkout(place: Path) -> Path:
    """This checkout's sources, with its environment, its layer and the CDK's command line."""
    copy = place / "checkout"
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns(*_BUILT))
    for name in (".venv", "node_modules"):
        (copy / name).symlink_to(PROJECT / name)
    (copy / "build").mkdir()
    for path in (PROJECT / "build").glob("layer[.-]*"):
        if path.is_file():
            shutil.copy2(path, copy / "build")
    shutil.copytree(PROJECT / "build" / "layer", copy / "build" / "layer", symlinks=True)
    return copy


def make(
    project: Path, *words: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """What `make` says in a checkout. It finds nothing of this process's make, and nobody's account."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MAKE", "AWS_")) and name != "MFLAGS"
    }
    return subprocess.run(
        ["make", *words],
        cwd=project,
        env={**inherited, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
