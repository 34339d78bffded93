"""What is committed: locks that fit their sources, and nothing that is nobody's business."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from infra.layer_requirements import layer_requirements, locked_blocks
from infra.sources import PROJECT


def committed() -> list[Path]:
    """The text files of the repository, without those git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        check=True,
    ).stdout
    paths = [PROJECT / name.decode() for name in listed.split(b"\0") if name]
    return [p for p in paths if p.is_file() and b"\0" not in p.read_bytes()[:4096]]


LOCAL_AWS = PROJECT / "tests" / "deployed" / "local-aws.txt"
"""The local AWS has an environment of its own, with another botocore."""
LOCKS = (PROJECT / "requirements.txt", LOCAL_AWS)


def test_the_lock_satisfies_every_dependency_of_every_extra() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(d for e in project["optional-dependencies"].values() for d in e)]
    assert_satisfied(wanted, PROJECT / "requirements.txt")


def test_the_lock_of_the_local_aws_satisfies_what_it_is_made_of() -> None:
    lines = LOCAL_AWS.with_suffix(".in").read_text(encoding="utf-8").splitlines()
    assert_satisfied([line for line in lines if not line.startswith("#")], LOCAL_AWS)


def assert_satisfied(wanted: list[str], file: Path) -> None:
    lock = locked_blocks(file.read_text(encoding="utf-8"))
    for line in wanted:
        requirement = Requirement(line)
        block = lock.get(canonicalize_name(requirement.name), "")
        version = re.match(r"\S+?==([^ ;\\]+)", block)
        assert version, f"{line} is not in {file.name}: run make lock"
        assert requirement.specifier.contains(Version(version[1])), f"{line}: run make lock"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda one: one.name)
def test_every_locked_package_has_hashes_and_names_no_index(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    for name, block in locked_blocks(text).items():
        assert "--hash=sha256:" in block, name
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


def test_the_command_line_of_the_cdk_is_pinned_and_its_lock_names_no_registry() -> None:
    package = json.loads((PROJECT / "package.json").read_text(encoding="utf-8"))
    text = (PROJECT / "package-lock.json").read_text(encoding="utf-8")
    lock = json.loads(text)["packages"]
    assert package["devDependencies"] == {"aws-cdk": "2.1148.1"}
    assert lock["node_modules/aws-cdk"]["version"] == "2.1148.1"
    assert all("integrity" in entry for path, entry in lock.items() if path)
    assert "resolved" not in text
    assert "://" not in text


def test_every_package_of_the_layer_is_in_the_notice() -> None:
    notice = {canonicalize_name(word) for word in (PROJECT / "NOTICE").read_text(encoding="utf-8").split()}
    assert locked_blocks(layer_requirements(PROJECT)).keys() <= notice


def test_the_licence_is_the_whole_apache_licence() -> None:
    text = (PROJECT / "LICENSE").read_text(encoding="utf-8")
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert len(text.splitlines()) == 202


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("an access key", r"\b(AKIA|ASIA)(?!IOSFODNN7EXAMPLE)[0-9A-Z]{16}\b"),
        ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
        ("a token", r"\b(ghp_[A-Za-z0-9]{36}|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{60,})"),
        ("a path of somebody's home", r"(/home/|/Users/|/root/)\w"),
    ],
)
def test_nothing_private_is_committed(what: str, pattern: str) -> None:
    found = [
        f"{what} in {path.relative_to(PROJECT)}"
        for path in committed()
        if path != Path(__file__) and re.search(pattern, path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found


def test_every_test_is_where_pytest_looks() -> None:
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]
    looked = {PROJECT / one for one in settings["ini_options"]["testpaths"]}
    files = (PROJECT / "tests").rglob("test_*.py")
    assert [file for file in files if not looked & set(file.parents)] == []
