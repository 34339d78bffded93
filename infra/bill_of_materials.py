"""python -m infra.bill_of_materials FILE: what this product is made of, as CycloneDX 1.6 in JSON.

Made of the locks and the metadata of what is installed: the same locks give the same bytes, so it has
neither a time nor a serial number. What the Lambda layer has is `required`, tools are `excluded`.
Exit code 1, and no file, where it does not hold against CycloneDX's own schema, or a licence is not known.
"""

from __future__ import annotations

import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from infra.packages import Package, locked_packages
from infra.sources import PROJECT

_ALGORITHM = {"pypi": HashAlgorithm.SHA_256, "npm": HashAlgorithm.SHA_512}


def bill_of_materials(project: Path, packages: Iterable[Package]) -> str:
    """The document. What two locks have in the same version is in it once."""
    itself = _itself(project)
    bill = Bom()
    bill.serial_number = None  # type: ignore[assignment]  # it would be another one each time
    bill.metadata.timestamp = None  # type: ignore[assignment]
    bill.metadata.component = itself
    # By lock and name, for who needs whom: a lock may have two versions of one.
    named: dict[tuple[str, str], list[Component]] = defaultdict(list)
    known: dict[str, Component] = {}
    told = list(packages)
    for one in told:
        reference = str(_address(one))
        known.setdefault(reference, _component(one))
        named[one.lock, one.name].append(known[reference])
    bill.components.update(known.values())
    bill.register_dependency(itself)
    for one in told:
        for needing in one.needed_by:
            for component in named[one.lock, needing] if needing else [itself]:
                bill.register_dependency(component, [known[str(_address(one))]])
    return JsonV1Dot6(bill).output_as_string(indent=2) + "\n"


def faults_of(bill: str, packages: Iterable[Package]) -> list[str]:
    """What keeps the document from being one: CycloneDX's schema, a package without a licence.

    The schema is held as to its shape; forms of addresses are not looked at.
    """
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill)
    return [
        *([] if fault is None else [f"not CycloneDX 1.6: {fault}"]),
        *(f"{one.name} {one.version}: no licence of it is known" for one in packages if not one.licence),
    ]


def _itself(project: Path) -> Component:
    it = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return Component(
        type=ComponentType.APPLICATION,
        bom_ref=it["name"],
        name=it["name"],
        version=it["version"],
        licenses=[LicenseExpression(it["license"])],
    )


def _address(package: Package) -> PackageURL:
    group, _, name = package.name.rpartition("/")
    return PackageURL(package.ecosystem, group or None, name, package.version)


def _component(package: Package) -> Component:
    address = _address(package)
    return Component(
        type=ComponentType.LIBRARY,
        bom_ref=str(address),
        group=address.namespace,
        name=address.name,
        version=package.version,
        scope=ComponentScope.REQUIRED if package.deployed else ComponentScope.EXCLUDED,
        hashes=[HashType(alg=_ALGORITHM[package.ecosystem], content=one) for one in package.hashes],
        licenses=[LicenseExpression(package.licence)] if package.licence else [],
        purl=address,
    )


def main(arguments: list[str]) -> int:
    """Write the document."""
    packages = locked_packages(PROJECT)
    bill = bill_of_materials(PROJECT, packages)
    if faults := faults_of(bill, packages):
        sys.stderr.writelines(f"{fault}\n" for fault in faults)
        return 1
    target = Path(arguments[0])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(bill, encoding="utf-8")
    print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
