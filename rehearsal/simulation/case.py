"""A case: everything one rehearsal is given, and the files it lies in."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A fleet, one input or two that overlap, and faults; documents as `rehearse run` reads them."""

    seed: int
    fleet: Document
    inputs: list[Document]
    faults: list[Document] = field(default_factory=list)
    stagger_seconds: float = 0.0
    """Between the starts of two inputs."""
    inventories: dict[str, str] = field(default_factory=dict)
    """CSV files that inputs name, by the last part of their key."""

    def write(self, directory: Path) -> None:
        """Write the files."""
        directory.mkdir(parents=True, exist_ok=True)
        documents: dict[str, Any] = {"fleet.json": self.fleet, "faults.json": self.faults}
        for path, given in zip(self.input_paths(directory), self.inputs, strict=True):
            documents[path.name] = given
        documents["case.json"] = {
            "seed": self.seed,
            "staggerSeconds": self.stagger_seconds,
            "inputs": [path.name for path in self.input_paths(directory)],
            "inventories": sorted(self.inventories),
        }
        for name, document in documents.items():
            (directory / name).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        for name, text in self.inventories.items():
            (directory / name).write_bytes(text.encode())

    def input_paths(self, directory: Path) -> list[Path]:
        """Where `write` puts the inputs."""
        return [directory / f"input-{number}.json" for number in range(1, len(self.inputs) + 1)]

    def command(self, directory: Path) -> str:
        """The line that rehearses it again, from the files that `write` left."""
        words = [".venv/bin/rehearse", "run", "--fleet", str(directory / "fleet.json")]
        for path in self.input_paths(directory):
            words += ["--input", str(path)]
        if self.faults:
            words += ["--faults", str(directory / "faults.json")]
        if len(self.inputs) > 1:
            words += ["--stagger", f"{self.stagger_seconds:g}"]
        words += ["--seed", str(self.seed), "--out", str(directory / "out")]
        return shlex.join(words)


def read_case(directory: Path) -> Case:
    """The case that `Case.write` left there."""

    def document(name: str) -> Any:
        return json.loads((directory / name).read_text(encoding="utf-8"))

    case = document("case.json")
    return Case(
        seed=case["seed"],
        fleet=document("fleet.json"),
        inputs=[document(name) for name in case["inputs"]],
        faults=document("faults.json"),
        stagger_seconds=case["staggerSeconds"],
        inventories={name: (directory / name).read_bytes().decode() for name in case["inventories"]},
    )
