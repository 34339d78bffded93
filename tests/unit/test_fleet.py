"""The fleet file: what may stand in it, and how every fault of it is told at once."""

from __future__ import annotations

import copy
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rehearsal.twin import Fleet, FleetFault, load_fleet, parse_fleet
from rehearsal.twin.account import Account, furnish
from rehearsal.twin.behaviour import Behaviour, Course
from tests.twin_bench import CUSTOM_10, DIRECTORY, STANDARD_10, fleet_document, workspace_id


def faults_of(document: object) -> list[str]:
    with pytest.raises(FleetFault) as caught:
        parse_fleet(document)
    return caught.value.faults


def paths_of(document: object) -> list[str]:
    return [fault.partition(": ")[0] for fault in faults_of(document)]


def furnished(document: dict[str, Any]) -> tuple[Fleet, Account]:
    fleet = parse_fleet(document)
    return fleet, furnish(fleet)


def test_only_workspaces_bundles_and_directories_are_required() -> None:
    document = fleet_document(2)
    del document["Twin"]
    fleet = parse_fleet(document)
    assert fleet.region == "us-east-1"
    assert fleet.now == datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert (fleet.twin.durations.median_minutes, fleet.twin.durations.sigma) == (25, 0.35)
    assert paths_of({}) == ["$.Workspaces", "$.Bundles", "$.Directories"]


def test_what_the_cli_prints_beyond_the_model_is_no_fault() -> None:
    document = fleet_document(1)
    document["Workspaces"][0]["FutureMember"] = {"a": 1}
    document["Bundles"][0]["ComputeType"]["Name"] = "GRAPHICS_G9_XLARGE"
    document["NextToken"] = None
    document["Directories"][0]["SubnetIds"] = ["subnet-in-a-hand-written-file"]
    furnished(document)


@pytest.mark.parametrize(
    "moment",
    [
        "2026-11-22T20:30:00Z",
        "2026-11-22T22:30:00+02:00",
        "2026-11-22T20:30:00.000000+00:00",
        1795379400,
        1795379400.0,
    ],
)
def test_timestamps_as_either_cli_prints_them(moment: object) -> None:
    document = fleet_document(1)
    document["Snapshots"] = {workspace_id(0): {"RebuildSnapshots": [{"SnapshotTime": moment}]}}
    fleet = parse_fleet(document)
    taken = fleet.snapshots[workspace_id(0)]["RebuildSnapshots"][0]["SnapshotTime"]
    assert taken == datetime(2026, 11, 22, 20, 30, tzinfo=UTC)


def test_now_left_out_is_the_latest_moment_of_the_file() -> None:
    document = fleet_document(1)
    del document["Twin"]
    document["Snapshots"] = {
        workspace_id(0): {"RebuildSnapshots": [{"SnapshotTime": "2026-10-01T00:00:00Z"}]}
    }
    document["ConnectionStatus"] = [
        {"WorkspaceId": workspace_id(0), "ConnectionStateCheckTimestamp": "2026-10-01T09:00:00Z"}
    ]
    assert parse_fleet(document).now == datetime(2026, 10, 1, 9, tzinfo=UTC)


def test_all_faults_are_told_at_once_by_path_and_with_a_remedy() -> None:
    document = fleet_document(3)
    rows = document["Workspaces"]
    rows[0]["WorkspaceId"] = "WS-1"
    rows[1]["State"] = "MIGRATING"
    rows[2]["WorkspaceProperties"] = {"RootVolumeSizeGib": "80"}
    del rows[2]["UserName"]
    document["Bundles"].append(dict(document["Bundles"][0]))
    document["Bundles"][1]["UserStorage"] = {}
    document["Directories"] = {}
    document["Snapshots"] = {workspace_id(1): {"RebuildSnapshots": [{"SnapshotTime": "yesterday"}]}}
    document["Tags"] = {workspace_id(1): [{"Value": "no key"}]}
    document["ConnectionStatus"] = [{"WorkspaceId": workspace_id(1), "ConnectionState": None}]
    document["Subnet"] = []
    document["Twin"] = {
        "now": "2026-11-23T02:00:00",
        "region": "nowhere",
        "durations": {"medianMinutes": 0, "sigma": -1, "mean": 3},
        "behaviour": {workspace_id(1): "explodes", workspace_id(2): "refuses:"},
        "speed": 2,
    }
    faults = faults_of(document)
    assert sorted(fault.partition(": ")[0] for fault in faults) == sorted(
        [
            "$.Subnet",
            "$.Workspaces[0].WorkspaceId",
            "$.Workspaces[1].State",
            "$.Workspaces[2].WorkspaceProperties.RootVolumeSizeGib",
            "$.Workspaces[2].UserName",
            "$.Bundles[4].BundleId",
            "$.Bundles[1].UserStorage.Capacity",
            "$.Directories",
            f"$.Snapshots['{workspace_id(1)}'].RebuildSnapshots[0].SnapshotTime",
            f"$.Tags['{workspace_id(1)}'][0].Key",
            "$.ConnectionStatus[0].ConnectionState",
            "$.Twin.now",
            "$.Twin.region",
            "$.Twin.durations.medianMinutes",
            "$.Twin.durations.sigma",
            "$.Twin.durations.mean",
            f"$.Twin.behaviour['{workspace_id(1)}']",
            f"$.Twin.behaviour['{workspace_id(2)}']",
            "$.Twin.speed",
        ]
    )
    assert all("; " in fault for fault in faults), "each has a remedy"


