"""Terminating the targets that rollbacks left in ERROR, when the input says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from migrator.domain.failed_targets import Around, left_in_error, objections
from migrator.domain.records import MigrationRecord
from migrator.services import Services
from migrator.steps.remarks import Remark

TERMINATED_FILE = "failed-targets.json"
"""By WorkSpace: its target, whether it was terminated, and why not."""

_GONE = (None, "TERMINATED")

_AFTER = "Look at the original, then run again; if it fails again, contact AWS Support."


def terminate_failed(services: Services, run_id: str, records: Iterable[MigrationRecord]) -> int:
    """Terminate what every guard lets go, once; how many of those terminated are still on their way out."""
    failed = [record for record in records if left_in_error(record)]
    if not failed:
        return 0
    done: dict[str, Any] = services.runs.read_json(run_id, TERMINATED_FILE) or {}
    fresh = [record for record in failed if record.workspace_id not in done]
    for record in fresh:
        done[record.workspace_id] = _one(services, record)
        # Written after each: a function that dies here must not lose what it did.
        services.runs.write_json(run_id, TERMINATED_FILE, done)
    return _leaving(services, [one["targetWorkspaceId"] for one in done.values() if one["terminated"]])


def _one(services: Services, record: MigrationRecord) -> dict[str, Any]:
    target_id = record.target_workspace_id or ""
    found = services.workspaces.describe([record.workspace_id, target_id])
    connection = services.workspaces.connections([target_id]).get(target_id)
    around = Around(found.get(record.workspace_id), found.get(target_id), connection)
    target = around.target
    if target is not None and target.state in ("TERMINATING", "TERMINATED"):
        why: str | None = None  # By an invocation that died before it could say so, or by somebody else.
    else:
        why = "; ".join(objections(record, around)) or services.workspaces.terminate(target_id)
    return {"targetWorkspaceId": target_id, "terminated": why is None, "why": why}


def _leaving(services: Services, target_ids: Sequence[str]) -> int:
    if not target_ids:
        return 0
    found = services.workspaces.describe(target_ids)
    states = [found[one].state if one in found else None for one in target_ids]
    return sum(1 for state in states if state not in _GONE)


def told_of_targets(services: Services, run_id: str) -> Iterator[tuple[str, Remark]]:
    """WorkSpaces, and what the report says of their failed targets."""
    done: dict[str, Any] = services.runs.read_json(run_id, TERMINATED_FILE) or {}
    for workspace_id, one in done.items():
        target = one["targetWorkspaceId"]
        if one["terminated"]:
            yield workspace_id, Remark(f"target {target} was left in ERROR and has been terminated", _AFTER)
        else:
            yield workspace_id, Remark(f"target {target} was not terminated: {one['why']}")
