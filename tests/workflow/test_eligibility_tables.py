"""Tables of cases with their own oracle, each run as one fleet: moments, telling names, statements."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

from tests.workflow.test_eligibility import ALL, GOES, SNAPSHOT, Fleet, at, dry_run, later, no

Json = dict[str, Any]

OWN = "123456789012"
TO = "wsb-target00000"
BEFORE, AFTER = "2026-11-22T20:00:00Z", "2026-11-22T23:00:00Z"
STATES = ("AVAILABLE", "STOPPED", "ERROR", "REBOOTING", "SUSPENDED", "ADMIN_MAINTENANCE")
SNAPSHOTS: dict[str, list[str]] = {
    "none": [],
    "old": ["2026-11-22T12:00:00Z"],
    "fresh": [SNAPSHOT],
    "old and fresh": ["2026-11-21T21:00:00Z", SNAPSHOT],
}
CONNECTIONS: dict[str, Json | None] = {
    "no row": None,
    "connected": at(AFTER, "CONNECTED"),
    "left before": at(BEFORE),
    "left after": at(AFTER),
    "never": at(None),
    "unknown": at(BEFORE, "UNKNOWN"),
}


def oracle(state: str, snapshots: str, connection: str) -> tuple[str, str | None]:
    """The guide's best practices, said anew: what lasts first, then the state, the user, the snapshot."""
    if state == "ADMIN_MAINTENANCE":
        return no("admin-maintenance")
    if state == "SUSPENDED":
        return no("state")
    if state == "REBOOTING":
        return later("state")
    told = {"left before", "left after", "never"} | ({"unknown"} if state == "STOPPED" else set())
    if connection not in told:
        return later("user-connected")
    if snapshots == "none":
        return later("no-snapshot")
    # The old snapshot is of noon: whoever was there at eight in the evening came after it.
    if connection == "left after" or (snapshots == "old" and connection in ("left before", "unknown")):
        return later("unsaved-work")
    return later("snapshot-age") if snapshots == "old" else GOES


def test_every_state_with_every_snapshot_and_every_connection(tmp_path: Path) -> None:
    fleet = Fleet()
    fleet.bundle(TO, "Performance with Windows 10 (Server 2022 based) (WSP)")
    here = fleet.bundle("wsb-source00000", "Standard with Windows 10 (Server 2019 based) (PCoIP)")
    cases = list(product(STATES, SNAPSHOTS, CONNECTIONS))
    for state, snapshots, connection in cases:
        becomes = oracle(state, snapshots, connection)
        row = CONNECTIONS[connection]
        fleet.add(here, becomes, State=state, snapshots=SNAPSHOTS[snapshots], connection=row)
    ran = dry_run(tmp_path, fleet, {"select": ALL, "target": {"bundleId": TO}})
    wrong = {
        case: (ran.outcomes[one], fleet.expected[one])
        for case, one in zip(cases, fleet.expected, strict=True)
        if ran.outcomes[one] != fleet.expected[one]
    }
    assert wrong == {}
    assert len(cases) == 144


UNTOLD = [
    "Golden image Q3",
    "Corporate desktop v10",
    "Windows",
    "Windows Ten",
    "Windows X",
    "W10 Enterprise LTSC",
    "W7-to-W10 transition",
    "Win-Ten Enterprise",
    "Win 7/8/10 universal",
    "Windows 7 EOL - moved to 10",
    "Windows 10 (ex Win7)",
    "win7win10",
    "Windows 10/11",
    "Windows 10 deprecated use Windows 11",
    "Windows10.0.19045",
    "Windows NT 10",
    "10 Windows",
    "Windows, 10 users",
    "Windows 10GB",
    "Windows 7 day trial",
    "Window 10",
    "Windws 10",
    "Microsoft 10",
    "W\u0456ndows 10",
    "Windows Server 2019/2022",
    "Win2019 base",
    "Win2k19",
    "WS2022 golden",
    "Windows 2022 Server",
    "Server 2022 Datacenter",
    "Windows Server vNext",
    "Citrix XenApp 7",
    "Windows 12",
    "Windows 8",
    "Windows 10 Ubuntu",
    "Windows 10 with Ubuntu 22.04 on WSL",
    "Linux",
    "Debian 12",
    "Windows Vista",
    "Jump Server 2019",
    "macOS 14",
    "Windows XP mode on Windows 10",
    "Copy of Finance",
    "-",
    ".",
    "10",
    "7",
    "Standard",
    "Value Plus",
    "PowerPro",
    "Graphics.g4dn",
    "日本語デスクトップ",
    "Front office Windows 10",
    "Office of the CFO, Windows 10",
    "Windows 10 ProPlus",
    "Windows 10 plus SAP",
    "Windows 10 with Excel",
    "Windows 10 Office 2016 removed",
    "BackOffice Windows 10",
    "Windows 10 オフィス",
    "Standard+ Windows 10",
    "Windows 10 365 days",
]


def test_names_that_tell_nothing_block_as_target_and_as_source(tmp_path: Path) -> None:
    fleet, targets = Fleet(), {}
    fleet.bundle(TO, "Finance Windows 10 target", OWN)
    for number, name in enumerate(UNTOLD):
        source = fleet.bundle(f"wsb-source{number:04d}", "Standard with Windows 10")
        targets[source] = fleet.bundle(f"wsb-untold{number:04d}", name, OWN)
        fleet.add(source, no("bundle-unknown"))
        targets[targets[source]] = TO
        fleet.add(targets[source], no("bundle-unknown"))
    ran = dry_run(tmp_path, fleet, {"select": ALL, "target": {"byBundle": targets}})
    names = [name for name in UNTOLD for _ in range(2)]
    passed = {
        name: ran.outcomes[one]
        for name, one in zip(names, fleet.expected, strict=True)
        if ran.outcomes[one] not in (no("bundle-unknown"), no("plus-edition"))
    }
    assert passed == {}
    assert len(UNTOLD) > 60
    asks = [line["nextStep"] for line in ran.lines.values() if line["reason"] == "bundle-unknown"]
    assert all("bundleFacts.wsb-untold" in step for step in asks)


def test_what_is_stated_goes_as_stated(tmp_path: Path) -> None:
    fleet, targets, facts = Fleet(), {}, {}
    systems: dict[str, tuple[str, str | None]] = {
        "WINDOWS_7": no("windows-7-target"),
        "WINDOWS_10": GOES,
        "WINDOWS_11": no("scenario"),
        "WINDOWS_SERVER_2016": GOES,
        "WINDOWS_SERVER_2025": GOES,
        "UBUNTU_22_04": no("linux"),
        "AMAZON_LINUX_2": no("linux"),
    }
    for number, (system, edition) in enumerate(product(systems, ("standard", "plus"))):
        source = fleet.bundle(f"wsb-source{number:04d}", "Standard with Windows 10")
        targets[source] = fleet.bundle(f"wsb-stated{number:04d}", "Golden", OWN)
        facts[targets[source]] = {"os": system, "edition": edition}
        lasting = systems[system]
        if lasting[1] in (None, "scenario") and edition == "plus":
            lasting = no("plus-edition")
        fleet.add(source, lasting)
    given = {"select": ALL, "target": {"byBundle": targets}, "bundleFacts": facts}
    ran = dry_run(tmp_path, fleet, given)
    assert ran.outcomes == fleet.expected
