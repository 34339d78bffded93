"""Who may go, and why not: dry runs of whole fleets through the synthesized state machine."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rehearsal.cli import main

Json = dict[str, Any]

NOW = "2026-11-23T02:00:00Z"
SNAPSHOT = "2026-11-22T21:00:00Z"
DIRECTORY = "d-9067012345"
TO = "wsb-target00000"
GOES = ("Planned", None)


def no(rule: str) -> tuple[str, str | None]:
    return ("Ineligible", rule)


def later(rule: str) -> tuple[str, str | None]:
    return ("Deferred", rule)


@dataclass
class Fleet:
    """A fleet file that grows by one WorkSpace at a time, with what must become of each."""

    workspaces: list[Json] = field(default_factory=list)
    bundles: dict[str, Json] = field(default_factory=dict)
    images: list[Json] = field(default_factory=list)
    snapshots: Json = field(default_factory=dict)
    connections: list[Json] = field(default_factory=list)
    tags: Json = field(default_factory=dict)
    without_row: list[str] = field(default_factory=list)
    expected: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    subnets: list[Json] = field(default_factory=list)

    def bundle(self, bundle_id: str, name: str, owner: str = "AMAZON", tenancy: str = "DEFAULT") -> str:
        row: Json = {"BundleId": bundle_id, "Name": name, "Owner": owner, "ComputeType": {"Name": "STANDARD"}}
        if owner != "AMAZON":
            row["ImageId"] = f"wsi-{bundle_id.removeprefix('wsb-')}"
            image = {"ImageId": row["ImageId"], "Name": "image", "RequiredTenancy": tenancy}
            self.images.append(image | {"State": "AVAILABLE"})
        self.bundles[bundle_id] = row
        return bundle_id

    def add(self, bundle_id: str, becomes: tuple[str, str | None], **row: Any) -> str:
        """A WorkSpace at rest, with a snapshot, nobody connected; `row` says otherwise."""
        number = len(self.workspaces) + 1
        one = f"ws-{number:09d}"
        self.expected[one] = becomes
        if (times := row.pop("snapshots", [SNAPSHOT])) is not None:
            self.snapshots[one] = {"RebuildSnapshots": [{"SnapshotTime": time} for time in times]}
        connection = row.pop("connection", {"ConnectionState": "DISCONNECTED"})
        if connection is None:
            self.without_row.append(one)
        else:
            self.connections.append({"WorkspaceId": one, **connection})
        if tags := row.pop("tags", None):
            self.tags[one] = [{"Key": key, "Value": value} for key, value in tags.items()]
        self.workspaces.append(
            {
                "WorkspaceId": one,
                "DirectoryId": DIRECTORY,
                "UserName": f"user{number}",
                "BundleId": bundle_id,
                "State": "AVAILABLE",
                **row,
            }
        )
        return one

    def document(self) -> Json:
        return {
            "Workspaces": self.workspaces,
            "Bundles": list(self.bundles.values()),
            "Images": self.images,
            "Directories": [{"DirectoryId": DIRECTORY}],
            "Snapshots": self.snapshots,
            "ConnectionStatus": self.connections,
            "Tags": self.tags,
            **({"Subnets": self.subnets} if self.subnets else {}),
            "Twin": {"now": NOW, "noConnectionRow": self.without_row},
        }


@dataclass(frozen=True)
class Ran:
    """A dry run."""

    report: Json
    calls: list[Json]
    code: int
    errors: str

    @property
    def lines(self) -> dict[str, Json]:
        return {one["workspaceId"]: one for one in self.report["workspaces"]}

    @property
    def outcomes(self) -> dict[str, tuple[str, str | None]]:
        return {one: (line["outcome"], line["reason"]) for one, line in self.lines.items()}


def dry_run(
    place: Path,
    fleet: Fleet,
    given: Json,
    files: dict[str, str] | None = None,
    faults: list[Json] | None = None,
) -> Ran:
    for name, text in {
        "faults.json": json.dumps(faults or []),
        "fleet.json": json.dumps(fleet.document()),
        "input.json": json.dumps(given),
        **(files or {}),
    }.items():
        (place / name).write_text(text, encoding="utf-8")
    arguments = ["run", "--fleet", str(place / "fleet.json"), "--input", str(place / "input.json")]
    arguments += ["--faults", str(place / "faults.json"), "--out", str(place / "out")]
    result = CliRunner().invoke(main, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    report = place / "out" / "report.json"
    calls = (place / "out" / "calls.jsonl").read_text().splitlines()
    return Ran(
        json.loads(report.read_text()) if report.exists() else {},
        [json.loads(line) for line in calls],
        result.exit_code,
        result.stderr,
    )


ALL = {"directoryIds": [DIRECTORY]}

KINDS: dict[str, tuple[str, str, str]] = {
    "public 7": ("Standard with Windows 7", "AMAZON", "DEFAULT"),
    "custom 7": ("Finance Windows 7", "123456789012", "DEFAULT"),
    "BYOL 7": ("Finance Windows 7", "123456789012", "DEDICATED"),
    "public 10": ("Standard with Windows 10 (Server 2019 based) (PCoIP)", "AMAZON", "DEFAULT"),
    "custom 10": ("Finance Windows 10", "123456789012", "DEFAULT"),
    "BYOL 10": ("Finance Windows 10", "123456789012", "DEDICATED"),
    "BYOL 11": ("Finance Windows 11", "123456789012", "DEDICATED"),
    "plus 10": ("Value with Windows 10 and Office 2016", "AMAZON", "DEFAULT"),
    "linux": ("Standard with Ubuntu 22.04 (WSP)", "AMAZON", "DEFAULT"),
    "unknown": ("Golden 2024-06", "123456789012", "DEFAULT"),
    "misleading": ("Windows 10 image built from Windows 7 apps", "123456789012", "DEFAULT"),
    "office": ("Office of the CFO, Windows 10", "123456789012", "DEFAULT"),
}
MAY = {
    ("public 7", "public 10"),
    ("public 7", "custom 10"),
    ("custom 7", "public 10"),
    ("custom 7", "custom 10"),
    ("public 10", "public 10"),
    ("public 10", "custom 10"),
    ("custom 10", "custom 10"),
    ("BYOL 7", "BYOL 10"),
    ("BYOL 10", "BYOL 10"),
    ("plus 10", "plus 10"),
}


def must(source: str, to: str) -> str | None:
    """The reason the guide gives for this pair; None where it offers it."""
    if (source, to) in MAY:
        return None
    if "linux" in (source, to):
        return "linux"
    if to.endswith("7"):
        return "windows-7-target"
    if {"unknown", "misleading"} & {source, to}:
        byol = source.startswith("BYOL"), to.startswith("BYOL")
        if byol[0] != byol[1]:
            return "byol-source" if byol[0] else "byol-target"
        return "plus-edition" if "plus 10" in (source, to) else "bundle-unknown"
    if source.startswith("BYOL") != to.startswith("BYOL"):
        return "byol-source" if source.startswith("BYOL") else "byol-target"
    if "office" in (source, to):
        return "bundle-unknown"
    if ("plus 10" in (source, to)) and source != to:
        return "plus-edition"
    if (source, to) == ("custom 10", "public 10"):
        return "custom-10-to-public-10"
    return "scenario"


@pytest.mark.slow
def test_every_kind_of_source_to_every_kind_of_target(tmp_path: Path) -> None:
    fleet, targets = Fleet(), {}
    for number, (source, to) in enumerate(product(KINDS, KINDS)):
        one = fleet.bundle(f"wsb-source{number:04d}", *KINDS[source])
        targets[one] = fleet.bundle(f"wsb-target{number:04d}", *KINDS[to])
        reason = must(source, to)
        fleet.add(one, no(reason) if reason else GOES)
    ran = dry_run(tmp_path, fleet, {"select": ALL, "target": {"byBundle": targets}})
    pairs = dict(zip(fleet.expected, product(KINDS, KINDS), strict=True))
    wrong = {
        pairs[one]: (ran.outcomes[one], expected)
        for one, expected in fleet.expected.items()
        if ran.outcomes[one] != expected
    }
    assert wrong == {}
    assert not any(call["operation"] == "MigrateWorkspace" for call in ran.calls)
    for line in ran.lines.values():
        if line["reason"] == "bundle-unknown":
            assert "bundleFacts.wsb-" in line["nextStep"]


def at(moment: str | None, state: str = "DISCONNECTED") -> Json:
    return {"ConnectionState": state, **({"LastKnownUserConnectionTimestamp": moment} if moment else {})}


def test_what_each_workspace_looks_like_just_now(tmp_path: Path) -> None:
    fleet = Fleet()
    fleet.bundle(TO, "Performance with Windows 10 (Server 2022 based) (WSP)")
    here = fleet.bundle("wsb-source00000", "Standard with Windows 10 (Server 2019 based) (PCoIP)")
    fleet.add(here, GOES)
    fleet.add(here, GOES, State="STOPPED", connection=at(None, "UNKNOWN"))
    fleet.add(here, GOES, State="ERROR")
    fleet.add(here, GOES, connection=at("2026-11-22T20:59:59Z"))
    fleet.add(here, GOES, connection=at(SNAPSHOT))
    fleet.add(here, GOES, snapshots=["2026-11-22T01:00:00Z", "2026-11-22T13:30:00Z"])
    for state in ("PENDING", "REBOOTING", "STARTING", "UPDATING", "MAINTENANCE", "STOPPING", "UNHEALTHY"):
        fleet.add(here, later("state"), State=state)
    fleet.add(here, no("state"), State="SUSPENDED")
    fleet.add(here, no("admin-maintenance"), State="ADMIN_MAINTENANCE")
    modification = {"Resource": "COMPUTE_TYPE", "State": "UPDATE_IN_PROGRESS"}
    fleet.add(here, later("modification-in-progress"), ModificationStates=[modification])
    fleet.add(here, GOES, ModificationStates=[modification | {"State": "UPDATE_FAILED"}])
    fleet.add(here, later("user-connected"), connection=at("2026-11-23T01:55:00Z", "CONNECTED"))
    fleet.add(here, later("user-connected"), connection=None)
    fleet.add(here, later("user-connected"), connection=None, State="ERROR")
    fleet.add(here, later("user-connected"), connection=at(None, "UNKNOWN"))
    fleet.add(here, later("no-snapshot"), snapshots=[])
    fleet.add(here, later("unsaved-work"), connection=at("2026-11-22T21:00:01Z"))
    fleet.add(here, later("unsaved-work"), State="STOPPED", connection=at("2026-11-23T01:00:00Z", "UNKNOWN"))
    fleet.add(here, later("snapshot-age"), snapshots=["2026-11-22T12:59:59Z"])
    properties = {"NestedVirtualizationEnabled": True}
    fleet.add(here, no("nested-virtualization"), WorkspaceProperties=properties)
    standby = [{"StandbyWorkspaceId": "ws-standby0001", "DataReplication": "NO_REPLICATION"}]
    fleet.add(here, no("standby"), StandbyWorkspacesProperties=standby)
    fleet.add(here, no("opt-out"), tags={"MigrationOptOut": ""})
    fleet.add(here, no("duplicate-user"), UserName="ana")
    fleet.add(here, no("duplicate-user"), UserName="ANA")
    fleet.add(TO, no("same-bundle"))
    # What lasts is the reason even where something else may pass.
    fleet.add(here, no("opt-out"), tags={"MigrationOptOut": "1"}, State="REBOOTING", snapshots=[])
    ran = dry_run(tmp_path, fleet, {"select": ALL, "target": {"bundleId": TO}})
    assert ran.outcomes == fleet.expected
    for line in ran.lines.values():
        if line["outcome"] == "Planned":
            assert line["consequences"]["newRootVolumeGib"] == 80
            assert line["consequences"]["lost"][0].startswith("All of drive C")
        else:
            assert line["detail"].endswith(".")
            assert line["nextStep"].endswith(".")
    assert ran.lines["ws-000000001"]["consequences"]["userVolumeAsOf"] == SNAPSHOT
    # What stays anyway is not worth a call of a budget of two a second.
    planning = {"nested-virtualization", "standby", "opt-out", "duplicate-user", "same-bundle"}
    looked_at = {one for one, (_, reason) in fleet.expected.items() if reason not in planning}
    asked = [call["parameters"]["WorkspaceId"] for call in ran.calls if "Snapshots" in call["operation"]]
    assert sorted(asked) == sorted(looked_at)
    assert ran.report["consequences"]["movedFolders"][0] == "Desktop"


def test_severities_are_the_runs(tmp_path: Path) -> None:
    fleet = Fleet()
    fleet.bundle(TO, "Performance with Windows 10 (Server 2022 based) (WSP)")
    plus = fleet.bundle("wsb-plus0000000", "Value with Windows 10 and Office 2016")
    here = fleet.bundle("wsb-source00000", "Standard with Windows 10 (Server 2019 based) (PCoIP)")
    custom = fleet.bundle("wsb-custom00000", "Finance Windows 10", "123456789012")
    fleet.add(plus, GOES)
    fleet.add(custom, GOES)
    fleet.add(here, GOES, connection=None)
    fleet.add(here, no("duplicate-user"), UserName="ben")
    fleet.add(here, GOES, tags={"MigrationOptOut": "1"})
    fleet.add(here, GOES, UserName="carl", snapshots=["2026-11-21T02:00:00Z"])
    fleet.add(here, no("duplicate-user"), UserName="Ben")
    rules = {
        "plus-edition": "warn",
        "custom-10-to-public-10": "off",
        "user-connected": "warn",
        "opt-out": "off",
        "snapshot-age": "warn",
    }
    ran = dry_run(tmp_path, fleet, {"select": ALL, "target": {"bundleId": TO}, "rules": rules})
    assert ran.outcomes == fleet.expected
    warned = [[one.partition(":")[0] for one in line["warnings"]] for line in ran.lines.values()]
    assert warned[0] == ["plus-edition"]
    assert warned[2] == ["user-connected"]
    assert warned[4] == []
    assert warned[5] == ["snapshot-age"]


def test_what_is_unknown_can_be_witnessed_or_stated(tmp_path: Path) -> None:
    fleet = Fleet()
    golden = fleet.bundle("wsb-golden00000", "Golden 2024-06", "123456789012")
    silent = fleet.bundle("wsb-silent00000", "Golden 2025-06", "123456789012")
    mixed = fleet.bundle("wsb-mixed000000", "Golden 2026-06", "123456789012")
    stated = fleet.bundle("wsb-stated00000", "Golden 2026-11", "123456789012")
    sources = [fleet.bundle(f"wsb-source{n:05d}", "Standard with Windows 10") for n in range(4)]
    becomes = (GOES, no("bundle-unknown"), no("bundle-unknown"), GOES)
    for source, outcome in zip(sources, becomes, strict=True):
        fleet.add(source, outcome)
    wanted = set(fleet.expected)

    def running(system: str) -> Json:
        return {"WorkspaceProperties": {"OperatingSystemName": system}, "DirectoryId": DIRECTORY}

    fleet.add(golden, GOES, **running("WINDOWS_SERVER_2022"))
    fleet.add(mixed, GOES, **running("WINDOWS_SERVER_2022"))
    fleet.add(mixed, GOES, **running("WINDOWS_7"))
    given = {
        "select": {"sourceBundleIds": sources},
        "target": {"byBundle": dict(zip(sources, (golden, silent, mixed, stated), strict=True))},
        "bundleFacts": {stated: {"os": "WINDOWS_10"}},
    }
    ran = dry_run(tmp_path, fleet, given)
    assert ran.outcomes == {one: fleet.expected[one] for one in wanted}
    asked = [call["parameters"]["BundleId"] for call in ran.calls if _asks_for_a_bundle(call)]
    assert sorted(asked) == sorted([*sources, golden, silent, mixed])
    blocked = ran.lines["ws-000000002"]
    assert blocked["nextStep"] == f"State bundleFacts.{silent}.os in the run's input."


def _asks_for_a_bundle(call: Json) -> bool:
    return call["operation"] == "DescribeWorkspaces" and "BundleId" in call["parameters"]


def test_everything_that_is_named_is_accounted_for(tmp_path: Path) -> None:
    fleet = Fleet()
    fleet.bundle(TO, "Performance with Windows 10 (Server 2022 based) (WSP)")
    here = fleet.bundle("wsb-source00000", "Standard with Windows 10 (Server 2019 based) (PCoIP)")
    ids = [fleet.add(here, GOES) for _ in range(4)]
    inventory = (
        "WorkspaceId,TargetBundleId,Region\n"
        f"{ids[0]},,\n{ids[1]},wsb-nowhere0000,us-east-1\n{ids[2]},,eu-west-1\nws-missing001,,\nana,,\n"
    )
    given = {
        "select": {
            "workspaceIds": [ids[0], ids[1], ids[3], "ws-1", "ws-missing002"],
            "inventory": {"bucket": "lists", "key": "waves/wave1.csv"},
        },
        "target": {"bundleId": TO},
    }
    ran = dry_run(tmp_path, fleet, given, {"wave1.csv": inventory})
    assert ran.outcomes == {
        ids[0]: GOES,
        ids[1]: no("bundle-unavailable"),
        ids[2]: no("region"),
        "ws-missing001": no("not-found"),
        "ws-missing002": no("not-found"),
        "ws-1": no("not-found"),
        "(line 6: no WorkspaceId)": no("not-found"),
    }


@pytest.mark.parametrize(
    "select",
    [
        {"tags": {"Wave": "nobody's"}},
        {"directoryIds": ["d-1"]},
        {"directoryIds": ["d-9067099999"]},
        {"sourceBundleIds": ["wsb-9"]},
        {"userNames": ["nobody"]},
        {"workspaceIds": ["ws-000000001"], "userNames": ["nobody"]},
    ],
)
def test_a_selection_that_matches_nothing_fails_with_that_sentence(tmp_path: Path, select: Json) -> None:
    fleet = Fleet()
    fleet.bundle(TO, "Performance with Windows 10 (Server 2022 based) (WSP)")
    fleet.add(fleet.bundle("wsb-source00000", "Standard with Windows 10"), GOES)
    ran = dry_run(tmp_path, fleet, {"select": select, "target": {"bundleId": TO}})
    assert ran.code == 2
    assert "$.select: matches no WorkSpace; nothing was touched" in ran.errors


def test_a_directory_without_addresses_and_a_window_that_has_closed(tmp_path: Path) -> None:
    fleet = Fleet()
    fleet.bundle(TO, "Performance with Windows 10 (Server 2022 based) (WSP)")
    here = fleet.bundle("wsb-source00000", "Standard with Windows 10 (Server 2019 based) (PCoIP)")
    one = fleet.add(here, GOES)
    given: Json = {"select": ALL, "target": {"bundleId": TO}}
    (tmp_path / "late").mkdir()
    late = dry_run(tmp_path / "late", fleet, given | {"window": {"closesAt": "2026-11-23T02:30:00Z"}})
    assert late.outcomes == {one: later("window")}
    fleet.subnets = [
        {"SubnetId": f"subnet-{n}", "CidrBlock": f"10.0.{n}.0/24", "AvailableIpAddressCount": 0}
        for n in (1, 2)
    ]
    document = fleet.document()
    document["Directories"][0]["SubnetIds"] = ["subnet-1", "subnet-2"]
    (tmp_path / "full").mkdir()
    fleet.document = lambda: document  # type: ignore[method-assign]
    full = dry_run(tmp_path / "full", fleet, given)
    assert full.outcomes == {one: later("addresses")}
    assert full.lines[one]["consequences"]["userVolumeAsOf"] == SNAPSHOT
