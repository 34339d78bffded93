"""What the functions weigh: import time and memory of each, and the size of their layer."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.function_table import FUNCTIONS
from infra.layer import build_layer
from infra.sources import PROJECT

IMPORTED_TIMES = 5

_PROBE = """
import json, pathlib, resource, sys, time
began = time.process_time()
__import__(sys.argv[1])
took = time.process_time() - began
status = pathlib.Path("/proc/self/status")
if status.is_file():  # the resource usage begins with that of the process that started this one
    kib = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
else:
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([took, kib / 1024]))
"""


def weigh(most_bytes: Mapping[str, int]) -> list[dict[str, Any]]:
    """A row for each function: the fastest of some imports, each in a fresh interpreter of this machine, in
    seconds of its processor.

    `mostMiB` is what the process has after the import plus what the largest invocation allocated.
    """
    rows = []
    for spec in FUNCTIONS:
        imports = [_imported(spec.handler.rpartition(".")[0]) for _ in range(IMPORTED_TIMES)]
        after = max(one[1] for one in imports)
        more = most_bytes.get(spec.name)
        rows.append(
            {
                "function": spec.name,
                "importSeconds": round(min(one[0] for one in imports), 3),
                "importedMiB": round(after, 1),
                "mostMiB": None if more is None else round(after + more / 2**20, 1),
                "memoryMiB": spec.memory_mib,
            }
        )
    return rows


def _imported(module: str) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, module], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    took, mib = json.loads(done.stdout)
    return took, mib


def layer_mib() -> float:
    """The layer as Lambda unpacks it. Raises LayerBuildFailed where its packages cannot be had."""
    layer = PROJECT / "build" / "layer"
    build_layer(PROJECT, layer)
    return round(_size(layer) / 2**20, 2)


def _size(root: Path) -> int:
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
