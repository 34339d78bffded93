"""Bad files by force: every value of a good file is left out, and replaced by everything strange, in turn.
Each is accepted or refused with sentences; nothing else may be raised."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.domain.inventory import read_inventory
from migrator.domain.run_input import InvalidInput, parse_run_input
from rehearsal.clock import VirtualClock
from rehearsal.faults import FaultsFileFault, load_faults, parse_faults
from rehearsal.given import load_input
from rehearsal.twin import Twin, parse_fleet
from rehearsal.twin.fleet import FleetFault, load_fleet
from tests.hostile import STRANGE, paths, spoilings, spoilt

INPUT = {
    "select": {
        "workspaceIds": ["ws-000000001"],
        "directoryIds": ["d-9067b2d8e5"],
        "sourceBundleIds": ["wsb-6p1s3k9xq"],
        "userNames": ["ana"],
        "tags": {"Wave": "1"},
        "inventory": {"bucket": "inventories", "key": "wave1.csv"},
    },
    "target": {"byBundle": {"wsb-6p1s3k9xq": "wsb-2t22dcv5r"}},
    "dryRun": True,
    "requireApproval": False,
    "batchSize": 25,
    "maxInFlight": 100,
    "canary": 5,
    "abortAtFailurePercent": 10,
    "window": {"closesAt": "2026-11-28T06:00:00Z"},
    "polling": {
        "firstAfterSeconds": 600,
        "everySeconds": 60,
        "failedAfterMinutes": 60,
        "stuckAfterMinutes": 90,
    },
    "rules": {"plus-edition": "warn"},
    "maxSnapshotAgeHours": 13,
    "bundleFacts": {"wsb-9abcdefgh": {"os": "WINDOWS_10", "edition": "standard", "licence": "included"}},
    "directoryCleanUp": {"failedTargets": "delete", "formerComputers": "report"},
    "terminateFailedTargets": False,
}
FLEET = {
    "Workspaces": [
        {
            "WorkspaceId": "ws-000000001",
            "DirectoryId": "d-9067b2d8e5",
            "UserName": "ana",
            "BundleId": "wsb-6p1s3k9xq",
            "State": "AVAILABLE",
            "WorkspaceProperties": {"RunningMode": "AUTO_STOP", "RootVolumeSizeGib": 80},
            "ModificationStates": [],
        }
    ],
    "Bundles": [
        {
            "BundleId": "wsb-6p1s3k9xq",
            "Name": "Standard with Windows 10",
            "Owner": "AMAZON",
            "ComputeType": {"Name": "STANDARD"},
            "RootStorage": {"Capacity": "80"},
        }
    ],
    "Images": [{"ImageId": "wsi-000000001", "OperatingSystem": {"Type": "WINDOWS"}}],
    "Directories": [{"DirectoryId": "d-9067b2d8e5", "SubnetIds": ["subnet-00000001"]}],
    "Subnets": [{"SubnetId": "subnet-00000001", "CidrBlock": "10.0.0.0/24", "AvailableIpAddressCount": 200}],
    "Tags": {"ws-000000001": [{"Key": "Wave", "Value": "1"}]},
    "Snapshots": {"ws-000000001": {"RebuildSnapshots": [{"SnapshotTime": "2026-11-27T20:00:00Z"}]}},
    "ConnectionStatus": [{"WorkspaceId": "ws-000000001", "ConnectionState": "DISCONNECTED"}],
    "Twin": {
        "now": "2026-11-28T02:00:00Z",
        "region": "us-east-1",
        "durations": {"medianMinutes": 25, "sigma": 0.35},
        "behaviour": {"ws-000000001": "migrates"},
    },
}
FAULTS = [
    {"operation": "MigrateWorkspace", "error": "ThrottlingException", "times": 3},
    {"operation": "DescribeWorkspaces", "probability": 0.05, "error": "ServiceUnavailable"},
    {"operation": "MigrateWorkspace", "lostResponse": True, "workspaceId": "ws-000000001"},
    {"function": "start", "crashAfter": "MigrateWorkspace", "times": 1},
]


def furnished(document: Any) -> None:
    """A fleet that is accepted must be one that the twin can live with."""
    fleet = parse_fleet(document)
    Twin(VirtualClock(fleet.now), fleet, seed=1)


FILES: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "input": (INPUT, parse_run_input),
    "fleet": (FLEET, furnished),
    "faults": (FAULTS, parse_faults),
}


def outcome_of(read: Callable[[Any], Any], document: Any) -> str | None:
    """What is wrong with how the document is dealt with; None where nothing is."""
    try:
        read(document)
    except (InvalidInput, FleetFault, FaultsFileFault) as refused:
        faults = refused.faults
        return None if faults and all(len(one) > 10 for one in faults) else f"refused with {faults}"
    except Exception as error:  # noqa: BLE001 (that there is none is what is tested)
        return f"{type(error).__name__}: {error}"
    return None


@pytest.mark.parametrize("what", FILES)
def test_every_value_left_out_or_strange_is_accepted_or_refused_in_a_sentence(what: str) -> None:
    good, read = FILES[what]
    read(good)
    wrong = [
        f"{path} {how!r}: {found}"
        for path in paths(good)
        for how in (..., *STRANGE)
        if (found := outcome_of(read, spoilt(good, path, how)))
    ]
    assert not wrong, "\n".join(wrong[:20])


@pytest.mark.parametrize("what", FILES)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_several_at_once(what: str, data: st.DataObject) -> None:
    good, read = FILES[what]
    assert outcome_of(read, data.draw(spoilings(good))) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"null", b"\xff\xfe\x00", b"[" * 100_000, b"NaN", b'{"select": NaN}', b"5", b'"text"'],
    ids=["empty", "open", "null", "not UTF-8", "deep", "NaN", "NaN within", "number", "text"],
)
@pytest.mark.parametrize("load", [load_input, load_fleet, load_faults])
def test_a_file_that_is_none_of_it_is_refused_in_a_sentence(
    load: Callable[[Path], Any], content: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "file.json"
    file.write_bytes(content)
    assert outcome_of(load, file) is None
    with pytest.raises((InvalidInput, FleetFault, FaultsFileFault)):
        load(file)


ROWS = st.lists(
    st.sampled_from(
        [
            *("WorkspaceId", "TargetBundleId", "Region", "ws-000000001", "ws-000000002", "wsb-2t22dcv5r"),
            *(
                "",
                " ",
                "eu-west-1",
                "us-east-1",
                '"',
                '"ws-000000001"',
                "=1+1",
                "\u0000",
                "\ufeff",
                "ws-1\n2",
            ),
        ]
    ),
    max_size=4,
)


@given(st.lists(ROWS, max_size=6), st.sampled_from(["\n", "\r\n", "\r"]))
@settings(max_examples=300, deadline=None)
def test_an_inventory_is_read_or_what_is_wrong_is_told(rows: list[list[str]], line_end: str) -> None:
    text = line_end.join(",".join(row) for row in rows)
    contents, faults = read_inventory(text, "inventory", "eu-west-1")
    assert all(len(fault) > 20 for fault in faults)
    assert {"ws-000000001", "ws-000000002"} >= set(contents.workspace_ids)
    assert all(target == "wsb-2t22dcv5r" for target in contents.targets.values())
