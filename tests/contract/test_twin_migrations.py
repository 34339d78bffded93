"""What a migration does, in virtual time: everything the guide says, and every behaviour of a fleet file."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.twin_bench import (
    CUSTOM_10,
    DIRECTORY,
    NOW,
    PERFORMANCE_10,
    VALUE_10,
    Bench,
    bench,
    fleet_document,
    workspace_id,
)

SOURCE = workspace_id(0)
BEGIN = datetime.fromisoformat(NOW)
HOUR = 3600.0


def behaving(behaviour: str, count: int = 1) -> dict[str, Any]:
    return fleet_document(count, behaviour={SOURCE: behaviour})


def to_the_end(on: Bench, source: str = SOURCE) -> None:
    """To the moment at which the migration that just began ends well."""
    on.until(BEGIN + on.twin.duration(source))


def computers(on: Bench) -> set[str]:
    domain = on.twin.directory.domain(DIRECTORY)
    assert domain is not None
    return {computer.sam_account_name.removesuffix("$") for computer in domain.computers}


def test_a_migration_runs_as_the_guide_says() -> None:
    document = fleet_document()
    document["Tags"] = {SOURCE: [{"Key": "Wave", "Value": "1"}]}
    with bench(document) as on:
        before = on.row(SOURCE)
        target = on.migrate()
        assert target != SOURCE
        assert on.states(SOURCE, target) == ["AVAILABLE", "PENDING"]
        to_the_end(on)
        assert on.states(SOURCE, target) == ["TERMINATING", "AVAILABLE"]
        on.pass_time(200)
        assert on.states(SOURCE, target) == ["TERMINATED", "AVAILABLE"]
        on.pass_time(400)
        assert on.states(SOURCE, target) == [None, "AVAILABLE"]
        after = on.row(target)
        for fresh in ("WorkspaceId", "ComputerName", "IpAddress"):
            assert after[fresh] != before[fresh]
        assert after["ComputerName"].startswith("WSAMZN-")
        assert after["BundleId"] == PERFORMANCE_10
        assert (after["UserName"], after["DirectoryId"]) == (before["UserName"], before["DirectoryId"])
        assert on.workspaces.describe_tags(ResourceId=target)["TagList"] == [{"Key": "Wave", "Value": "1"}]
        properties = after["WorkspaceProperties"]
        assert properties["ComputeTypeName"] == "PERFORMANCE"
        assert properties["Protocols"] == ["WSP"]
        assert properties["OperatingSystemName"] == "WINDOWS_SERVER_2022"
        assert on.what() == ["started", "finished", "terminated"]
        assert [event["at"] for event in on.twin.events] == sorted(event["at"] for event in on.twin.events)


def test_a_bundle_listing_shows_the_move() -> None:
    with bench(fleet_document(3)) as on:
        target = on.migrate()
        rows = on.workspaces.describe_workspaces(BundleId=PERFORMANCE_10)["Workspaces"]
        assert [row["WorkspaceId"] for row in rows] == [target]
        both = on.workspaces.describe_workspaces(DirectoryId=DIRECTORY, UserName="user0")["Workspaces"]
        assert [row["WorkspaceId"] for row in both] == [SOURCE, target]


@pytest.mark.parametrize(
    ("root", "user", "bundle", "root_after", "user_after"),
    [
        (80, 50, PERFORMANCE_10, 100, 100),  # both defaults: root grows, user takes the larger
        (175, 50, PERFORMANCE_10, 175, 100),  # a larger root stays
        (80, 50, VALUE_10, 80, 50),  # a smaller default shrinks nothing
        (80, 200, PERFORMANCE_10, 100, 200),  # a customised user volume is kept: larger
        (80, 10, PERFORMANCE_10, 100, 10),  # and smaller
    ],
)
def test_volume_sizes(root: int, user: int, bundle: str, root_after: int, user_after: int) -> None:
    document = fleet_document()
    document["Workspaces"][0]["WorkspaceProperties"] = {"RootVolumeSizeGib": root, "UserVolumeSizeGib": user}
    with bench(document) as on:
        properties = on.row(on.migrate(bundle=bundle))["WorkspaceProperties"]
        assert (properties["RootVolumeSizeGib"], properties["UserVolumeSizeGib"]) == (root_after, user_after)


@pytest.mark.parametrize(
    ("state", "mode", "later"),
    [
        ("STOPPED", "AUTO_STOP", "STOPPED"),
        ("STOPPED", "MANUAL", "AVAILABLE"),
        ("AVAILABLE", "ALWAYS_ON", "AVAILABLE"),
        ("ERROR", "AUTO_STOP", "AVAILABLE"),
    ],
)
def test_the_new_workspace_is_available_and_its_running_mode_goes_on(
    state: str, mode: str, later: str
) -> None:
    document = fleet_document()
    document["Workspaces"][0] |= {"State": state, "WorkspaceProperties": {"RunningMode": mode}}
    with bench(document) as on:
        target = on.migrate()
        assert on.states(SOURCE) == [state]
        to_the_end(on)
        assert on.states(target) == ["AVAILABLE"]
        assert on.row(target)["WorkspaceProperties"]["RunningMode"] == mode
        on.pass_time(3590)
        assert on.states(target) == ["AVAILABLE"]
        on.pass_time(20)
        assert on.states(target) == ["STOPPING" if later == "STOPPED" else later]
        on.pass_time(60)
        assert on.states(target) == [later]


def test_addresses_are_taken_at_once_and_given_back_when_the_original_is_terminated() -> None:
    with bench(fleet_document(4)) as on:
        free = on.subnets()
        on.migrate()
        assert sum(on.subnets().values()) == sum(free.values()) - 1
        to_the_end(on)
        assert sum(on.subnets().values()) == sum(free.values()) - 1
        on.pass_time(200)
        assert sum(on.subnets().values()) == sum(free.values())


def test_no_free_address_no_migration() -> None:
    document = fleet_document(4)
    document["Directories"][0]["SubnetIds"] = ["subnet-0a1b2c3d", "subnet-1a1b2c3d"]
    document["Subnets"] = [
        {"SubnetId": "subnet-0a1b2c3d", "CidrBlock": "10.9.0.0/24", "AvailableIpAddressCount": 1},
        {"SubnetId": "subnet-1a1b2c3d", "CidrBlock": "10.9.1.0/24", "AvailableIpAddressCount": 1},
    ]
    with bench(document) as on:
        targets = [on.migrate(workspace_id(n)) for n in range(2)]
        assert {on.row(target)["SubnetId"] for target in targets} == {"subnet-0a1b2c3d", "subnet-1a1b2c3d"}
        assert set(on.subnets().values()) == {0}
        call = {"SourceWorkspaceId": workspace_id(2), "BundleId": PERFORMANCE_10}
        assert on.error_of(on.workspaces.migrate_workspace, **call) == "ResourceUnavailableException"
        assert on.states(workspace_id(2)) == ["AVAILABLE"]
        on.pass_time(2 * HOUR)
        on.migrate(workspace_id(2))


def test_every_address_in_use_is_another_one() -> None:
    with bench(fleet_document(120)) as on:
        targets = [on.migrate(workspace_id(n)) for n in range(60)]
        rows = [on.row(each) for each in (*(workspace_id(n) for n in range(120)), *targets)]
        assert len({row["IpAddress"] for row in rows}) == len(rows)
        assert len({row["ComputerName"] for row in rows}) == len(rows)


def test_the_computer_object_follows() -> None:
    with bench() as on:
        old = on.row(SOURCE)["ComputerName"]
        assert computers(on) == {old}
        new = on.row(on.migrate())["ComputerName"]
        assert computers(on) == {old, new}
        on.pass_time(2 * HOUR)
        assert computers(on) == {new}


def test_migrates_and_leaves_its_computer() -> None:
    with bench(behaving("migrates+leaves-computer")) as on:
        old = on.row(SOURCE)["ComputerName"]
        target = on.migrate()
        on.pass_time(2 * HOUR)
        assert on.states(SOURCE, target) == [None, "AVAILABLE"]
        assert computers(on) == {old, on.row(target)["ComputerName"]}
        left = on.event("computer-left")
        assert (left["computerName"], left["directoryId"]) == (old, DIRECTORY)


def test_rolls_back() -> None:
    document = behaving("rolls-back")
    document["Workspaces"][0] |= {"State": "STOPPED"}
    with bench(document) as on:
        free, before = on.subnets(), on.row(SOURCE)
        target = on.migrate()
        failed = on.row(target)["ComputerName"]
        while on.states(target) == ["PENDING"]:
            on.pass_time(30)
        assert on.clock.now() - BEGIN < on.twin.duration(SOURCE) + timedelta(seconds=30)
        assert on.states(SOURCE, target) == ["STOPPED", "TERMINATING"]
        on.pass_time(600)
        assert on.states(SOURCE, target) == ["STOPPED", None]
        assert on.row(SOURCE) == before
        assert on.subnets() == free
        assert computers(on) == {before["ComputerName"], failed}
        assert on.what() == ["started", "rolled-back", "computer-left", "terminated"]
        assert on.event("terminated")["terminatedWorkspaceId"] == target
        again = on.migrate()
        assert again != target


def test_never_starts() -> None:
    with bench(behaving("never-starts")) as on:
        free, before = on.subnets(), on.row(SOURCE)
        target = on.migrate()
        on.pass_time(2 * HOUR)
        assert on.states(SOURCE, target) == ["AVAILABLE", None]
        assert on.row(SOURCE) == before
        assert on.subnets() == free
        assert computers(on) == {before["ComputerName"]}
        assert on.what() == ["never-started"]
        assert on.migrate() != target


def test_sticks() -> None:
    with bench(behaving("sticks")) as on:
        target = on.migrate()
        on.pass_time(24 * HOUR)
        assert on.states(SOURCE, target) == ["AVAILABLE", "PENDING"]
        assert on.what() == ["started", "stuck"]
        assert len(computers(on)) == 2
        call = {"SourceWorkspaceId": SOURCE, "BundleId": PERFORMANCE_10}
        assert on.error_of(on.workspaces.migrate_workspace, **call) == "OperationInProgressException"


def test_a_stuck_target_can_be_terminated_and_its_source_is_free_again() -> None:
    with bench(behaving("sticks")) as on:
        free = on.subnets()
        target = on.migrate()
        name = on.row(target)["ComputerName"]
        on.pass_time(2 * HOUR)
        on.workspaces.terminate_workspaces(TerminateWorkspaceRequests=[{"WorkspaceId": target}])
        on.pass_time(600)
        assert on.states(SOURCE, target) == ["AVAILABLE", None]
        assert on.subnets() == free
        assert name in computers(on)
        assert on.event("computer-left")["computerName"] == name
        assert on.migrate() != target


def test_refuses_each_time_by_its_code() -> None:
    with bench(behaving("refuses:OperationNotSupportedException")) as on:
        call = {"SourceWorkspaceId": SOURCE, "BundleId": PERFORMANCE_10}
        for _ in range(2):
            assert on.error_of(on.workspaces.migrate_workspace, **call) == "OperationNotSupportedException"
        assert on.what() == ["refused", "refused"]
        assert on.event("refused")["error"] == "OperationNotSupportedException"
        on.pass_time(2 * HOUR)
        assert on.states(SOURCE) == ["AVAILABLE"]


def test_lost() -> None:
    with bench(behaving("lost")) as on:
        free = sum(on.subnets().values())
        target = on.migrate()
        assert on.states(SOURCE, target) == ["AVAILABLE", "PENDING"]
        to_the_end(on)
        assert on.states(SOURCE, target) == [None, None]
        assert on.workspaces.describe_workspaces(DirectoryId=DIRECTORY)["Workspaces"] == []
        assert sum(on.subnets().values()) == free + 1
        assert on.what() == ["started", "lost"]


def test_one_migration_at_a_time() -> None:
    with bench() as on:
        on.migrate()
        call = {"SourceWorkspaceId": SOURCE, "BundleId": PERFORMANCE_10}
        assert on.error_of(on.workspaces.migrate_workspace, **call) == "OperationInProgressException"
        to_the_end(on)
        assert on.error_of(on.workspaces.migrate_workspace, **call) == "OperationNotSupportedException"
        on.pass_time(200)
        assert on.error_of(on.workspaces.migrate_workspace, **call) == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"State": "ADMIN_MAINTENANCE"}, "OperationNotSupportedException"),
        ({"State": "SUSPENDED"}, "OperationNotSupportedException"),
        ({"State": "UPDATING"}, "OperationInProgressException"),
        (
            {"ModificationStates": [{"Resource": "ROOT_VOLUME", "State": "UPDATE_IN_PROGRESS"}]},
            "OperationInProgressException",
        ),
        (
            {"WorkspaceProperties": {"OperatingSystemName": "AMAZON_LINUX_2"}},
            "OperationNotSupportedException",
        ),
        (
            {"StandbyWorkspacesProperties": [{"StandbyWorkspaceId": "ws-standby00"}]},
            "OperationNotSupportedException",
        ),
    ],
)
def test_what_the_service_does_not_take_on(change: dict[str, Any], code: str) -> None:
    document = fleet_document()
    document["Workspaces"][0] |= change
    with bench(document) as on:
        call = {"SourceWorkspaceId": SOURCE, "BundleId": PERFORMANCE_10}
        assert on.error_of(on.workspaces.migrate_workspace, **call) == code
        assert on.event("refused")["error"] == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Name": "Standard with Windows 7"}, "OperationNotSupportedException"),
        ({"Name": "Standard with Amazon Linux 2"}, "OperationNotSupportedException"),
        ({"State": "PENDING"}, "ResourceUnavailableException"),
        ({"BundleType": "STANDBY"}, "OperationNotSupportedException"),
        ({"Owner": "123456789012", "Name": "Ours BYOL Windows 10"}, "OperationNotSupportedException"),
    ],
)
def test_which_bundles_the_service_does_not_take(change: dict[str, Any], code: str) -> None:
    document = fleet_document()
    document["Bundles"][1] |= change
    with bench(document) as on:
        call = {"SourceWorkspaceId": SOURCE, "BundleId": PERFORMANCE_10}
        assert on.error_of(on.workspaces.migrate_workspace, **call) == code


BYOL = {"Owner": "123456789012", "ImageId": "wsi-byol000001"}


@pytest.mark.parametrize(
    ("source", "target", "taken"),
    [
        ({"OperatingSystemName": "WINDOWS_10"}, {**BYOL, "Name": "Lab BYOL Windows 11"}, True),
        ({"OperatingSystemName": "WINDOWS_7"}, {**BYOL, "Name": "Lab BYOL Windows 11"}, False),
        ({"OperatingSystemName": "WINDOWS_7"}, {**BYOL, "Name": "Lab BYOL Windows 10"}, True),
        ({"OperatingSystemName": "WINDOWS_11"}, {**BYOL, "Name": "Lab BYOL Windows 10"}, False),
        ({"OperatingSystemName": "WINDOWS_11"}, {**BYOL, "Name": "Lab BYOL Windows 11 (WSP)"}, True),
        (
            {"OperatingSystemName": "WINDOWS_10"},
            {**BYOL, "Name": "Lab BYOL Windows 11", "ComputeType": {"Name": "VALUE"}},
            False,
        ),
        ({"OperatingSystemName": "WINDOWS_10"}, {"Name": "Standard with Windows 11"}, False),
        ({"OperatingSystemName": "UBUNTU_22_04"}, {"Name": "Standard with Rocky Linux 8"}, True),
        ({"OperatingSystemName": "AMAZON_LINUX_2"}, {"Name": "Standard with Ubuntu 22.04"}, True),
        ({"OperatingSystemName": "UBUNTU_22_04"}, {"Name": "Standard with Amazon Linux 2"}, False),
        ({"OperatingSystemName": "WINDOWS_SERVER_2019"}, {"Name": "Standard with Windows Server 2022"}, True),
    ],
    ids=lambda value: (
        str(value.get("Name") or value.get("OperatingSystemName")) if isinstance(value, dict) else ""
    ),
)
def test_newer_windows_and_linux(source: dict[str, Any], target: dict[str, Any], taken: bool) -> None:
    document = fleet_document()
    document["Workspaces"][0]["WorkspaceProperties"] = source
    document["Bundles"][1] |= target
    if "ImageId" in target:
        document["Bundles"][0] |= {
            "Owner": "123456789012",
            "Name": "Lab BYOL Windows",
            "ImageId": "wsi-byol000000",
        }
    with bench(document) as on:
        call = {"SourceWorkspaceId": SOURCE, "BundleId": PERFORMANCE_10}
        if taken:
            assert on.migrate() != SOURCE
        else:
            code = on.error_of(on.workspaces.migrate_workspace, **call)
            assert code == "OperationNotSupportedException"


def test_a_stopped_linux_desktop_is_not_taken() -> None:
    document = fleet_document()
    document["Workspaces"][0] |= {
        "WorkspaceProperties": {"OperatingSystemName": "UBUNTU_22_04"},
        "State": "STOPPED",
    }
    document["Bundles"][1]["Name"] = "Standard with Rocky Linux 8"
    with bench(document) as on:
        call = {"SourceWorkspaceId": SOURCE, "BundleId": PERFORMANCE_10}
        assert on.error_of(on.workspaces.migrate_workspace, **call) == "OperationNotSupportedException"


def test_a_failed_attribute_change_is_no_obstacle_and_plus_is_allowed_today() -> None:
    document = fleet_document()
    document["Workspaces"][0]["ModificationStates"] = [{"Resource": "ROOT_VOLUME", "State": "UPDATE_FAILED"}]
    document["Bundles"][0]["Name"] = "Standard Plus with Windows 10"
    with bench(document) as on:
        on.migrate(bundle=CUSTOM_10)


def test_nested_virtualization_makes_it_fail() -> None:
    document = fleet_document()
    document["Workspaces"][0]["WorkspaceProperties"] = {"NestedVirtualizationEnabled": True}
    with bench(document) as on:
        target = on.migrate()
        on.pass_time(2 * HOUR)
        assert on.states(SOURCE, target) == ["AVAILABLE", None]


def test_durations_belong_to_the_seed_and_the_workspace_not_to_the_order() -> None:
    with bench(fleet_document(5), seed=3) as on:
        forward = [on.twin.duration(workspace_id(n)) for n in range(5)]
        targets = [on.migrate(workspace_id(n)) for n in range(5)]
    with bench(fleet_document(5), seed=3) as on:
        on.pass_time(777)
        backward = [on.twin.duration(workspace_id(n)) for n in reversed(range(5))]
        again = [on.migrate(workspace_id(n)) for n in reversed(range(5))]
    assert forward == backward[::-1]
    assert targets == again[::-1]
    assert len(set(forward)) == 5
    with bench(fleet_document(5), seed=4) as on:
        assert on.twin.duration(SOURCE) != forward[0]


def test_what_happens_takes_what_duration_says_whatever_else_is_under_way() -> None:
    with bench(fleet_document(5), seed=3) as on:
        expected = {workspace_id(n): on.twin.duration(workspace_id(n)) for n in range(5)}
        for n in (3, 0, 4, 1, 2):
            on.migrate(workspace_id(n))
            on.pass_time(100)
        on.pass_time(2 * HOUR)
        began, ended = (
            {e["workspaceId"]: datetime.fromisoformat(e["at"]) for e in on.twin.events if e["what"] == what}
            for what in ("started", "finished")
        )
    assert {each: ended[each] - began[each] for each in expected} == expected


def test_durations_are_log_normal_and_within_the_guides_hour() -> None:
    with bench(fleet_document(1)) as on:
        minutes = sorted(on.twin.duration(f"ws-{n:09d}").total_seconds() / 60 for n in range(4001))
    assert minutes[2000] == pytest.approx(25, rel=0.03)
    assert minutes[int(4001 * 0.841)] / minutes[2000] == pytest.approx(1.419, rel=0.05)  # exp(0.35)
    assert 55 < minutes[-1] < 60  # the far tail is drawn again, not piled up at the hour


def test_the_file_may_say_otherwise() -> None:
    with bench(fleet_document(1, durations={"medianMinutes": 70, "sigma": 0, "maxMinutes": 70})) as on:
        assert on.twin.duration(SOURCE) == timedelta(minutes=70)


def test_terminated_workspaces_are_seen_briefly_and_then_not() -> None:
    document = fleet_document(2)
    document["Workspaces"][1]["State"] = "TERMINATED"
    with bench(document) as on:
        assert on.states(workspace_id(1)) == ["TERMINATED"]
        on.pass_time(600)
        assert on.states(workspace_id(1)) == [None]
        request = [{"WorkspaceId": SOURCE}, {"WorkspaceId": "ws-nobody000"}]
        failed = on.workspaces.terminate_workspaces(TerminateWorkspaceRequests=request)["FailedRequests"]
        assert [each["WorkspaceId"] for each in failed] == ["ws-nobody000"]
        assert on.states(SOURCE) == ["TERMINATING"]
        on.pass_time(600)
        assert on.states(SOURCE) == [None]
        assert computers(on) == set()


def test_a_migration_goes_on_when_somebody_terminates_its_source() -> None:
    with bench() as on:
        target = on.migrate()
        on.workspaces.terminate_workspaces(TerminateWorkspaceRequests=[{"WorkspaceId": SOURCE}])
        on.pass_time(2 * HOUR)
        assert on.states(SOURCE, target) == [None, "AVAILABLE"]
        assert on.what() == ["started", "terminated", "finished"]


def test_the_same_seed_tells_the_same_story() -> None:
    def story(seed: int) -> list[dict[str, Any]]:
        behaviours = {
            workspace_id(n): text for n, text in enumerate(("rolls-back", "sticks", "lost", "never-starts"))
        }
        with bench(fleet_document(8, behaviour=behaviours), seed=seed) as on:
            for n in range(8):
                on.migrate(workspace_id(n))
                on.pass_time(60)
            on.pass_time(2 * HOUR)
            return on.twin.events

    assert story(5) == story(5)
    assert story(5) != story(6)
