"""The functions' own code as an asset: what is committed, and nothing a run left lying about."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from infra.sources import CODE_PACKAGES

_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.py[cod]", ".*")


class NoFunctionCode(FileNotFoundError):
    """A package that the functions are made of is not there."""


def stage_code(project: Path, target: Path) -> Path:
    """Copy the code packages of `project` below `target`, in place of what was there.

    Raises NoFunctionCode.
    """
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        for package in CODE_PACKAGES:
            if not (project / package).is_dir():
                raise NoFunctionCode(f"{package}/ is missing in {project}")
            shutil.copytree(project / package, unfinished / package, ignore=_LEFT_OUT)
        # The zip that is uploaded carries modes: whatever the umask here, Lambda must read it.
        unfinished.chmod(0o755)
        for path in unfinished.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        shutil.rmtree(target, ignore_errors=True)
        unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return target
