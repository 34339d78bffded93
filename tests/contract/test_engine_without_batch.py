"""The engine without moto's Batch: it has what it wants of it, and everybody else gets the real one."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import moto.stepfunctions

from rehearsal.engine_without_batch import JobStatus


def test_the_names_of_states_are_batch_s_own() -> None:
    from moto.batch.utils import JobStatus as Batchs

    assert {one.name: one.value for one in JobStatus} == {
        one: Batchs[one].value for one in ("SUCCEEDED", "FAILED")
    }


def test_the_engine_wants_nothing_else_of_batch() -> None:
    wanted = set()
    for file in Path(moto.stepfunctions.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("moto.batch"):
                wanted |= {(file.stem, str(node.module), one.name) for one in node.names}
            if isinstance(node, ast.Attribute) and getattr(node.value, "id", None) == "JobStatus":
                assert node.attr in JobStatus.__members__
    assert wanted == {("state_task_service_batch", "moto.batch.utils", "JobStatus")}


def test_a_rehearsal_loads_neither_ec2_nor_ecs_and_batch_is_there_for_others() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, rehearsal.cli;"
            "print([one for one in ('moto.ec2', 'moto.ecs', 'moto.batch') if one in sys.modules]);"
            "from moto.batch.models import batch_backends; print(batch_backends.service_name)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split("\n")[:2] == ["[]", "batch"]
