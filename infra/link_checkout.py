"""Link this checkout into the virtual environment that runs this module.

    .venv/bin/python -m infra.link_checkout

It does what an editable installation would do, without a build back end, which would have to be
downloaded and is in no lock: a path file, and a command for each entry of [project.scripts].
"""

from __future__ import annotations

import sys
import sysconfig
import tomllib
from pathlib import Path

from infra.sources import PROJECT

_COMMAND = """\
#!{interpreter}
import sys

from {module} import {function}

# A forecast's processes import this file.
if __name__ == "__main__":
    sys.exit({function}())
"""


def link(project: Path, packages: Path, scripts: Path, interpreter: str) -> list[Path]:
    """Write the path file into `packages` and the commands into `scripts`; return the commands."""
    metadata = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (packages / f"{metadata['name']}.pth").write_text(f"{project}\n", encoding="utf-8")
    commands = []
    for name, entry in metadata.get("scripts", {}).items():
        module, function = entry.split(":")
        command = scripts / name
        command.write_text(
            _COMMAND.format(interpreter=interpreter, module=module, function=function), encoding="utf-8"
        )
        command.chmod(0o755)
        commands.append(command)
    return commands


def main() -> int:
    """Link into the running environment; exit code 2 outside of a virtual environment."""
    if sys.prefix == sys.base_prefix:
        print("run this with the Python of a virtual environment", file=sys.stderr)
        return 2
    paths = sysconfig.get_paths()
    link(PROJECT, Path(paths["purelib"]), Path(paths["scripts"]), sys.executable)
    return 0


if __name__ == "__main__":
    sys.exit(main())
