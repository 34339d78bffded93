"""python -m infra.definition: look for mistakes in the definition in cdk.out; exit code 1 if it has any."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from infra.configuration import load_stages, read_context
from infra.definition import definition_faults
from infra.freshness import template_path
from infra.sources import PROJECT


def main() -> int:
    """Every stage's synthesized state machine, so that what is checked is what is deployed."""
    faults = [
        f"{stage}: {fault}"
        for stage in load_stages(read_context(PROJECT))
        for fault in _of_a_template(template_path(stage, PROJECT / "cdk.out"))
    ]
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


def _of_a_template(template: Path) -> list[str]:
    resources = json.loads(template.read_text(encoding="utf-8"))["Resources"].values()
    machines = [one["Properties"] for one in resources if one["Type"] == "AWS::StepFunctions::StateMachine"]
    return [
        fault
        for machine in machines
        for fault in definition_faults(
            json.loads(machine["DefinitionString"]), machine.get("DefinitionSubstitutions", {})
        )
    ]


if __name__ == "__main__":
    sys.exit(main())
