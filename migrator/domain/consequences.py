"""What a migration does to one WorkSpace, told beforehand (the guide, What Happens During Migration)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from migrator.domain.bundles import Bundle
from migrator.domain.facts import Workspace
from migrator.domain.moments import iso
from migrator.domain.report import CommonConsequences, Consequences, WorkspaceCost
from migrator.domain.volumes import Volumes, after_migration

MOVED_FOLDERS = ("Desktop", "Documents", "Downloads", "Favorites", "Music", "Pictures", "Videos")
"""Folders of the old profile whose files are moved to the new one."""

DRIVE_C = "All of drive C: installed applications, settings, changes to the registry."

FOR_ALL = CommonConsequences(
    lost=[DRIVE_C, "What was written to drive D after its last snapshot."],
    renewed=["WorkSpace id", "computer name", "IP address"],
    kept=["tags", "running mode", "user volume (drive D), as of its last snapshot"],
    moved_folders=list(MOVED_FOLDERS),
    old_profile="What is not moved stays in D:\\Users\\<user>MMddyyTHHmmss.NotMigrated, named for the moment "
    "of the new WorkSpace's first boot.",
    log="C:\\Program Files\\Amazon\\WorkspacesConfig\\Logs\\MigrationLogs lists what was moved.",
    billing="In the month of the migration both WorkSpaces are charged, prorated by day.",
    before="Back up what is needed from drive C, and have the users log out and stay out until it is done.",
)
"""What the guide says of every migration alike."""


def volumes_after(workspace: Workspace, source: Bundle, target: Bundle) -> Volumes:
    """The sizes the WorkSpace's volumes will have, GiB; None where something unknown decides."""
    return after_migration(
        Volumes(workspace.root_gib, workspace.user_gib),
        Volumes(source.root_gib, source.user_gib),
        Volumes(target.root_gib, target.user_gib),
    )


def consequences(
    workspace: Workspace,
    source: Bundle,
    target: Bundle,
    snapshots: Sequence[datetime],
    cost: WorkspaceCost | None = None,
) -> Consequences:
    """What this WorkSpace's migration would do, had it begun with these snapshots."""
    after = volumes_after(workspace, source, target)
    newest = max(snapshots, default=None)
    return Consequences(
        root_volume_gib=workspace.root_gib,
        new_root_volume_gib=after.root_gib,
        user_volume_gib=workspace.user_gib,
        new_user_volume_gib=after.user_gib,
        user_volume_as_of=newest,
        lost=[
            DRIVE_C,
            "All of drive D: it has no snapshot."
            if newest is None
            else f"What was written to drive D after {iso(newest)}, its last snapshot.",
        ],
        old_profile=f"D:\\Users\\{workspace.user_name}MMddyyTHHmmss.NotMigrated",
        cost=cost,
    )
