"""What people use instead, as they write it: plain boto3, its own retries, a sleep between looks.

Each is called with a client, the WorkSpaces' ids in the fleet's order, and the target bundle, and returns how
many outcomes it knows in the end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

Script = Callable[[Any, Sequence[str], str], int]

POLL_SECONDS = 60
BATCH = 25


def batches_of_25(client: Any, workspace_ids: Sequence[str], bundle_id: str) -> int:
    """The guide's advice for scripts: 25, wait until all are done, the next 25."""
    known = 0
    for start in range(0, len(workspace_ids), BATCH):
        targets = [
            client.migrate_workspace(SourceWorkspaceId=one, BundleId=bundle_id)["TargetWorkspaceId"]
            for one in workspace_ids[start : start + BATCH]
        ]
        known += _wait_for(client, targets)
    return known


def one_at_a_time(client: Any, workspace_ids: Sequence[str], bundle_id: str) -> int:
    """Start one, wait until it is done, start the next."""
    known = 0
    for one in workspace_ids:
        answer = client.migrate_workspace(SourceWorkspaceId=one, BundleId=bundle_id)
        known += _wait_for(client, [answer["TargetWorkspaceId"]])
    return known


def fire_and_forget(client: Any, workspace_ids: Sequence[str], bundle_id: str) -> int:
    """Start them all, a second apart; print what fails, and look in the console on Monday."""
    for one in workspace_ids:
        with suppress(ClientError):  # they print it
            client.migrate_workspace(SourceWorkspaceId=one, BundleId=bundle_id)
        time.sleep(1)
    return 0


def _wait_for(client: Any, targets: list[str]) -> int:
    """Until every target is there; how many that were."""
    left = set(targets)
    while left:
        time.sleep(POLL_SECONDS)
        found = client.describe_workspaces(WorkspaceIds=sorted(left))["Workspaces"]
        left -= {row["WorkspaceId"] for row in found if row["State"] in ("AVAILABLE", "STOPPED")}
    return len(targets)


SCRIPTS: dict[str, Script] = {
    "the guide's script: 25, wait for all, next 25": batches_of_25,
    "fire and forget, a second apart": fire_and_forget,
    "one at a time": one_at_a_time,
}
