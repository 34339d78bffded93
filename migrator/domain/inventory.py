"""An inventory: the CSV that lists a run's WorkSpaces, with a target for each if it likes."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

_WORKSPACE_ID = re.compile(r"^ws-[0-9a-z]+$")
_BUNDLE_ID = re.compile(r"^wsb-[0-9a-z]+$")


@dataclass(frozen=True, slots=True)
class InventoryContents:
    """What an inventory lists."""

    workspace_ids: tuple[str, ...]
    targets: dict[str, str]
    """Target bundles by WorkSpace, where the inventory gives one."""
    strangers: tuple[str, ...]
    """Rows whose WorkspaceId is no id; each is accounted for as not found."""


def read_inventory(text: str, where: str) -> tuple[InventoryContents, list[str]]:
    """The contents, and what is wrong with the file as a whole, each with its remedy.

    `where` names the file in those sentences.
    """
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    if rows.fieldnames is None or "WorkspaceId" not in rows.fieldnames:
        return InventoryContents((), {}, ()), [
            f"{where} has no WorkspaceId column; its first line must name the columns"
        ]
    ids: dict[str, None] = {}
    targets: dict[str, str] = {}
    strangers: dict[str, None] = {}
    faults: list[str] = []
    for number, row in enumerate(rows, start=2):
        workspace_id = (row.get("WorkspaceId") or "").strip()
        target = (row.get("TargetBundleId") or "").strip()
        if not workspace_id and not target:
            continue
        if not _WORKSPACE_ID.match(workspace_id):
            strangers[workspace_id or f"(line {number}: empty)"] = None
            continue
        ids[workspace_id] = None
        if not target:
            continue
        if not _BUNDLE_ID.match(target):
            faults.append(f"{where}, line {number}: {target!r} is no bundle id (wsb-…)")
        elif targets.setdefault(workspace_id, target) != target:
            faults.append(f"{where}, line {number}: {workspace_id} is listed with two targets")
    return InventoryContents(tuple(ids), targets, tuple(strangers)), faults
