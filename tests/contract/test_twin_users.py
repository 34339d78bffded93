"""Snapshots of user volumes and who is connected: what the file states, and what the twin fills in."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from rehearsal.twin import FleetFault, parse_fleet
from rehearsal.twin.habits import Calendar, Habits, Session
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


def test_a_snapshot_taken_while_the_file_was_being_written_is_not_there_before_its_time() -> None:
    with bench(stated(timedelta(minutes=-20))) as on:  # an export takes its time
        assert rebuild(on, workspace_id(0)) == [BEGIN - timedelta(hours=11, minutes=40)]
        on.migrate()
        assert on.event("started")["userVolumeFrom"] < on.event("started")["at"]
        on.pass_time(20 * 60)
        assert rebuild(on, workspace_id(0))[-1] == BEGIN + timedelta(minutes=20)


def test_a_file_of_another_day_goes_on_until_the_rehearsal_begins() -> None:
    document = fleet_document(3, takenAt="2026-11-18T10:00:00Z")  # a Wednesday; it begins on Monday night
    for row, state in zip(document["Workspaces"], ("AVAILABLE", "STOPPED", "AVAILABLE"), strict=True):
        row["State"] = state
    last = "2026-11-18T09:55:00Z"
    document["ConnectionStatus"] = [
        {"WorkspaceId": workspace_id(0), "ConnectionState": "CONNECTED"},
        {
            "WorkspaceId": workspace_id(2),
            "ConnectionState": "DISCONNECTED",
            "LastKnownUserConnectionTimestamp": last,
        },
    ]
    document["Snapshots"] = {
        workspace_id(0): {"RebuildSnapshots": [{"SnapshotTime": "2026-11-18T05:30:00Z"}]},
        workspace_id(1): {"RebuildSnapshots": [{"SnapshotTime": "2026-11-16T05:30:00Z"}]},
    }
    with bench(document) as on:
        assert rebuild(on, workspace_id(0))[-1] == datetime.fromisoformat("2026-11-22T17:30:00Z")
        assert rebuild(on, workspace_id(1))[-1] == datetime.fromisoformat("2026-11-16T05:30:00Z"), "ceased"
        left = state_of(on, workspace_id(0))
        assert left == ("DISCONNECTED", datetime.fromisoformat("2026-11-18T10:00:00Z"))
        assert state_of(on, workspace_id(2))[1] == datetime.fromisoformat(last)
    document["Twin"]["takenAt"] = "2026-11-24T00:00:00Z"
    with pytest.raises(FleetFault, match=r"\$\.Twin\.takenAt: later than now"):
        parse_fleet(document)


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


def test_a_workspace_in_error_has_no_row_unless_the_file_states_one() -> None:
    document = fleet_document(2)
    for row in document["Workspaces"]:
        row["State"] = "ERROR"
    document["ConnectionStatus"] = [{"WorkspaceId": workspace_id(1), "ConnectionState": "DISCONNECTED"}]
    with bench(document) as on:
        assert connection(on, workspace_id(0)) is None
        assert connection(on, workspace_id(1)) is not None


# --- Users over time


def minutes(count: float) -> str:
    return (BEGIN + timedelta(minutes=count)).strftime("%Y-%m-%dT%H:%M:%SZ")


def working(*spans: tuple[float, float], count: int = 1, **row: Any) -> dict[str, Any]:
    """A fleet whose first user is connected from and to these minutes after the beginning."""
    sessions = [{"from": minutes(begins), "to": minutes(ends)} for begins, ends in spans]
    document = fleet_document(count, sessions={workspace_id(0): sessions})
    document["Workspaces"][0] |= row
    return document


def state_of(on: Bench, which: str) -> tuple[str, datetime]:
    row = connection(on, which)
    assert row is not None
    return row["ConnectionState"], row["LastKnownUserConnectionTimestamp"]


def test_the_service_sees_a_user_at_its_next_look_and_remembers_when_it_was_gone() -> None:
    with bench(working((7, 42), (200, 260))) as on:
        before = state_of(on, workspace_id(0))
        on.pass_time(9 * 60)
        assert state_of(on, workspace_id(0)) == before, "looked at every five minutes, not at once"
        on.pass_time(60)
        assert state_of(on, workspace_id(0)) == ("CONNECTED", BEGIN + timedelta(minutes=10))
        on.pass_time(31 * 60)
        assert state_of(on, workspace_id(0)) == ("CONNECTED", BEGIN + timedelta(minutes=40))
        on.pass_time(4 * 60)
        assert state_of(on, workspace_id(0)) == ("DISCONNECTED", BEGIN + timedelta(minutes=42))
        on.pass_time(160 * 60)
        assert state_of(on, workspace_id(0))[0] == "CONNECTED"
        assert on.what() == ["connected", "disconnected", "connected"]


def test_a_user_who_logs_in_during_the_migration_loses_that_work_and_is_cut_off() -> None:
    with bench(working((5, 600), (700, 800))) as on:
        target = on.migrate()
        on.pass_time(20 * 60)
        assert state_of(on, workspace_id(0))[0] == "CONNECTED"
        assert on.event("connected")["targetWorkspaceId"] == target
        draft = rf"D:\Users\user0\Documents\Draft {BEGIN + timedelta(minutes=5):%Y-%m-%d %H.%M}.docx"
        assert draft in on.twin.drives(workspace_id(0)).user.files
        on.pass_time(HOUR)
        assert draft not in on.twin.drives(target).user.files
        assert connection(on, workspace_id(0)) is None
        on.until(BEGIN + timedelta(minutes=710))
        assert state_of(on, target)[0] == "CONNECTED", "the user has moved"
        later = [event["workspaceId"] for event in on.twin.events if event["what"] == "connected"]
        assert later == [workspace_id(0), target]


def test_what_was_worked_on_comes_back_as_of_the_snapshot() -> None:
    document = working((1, 61), (800, 900))
    document["Snapshots"] = {workspace_id(0): {"RebuildSnapshots": [{"SnapshotTime": minutes(-60)}]}}
    document["Workspaces"][0]["WorkspaceProperties"] = {"RunningMode": "ALWAYS_ON"}
    with bench(document) as on:
        on.pass_time(950 * 60)  # the next snapshot came after 660 minutes
        target = on.migrate()
        on.pass_time(2 * HOUR)
        files = on.twin.drives(target).user.files
        assert files[r"D:\Users\user0\Documents\In progress.docx"].modified == BEGIN + timedelta(minutes=61)


def test_auto_stop_starts_for_its_user_and_stops_an_hour_after() -> None:
    with bench(working((10, 40), State="STOPPED")) as on:
        on.pass_time(10 * 60 + 30)
        assert on.states(workspace_id(0)) == ["STARTING"]
        assert on.error_of(on.workspaces.migrate_workspace, **MIGRATE) == "OperationInProgressException"
        on.pass_time(120)
        assert on.states(workspace_id(0)) == ["AVAILABLE"]
        on.until(BEGIN + timedelta(minutes=99))
        assert on.states(workspace_id(0)) == ["AVAILABLE"]
        on.until(BEGIN + timedelta(minutes=100, seconds=10))
        assert on.states(workspace_id(0)) == ["STOPPING"]
        on.pass_time(30)
        assert on.states(workspace_id(0)) == ["STOPPED"]
        on.pass_time(300)
        assert state_of(on, workspace_id(0)) == ("UNKNOWN", BEGIN + timedelta(minutes=40))


def test_nobody_can_connect_to_what_is_not_there_for_it() -> None:
    for row in ({"State": "ADMIN_MAINTENANCE"}, {"State": "STOPPED", "WorkspaceProperties": MANUAL}):
        with bench(working((10, 40), **row)) as on:
            on.pass_time(HOUR)
            assert on.what() == []


MIGRATE = {"SourceWorkspaceId": workspace_id(0), "BundleId": PERFORMANCE_10}
MANUAL = {"RunningMode": "MANUAL"}
MONDAY, SATURDAY = date(2026, 11, 23), date(2026, 11, 28)


def test_habits_are_drawn_by_seed_workspace_and_day() -> None:
    habits = Habits(on_working_days=0.5, outside_hours=0.3)
    fleet = [workspace_id(n) for n in range(400)]
    calendar = Calendar(habits, {}, 1)

    def sessions(of: Calendar, day: date) -> list[list[tuple[datetime, datetime]]]:
        return [list(of.on(day, each)) for each in fleet]

    monday, saturday = sessions(calendar, MONDAY), sessions(calendar, SATURDAY)
    at_work = [one for each in monday for one in each if 8 <= one[0].hour < 18]
    at_night = [one for each in monday for one in each if not 8 <= one[0].hour < 18]
    assert 150 < len(at_work) < 250
    assert 80 < len(at_night) < 160
    assert all(begins < ends and ends.hour <= 18 for begins, ends in at_work)
    assert {begins.hour < 8 for begins, _ in at_night} == {True, False}
    assert not any(8 <= begins.hour < 18 for each in saturday for begins, _ in each)
    assert all(begins.date() == MONDAY for each in monday for begins, _ in each)
    assert sessions(Calendar(habits, {}, 1), MONDAY) == monday
    assert sessions(Calendar(habits, {}, 2), MONDAY) != monday
    stated = {fleet[0]: (Session.model_validate({"from": minutes(1), "to": minutes(2)}),)}
    mine = Calendar(habits, stated, 1)
    assert list(mine.on(MONDAY, fleet[0])) == [(BEGIN + timedelta(minutes=1), BEGIN + timedelta(minutes=2))]
    assert list(mine.on(SATURDAY, fleet[0])) == []


def test_users_come_and_go_for_days() -> None:
    with bench(fleet_document(30, users={"onWorkingDays": 1, "outsideHours": 0})) as on:
        on.pass_time(12 * HOUR)
        rows = on.workspaces.describe_workspaces_connection_status()["WorkspacesConnectionStatus"]
        assert {row["ConnectionState"] for row in rows} > {"CONNECTED", "DISCONNECTED"}
        on.pass_time(36 * HOUR)
        assert on.what().count("connected") == on.what().count("disconnected") == 60


def test_unless_the_file_says_so_nobody_works() -> None:
    with bench(fleet_document(5)) as on:
        on.pass_time(72 * HOUR)
        assert on.what() == []


def test_ill_habits_and_sessions_are_named() -> None:
    document = fleet_document(
        1,
        users={"onWorkingDays": 2, "daily": 1},
        sessions={
            workspace_id(0): [{"from": minutes(5), "to": minutes(1)}, {"from": "soon", "to": minutes(9)}]
        },
    )
    with pytest.raises(FleetFault) as caught:
        parse_fleet(document)
    paths = [fault.partition(": ")[0] for fault in caught.value.faults]
    where = f"$.Twin.sessions['{workspace_id(0)}']"
    assert paths == ["$.Twin.users.onWorkingDays", "$.Twin.users.daily", f"{where}[0]", f"{where}[1].from"]
    document = working((1, 20), (10, 30))
    document["Twin"]["sessions"]["ws-nobody000"] = []
    with pytest.raises(FleetFault) as caught:
        parse_fleet(document)
    assert [fault.partition(": ")[0] for fault in caught.value.faults] == [
        "$.Twin.sessions['ws-nobody000']",
        where,
    ]
    for users in ({"workingDays": ["monday"]}, {"from": "18:00", "to": "08:00"}):
        with pytest.raises(FleetFault, match=r"\$\.Twin\.users: .*; "):
            parse_fleet(fleet_document(1, users=users))
