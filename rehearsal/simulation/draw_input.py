"""Drawing a run's input: every criterion, target, brake, window and rhythm, against a drawn fleet."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from rehearsal.simulation.catalogue import (
    BYOL_10,
    CATALOGUE,
    CUSTOM_22,
    NO_SUCH_BUNDLE,
    PUBLIC_22,
    PUBLIC_PLUS,
)
from rehearsal.simulation.draw_fleet import iso

Document = dict[str, Any]

_RULES = (
    "plus-edition",
    "custom-10-to-public-10",
    "scenario",
    "linux",
    "bundle-unknown",
    "duplicate-user",
    "opt-out",
    "protocol-only",
    "nested-virtualization",
    "standby",
    "same-bundle",
    "bundle-unavailable",
    "byol-source",
    "state",
    "admin-maintenance",
    "modification-in-progress",
    "user-connected",
    "no-snapshot",
    "unsaved-work",
    "snapshot-age",
    "addresses",
)


def draw_input(draw: random.Random, fleet: Document, number: int) -> tuple[Document, dict[str, str]]:
    """An input and the inventories it names."""
    select, inventories = _select(draw, fleet, number)
    given: Document = {"select": select, "target": _target(draw, fleet)}
    if draw.random() < 0.9:
        given["dryRun"] = draw.random() < 0.1
    if draw.random() < 0.6:
        given["batchSize"] = draw.choice((1, 2, 3, 5, 10, 25))
    if draw.random() < 0.8:
        given["maxInFlight"] = draw.choice((1, 2, 3, 5, 8, 12, 20, 30))
    if draw.random() < 0.3:
        given["canary"] = draw.randint(1, 6)
    if draw.random() < 0.8:
        given["abortAtFailurePercent"] = draw.choice((0, 5, 25, 50, 100, 100, 100))
    if draw.random() < 0.15:
        now = datetime.fromisoformat(fleet["Twin"]["now"])
        given["window"] = {"closesAt": iso(now + timedelta(minutes=draw.randint(30, 400)))}
    if draw.random() < 0.6:
        given["polling"] = _polling(draw)
    if draw.random() < 0.4:
        given["rules"] = {
            rule: draw.choice(("warn", "off", "block")) for rule in draw.sample(_RULES, draw.randint(1, 4))
        }
    if draw.random() < 0.2:
        given["maxSnapshotAgeHours"] = draw.choice((1, 4, 8, 13, 48, 100))
    if draw.random() < 0.5:
        given["bundleFacts"] = _facts(draw)
    if draw.random() < 0.3:
        modes = ("report", "disable", "delete")
        given["directoryCleanUp"] = {"failedTargets": draw.choice(modes)}
        # By a stream of its own: seeds that once found something go on drawing what they drew then.
        own = random.Random(f"former computers {given}")
        given["directoryCleanUp"]["formerComputers"] = own.choice(modes)
    return given, inventories


def _polling(draw: random.Random) -> Document:
    failed = draw.choice((10, 30, 60, 60, 90))
    return {
        "firstAfterSeconds": min(failed * 60, draw.choice((30, 60, 300, 600, 1200))),
        "everySeconds": draw.choice((20, 60, 120, 300)),
        "failedAfterMinutes": failed,
        "stuckAfterMinutes": failed + draw.choice((0, 5, 30, 60)),
    }


def _facts(draw: random.Random) -> Document:
    """True statements about some bundles, about what their names leave open above all."""
    facts: Document = {}
    for bundle in CATALOGUE.values():
        if bundle.told and bundle.licence_told and draw.random() < 0.9:
            continue
        stated: Document = {}
        if draw.random() < 0.9:
            stated["os"] = bundle.system
        if draw.random() < 0.9:
            stated["licence"] = "byol" if bundle.byol else "included"
        if draw.random() < 0.5:
            stated["edition"] = "plus" if bundle.plus else "standard"
        facts[bundle.bundle_id] = stated
    return facts


def _target(draw: random.Random, fleet: Document) -> Document:
    usual = [CUSTOM_22, CUSTOM_22, CUSTOM_22, PUBLIC_22, PUBLIC_PLUS]
    most = Counter(row["BundleId"] for row in fleet["Workspaces"]).most_common(1)[0][0]
    if most == BYOL_10.bundle_id:
        usual = [CATALOGUE["wsb-byol10new"]] * 4 + [CUSTOM_22]

    def one() -> str:
        chance = draw.random()
        if chance < 0.85:
            return draw.choice(usual).bundle_id
        return NO_SUCH_BUNDLE if chance < 0.88 else draw.choice(sorted(CATALOGUE))

    if draw.random() < 0.75:
        return {"bundleId": one()}
    sources = sorted({row["BundleId"] for row in fleet["Workspaces"]})
    named = [source for source in sources if draw.random() < 0.9] or sources
    return {"byBundle": {source: one() for source in named}}


def _select(draw: random.Random, fleet: Document, number: int) -> tuple[Document, dict[str, str]]:
    rows = fleet["Workspaces"]
    wanted = draw.choices(
        ("directories", "ids", "bundles", "users", "tags", "inventory"),
        (8, 3, 3, 2, 3, 3),
        k=draw.choice((1, 1, 1, 2, 3)),
    )
    select: Document = {}
    inventories: dict[str, str] = {}
    if "directories" in wanted:
        every = [row["DirectoryId"] for row in fleet["Directories"]]
        select["directoryIds"] = every if draw.random() < 0.8 else [draw.choice(every)]
    if "ids" in wanted:
        chosen = [row["WorkspaceId"] for row in rows if draw.random() < 0.8]
        chosen += [f"ws-vanished{letter}" for letter in "abc"[: draw.randint(0, 3)]]
        draw.shuffle(chosen)
        select["workspaceIds"] = chosen or ["ws-vanisheda"]
        if draw.random() < 0.1:
            select["workspaceIds"] = [*select["workspaceIds"], select["workspaceIds"][0]]
    if "bundles" in wanted:
        used = sorted({row["BundleId"] for row in rows})
        select["sourceBundleIds"] = [one for one in used if draw.random() < 0.8] or used
    if "users" in wanted:
        names = [row["UserName"] for row in rows if draw.random() < 0.7] or [rows[0]["UserName"]]
        select["userNames"] = [draw.choice((name, name.upper())) for name in names] + ["nobody"]
    if "tags" in wanted:
        select["tags"] = {"Wave": draw.choice("123")}
        if draw.random() < 0.2:
            select["tags"]["Site"] = draw.choice(("Lisbon", ""))
    if "inventory" in wanted:
        name = f"inventory-{number}.csv"
        inventories[name] = _inventory(draw, rows)
        select["inventory"] = {"bucket": "inventories", "key": f"waves/{name}"}
    return select, inventories


def _inventory(draw: random.Random, rows: list[Document]) -> str:
    with_targets, with_regions = draw.random() < 0.4, draw.random() < 0.2
    lines = ["WorkspaceId,Owner" + ",TargetBundleId" * with_targets + ",Region" * with_regions]
    ids = [row["WorkspaceId"] for row in rows if draw.random() < 0.8]
    ids += draw.sample(("ws-vanishedd", "ws-vanishede", "not-an-id", "=HYPERLINK(1)"), draw.randint(0, 2))
    draw.shuffle(ids)
    for one in ids:
        target = ""
        if with_targets:
            chosen = draw.choice(("", CUSTOM_22.bundle_id, PUBLIC_22.bundle_id))
            target = f",{chosen}"
        region = draw.choice((",", ",", ",ca-central-1")) if with_regions else ""
        lines.append(f"{one},somebody{target}{region}")
    return ("\ufeff" if draw.random() < 0.2 else "") + "\r\n".join(lines) + "\r\n"
