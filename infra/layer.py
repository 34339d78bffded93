"""The shared layer: the functions' third-party packages, installed without Docker.

The wheels are those of the lock, by hash, for the Lambda runtime's platform. What differs from
machine to machine (scripts that name an interpreter, installation records, modes and times) is
left out, so that the same lock gives the same asset hash everywhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from infra.layer_requirements import layer_requirements


@dataclass(frozen=True)
class Platform:
    """Whose wheels go into a layer, in pip's words."""

    tags: tuple[str, ...]
    python_version: str


LAMBDA = Platform(("manylinux2014_aarch64",), "3.13")

# Scripts embed the path of an interpreter, and the rest says who installed when, and from where.
_INSTALLATION_RECORDS = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json")

# Part of the stamp: raise it when the way the layer is built changes, so that old ones go.
_RECIPE = 2


class LayerBuildFailed(RuntimeError):
    """The packages could not be installed; the message is the installer's."""


def build_layer(project: Path, layer: Path, *, for_platform: Platform = LAMBDA) -> bool:
    """Make `layer` hold python/ with the packages, and say whether anything had to be built.

    `project` holds pyproject.toml and requirements.txt. Nothing is built when the layer is the
    one that these inputs gave before. Downloads from the package index otherwise.
    Raises LayerBuildFailed, and leaves the previous layer alone then.
    """
    requirements = layer_requirements(project)
    inputs = json.dumps([_RECIPE, *for_platform.tags, for_platform.python_version, requirements])
    stamp = layer.with_name(layer.name + ".stamp")
    wanted = hashlib.sha256(inputs.encode()).hexdigest()
    if layer.is_dir() and stamp.is_file() and stamp.read_text() == f"{wanted} {tree_hash(layer)}":
        return False
    layer.parent.mkdir(parents=True, exist_ok=True)
    listing = layer.with_name(layer.name + "-requirements.txt")
    listing.write_text(requirements, encoding="utf-8")
    unfinished = layer.with_name(f"{layer.name}.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        _install(listing, unfinished / "python", for_platform)
        make_reproducible(unfinished)
        shutil.rmtree(layer, ignore_errors=True)
        unfinished.rename(layer)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    stamp.write_text(f"{wanted} {tree_hash(layer)}")
    return True


def tree_hash(root: Path) -> str:
    """One hash over the names and contents of all files below `root`."""
    digest = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def _install(listing: Path, target: Path, platform: Platform) -> None:
    # The pip that made the environment: whatever index and certificates it was told of serve here too.
    command = [
        *(sys.executable, "-m", "pip", "install", "--requirement", str(listing)),
        *("--target", str(target), "--no-deps", "--require-hashes", "--only-binary", ":all:"),
        *(option for tag in platform.tags for option in ("--platform", tag)),
        *("--python-version", platform.python_version, "--implementation", "cp"),
        *("--no-compile", "--quiet", "--disable-pip-version-check"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LayerBuildFailed(f"the layer's packages could not be installed:\n{done.stderr}")


def make_reproducible(layer: Path) -> None:
    """Take out of a layer's packages whatever tells where, when and by whom it was built."""
    packages = layer / "python"
    shutil.rmtree(packages / "bin", ignore_errors=True)
    (packages / ".lock").unlink(missing_ok=True)
    for metadata in packages.glob("*.dist-info"):
        for record in _INSTALLATION_RECORDS:
            (metadata / record).unlink(missing_ok=True)
    # The zip that is uploaded carries modes: whatever the umask here, Lambda must read it.
    layer.chmod(0o755)
    for path in layer.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
