"""What the product is made of is known, under licences that were looked at, and can be handed on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from infra.audit import audit
from infra.bill_of_materials import bill_of_materials, main
from infra.layer_requirements import layer_requirements, locked_blocks
from infra.packages import Package, locked_packages
from infra.sources import PROJECT

NOTICE = (PROJECT / "NOTICE").read_text(encoding="utf-8")


def of(name: str) -> Package:
    [found] = [one for one in locked_packages(PROJECT) if one.name == name]
    return found


def test_the_lock_stands_the_audit() -> None:
    packages = locked_packages(PROJECT)
    assert {one.name for one in packages if one.deployed} == locked_blocks(layer_requirements(PROJECT)).keys()
    assert audit(packages, NOTICE) == []


@pytest.mark.parametrize(
    ("package", "notice", "fault"),
    [
        (replace(of("ldap3"), hashes=()), NOTICE, "ldap3: the lock has no hash of it"),
        (replace(of("ldap3"), version="2.9"), NOTICE, "ldap3: 2.9.1 is installed, 2.9 is locked"),
        (replace(of("ldap3"), name="never-heard-of"), NOTICE, "never-heard-of: locked, and not installed"),
        (of("ldap3"), NOTICE.replace("(LGPLv3)", ""), "NOTICE does not say that it is under LGPL-3.0-only"),
        (of("ldap3"), "", "ldap3: it is deployed, and NOTICE does not say"),
        (replace(of("pytest"), deployed=True), NOTICE, "pytest: it is deployed, and NOTICE does not say"),
    ],
)
def test_what_the_audit_finds(package: Package, notice: str, fault: str) -> None:
    [found] = audit([package], notice)
    assert fault in found


@pytest.mark.parametrize(
    ("metadata", "told"),
    [
        ("License-Expression: AGPL-3.0-only", "nobody has looked at its licence AGPL-3.0-only"),
        ("License: see the file", "names no licence we know"),
        ("Summary: nothing of the kind", "names no licence we know"),
        ("License-Expression: MIT AND SSPL-1.0", "nobody has looked at its licence SSPL-1.0"),
    ],
)
def test_a_licence_that_nobody_has_looked_at(
    metadata: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "strangers-1.0.dist-info"
    home.mkdir()
    (home / "METADATA").write_text(f"Metadata-Version: 2.4\nName: strangers\nVersion: 1.0\n{metadata}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    [found] = audit([Package("strangers", "1.0", ("0" * 64,), needed_here=True, deployed=False)], NOTICE)
    assert told in found


def test_what_another_platform_needs_is_not_missed_here() -> None:
    assert audit([Package("pywin32", "1", ("0" * 64,), needed_here=False, deployed=False)], NOTICE) == []


def test_the_bill_has_every_package_of_both_locks_once() -> None:
    bill = bill_of_materials(PROJECT)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    lock = locked_blocks((PROJECT / "requirements.txt").read_text(encoding="utf-8"))
    node = json.loads((PROJECT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    references = [one["bom-ref"] for one in bill["components"]]
    assert len(references) == len(set(references)) == len(lock) + len(node) - 1
    for one in bill["components"]:
        assert one["purl"].endswith(f"{one['name']}@{one['version']}".replace("@aws", "%40aws"))
    deployed = {one["name"] for one in bill["components"] if one["scope"] == "required"}
    assert deployed == locked_blocks(layer_requirements(PROJECT)).keys()
    python = [one for one in bill["components"] if one["purl"].startswith("pkg:pypi/")]
    assert {canonicalize_name(one["name"]) for one in python} == lock.keys()
    assert all(one["hashes"] for one in python)
    assert all(one["licenses"] for one in python if one["name"] in deployed)


def test_the_same_locks_give_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [tmp_path / "deep" / "one.json", tmp_path / "two.json"]
    for file in files:
        assert main([str(file)]) == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    assert capsys.readouterr().out.splitlines() == [str(file) for file in files]