def test_references_must_hold() -> None:
    document = fleet_document(2, behaviour={"ws-nobody000": "lost"}, noConnectionRow=["ws-nobody001"])
    document["Workspaces"][0]["BundleId"] = "wsb-nobody000"
    document["Workspaces"][1]["DirectoryId"] = "d-0000000000"
    document["Workspaces"].append(dict(document["Workspaces"][1]))
    assert paths_of(document) == ["$.Workspaces[2].WorkspaceId"]
    document["Workspaces"].pop()
    assert paths_of(document) == [
        "$.Workspaces[0].BundleId",
        "$.Workspaces[1].DirectoryId",
        "$.Twin.behaviour['ws-nobody000']",
        "$.Twin.noConnectionRow[0]",
    ]
    assert "describe-workspace-bundles --bundle-ids wsb-nobody000" in faults_of(document)[0]


def test_facts_about_workspaces_that_have_gone_meanwhile_are_no_fault() -> None:
    document = fleet_document(1)
    document["Tags"] = {"ws-nobody000": [{"Key": "a", "Value": "b"}]}
    document["Snapshots"] = {"ws-nobody000": {"RebuildSnapshots": []}}
    document["ConnectionStatus"] = [{"WorkspaceId": "ws-nobody000"}]
    furnished(document)


def test_addresses_must_be_addresses() -> None:
    document = fleet_document(3)
    document["Workspaces"][0]["IpAddress"] = "10.0.0.256"
    document["Workspaces"][1]["IpAddress"] = "10.0.0.7"
    document["Workspaces"][2]["IpAddress"] = "10.0.0.7"
    document["Subnets"] = [
        {"SubnetId": "subnet-0a1b2c3d", "CidrBlock": "10.0.0.0/33"},
        {"SubnetId": "subnet-1a1b2c3d", "CidrBlock": "10.0.0.0/24", "AvailableIpAddressCount": 252},
        {"SubnetId": "subnet-2a1b2c3d", "AvailableIpAddressCount": -1},
    ]
    assert paths_of(document) == [
        "$.Workspaces[0].IpAddress",
        "$.Workspaces[2].IpAddress",
        "$.Subnets[0].CidrBlock",
        "$.Subnets[1].AvailableIpAddressCount",
        "$.Subnets[2].AvailableIpAddressCount",
    ]


@pytest.mark.parametrize(
    ("text", "behaviour"),
    [
        ("migrates", Behaviour(Course.MIGRATES)),
        ("migrates+leaves-computer", Behaviour(Course.MIGRATES, leaves_computer=True)),
        ("rolls-back+leaves-target", Behaviour(Course.ROLLS_BACK, leaves_target=True)),
        ("rolls-back", Behaviour(Course.ROLLS_BACK)),
        ("never-starts", Behaviour(Course.NEVER_STARTS)),
        ("sticks", Behaviour(Course.STICKS)),
        ("lost", Behaviour(Course.LOST)),
        (
            "refuses:ResourceUnavailableException",
            Behaviour(Course.REFUSES, error_code="ResourceUnavailableException"),
        ),
    ],
)
def test_behaviours(text: str, behaviour: Behaviour) -> None:
    fleet = parse_fleet(fleet_document(2, behaviour={workspace_id(0): text}))
    assert fleet.behaviour(workspace_id(0)) == behaviour
    assert fleet.behaviour(workspace_id(1)) == Behaviour(Course.MIGRATES)


@pytest.mark.parametrize(
    "text", ["refuses", "refuses:", "refuses:no code", "lost:X", "sticks+leaves-computer", 3, None]
)
def test_what_is_no_behaviour(text: object) -> None:
    (fault,) = faults_of(fleet_document(1, behaviour={workspace_id(0): text}))
    assert fault.startswith(f"$.Twin.behaviour['{workspace_id(0)}']: ")
    assert "refuses:CODE" in fault


