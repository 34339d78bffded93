"""Synthesis without the CDK's command line, and when it can be spared."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.configuration import ConfigurationFault
from infra.freshness import STAMP, SynthesisFailed, fresh, template_for_rehearsal, template_path
from infra.sources import PROJECT
from infra.synth import synthesize

# A proxy that nobody listens on, for every tool that asks the environment for one.
OFFLINE = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9"),
    **dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9"),
    "UV_OFFLINE": "1",
}


def run(
    checkout: Path, *command: str, umask: int = 0o022, environment: Mapping[str, str] | None = None
) -> str:
    """Run Python in a checkout as somebody else would, and return what it printed."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout), **(environment or {})},
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def files_below(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.slow
@pytest.mark.network
def test_two_checkouts_give_the_same_assembly_byte_for_byte(checkout: Path, tmp_path: Path) -> None:
    """Assets included: another path, another umask, other times, and a run's litter."""
    other = tmp_path / "another" / "place"
    other.parent.mkdir()
    shutil.copytree(checkout, other)
    (other / "functions" / "__pycache__").mkdir()
    (other / "functions" / "__pycache__" / "start.cpython-311.pyc").write_bytes(b"\0")
    for path in other.rglob("*"):
        os.utime(path, (1, 1))
    run(checkout, "-m", "infra.synth", "--out", "cdk.out")
    run(other, "-m", "infra.synth", "--out", "cdk.out", umask=0o077)
    assert files_below(checkout / "cdk.out") == files_below(other / "cdk.out")
    modes = {p.stat().st_mode & 0o777 for p in (other / "build" / "layer").rglob("*") if p.is_file()}
    assert modes == {0o644}


@pytest.mark.slow
@pytest.mark.network
def test_the_command_line_s_way_gives_the_same_templates(
    checkout: Path, tmp_path: Path, cdk_json: dict[str, Any]
) -> None:
    """The CDK's command line hands app.py the context and the directory in its environment."""
    run(checkout, "-m", "infra.synth", "--out", "cdk.out")
    by_command_line = tmp_path / "by-command-line"
    run(
        checkout,
        "app.py",
        environment={
            "CDK_CONTEXT_JSON": json.dumps(cdk_json["context"]),
            "CDK_OUTDIR": str(by_command_line),
        },
    )
    ours = files_below(checkout / "cdk.out")
    del ours[STAMP]
    assert files_below(by_command_line) == ours


def test_a_rehearsal_s_template_needs_no_network_and_no_layer(checkout: Path) -> None:
    run(
        checkout,
        "-c",
        "from infra.freshness import template_for_rehearsal; template_for_rehearsal('dev')",
        environment={**OFFLINE, "UV_CACHE_DIR": str(checkout / "empty-cache")},
    )
    assert (checkout / "build" / "rehearsal-assembly" / "FleetMigrator-dev.template.json").is_file()
    assert not (checkout / "build" / "layer").exists()


@pytest.mark.network
def test_a_rehearsal_s_template_differs_in_the_layer_s_hash_only(checkout: Path, tmp_path: Path) -> None:
    deployable = template(synthesize("dev", tmp_path / "a", project=checkout))
    rehearsed = template(synthesize("dev", tmp_path / "b", placeholder_layer=True, project=checkout))
    hashes = [pop_layer_key(deployable), pop_layer_key(rehearsed)]
    assert hashes[0] != hashes[1]
    assert deployable == rehearsed


def test_what_lies_there_is_used_while_it_is_fresh(checkout: Path) -> None:
    first = template_for_rehearsal("dev", checkout)
    written = first.stat().st_mtime_ns
    assert template_for_rehearsal("dev", checkout) == first
    assert first.stat().st_mtime_ns == written
    # A deployable assembly, where there is one, serves a rehearsal as well.
    shutil.copytree(first.parent, checkout / "cdk.out")
    assert template_for_rehearsal("dev", checkout) == template_path("dev", checkout / "cdk.out")


def append(path: str) -> Callable[[Path], None]:
    def change(checkout: Path) -> None:
        with (checkout / path).open("a", encoding="utf-8") as file:
            file.write("\n")

    return change


@pytest.mark.parametrize(
    "change",
    [
        append("statemachines/migrate_fleet.asl.json"),
        append("cdk.json"),
        append("infra/stack.py"),
        append("requirements.txt"),
    ],
)
def test_whatever_shapes_the_template_makes_it_stale(
    change: Callable[[Path], None], synthesized: Path
) -> None:
    assert fresh("dev", synthesized / "out", project=synthesized)
    change(synthesized)
    assert not fresh("dev", synthesized / "out", project=synthesized)


@pytest.mark.parametrize("path", ["functions/start.py", "migrator/settings.py", "pyproject.toml"])
def test_code_makes_stale_only_what_is_to_be_deployed(path: str, synthesized: Path) -> None:
    out = synthesized / "out"
    pretend_built(out)
    assert fresh("dev", out, deployable=True, project=synthesized)
    append(path)(synthesized)
    assert not fresh("dev", out, deployable=True, project=synthesized)
    assert fresh("dev", out, project=synthesized)


def test_a_placeholder_is_never_deployable(synthesized: Path) -> None:
    assert not fresh("dev", synthesized / "out", deployable=True, project=synthesized)


def test_another_stage_is_not_there(synthesized: Path) -> None:
    assert not fresh("prod", synthesized / "out", project=synthesized)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_an_assembly_with_a_torn_stamp_is_not_trusted(content: str, synthesized: Path) -> None:
    (synthesized / "out" / STAMP).write_text(content, encoding="utf-8")
    assert not fresh("dev", synthesized / "out", project=synthesized)


def test_a_faulty_stage_is_named_and_the_old_assembly_stays(synthesized: Path) -> None:
    before = files_below(synthesized / "out")
    content = json.loads((synthesized / "cdk.json").read_text(encoding="utf-8"))
    content["context"]["stages"]["dev"]["apiBurst"] = 0
    (synthesized / "cdk.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ConfigurationFault, match=r"context\.stages\.dev\.apiBurst"):
        synthesize("dev", synthesized / "out", placeholder_layer=True, project=synthesized)
    assert files_below(synthesized / "out") == before
    with pytest.raises(SynthesisFailed, match=r"cdk\.json: context\.stages\.dev\.apiBurst: must be"):
        template_for_rehearsal("dev", synthesized)


def test_a_stage_that_is_not_configured_is_named(checkout: Path) -> None:
    with pytest.raises(ConfigurationFault, match="no stage test; configured are prod, dev"):
        synthesize("test", checkout / "out", placeholder_layer=True, project=checkout)
    assert not (checkout / "out").exists()


def test_nothing_is_left_beside_the_assembly(synthesized: Path) -> None:
    assert not list(synthesized.glob("out.*"))
    assert not list((synthesized / "build").glob("assets-*"))


def test_asking_costs_no_cdk() -> None:
    """A rehearsal asks at every start; importing the CDK alone takes seconds."""
    loaded = run(PROJECT, "-c", "import sys, infra.freshness; print('aws_cdk' in sys.modules)")
    assert loaded.strip() == "False"


@pytest.fixture
def synthesized(checkout: Path, assembly: Path) -> Path:
    """A checkout with a fresh assembly for a rehearsal in out/."""
    shutil.copytree(assembly, checkout / "out")
    return checkout


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The assembly of stage dev, made once."""
    from tests.infra.synthesis import copy_checkout

    checkout = copy_checkout(tmp_path_factory.mktemp("once") / "checkout")
    synthesize("dev", checkout / "out", placeholder_layer=True, project=checkout)
    return checkout / "out"


def template(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def pop_layer_key(content: dict[str, Any]) -> str:
    [layer] = [r for r in content["Resources"].values() if r["Type"] == "AWS::Lambda::LayerVersion"]
    key: str = layer["Properties"]["Content"].pop("S3Key")
    return key


def pretend_built(out: Path) -> None:
    stamp = json.loads((out / STAMP).read_text(encoding="utf-8"))
    (out / STAMP).write_text(json.dumps({**stamp, "layer": "built"}), encoding="utf-8")
