"""What the tests of the deployed stack need on this machine, made once and kept in build/.

    python -m tests.deployed.preparation

The local AWS has an environment of its own: its botocore is another than ours, and the functions it runs
must find there what the Lambda runtime brings, and nothing that only our desk has. The layer is built as the
deployed one is, from the same lines of the lock, for this machine's processor and Python.
"""

from __future__ import annotations

import fcntl
import hashlib
import platform
import shutil
import subprocess
import sys
import venv

from packaging.tags import platform_tags

from infra.layer import Platform, build_layer
from infra.sources import PROJECT

LOCK = PROJECT / "tests" / "deployed" / "local-aws.txt"
ENVIRONMENT = PROJECT / "build" / "local-aws"
LAYER = PROJECT / "build" / "layer-of-this-machine"


def prepare() -> None:
    """Make what is not there, or not as the locks say. Raises subprocess.CalledProcessError, and what
    build_layer raises."""
    LAYER.parent.mkdir(exist_ok=True)
    with ENVIRONMENT.with_name("local-aws.lock").open("w") as lock:
        # Tests run side by side, and each makes sure.
        fcntl.flock(lock, fcntl.LOCK_EX)
        build_layer(PROJECT, LAYER, for_platform=this_machine())
        _make_environment()


def this_machine() -> Platform:
    """Whose wheels run here."""
    major, minor, _ = platform.python_version_tuple()
    return Platform(tuple(platform_tags()), f"{major}.{minor}")


def _make_environment() -> None:
    stamp = ENVIRONMENT.with_name(ENVIRONMENT.name + ".stamp")
    wanted = hashlib.sha256(f"{sys.base_prefix} {sys.version}\n{LOCK.read_text()}".encode()).hexdigest()
    if ENVIRONMENT.is_dir() and stamp.is_file() and stamp.read_text() == wanted:
        return
    stamp.unlink(missing_ok=True)
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    venv.create(ENVIRONMENT, symlinks=True)
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", str(ENVIRONMENT / "bin" / "python"), "install"),
            *("--requirement", str(LOCK), "--require-hashes", "--no-deps", "--only-binary", ":all:"),
            *("--quiet", "--disable-pip-version-check"),
        ],
        check=True,
    )
    stamp.write_text(wanted)


if __name__ == "__main__":
    prepare()
