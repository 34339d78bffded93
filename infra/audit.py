"""python -m infra.audit: the dependencies, as far as they can be judged without a network.

Sees, in all three locks: a package without hash, another version installed than locked, a licence that is
unknown or that we may not pass on, a deployed package whose licence NOTICE does not name. What the tests'
local AWS is made of can be judged in full once make local-aws has installed it. Does not see what is
published elsewhere: advisories, withdrawn releases, abandoned projects. For these, give build/sbom.cdx.json
(make sbom) to a scanner that has a network.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from infra.packages import LOCAL_AWS_LOCK, Package, locked_packages
from infra.sources import PROJECT

_TOOLS_MAY_HAVE = frozenset(
    {
        *(
            "Apache-2.0",
            "BSD-2-Clause",
            "BSD-3-Clause",
            "CNRI-Python",
            "ISC",
            "LGPL-3.0-only",
            "MIT",
            "MIT-0",
        ),
        *("MPL-2.0", "PSF-2.0"),
    }
)
_NOTICE_SAYS = {
    "BSD-2-Clause": "BSD 2-Clause",
    "BSD-3-Clause": "BSD 3-Clause",
    "LGPL-3.0-only": "GNU Lesser General Public License v3 (LGPLv3)",
    "MIT-0": "MIT No Attribution (MIT-0)",
    "PSF-2.0": "Python Software Foundation License 2.0",
}


def audit(packages: Iterable[Package], notice: str) -> list[str]:
    """Each fault in one sentence."""
    return [fault for package in packages for fault in _of_one(package, notice)]


def _of_one(package: Package, notice: str) -> Iterator[str]:
    if not package.hashes:
        yield f"{package.name}: {package.lock} has no hash of it: run make lock"
    if not package.needed_here:
        return
    if package.installed is None:
        if package.lock != LOCAL_AWS_LOCK:
            yield f"{package.name}: locked, and not installed: run make setup"
        return
    if package.installed != package.version:
        again = "make local-aws" if package.lock == LOCAL_AWS_LOCK else "make setup"
        yield f"{package.name}: {package.installed} is installed, {package.version} is locked: run {again}"
    licence = package.licence
    parts = set(re.split(r" (?:AND|OR) ", licence)) if licence else set()
    if not parts:
        yield f"{package.name}: its metadata names no licence we know"
    elif strange := sorted(parts - _TOOLS_MAY_HAVE):
        yield f"{package.name}: nobody has looked at its licence {', '.join(strange)}"
    if package.deployed and not re.search(
        rf"^ +{re.escape(package.name)} +{re.escape(_NOTICE_SAYS.get(licence or '', licence or ''))}$",
        notice,
        re.MULTILINE | re.IGNORECASE,
    ):
        yield f"{package.name}: it is deployed, and NOTICE does not say that it is under {licence}"


def main() -> int:
    """Exit code 1 for a fault."""
    faults = audit(locked_packages(PROJECT), Path(PROJECT / "NOTICE").read_text(encoding="utf-8"))
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
