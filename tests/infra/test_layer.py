"""The layer holds what the functions import, and is the same wherever it is built."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.layer import LayerBuildFailed, build_layer, make_reproducible, tree_hash
from infra.layer_requirements import IN_THE_RUNTIME, NotLocked, layer_requirements, locked_blocks
from infra.sources import CODE_PACKAGES, PROJECT

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layer of the committed lock, built in a directory of its own."""
    target = tmp_path_factory.mktemp("somewhere") / "layer"
    assert build_layer(PROJECT, target)
    return target


@pytest.mark.network
def test_it_stays_below_20_mib(layer: Path) -> None:
    size = sum(p.stat().st_size for p in layer.rglob("*") if p.is_file())
    assert 2 * MIB < size < 20 * MIB


@pytest.mark.network
def test_the_functions_find_everything_they_import(layer: Path) -> None:
    """Everything imported from outside is in the layer, in Lambda's runtime, or in Python."""
    here = {path.name.split(".")[0] for path in (layer / "python").iterdir()}
    runtime = {name.replace("python-dateutil", "dateutil") for name in IN_THE_RUNTIME}
    missing = {
        f"{module} in {source.relative_to(PROJECT)}"
        for source in code_files()
        for module in imported_modules(source)
        if module not in here | runtime | set(CODE_PACKAGES) | sys.stdlib_module_names
    }
    assert not missing


@pytest.mark.network
def test_it_holds_nothing_of_lambda_s_own(layer: Path) -> None:
    names = {path.name.split("-")[0] for path in (layer / "python").glob("*.dist-info")}
    assert "pydantic" in names
    assert not names & IN_THE_RUNTIME


@pytest.mark.network
def test_its_binaries_are_for_lambda_s_processor_and_python(layer: Path) -> None:
    binaries = [path.name for path in layer.rglob("*.so")]
    assert binaries
    assert all("cpython-313-aarch64-linux-gnu" in name for name in binaries)


@pytest.mark.network
def test_it_says_nothing_of_the_machine_that_built_it(layer: Path) -> None:
    packages = layer / "python"
    assert not (packages / "bin").exists()
    assert not list(packages.rglob("__pycache__"))
    assert not list(packages.rglob("RECORD"))
    assert not list(packages.glob(".*"))
    marks = [str(layer).encode(), str(PROJECT).encode()]
    telling = [p for p in packages.rglob("*") if p.is_file() and any(m in p.read_bytes() for m in marks)]
    assert not telling
    assert {p.stat().st_mode & 0o777 for p in packages.rglob("*") if p.is_file()} == {0o644}
    assert {p.stat().st_mode & 0o777 for p in packages.rglob("*") if p.is_dir()} == {0o755}


def test_what_an_installer_leaves_behind_is_taken_out(tmp_path: Path) -> None:
    left = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json")
    for name in (
        *("python/bin/jp.py", "python/.lock", "python/it/__init__.py", "python/it-1.dist-info/METADATA"),
        *(f"python/it-1.dist-info/{name}" for name in left),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("#!/somewhere/bin/python", encoding="utf-8")
    make_reproducible(tmp_path)
    kept = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    assert kept == ["python/it-1.dist-info/METADATA", "python/it/__init__.py"]


@pytest.mark.network
def test_it_is_built_once_and_again_only_when_it_must(layer: Path) -> None:
    before = tree_hash(layer)
    assert not build_layer(PROJECT, layer)
    (layer / "python" / "left_over.py").write_text("", encoding="utf-8")
    assert build_layer(PROJECT, layer)
    assert tree_hash(layer) == before


@pytest.mark.network
def test_another_lock_gives_another_layer(checkout: Path, tmp_path: Path) -> None:
    pyproject = checkout / "pyproject.toml"
    build_layer(checkout, tmp_path / "layer")
    text = pyproject.read_text(encoding="utf-8")
    assert '    "ldap3==2.9.1",\n' in text
    pyproject.write_text(text.replace('    "ldap3==2.9.1",\n', ""), encoding="utf-8")
    assert build_layer(checkout, tmp_path / "layer")
    assert not (tmp_path / "layer" / "python" / "ldap3").exists()


@pytest.mark.network
def test_a_wheel_whose_hash_is_another_is_refused(checkout: Path, tmp_path: Path) -> None:
    """And what was there before stays, for it is still good."""
    lock = checkout / "requirements.txt"
    lock.write_text("\n".join(with_a_wrong_hash("ldap3", lock)) + "\n", encoding="utf-8")
    target = tmp_path / "layer"
    target.mkdir()
    (target / "good").write_text("", encoding="utf-8")
    with pytest.raises(LayerBuildFailed, match="ldap3"):
        build_layer(checkout, target)
    assert [p.name for p in target.iterdir()] == ["good"]
    assert not list(tmp_path.glob(f"layer.{os.getpid()}"))


@pytest.mark.network
def test_a_package_without_a_hash_is_refused(checkout: Path, tmp_path: Path) -> None:
    lock = checkout / "requirements.txt"
    block = locked_blocks(lock.read_text(encoding="utf-8"))["ldap3"]
    lock.write_text(lock.read_text(encoding="utf-8").replace(block, "ldap3==2.9.1\n"), encoding="utf-8")
    with pytest.raises(LayerBuildFailed, match="ldap3"):
        build_layer(checkout, tmp_path / "layer")


def test_the_requirements_are_the_lock_s_with_every_hash() -> None:
    lock = locked_blocks((PROJECT / "requirements.txt").read_text(encoding="utf-8"))
    found = locked_blocks(layer_requirements(PROJECT))
    assert {"aws-lambda-powertools", "ldap3", "pyasn1", "pydantic", "pydantic-core"} <= found.keys()
    assert not found.keys() & {"boto3", "aws-cdk-lib", "moto", "pytest", "colorama", "aws-xray-sdk"}
    for name, block in found.items():
        assert block == lock[name]
        assert "--hash=sha256:" in block


def test_what_is_not_locked_is_named(checkout: Path) -> None:
    lock = checkout / "requirements.txt"
    lines = lock.read_text(encoding="utf-8").replace("\npydantic-core==", "\nsomething-else==")
    lock.write_text(lines, encoding="utf-8")
    with pytest.raises(NotLocked, match="has no pydantic-core: run make lock"):
        layer_requirements(checkout)


def code_files() -> Iterator[Path]:
    for package in CODE_PACKAGES:
        yield from (PROJECT / package).rglob("*.py")


def imported_modules(source: Path) -> set[str]:
    """The top-level names of what a module imports, but for what only a type checker sees."""
    found: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(source.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            waiting.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
        waiting.extend(ast.iter_child_nodes(node))
    return found


def with_a_wrong_hash(name: str, lock: Path) -> Iterator[str]:
    """The lock's lines, with one hash for the package, which is not its own."""
    inside = False
    for line in lock.read_text(encoding="utf-8").splitlines():
        if not line.startswith(" "):
            inside = line.startswith(f"{name}==")
            yield f"{line} --hash=sha256:{'0' * 64}".replace(" \\ ", " ") if inside else line
        elif not inside:
            yield line
