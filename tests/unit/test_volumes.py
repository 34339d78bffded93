"""The sizes of the volumes after a migration, by the guide's note on billing, and all its consequences."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.domain.consequences import FOR_ALL, consequences, volumes_after
from migrator.domain.volumes import Volumes, after_migration
from tests.samples import NOW, WORKSPACE, bundle, target


@pytest.mark.parametrize(
    ("current", "source", "to", "after"),
    [
        # Value to Standard: both grow to the new defaults.
        ((80, 10), (80, 10), (80, 50), (80, 50)),
        ((80, 100), (80, 100), (175, 100), (175, 100)),
        # To a smaller bundle: nothing shrinks.
        ((175, 100), (175, 100), (80, 50), (175, 100)),
        # A user volume whose size was changed keeps it, lower or higher than either default.
        ((80, 30), (80, 50), (80, 100), (80, 30)),
        ((80, 500), (80, 50), (80, 100), (80, 500)),
        # A root volume that was enlarged stays, and grows where it must.
        ((120, 50), (80, 50), (80, 50), (120, 50)),
        ((120, 50), (80, 50), (175, 50), (175, 50)),
        # What depends on something unknown is unknown.
        ((None, 50), (80, 50), (80, 100), (None, 100)),
        ((80, None), (80, 50), (80, 100), (80, None)),
        ((80, 50), (80, None), (80, 100), (80, None)),
        ((80, 50), (80, 50), (None, None), (None, None)),
        ((80, 70), (None, 50), (None, None), (None, 70)),
    ],
)
def test_sizes(
    current: tuple[int | None, int | None],
    source: tuple[int | None, int | None],
    to: tuple[int | None, int | None],
    after: tuple[int | None, int | None],
) -> None:
    assert after_migration(Volumes(*current), Volumes(*source), Volumes(*to)) == Volumes(*after)


GIB = st.integers(10, 2000)


@given(GIB, GIB, GIB, GIB, GIB, GIB)
def test_no_volume_ever_shrinks(a: int, b: int, c: int, d: int, e: int, f: int) -> None:
    after = after_migration(Volumes(a, b), Volumes(c, d), Volumes(e, f))
    assert after.root_gib == max(a, e)
    assert after.user_gib == (max(b, f) if b == d else b)


def test_consequences_of_one_migration() -> None:
    source, to = bundle("Value with Windows 10"), target("Power with Windows 10", root_gib=175, user_gib=100)
    newest = NOW - timedelta(hours=3)
    told = consequences(WORKSPACE, source, to, [NOW - timedelta(hours=15), newest])
    assert (told.root_volume_gib, told.new_root_volume_gib) == (80, 175)
    assert (told.user_volume_gib, told.new_user_volume_gib) == (50, 100)
    assert volumes_after(WORKSPACE, source, to) == Volumes(175, 100)
    assert told.user_volume_as_of == newest
    assert told.lost[0].startswith("All of drive C")
    assert told.lost[1] == "What was written to drive D after 2026-11-22T23:00:00Z, its last snapshot."
    assert told.old_profile == "D:\\Users\\anaMMddyyTHHmmss.NotMigrated"


def test_without_a_snapshot_all_of_drive_d_is_lost() -> None:
    told = consequences(WORKSPACE, bundle("Windows 10"), target("Windows 10"), [])
    assert told.user_volume_as_of is None
    assert told.lost[1] == "All of drive D: it has no snapshot."


def test_what_every_migration_does() -> None:
    assert FOR_ALL.moved_folders == [
        "Desktop",
        "Documents",
        "Downloads",
        "Favorites",
        "Music",
        "Pictures",
        "Videos",
    ]
    assert FOR_ALL.renewed == ["WorkSpace id", "computer name", "IP address"]
    assert {"tags", "running mode"} < set(FOR_ALL.kept)
    assert ".NotMigrated" in FOR_ALL.old_profile
    assert "MigrationLogs" in FOR_ALL.log
