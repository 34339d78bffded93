r"""What a user finds on drives C and D: everything the guide says under "What Happens During Migration"."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from migrator.domain.consequences import MOVED_FOLDERS as TOLD_FOLDERS
from rehearsal.aftermath import write_desktops
from rehearsal.twin.drives import LOG_FOLDER, LONGEST_PATH, MOVED_FOLDERS, Drives, NoDrives, profile_of
from tests.twin_bench import NOW, PERFORMANCE_10, VALUE_10, Bench, bench, fleet_document, workspace_id

SOURCE = workspace_id(0)
BEGIN = datetime.fromisoformat(NOW)
HOUR = 3600.0
PROFILE = r"D:\Users\user0"


def worked(*, snapshot_ago: timedelta | None, worked_ago: timedelta | None, count: int = 1) -> dict[str, Any]:
    """A fleet whose first user has a snapshot of that age, and was last seen that long ago."""
    document = fleet_document(count)
    rows = [] if snapshot_ago is None else [{"SnapshotTime": (BEGIN - snapshot_ago).isoformat()}]
    document["Snapshots"] = {SOURCE: {"RebuildSnapshots": rows}}
    if worked_ago is not None:
        last = (BEGIN - worked_ago).isoformat()
        row = {"WorkspaceId": SOURCE, "ConnectionState": "DISCONNECTED"}
        document["ConnectionStatus"] = [{**row, "LastKnownUserConnectionTimestamp": last}]
    return document


def migrated(on: Bench, source: str = SOURCE, bundle: str = PERFORMANCE_10) -> str:
    """The target, at the moment of its first boot."""
    target = on.migrate(source, bundle)
    on.until(on.clock.now() + on.twin.duration(source))
    return target


def former(drives: Drives) -> str:
    (found,) = drives.user.former_profiles
    return found


def test_work_before_the_snapshot_is_there_and_work_after_it_is_gone() -> None:
    for worked_ago, kept in ((timedelta(hours=9), True), (timedelta(hours=1), False)):
        with bench(worked(snapshot_ago=timedelta(hours=5), worked_ago=worked_ago)) as on:
            before = on.twin.drives(SOURCE).user.files
            draft = rf"{PROFILE}\Documents\Draft {BEGIN - worked_ago:%Y-%m-%d %H.%M}.docx"
            assert draft in before
            after = on.twin.drives(migrated(on)).user
            assert (draft in after.files) is kept


def test_without_a_snapshot_drive_d_begins_empty() -> None:
    with bench(worked(snapshot_ago=None, worked_ago=timedelta(hours=9))) as on:
        assert len(on.twin.drives(SOURCE).user.files) > 16
        user = on.twin.drives(migrated(on)).user
        assert all(file.modified > BEGIN for file in user.files.values()), "only what the new system made"


def test_the_old_profile_is_renamed_by_user_and_moment_and_a_new_one_is_made() -> None:
    with bench(worked(snapshot_ago=timedelta(hours=5), worked_ago=None)) as on:
        target = migrated(on)
        drives, boot = on.twin.drives(target), on.clock.now()
        assert former(drives) == f"{PROFILE}{boot:%m%d%yT%H%M%S}.NotMigrated"
        assert re.fullmatch(r"D:\\Users\\user0112326T\d{6}\.NotMigrated", former(drives))
        assert drives.user.profile == PROFILE
        assert drives.user.files[rf"{PROFILE}\NTUSER.DAT"].modified == boot
        assert "NTUSER.DAT" in drives.user.below(former(drives)), "the old one keeps its own"
        event = on.event("finished")
        assert (event["formerProfile"], event["migrationLog"]) == (former(drives), drives.root.migration_log)


def test_files_of_the_seven_folders_are_moved_and_all_else_stays_behind() -> None:
    assert set(TOLD_FOLDERS) == set(MOVED_FOLDERS), "the report tells the same folders"
    seen: set[str] = set()
    with bench(fleet_document(30)) as on:
        before = {n: on.twin.drives(workspace_id(n)).user for n in range(30)}
        targets = {n: on.migrate(workspace_id(n)) for n in range(30)}
        on.pass_time(2 * HOUR)
        for number, target in targets.items():
            profile, user = rf"D:\Users\user{number}", on.twin.drives(target).user
            old = user.former_profiles[0]
            for path in before[number].below(profile):
                folder = path.split("\\")[0]
                moves = folder in MOVED_FOLDERS and not path.endswith("desktop.ini")
                moves = moves and len(rf"{old}\{path}") <= LONGEST_PATH
                if before[number].files[rf"{profile}\{path}"].modified > BEGIN - timedelta(hours=13):
                    continue  # perhaps after the snapshot
                assert (rf"{profile}\{path}" in user.files) is (moves or path in user.below(profile)), path
                assert (path in user.below(old)) is not moves, path
                seen.add(f"{folder} {moves}")
            assert before[number].below(r"D:\Data") == user.below(r"D:\Data"), "outside the profile"
    assert {f"{folder} True" for folder in MOVED_FOLDERS} <= seen
    assert {f"{folder} False" for folder in MOVED_FOLDERS} <= seen, "desktop.ini is there already"
    assert "OneDrive False" in seen


def test_the_log_tells_what_was_moved() -> None:
    with bench() as on:
        target = migrated(on)
        drives = on.twin.drives(target)
        assert drives.root.migration_log is not None
        assert drives.root.migration_log.startswith(LOG_FOLDER + "\\")
        pairs = [line.split(" -> ") for line in drives.root.moved]
        assert len(pairs) > 5
        for before, after in pairs:
            assert before == after.replace(PROFILE, former(drives))
            assert after in drives.user.files
            assert before not in drives.user.files


def test_a_path_too_long_for_windows_stays_behind() -> None:
    with bench(fleet_document(60)) as on:
        targets = [on.migrate(workspace_id(n)) for n in range(60)]
        on.pass_time(2 * HOUR)
        long = [
            path
            for target in targets
            for user in [on.twin.drives(target).user]
            for path in user.files
            if len(path) > LONGEST_PATH
        ]
    assert long
    assert all(".NotMigrated\\" in path for path in long)


def test_drive_c_is_that_of_the_target_bundle() -> None:
    with bench(fleet_document(10)) as on:
        before = [on.twin.drives(workspace_id(n)).root for n in range(10)]
        assert any(root.installed for root in before)
        assert all(root.migration_log is None for root in before)
        targets = [on.migrate(workspace_id(n)) for n in range(10)]
        on.pass_time(2 * HOUR)
        for target in targets:
            root = on.twin.drives(target).root
            assert (root.installed, root.bundle_id, root.size_gib) == ((), PERFORMANCE_10, 100)


def test_rolled_back_everything_is_as_it_was_work_after_the_snapshot_too() -> None:
    document = worked(snapshot_ago=timedelta(hours=5), worked_ago=timedelta(hours=1))
    document["Twin"]["behaviour"] = {SOURCE: "rolls-back"}
    with bench(document) as on:
        before = on.twin.drives(SOURCE)
        target = on.migrate()
        with pytest.raises(NoDrives):
            on.twin.drives(target)
        on.pass_time(2 * HOUR)
        assert on.twin.drives(SOURCE) == before
        with pytest.raises(LookupError):
            on.twin.drives(target)


def test_migrated_twice_both_old_profiles_are_there() -> None:
    with bench() as on:
        first = migrated(on)
        on.pass_time(13 * HOUR)  # until its own first snapshot
        once = on.twin.drives(first).user
        second = on.migrate(first, VALUE_10)
        on.pass_time(2 * HOUR)
        user = on.twin.drives(second).user
        assert user.former_profiles[0] == once.former_profiles[0]
        assert len(user.former_profiles) == 2
        assert user.below(user.former_profiles[0]) == once.below(once.former_profiles[0])


def test_the_files_are_those_of_the_workspace_whatever_the_seed() -> None:
    found = []
    for seed in (1, 2):
        with bench(seed=seed) as on:
            found.append(on.twin.drives(SOURCE))
    assert found[0] == found[1]


def test_a_name_windows_cannot_have_as_a_folder_is_written_otherwise() -> None:
    assert profile_of("corp\\ana:*") == r"D:\Users\corp_ana__"


def test_linux_has_no_such_drives() -> None:
    document = fleet_document()
    document["Workspaces"][0]["WorkspaceProperties"] = {"OperatingSystemName": "UBUNTU_22_04"}
    with bench(document) as on, pytest.raises(NoDrives):
        on.twin.drives(SOURCE)


def test_an_administrator_finds_a_line_for_each_desktop(tmp_path: Path) -> None:
    document = worked(snapshot_ago=timedelta(hours=5), worked_ago=timedelta(hours=1), count=3)
    document["Twin"]["behaviour"] = {workspace_id(1): "sticks"}
    document["Tags"] = {SOURCE: [{"Key": "Wave", "Value": "1"}]}
    with bench(document) as on:
        target = on.migrate()
        stuck = on.migrate(workspace_id(1))
        on.pass_time(3 * HOUR)
        write_desktops(on.twin, tmp_path / "desktops.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "desktops.jsonl").read_text().splitlines()]
    by_id = {line["workspaceId"]: line for line in lines}
    assert set(by_id) == {target, stuck, workspace_id(1), workspace_id(2)}
    mine = by_id[target]
    assert (mine["userName"], mine["formerWorkspaceIds"], mine["tags"]) == ("user0", [SOURCE], {"Wave": "1"})
    assert mine["migration"]["userVolumeFrom"] == "2026-11-22T21:00:00Z"
    assert mine["migration"]["workLostUntil"] == "2026-11-23T01:00:00Z"
    assert mine["migration"]["formerProfile"].startswith(PROFILE + "112326T")
    for other in (stuck, workspace_id(1), workspace_id(2)):
        assert (by_id[other]["migration"], by_id[other]["formerWorkspaceIds"]) == (None, [])