def test_a_file_is_read_and_a_bad_one_told(tmp_path: Path) -> None:
    path = tmp_path / "fleet.json"
    path.write_text(json.dumps(fleet_document(1)), encoding="utf-8")
    assert len(load_fleet(path).workspaces) == 1
    for content in ('{"Workspaces": [', "[]", "null"):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(FleetFault, match=r"^\$: "):
            load_fleet(path)
    with pytest.raises(FleetFault, match=r"^\$: .*cannot be read"):
        load_fleet(tmp_path / "none.json")


def test_the_file_is_not_changed_by_reading_it() -> None:
    document = fleet_document(3)
    before = copy.deepcopy(document)
    furnished(document)
    assert document == before


def test_what_is_left_out_is_filled_in_the_same_way_each_time() -> None:
    def rows() -> list[dict[str, Any]]:
        return [desktop.row for desktop in furnished(fleet_document(30))[1].desktops]

    assert rows() == rows()
    for row in rows():
        assert row["State"] == "AVAILABLE"
        assert row["ComputerName"].startswith("WSAMZN-")
        properties = row["WorkspaceProperties"]
        assert properties["RunningMode"] == "AUTO_STOP"
        assert (properties["RootVolumeSizeGib"], properties["UserVolumeSizeGib"]) == (80, 50)
        assert properties["OperatingSystemName"] == "WINDOWS_10"
    assert len({row["IpAddress"] for row in rows()}) == 30


def test_a_directory_has_two_subnets_of_24_bits_that_its_desktops_share() -> None:
    _, account = furnished(fleet_document(30))
    one, two = account.subnets_of(DIRECTORY)
    assert one.network.prefixlen == two.network.prefixlen == 24
    assert not one.network.overlaps(two.network)
    assert (one.free, two.free) == (251 - 15, 251 - 15)


def test_a_large_fleet_gets_subnets_it_fits_in_with_room_for_migrations() -> None:
    _, account = furnished(fleet_document(3000))
    subnets = account.subnets_of(DIRECTORY)
    assert all(subnet.network.prefixlen < 24 for subnet in subnets)
    assert sum(subnet.free for subnet in subnets) >= 150


def test_stated_addresses_and_counts_are_kept() -> None:
    document = fleet_document(3)
    document["Directories"][0]["SubnetIds"] = ["subnet-0a1b2c3d", "subnet-1a1b2c3d"]
    document["Subnets"] = [
        {"SubnetId": "subnet-0a1b2c3d", "CidrBlock": "10.9.0.0/24", "AvailableIpAddressCount": 7},
        {"SubnetId": "subnet-1a1b2c3d", "CidrBlock": "10.9.1.0/24"},
    ]
    # The first address that would be filled in belongs to the last desktop of the file.
    document["Workspaces"][2] |= {"IpAddress": "10.9.0.4", "SubnetId": "subnet-0a1b2c3d"}
    _, account = furnished(document)
    rows = {desktop.workspace_id: desktop.row for desktop in account.desktops}
    assert rows[workspace_id(2)]["IpAddress"] == "10.9.0.4"
    assert len({row["IpAddress"] for row in rows.values()}) == 3
    one, two = account.subnets_of(DIRECTORY)
    assert one.free == 7
    assert two.free == 251 - len(two.taken)


def test_a_count_without_a_network_implies_one_that_has_as_many() -> None:
    document = fleet_document(3)
    document["Directories"][0]["SubnetIds"] = ["subnet-0a1b2c3d", "subnet-1a1b2c3d"]
    document["Subnets"] = [{"SubnetId": "subnet-0a1b2c3d", "AvailableIpAddressCount": 900}]
    _, account = furnished(document)
    subnet = account.subnets["subnet-0a1b2c3d"]
    assert subnet.free == 900
    assert len({subnet.take() for _ in range(900)}) == 900


def test_addresses_without_subnets_imply_the_subnets_around_them() -> None:
    document = fleet_document(2)
    document["Workspaces"][0] |= {"IpAddress": "172.31.5.9", "SubnetId": "subnet-0a1b2c3d"}
    _, account = furnished(document)
    assert str(account.subnets["subnet-0a1b2c3d"].network) == "172.31.5.0/24"


