"""A case on trial: rehearsed, checked, and kept with its reproducer where something does not hold."""

from __future__ import annotations

import shutil
import traceback
from dataclasses import dataclass
from pathlib import Path

from infra.freshness import template_for_rehearsal
from rehearsal.simulation.case import Case
from rehearsal.simulation.draw import LATEST, draw_case
from rehearsal.simulation.evidence import Evidence, Runaway, gather
from rehearsal.simulation.invariants import violations


@dataclass(frozen=True)
class Trial:
    """What came of a case."""

    case: Case
    directory: Path
    faults: list[str]
    evidence: Evidence | None

    @property
    def held(self) -> bool:
        return not self.faults

    def told(self) -> str:
        """The complete reproducer, and what does not hold."""
        lines = [f"seed {self.case.seed} fails:"]
        lines += [f"  {fault}" for fault in self.faults]
        lines += [
            f"  again:   {self.case.command(self.directory)}",
            f"  checked: .venv/bin/python -m rehearsal.simulation --case {self.directory}",
        ]
        return "\n".join(lines)


def template() -> Path:
    """The template that is rehearsed, synthesized where need be."""
    return template_for_rehearsal("dev")


def try_case(case: Case, directory: Path, template_path: Path) -> Trial:
    """Rehearse a case and check it. Nothing a rehearsal can raise ends the simulation."""
    try:
        evidence = gather(case, directory, template_path)
    except (Exception, Runaway) as error:  # noqa: BLE001 - whatever it is, it is a finding
        place = "".join(traceback.format_exception(error)[-4:]).strip()
        return Trial(case, directory, [f"the rehearsal itself died: {place}"], None)
    return Trial(case, directory, violations(evidence), evidence)


def try_seed(seed: int, below: Path, template_path: Path, drawing: int = LATEST) -> Trial:
    """Draw, rehearse and check; only a failing seed's files stay."""
    directory = below / f"seed-{seed}"
    shutil.rmtree(directory, ignore_errors=True)
    trial = try_case(draw_case(seed, drawing), directory, template_path)
    if trial.held:
        shutil.rmtree(directory)
    return trial


def differing_files(one: Path, other: Path) -> list[str]:
    """Which files below two directories are not the same, byte for byte: of a case that was rehearsed twice
    there is none."""
    names = {path.relative_to(top) for top in (one, other) for path in top.rglob("*") if path.is_file()}
    return sorted(
        str(name)
        for name in names
        if not (one / name).is_file()
        or not (other / name).is_file()
        or (one / name).read_bytes() != (other / name).read_bytes()
    )
