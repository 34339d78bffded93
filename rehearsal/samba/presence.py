"""Whether this machine can run a domain controller, and what to install where it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache

SYSTEM_PYTHON = "/usr/bin/python3"
"""Samba's Python modules come with the distribution's interpreter; no package index has them."""

PACKAGES = (
    "samba-ad-dc",
    "samba-ad-provision",
    "python3-samba",
    "samba-vfs-modules",
    "samba-dsdb-modules",
    "winbind",
    "ldb-tools",
)


class SambaMissing(Exception):
    """This machine cannot run a domain controller; the message says what to do."""


@cache
def what_is_missing() -> str | None:
    """One line that says what to install; None where a domain controller can run."""
    if os.geteuid() != 0:
        return f"a Samba domain controller is needed: as root, apt-get install {' '.join(PACKAGES)}"
    programs = [name for name in ("samba", "samba-tool", "setpriv") if shutil.which(name) is None]
    if programs or not _has_modules():
        return f"a Samba domain controller is needed: apt-get install {' '.join(PACKAGES)}"
    return None


def require_samba() -> None:
    """Raises SambaMissing."""
    missing = what_is_missing()
    if missing:
        raise SambaMissing(missing)


def main() -> None:
    """The packages, for a Makefile."""
    print(" ".join(PACKAGES))


def _has_modules() -> bool:
    try:
        done = subprocess.run([SYSTEM_PYTHON, "-c", "import samba.samdb"], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


if __name__ == "__main__":
    main()