def test_a_workspaces_own_properties_tell_more_than_its_bundles_name() -> None:
    document = fleet_document(2)
    document["Bundles"][0]["Name"] = "Something we call Finance"
    document["Workspaces"][1]["WorkspaceProperties"] = {
        "OperatingSystemName": "WINDOWS_SERVER_2022",
        "Protocols": ["WSP"],
    }
    _, account = furnished(document)
    bundle = account.bundles[STANDARD_10]
    assert (bundle.operating_system, bundle.protocols) == ("WINDOWS_SERVER_2022", ("WSP",))


@pytest.mark.parametrize(
    ("name", "system"),
    [
        ("Standard with Windows 10 (Server 2022 based) (WSP)", "WINDOWS_SERVER_2022"),
        ("Value with Windows 10 and Office 2016", "WINDOWS_10"),
        ("Standard Plus with Windows 10", "WINDOWS_10"),
        ("Power with Windows 7", "WINDOWS_7"),
        ("Standard with Amazon Linux 2", "AMAZON_LINUX_2"),
        ("Performance with Ubuntu 22.04", "UBUNTU_22_04"),
        ("Power with Rocky Linux 8", "ROCKY_8"),
        ("Win10-Finance-BYOL", "WINDOWS_10"),
        ("Finance", "UNKNOWN"),
    ],
)
def test_operating_systems_by_name(name: str, system: str) -> None:
    document = fleet_document(0)
    document["Bundles"][3]["Name"] = name
    bundle = furnished(document)[1].bundles[CUSTOM_10]
    assert bundle.operating_system == system
    assert bundle.byol == ("BYOL" in name)


def test_an_image_tells_byol_better_than_a_name() -> None:
    document = fleet_document(0)
    document["Images"] = [{"ImageId": "wsi-finance0010", "RequiredTenancy": "DEDICATED"}]
    assert furnished(document)[1].bundles[CUSTOM_10].byol


def test_left_out_sizes_are_those_of_the_compute_type() -> None:
    document = fleet_document(0)
    document["Bundles"] = [{"BundleId": STANDARD_10, "Name": "Power with Windows 10"}]
    bundle = furnished(document)[1].bundles[STANDARD_10]
    assert (bundle.compute_type, bundle.root_gib, bundle.user_gib) == ("POWER", 175, 100)


def test_ten_thousand_desktops_load_in_about_a_second() -> None:
    document = fleet_document(10_000)
    began = time.process_time()
    _, account = furnished(document)
    assert len(account.desktops) == 10_000
    assert time.process_time() - began < 5  # of this process alone: measured 0.5 s


def test_associations_belong_to_bundles_and_workspaces_and_name_their_application() -> None:
    document = fleet_document(1)
    document["Associations"] = {
        "wsi-1": [],
        STANDARD_10: [{"State": "COMPLETED"}],
        workspace_id(0): {"AssociatedResourceId": "wsa-1"},
    }
    assert paths_of(document) == [
        "$.Associations['wsi-1']",
        f"$.Associations['{STANDARD_10}'][0].AssociatedResourceId",
        f"$.Associations['{workspace_id(0)}']",
    ]
    assert paths_of(fleet_document(1) | {"Associations": []}) == ["$.Associations"]


@pytest.mark.parametrize(
    ("section", "change", "path"),
    [
        ("Workspaces", {"UserName": "u" * 64}, "$.Workspaces[0].UserName"),
        ("Workspaces", {"UserName": ""}, "$.Workspaces[0].UserName"),
        (
            "Workspaces",
            {"WorkspaceProperties": {"UserVolumeSizeGib": -1}},
            "$.Workspaces[0].WorkspaceProperties.UserVolumeSizeGib",
        ),
        ("Directories", {"SubnetIds": ["subnet-a", "subnet-b", "subnet-c"]}, "$.Directories[0].SubnetIds"),
        ("Tags", [{"Key": "k" * 128, "Value": ""}], f"$.Tags['{workspace_id(0)}'][0].Key"),
        ("Tags", [{"Key": "k", "Value": "v" * 256}], f"$.Tags['{workspace_id(0)}'][0].Value"),
    ],
)
def test_what_the_service_could_not_answer_with_is_a_fault(section: str, change: Any, path: str) -> None:
    """The service has no such user: asked about by this name, it would refuse the question."""
    document = fleet_document(1)
    if section == "Tags":
        document["Tags"] = {workspace_id(0): change}
    else:
        document[section][0] |= change
    assert paths_of(document) == [path]


def test_a_user_name_may_be_as_long_as_the_service_takes() -> None:
    document = fleet_document(1)
    document["Workspaces"][0]["UserName"] = "u" * 63
    document["Bundles"][0]["Description"] = ""  # the CLI prints it, whatever the model says
    furnished(document)
