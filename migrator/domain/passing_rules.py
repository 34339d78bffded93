"""The rules of the second look, seconds before a start: best practices of the guide."""

from __future__ import annotations

from datetime import timedelta

from migrator.domain.facts import PassingFacts
from migrator.domain.moments import iso
from migrator.domain.rule_ids import RuleId
from migrator.domain.rules import Finding, Rule

STARTABLE_STATES = frozenset({"AVAILABLE", "STOPPED", "ERROR"})
"""The guide, Best Practices: states from which a WorkSpace can be migrated."""

_TRANSIENT_STATES = frozenset(
    {
        "PENDING",
        "IMPAIRED",
        "UNHEALTHY",
        "REBOOTING",
        "STARTING",
        "REBUILDING",
        "RESTORING",
        "MAINTENANCE",
        "UPDATING",
        "STOPPING",
    }
)


def _state(facts: PassingFacts) -> Finding | None:
    state = facts.workspace.state
    if state == "ADMIN_MAINTENANCE":
        return None
    if state in STARTABLE_STATES:
        return _linux_state(facts)
    if state in _TRANSIENT_STATES:
        return Finding(
            f"Its state is {state}; only AVAILABLE, STOPPED and ERROR can be migrated.",
            "Run again when it is AVAILABLE or STOPPED.",
            heals=True,
        )
    return Finding(
        f"Its state is {state}; only AVAILABLE, STOPPED and ERROR can be migrated.",
        "Bring it to AVAILABLE or STOPPED first, or leave it out.",
    )


def _linux_state(facts: PassingFacts) -> Finding | None:
    """Only comes to be asked where the rule `linux` is relaxed."""
    system, state = facts.workspace.os, facts.workspace.state
    if system is None or not system.is_linux or state == "AVAILABLE":
        return None
    return Finding(
        f"Its state is {state}; a Linux WorkSpace can be migrated only when it is AVAILABLE.",
        "Start it, then run again.",
    )


def _admin_maintenance(facts: PassingFacts) -> Finding | None:
    if facts.workspace.state != "ADMIN_MAINTENANCE":
        return None
    return Finding(
        "It is in ADMIN_MAINTENANCE.",
        "Set its state to AVAILABLE (ModifyWorkspaceState), then run again.",
    )


def _modification_in_progress(facts: PassingFacts) -> Finding | None:
    if not facts.workspace.modifying:
        return None
    return Finding(
        "A modification of its properties is under way.",
        "Run again when the modification has finished.",
        heals=True,
    )


def _user_connected(facts: PassingFacts) -> Finding | None:
    connection = facts.connection
    if connection is None:
        return Finding(
            "The service has no connection status for it, which does not mean disconnected.",
            "Make sure the user is logged out, then set rules.user-connected to warn for it.",
            heals=True,
        )
    if connection.state == "DISCONNECTED":
        return None
    if connection.state == "UNKNOWN" and facts.workspace.state == "STOPPED":
        return None
    if connection.state == "CONNECTED":
        return Finding("Its user is connected.", "Ask the user to log out, then run again.", heals=True)
    return Finding(
        f"Its connection state is {connection.state}, so nobody can tell whether its user is connected.",
        "Make sure the user is logged out, then run again.",
        heals=True,
    )


def _no_snapshot(facts: PassingFacts) -> Finding | None:
    if facts.snapshots:
        return None
    return Finding(
        "Its user volume has no snapshot, so drive D would be lost.",
        "Wait until it is at least 12 hours old and has a snapshot, then run again.",
        heals=True,
    )


def _unsaved_work(facts: PassingFacts) -> Finding | None:
    newest = facts.newest_snapshot
    last = facts.connection.last_connected_at if facts.connection else None
    if newest is None or last is None or last <= newest:
        return None
    return Finding(
        f"Its user was connected at {iso(last)}, after the newest snapshot of {iso(newest)}: work "
        "since then would be lost.",
        "Wait for the next snapshot (every 12 hours), then run again.",
        heals=True,
    )


def _snapshot_age(facts: PassingFacts) -> Finding | None:
    newest = facts.newest_snapshot
    if newest is None:
        return None
    if facts.now - newest <= timedelta(hours=facts.max_snapshot_age_hours):
        return None
    hours = (facts.now - newest) / timedelta(hours=1)
    return Finding(
        f"Its newest snapshot, of {iso(newest)}, is {hours:.1f} hours old; the limit is "
        f"{facts.max_snapshot_age_hours:g}.",
        "Wait for the next snapshot, or raise maxSnapshotAgeHours.",
        heals=True,
    )


def _addresses(facts: PassingFacts) -> Finding | None:
    if facts.free_addresses > 0:
        return None
    return Finding(
        "Its directory's subnets have no free address left beyond the reserve.",
        "Free addresses in the directory's subnets, then run again.",
        heals=True,
    )


_PRACTICES = "the guide, Best Practices"

PASSING_RULES: tuple[Rule[PassingFacts], ...] = (
    Rule(
        RuleId.ADMIN_MAINTENANCE,
        "The WorkSpace is in ADMIN_MAINTENANCE.",
        _PRACTICES,
        "End the maintenance, then run again.",
        "Yes.",
        _admin_maintenance,
    ),
    Rule(
        RuleId.STATE,
        "The state is none of AVAILABLE, STOPPED, ERROR; where the rule linux is relaxed, that of a "
        "Linux WorkSpace is not AVAILABLE. States that pass (REBOOTING, STARTING, UPDATING, ...) are "
        "waited for; SUSPENDED, TERMINATING and TERMINATED are not.",
        _PRACTICES,
        "Bring it to one of these states.",
        "Yes.",
        _state,
        heals=None,
    ),
    Rule(
        RuleId.MODIFICATION_IN_PROGRESS,
        "Its properties are being modified, or another run is migrating it.",
        "the API: OperationInProgressException",
        "Run again when that has finished.",
        "Yes.",
        _modification_in_progress,
        heals=True,
    ),
    Rule(
        RuleId.USER_CONNECTED,
        "Its user is connected, or nobody can tell: a missing row of the connection status is not "
        '"disconnected"; UNKNOWN is good enough for a STOPPED WorkSpace only.',
        _PRACTICES,
        "Ask the user to log out and stay out until it is done.",
        "Yes.",
        _user_connected,
        heals=True,
    ),
    Rule(
        RuleId.NO_SNAPSHOT,
        "The user volume has no snapshot yet.",
        _PRACTICES,
        "Wait until it is at least 12 hours old.",
        "Yes.",
        _no_snapshot,
        heals=True,
    ),
    Rule(
        RuleId.UNSAVED_WORK,
        "The user was last connected after the newest snapshot of the user volume: work since then would "
        "be lost.",
        _PRACTICES,
        "Wait for the next snapshot.",
        "Yes.",
        _unsaved_work,
        heals=True,
    ),
    Rule(
        RuleId.SNAPSHOT_AGE,
        "The newest snapshot is older than maxSnapshotAgeHours.",
        "the guide, Migrating a WorkSpace (Warning)",
        "Wait for the next snapshot, or raise the limit.",
        "Ours; the service takes the last snapshot, however old.",
        _snapshot_age,
        heals=True,
    ),
    Rule(
        RuleId.ADDRESSES,
        "The directory's subnets have no free address beyond the reserve.",
        _PRACTICES,
        "Free addresses in the subnets.",
        "Yes.",
        _addresses,
        heals=True,
        firm=True,
    ),
)
