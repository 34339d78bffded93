"""Snapshots of user volumes and who is connected: what the file states, and what the twin fills in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.twin_bench import NOW, PERFORMANCE_10, Bench, bench, fleet_document, workspace_id

BEGIN = datetime.fromisoformat(NOW)
HOUR = 3600.0


def rebuild(on: Bench, which: str) -> list[datetime]:
    rows = on.workspaces.describe_workspace_snapshots(WorkspaceId=which)["RebuildSnapshots"]
    return [row["SnapshotTime"] for row in rows]


def connection(on: Bench, which: str) -> dict[str, Any] | None:
    rows = on.workspaces.describe_workspaces_connection_status(WorkspaceIds=[which])
    found: list[dict[str, Any]] = rows["WorkspacesConnectionStatus"]
    return found[0] if found else None


def stated(ago: timedelta | None) -> dict[str, Any]:
    document = fleet_document()
    rows = [] if ago is None else [{"SnapshotTime": (BEGIN - ago).isoformat()}]
    document["Snapshots"] = {workspace_id(0): {"RebuildSnapshots": rows, "RestoreSnapshots": rows}}
    return document


def test_left_out_there_is_a_snapshot_within_12_hours_and_a_new_one_every_12_hours() -> None:
    with bench(fleet_document(40)) as on:
        firsts = [rebuild(on, workspace_id(n)) for n in range(40)]
        assert all(len(times) == 1 and BEGIN - timedelta(hours=12) < times[0] < BEGIN for times in firsts)
        assert len({times[0] for times in firsts}) > 30
        first = firsts[0][0]
        on.pass_time(12 * HOUR)
        assert rebuild(on, workspace_id(0))[-1] == first + timedelta(hours=12)
        on.pass_time(36 * HOUR)
        assert rebuild(on, workspace_id(0))[-1] == first + timedelta(hours=48)


def test_a_stated_snapshot_is_that_snapshot_and_the_next_comes_12_hours_after_it() -> None:
    with bench(stated(timedelta(hours=3))) as on:
        assert rebuild(on, workspace_id(0)) == [BEGIN - timedelta(hours=3)]
        on.pass_time(9 * HOUR - 1)
        assert rebuild(on, workspace_id(0)) == [BEGIN - timedelta(hours=3)]
        on.pass_time(1)
        assert rebuild(on, workspace_id(0))[-1] == BEGIN + timedelta(hours=9)


@pytest.mark.parametrize("ago", [None, timedelta(hours=30)])
def test_snapshots_that_have_ceased_to_come_do_not_come_back(ago: timedelta | None) -> None:
    with bench(stated(ago)) as on:
        before = rebuild(on, workspace_id(0))
        assert before == ([] if ago is None else [BEGIN - ago])
        on.pass_time(48 * HOUR)
        assert rebuild(on, workspace_id(0)) == before


def test_the_user_volume_is_that_of_the_last_snapshot_when_the_migration_began() -> None:
    with bench(stated(timedelta(hours=11))) as on:
        on.pass_time(HOUR - 60)
        on.migrate()
        on.pass_time(2 * HOUR)  # a newer snapshot falls into the migration: too late
        assert on.event("finished")["userVolumeFrom"] == "2026-11-22T15:00:00.000Z"


def test_a_migrated_workspace_has_no_snapshot_until_its_first_comes() -> None:
    with bench() as on:
        target = on.migrate()
        on.pass_time(on.twin.duration(workspace_id(0)).total_seconds())
        assert rebuild(on, target) == []
        on.pass_time(12 * HOUR)
        assert len(rebuild(on, target)) == 1


def test_left_out_nobody_is_connected_and_nobody_has_been_since_the_newest_snapshot() -> None:
    with bench(fleet_document(40)) as on:
        for n in range(40):
            row = connection(on, workspace_id(n))
            assert row is not None
            assert row["ConnectionState"] == "DISCONNECTED"
            assert row["LastKnownUserConnectionTimestamp"] < rebuild(on, workspace_id(n))[-1]
            assert row["ConnectionStateCheckTimestamp"] <= BEGIN


def test_the_state_of_a_stopped_workspace_is_unknown() -> None:
    document = fleet_document()
    document["Workspaces"][0]["State"] = "STOPPED"
    with bench(document) as on:
        row = connection(on, workspace_id(0))
        assert row is not None
        assert row["ConnectionState"] == "UNKNOWN"


def test_a_stated_connection_is_that_connection_and_others_get_the_default() -> None:
    document = fleet_document(3, noConnectionRow=[workspace_id(2)])
    document["ConnectionStatus"] = [
        {
            "WorkspaceId": workspace_id(1),
            "ConnectionState": "CONNECTED",
            "ConnectionStateCheckTimestamp": 1763776800.0,
            "LastKnownUserConnectionTimestamp": "2026-11-23T03:00:00+02:00",
        }
    ]
    with bench(document) as on:
        row = connection(on, workspace_id(1))
        assert row is not None
        assert row["ConnectionState"] == "CONNECTED"
        assert row["LastKnownUserConnectionTimestamp"] == BEGIN - timedelta(hours=1)
        assert BEGIN - row["ConnectionStateCheckTimestamp"] < timedelta(
            minutes=5
        )  # looked at again and again
        other = connection(on, workspace_id(0))
        assert other is not None
        assert other["ConnectionState"] == "DISCONNECTED"
        assert connection(on, workspace_id(2)) is None


def test_a_new_workspace_has_no_row_at_first() -> None:
    with bench() as on:
        target = on.migrate(bundle=PERFORMANCE_10)
        assert connection(on, target) is None
        on.pass_time(on.twin.duration(workspace_id(0)).total_seconds())
        assert on.states(target) == ["AVAILABLE"]
        assert connection(on, target) is None
        on.pass_time(300)
        row = connection(on, target)
        assert row is not None
        assert row["ConnectionState"] == "DISCONNECTED"
        assert "LastKnownUserConnectionTimestamp" not in row


def test_all_rows_come_in_pages() -> None:
    with bench(fleet_document(60, noConnectionRow=[workspace_id(n) for n in range(25)])) as on:
        pages, token = [], None
        while True:
            page = on.workspaces.describe_workspaces_connection_status(
                **({"NextToken": token} if token else {})
            )
            pages.append(len(page["WorkspacesConnectionStatus"]))
            token = page.get("NextToken")
            if token is None:
                break
        assert pages == [0, 25, 10]  # an empty page may carry a token
