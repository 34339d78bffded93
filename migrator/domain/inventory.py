"""An inventory: the CSV that lists a run's WorkSpaces, with a target for each if it likes."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

WORKSPACE_ID = re.compile(r"ws-[0-9a-z]{8,63}")
"""The API refuses a whole page of ids for one that is not of this form, and no such WorkSpace exists."""

_OURS = ("WorkspaceId", "TargetBundleId", "Region")

_LIKE_AN_ID = re.compile(r"ws-[0-9a-z]*", re.IGNORECASE | re.ASCII)
_BUNDLE_ID = re.compile(r"wsb-[0-9a-z]+")


@dataclass(frozen=True, slots=True)
class InventoryContents:
    """What an inventory lists."""

    workspace_ids: tuple[str, ...]
    targets: dict[str, str]
    """Target bundles by WorkSpace, where the inventory gives one."""
    strangers: tuple[str, ...]
    """Rows whose WorkspaceId is no id; each is accounted for as not found. What does not even look like one
    is called by its line: where a column slipped it is somebody's name, and logs name no user."""
    elsewhere: dict[str, str]
    """WorkSpaces that a Region column puts in another Region than the run's, and that Region."""


def read_inventory(text: str, where: str, region: str) -> tuple[InventoryContents, list[str]]:
    """The contents, and what is wrong with the file as a whole, each with its remedy.

    `where` names the file in those sentences, `region` is the run's. Columns that are not ours are
    left alone; spaces around names and values do not count.
    """
    try:
        return _read(text, where, region)
    except csv.Error as error:
        return InventoryContents((), {}, (), {}), [f"{where} is no CSV: {error}; mind its quotes"]


def _read(text: str, where: str, region: str) -> tuple[InventoryContents, list[str]]:
    rows = csv.DictReader(
        # A quote that nobody closes swallows what follows it: strict says so.
        io.StringIO(text.lstrip("\ufeff"), newline=""),
        skipinitialspace=True,
        strict=True,
    )
    names = [(name or "").strip() for name in rows.fieldnames or ()]
    if twice := [name for name in _OURS if names.count(name) > 1]:
        return InventoryContents((), {}, (), {}), [
            f"{where} has the column {twice[0]} {names.count(twice[0])} times; keep the one that is meant"
        ]
    columns = {(name or "").strip(): name for name in rows.fieldnames or ()}
    if "WorkspaceId" not in columns:
        return InventoryContents((), {}, (), {}), [
            f"{where} has no WorkspaceId column; its first line must name the columns, separated by commas"
        ]
    ids: dict[str, None] = {}
    targets: dict[str, str] = {}
    strangers: dict[str, None] = {}
    elsewhere: dict[str, str] = {}
    faults: list[str] = []
    for row in rows:
        workspace_id, target, its_region = (
            (row.get(columns.get(name, name)) or "").strip() for name in _OURS
        )
        number = rows.line_num
        if any(one.strip() for one in row.get(None, ())):
            faults.append(
                f"{where}, line {number} has more values than the first line names columns; name them all, "
                "or quote values that have commas"
            )
            continue
        if not workspace_id and not target:
            continue
        if not WORKSPACE_ID.fullmatch(workspace_id):
            strangers[_called(workspace_id, number)] = None
            continue
        if its_region and its_region != region:
            elsewhere[workspace_id] = its_region
            continue
        ids[workspace_id] = None
        if not target:
            continue
        if not _BUNDLE_ID.fullmatch(target):
            faults.append(f"{where}, line {number}: its TargetBundleId is no bundle id (wsb-…)")
        elif targets.setdefault(workspace_id, target) != target:
            faults.append(f"{where}, line {number}: {workspace_id} is listed with two targets")
    for one in ids.keys() & elsewhere.keys():
        faults.append(f"{where}: {one} is listed in {region} and in {elsewhere[one]}; keep the true one")
    return InventoryContents(tuple(ids), targets, tuple(strangers), elsewhere), faults


def _called(text: str, number: int) -> str:
    if not text:
        return f"(line {number}: empty)"
    return text if _LIKE_AN_ID.fullmatch(text) else f"(line {number}: no WorkspaceId)"
