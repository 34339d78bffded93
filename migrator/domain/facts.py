"""What is known about one WorkSpace when it is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from migrator.domain.bundles import Bundle
from migrator.domain.systems import System

OPT_OUT_TAG = "MigrationOptOut"
"""A WorkSpace with this tag, whatever its value, is never migrated."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A WorkSpace as DescribeWorkspaces shows it. Sizes are GiB."""

    workspace_id: str
    directory_id: str
    user_name: str
    bundle_id: str
    state: str
    computer_name: str | None = None
    ip_address: str | None = None
    running_mode: str | None = None
    root_gib: int | None = None
    user_gib: int | None = None
    compute_type: str | None = None
    protocols: tuple[str, ...] = ()
    os: System | None = None
    unfamiliar_os: str | None = None
    """What it reports where that is a system this version does not know; `os` is None then."""
    nested_virtualization: bool = False
    modifying: bool = False
    """A modification of its properties is under way."""
    has_standby: bool = False
    """It is one half of a pair for multi-Region resilience."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A row of DescribeWorkspacesConnectionStatus."""

    state: str
    """CONNECTED, DISCONNECTED or UNKNOWN (stopped)."""
    last_connected_at: datetime | None


@dataclass(frozen=True, slots=True)
class FixedFacts:
    """What planning judges: nothing of it changes by waiting."""

    workspace: Workspace
    source: Bundle
    target: Bundle | None
    """None: the service does not return the target bundle in this Region."""
    target_bundle_id: str | None
    """None: byBundle names no target for the WorkSpace's bundle."""
    tags: frozenset[str] = frozenset()
    """Keys of the WorkSpace's tags."""
    shares_user_with: tuple[str, ...] = ()
    """Other WorkSpaces at rest of the same user in the same directory."""
    needed: frozenset[str] = frozenset({"os", "edition", "licence"})
    """Bundle facts that a blocking rule of this run looks at; any other may stay unknown."""


@dataclass(frozen=True, slots=True)
class PassingFacts:
    """What is judged again seconds before the start: all of it can change."""

    workspace: Workspace
    connection: Connection | None
    """None: the service returned no row, which does not mean disconnected."""
    snapshots: tuple[datetime, ...]
    """Times of the user volume's snapshots (RebuildSnapshots)."""
    free_addresses: int
    """Addresses left in the directory's subnets, less the reserve."""
    now: datetime
    max_snapshot_age_hours: float
    newest_snapshot: datetime | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "newest_snapshot", max(self.snapshots, default=None))
