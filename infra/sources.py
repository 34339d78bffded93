"""The files a stack is made of. Imports no CDK, so that a rehearsal can ask cheaply."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
DEFINITION = Path("statemachines") / "migrate_fleet.asl.json"
CODE_PACKAGES = ("functions", "migrator")


@dataclass(frozen=True)
class Sources:
    """What the stack deploys: the definition's file, and the directories of the two assets."""

    definition: Path
    code: Path
    layer: Path


def stack_name(stage: str) -> str:
    """The CloudFormation stack of a stage."""
    return f"FleetMigrator-{stage}"
