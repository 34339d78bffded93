"""python -m infra.bill_of_materials FILE: what this product is made of, as CycloneDX 1.6 in JSON.

Made of the two locks and the metadata of what is installed: the same locks give the same bytes, so it has
neither a time nor a serial number. What the Lambda layer has is `required`, tools are `excluded`.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from infra.packages import Package, locked_packages
from infra.sources import PROJECT


def bill_of_materials(project: Path) -> dict[str, Any]:
    """The document. Raises what infra.packages.locked_packages raises."""
    itself = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": itself["name"],
                "name": itself["name"],
                "version": itself["version"],
                "licenses": [{"expression": itself["license"]}],
            }
        },
        "components": [
            *(_component(one) for one in locked_packages(project)),
            *_of_node(project),
        ],
    }


def _component(package: Package) -> dict[str, Any]:
    reference = f"pkg:pypi/{package.name}@{package.version}"
    licence = package.licence
    return {
        "type": "library",
        "bom-ref": reference,
        "name": package.name,
        "version": package.version,
        "scope": "required" if package.deployed else "excluded",
        "hashes": [{"alg": "SHA-256", "content": one} for one in package.hashes],
        **({"licenses": [{"expression": licence}]} if licence else {}),
        "purl": reference,
    }


def _of_node(project: Path) -> list[dict[str, Any]]:
    """The command line of the CDK, which deploys and is not deployed."""
    lock = json.loads((project / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    found = []
    for path, entry in sorted(lock.items()):
        if not path:
            continue
        name = path.rpartition("node_modules/")[2]
        reference = f"pkg:npm/{name.replace('@', '%40')}@{entry['version']}"
        one = {"type": "library", "bom-ref": reference, "name": name, "version": entry["version"]}
        licence = {"licenses": [{"expression": entry["license"]}]} if "license" in entry else {}
        found.append({**one, "scope": "excluded", **licence, "purl": reference})
    return found


def main(arguments: list[str]) -> int:
    """Write the document."""
    target = Path(arguments[0])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(bill_of_materials(PROJECT), indent=2) + "\n", encoding="utf-8")
    print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
