"""What the product is made of is known, under licences that were looked at, and can be handed on."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from infra.audit import audit
from infra.bill_of_materials import bill_of_materials, faults_of, main
from infra.layer_requirements import layer_requirements, locked_blocks
from infra.lock import read_lock
from infra.packages import (
    LOCAL_AWS_LOCK,
    LOCK,
    NODE_LOCK,
    Package,
    installed_packages,
    licence_of,
    locked_packages,
)
from infra.sources import PROJECT
from tests.deployed.preparation import prepare

NOTICE = (PROJECT / "NOTICE").read_text(encoding="utf-8")


def of(name: str) -> Package:
    [found] = [one for one in locked_packages(PROJECT) if (one.name, one.lock) == (name, LOCK)]
    return found


def test_the_locks_stand_the_audit() -> None:
    packages = locked_packages(PROJECT)
    assert {one.lock for one in packages} == {LOCK, LOCAL_AWS_LOCK, NODE_LOCK}
    assert {one.name for one in packages if one.deployed} == locked_blocks(layer_requirements(PROJECT)).keys()
    assert audit(packages, NOTICE) == []


def test_what_the_local_aws_is_made_of_has_licences_that_were_looked_at() -> None:
    prepare()
    packages = [one for one in locked_packages(PROJECT) if one.lock == LOCAL_AWS_LOCK]
    assert all(one.installed and one.licence for one in packages)
    assert audit(packages, NOTICE) == []


@pytest.mark.parametrize(
    ("package", "notice", "fault"),
    [
        (replace(of("ldap3"), hashes=()), NOTICE, "ldap3: requirements.txt has no hash of it"),
        (
            replace(of("ldap3"), version="2.9"),
            NOTICE,
            "ldap3: 2.9.1 is installed, 2.9 is locked: run make setup",
        ),
        (replace(of("ldap3"), installed=None), NOTICE, "ldap3: locked, and not installed"),
        (
            replace(of("boto3"), version="2", lock=LOCAL_AWS_LOCK),
            NOTICE,
            f"{of('boto3').installed} is installed, 2 is locked: run make local-aws",
        ),
        (replace(of("pytest"), licence=None), NOTICE, "pytest: its metadata names no licence we know"),
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
def test_a_licence_that_nobody_has_looked_at(metadata: str, told: str, tmp_path: Path) -> None:
    home = tmp_path / "strangers-1.0.dist-info"
    home.mkdir()
    (home / "METADATA").write_text(f"Metadata-Version: 2.4\nName: strangers\nVersion: 1.0\n{metadata}\n")
    licence = licence_of(installed_packages([str(tmp_path)])["strangers"])
    [found] = audit([replace(of("pytest"), name="strangers", licence=licence)], NOTICE)
    assert told in found


@pytest.mark.parametrize(("lock", "needed_here"), [(LOCK, False), (LOCAL_AWS_LOCK, True)])
def test_what_is_not_for_here_or_not_here_yet_is_not_missed(lock: str, needed_here: bool) -> None:
    absent = replace(of("pytest"), needed_here=needed_here, installed=None, licence=None, lock=lock)
    assert audit([absent], NOTICE) == []


def test_a_lock_is_read_with_both_versions_of_one_package() -> None:
    first, second, third = read_lock(
        "some-net==3.6 ; python_full_version < '3.12' \\\n"
        f"    --hash=sha256:{'a' * 64} \\\n    --hash=sha256:{'b' * 64}\n    # via cfn-Lint\n"
        f"Some_Net==3.7 ; python_full_version >= '3.12' \\\n    --hash=sha256:{'c' * 64}\n"
        "    # via\n    #   cfn-lint\n    #   ours (pyproject.toml)\n"
        "bare[all]==1\n"
    )
    assert (first.name, second.name, third.name) == ("some-net", "some-net", "bare")
    assert (first.version, second.version, third.version) == ("3.6", "3.7", "1")
    assert (first.hashes, second.hashes, third.hashes) == (("a" * 64, "b" * 64), ("c" * 64,), ())
    assert (first.needed_by, second.needed_by) == (("cfn-lint",), ("cfn-lint", "ours (pyproject.toml)"))
    assert sorted((first.needed_here, second.needed_here)) == [False, True]
    assert third.needed_here


@pytest.mark.parametrize("line", ["-e .", "package>=1", "https://example.com/a.whl", "--index-url x"])
def test_a_line_that_pins_nothing_is_no_lock(line: str) -> None:
    with pytest.raises(ValueError, match="run make lock"):
        list(read_lock(line))


def the_bill() -> dict[str, Any]:
    return cast(dict[str, Any], json.loads(bill_of_materials(PROJECT, locked_packages(PROJECT))))


def test_the_bill_has_every_package_of_the_locks_once_with_hashes() -> None:
    bill = the_bill()
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    wanted = {
        f"pkg:pypi/{one.name}@{one.version}"
        for lock in (LOCK, LOCAL_AWS_LOCK)
        for one in read_lock((PROJECT / lock).read_text(encoding="utf-8"))
    } | {"pkg:npm/aws-cdk@2.1148.1"}
    references = [one["bom-ref"] for one in bill["components"]]
    assert len(references) == len(set(references))
    assert set(references) == wanted == {one["purl"] for one in bill["components"]}
    assert all(one["hashes"] for one in bill["components"])
    deployed = {one["name"] for one in bill["components"] if one["scope"] == "required"}
    assert deployed == locked_blocks(layer_requirements(PROJECT)).keys()


def test_the_bill_says_who_needs_what() -> None:
    needs = {one["ref"]: set(one.get("dependsOn", ())) for one in the_bill()["dependencies"]}
    version = {one.name: one.version for one in locked_packages(PROJECT) if one.lock == LOCK}
    itself = needs["workspaces-fleet-migrator"]
    assert {f"pkg:pypi/ldap3@{version['ldap3']}", "pkg:npm/aws-cdk@2.1148.1"} <= itself
    assert f"pkg:pypi/pyasn1@{version['pyasn1']}" in needs[f"pkg:pypi/ldap3@{version['ldap3']}"]
    reached, left = set(), {"workspaces-fleet-migrator"}
    while left:
        one = left.pop()
        reached.add(one)
        left |= needs[one] - reached
    assert reached == needs.keys(), "a package that nobody needs"


def test_an_npm_package_has_its_name_in_two_parts_and_the_hash_of_its_integrity(tmp_path: Path) -> None:
    integrity = f"sha1-{'A' * 27}= sha512-{base64.b64encode(bytes(64)).decode()}"
    entry = {"version": "2.0.0", "integrity": integrity, "license": "MIT"}
    document = {"packages": {"": {}, "node_modules/a/node_modules/@aws/cdk": entry}}
    for file in (LOCK, "pyproject.toml", LOCAL_AWS_LOCK):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes((PROJECT / file).read_bytes())
    (tmp_path / NODE_LOCK).write_text(json.dumps(document))
    [found] = [one for one in locked_packages(tmp_path) if one.lock == NODE_LOCK]
    assert (found.name, found.hashes) == ("@aws/cdk", ("00" * 64,))
    [component] = json.loads(bill_of_materials(PROJECT, [found]))["components"]
    assert (component["group"], component["name"]) == ("@aws", "cdk")
    assert component["purl"] == "pkg:npm/%40aws/cdk@2.0.0"
    assert component["hashes"] == [{"alg": "SHA-512", "content": "00" * 64}]
    document["packages"]["node_modules/a/node_modules/@aws/cdk"] = entry | {"integrity": "sha1-x"}
    (tmp_path / NODE_LOCK).write_text(json.dumps(document))
    faults = audit([one for one in locked_packages(tmp_path) if one.lock == NODE_LOCK], NOTICE)
    assert faults == ["@aws/cdk: package-lock.json has no hash of it: run make lock"]


def test_a_bill_that_is_none_is_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = bill_of_materials(PROJECT, [of("ldap3")])
    assert faults_of(bill, [of("ldap3")]) == []
    [fault] = faults_of(bill.replace('"library"', '"bookshop"'), [])
    assert "bookshop" in fault
    monkeypatch.setattr(
        "infra.bill_of_materials.locked_packages", lambda _: [replace(of("ldap3"), licence=None)]
    )
    assert main([str(tmp_path / "bill.json")]) == 1
    assert "ldap3 2.9.1: no licence of it is known" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_same_locks_give_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare()
    files = [tmp_path / "deep" / "one.json", tmp_path / "two.json"]
    for file in files:
        assert main([str(file)]) == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    assert capsys.readouterr().out.splitlines() == [str(file) for file in files]
