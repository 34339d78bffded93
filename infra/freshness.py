"""Whether an assembly that lies there is still the one its sources would give.

Imports no CDK: a rehearsal asks this first, and seldom has to synthesize.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.sources import CODE_PACKAGES, PROJECT, stack_name

STAMP = "synthesized.json"

# What decides resources, definition and environment. The functions' code decides only the
# assets' hashes: a rehearsal runs the code as it is in the checkout.
_SHAPE = ("infra", "app.py", "cdk.json", "statemachines", "requirements.txt")


class SynthesisFailed(RuntimeError):
    """The template could not be made; the message is what synthesis said."""


@dataclass(frozen=True)
class Inputs:
    """Hashes of an assembly's inputs, as written beside it."""

    shape: str
    code: str

    @staticmethod
    def of(project: Path) -> Inputs:
        """The inputs as they are now."""
        return Inputs(shape=_hash(project, _SHAPE), code=_hash(project, (*CODE_PACKAGES, "pyproject.toml")))


def fresh(stage: str, out: Path, *, deployable: bool = False, project: Path = PROJECT) -> bool:
    """Whether `out` holds the template of `stage` that the sources would give now.

    For a rehearsal, changed function code does not matter, nor whether the layer was built; with
    `deployable` both do.
    """
    stamp = _read_stamp(out / STAMP)
    if stamp is None or not template_path(stage, out).is_file():
        return False
    now = Inputs.of(project)
    if stamp["shape"] != now.shape:
        return False
    return not deployable or (stamp["layer"] == "built" and stamp["code"] == now.code)


def write_stamp(out: Path, inputs: Inputs, *, layer_built: bool) -> None:
    """Write down what the assembly in `out` was made of."""
    content = {
        "shape": inputs.shape,
        "code": inputs.code,
        "layer": "built" if layer_built else "placeholder",
    }
    (out / STAMP).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def template_path(stage: str, out: Path) -> Path:
    """Where an assembly in `out` keeps the template of `stage`."""
    return out / f"{stack_name(stage)}.template.json"


def template_for_rehearsal(stage: str, project: Path = PROJECT) -> Path:
    """The template of `stage`, synthesized only when no fresh one lies there.

    Takes the deployable assembly in cdk.out when it is fresh. Else one is made in
    build/rehearsal-assembly, in a process of its own, without the layer and without a network:
    its template differs from the deployable one in the assets' hashes only.
    Raises SynthesisFailed.
    """
    own = project / "build" / "rehearsal-assembly"
    for out in (project / "cdk.out", own):
        if fresh(stage, out, project=project):
            return template_path(stage, out)
    command = [sys.executable, "-m", "infra.synth", "--stage", stage, "--out", str(own)]
    done = subprocess.run(
        [*command, "--placeholder-layer"], cwd=project, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SynthesisFailed(done.stderr.strip() or done.stdout.strip())
    return template_path(stage, own)


def _read_stamp(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        # None or a torn one: the assembly is not to be trusted, and making it anew is cheap.
        return None
    return content if isinstance(content, dict) and {"shape", "code", "layer"} <= content.keys() else None


def _hash(project: Path, parts: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for path in _files(project, parts):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(project).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def _files(project: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    for part in parts:
        path = project / part
        if path.is_file():
            yield path
        else:
            found = (p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
            yield from sorted(found)
