"""Facts to judge: a WorkSpace, bundles and a moment that every rule lets pass, to be changed one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from migrator.domain.bundles import Bundle, BundleRecord, bundle_from
from migrator.domain.facts import Connection, FixedFacts, PassingFacts, Workspace

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SOURCE_ID, TARGET_ID = "wsb-source001", "wsb-target001"

WORKSPACE = Workspace(
    "ws-000000001",
    "d-9067012345",
    "ana",
    SOURCE_ID,
    "AVAILABLE",
    root_gib=80,
    user_gib=50,
    compute_type="STANDARD",
)


def record(name: str, *, public: bool = True, tenancy: str | None = None, **more: Any) -> BundleRecord:
    """A bundle as the API describes it; a custom one with an image of shared tenancy."""
    if not public and tenancy is None:
        tenancy = "DEFAULT"
    values: dict[str, Any] = {
        "bundle_id": SOURCE_ID,
        "owner": "Amazon" if public else "123456789012",
        "state": "AVAILABLE",
        "compute_type": "STANDARD",
        "root_gib": 80,
        "user_gib": 50,
        "image_tenancy": tenancy,
        **more,
    }
    return BundleRecord(name=name, **values)


def bundle(name: str, *, public: bool = True, tenancy: str | None = None, **more: Any) -> Bundle:
    """The facts of such a bundle."""
    return bundle_from(record(name, public=public, tenancy=tenancy, **more))


def target(name: str, *, public: bool = True, tenancy: str | None = None, **more: Any) -> Bundle:
    """The facts of a target bundle, of another compute type than the source."""
    return bundle(
        name,
        public=public,
        tenancy=tenancy,
        **{"bundle_id": TARGET_ID, "compute_type": "PERFORMANCE", **more},
    )


GOOD = FixedFacts(
    workspace=WORKSPACE,
    source=bundle("Standard with Windows 10 (Server 2019 based) (PCoIP)"),
    target=target("Performance with Windows 10 (Server 2022 based) (WSP)"),
    target_bundle_id=TARGET_ID,
)
"""No rule of planning finds anything."""


def between(source: Bundle, to: Bundle | None, **workspace: Any) -> FixedFacts:
    """A WorkSpace on its way from one bundle to another."""
    return replace(
        GOOD,
        workspace=replace(WORKSPACE, bundle_id=source.bundle_id, **workspace),
        source=source,
        target=to,
        target_bundle_id=to.bundle_id if to else TARGET_ID,
    )


READY = PassingFacts(
    WORKSPACE,
    Connection("DISCONNECTED", NOW - timedelta(hours=8)),
    (NOW - timedelta(hours=5),),
    free_addresses=10,
    now=NOW,
    max_snapshot_age_hours=13,
)
"""No rule of the second look finds anything."""


def ready(state: str = "AVAILABLE", **facts: Any) -> PassingFacts:
    """READY with changes; `state` and `modifying` are the WorkSpace's."""
    own = {name: facts.pop(name) for name in ("modifying", "os") if name in facts}
    return replace(READY, workspace=replace(WORKSPACE, state=state, **own), **facts)


POOL = {
    "PoolId": "wspool-000000001",
    "PoolArn": "arn:aws:workspaces:us-east-1:123456789012:workspacespool/wspool-000000001",
    "PoolName": "kiosks",
    "CapacityStatus": {
        "AvailableUserSessions": 1,
        "DesiredUserSessions": 1,
        "ActualUserSessions": 1,
        "ActiveUserSessions": 0,
    },
    "State": "RUNNING",
    "CreatedAt": "2026-11-20T02:00:00Z",
    "RunningMode": "AUTO_STOP",
}
"""A pool as the AWS CLI prints it, but for the bundle and the directory it is made from."""
