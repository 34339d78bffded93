"""Which migrations the service takes on, and with which error it declines the others.

The twin declines what neither the guide (2020) nor the service today allows: another operating system
family, a Windows 7 target, BYOL to or from anything else, the same bundle. What the service has come to
allow since (Plus to standard, Linux to Linux, custom to public) it takes on, so that a run that relaxes a
rule can be rehearsed.
"""

from __future__ import annotations

from rehearsal.twin.bundles import Bundle
from rehearsal.twin.desktops import Desktop
from rehearsal.twin.errors import ServiceError, in_progress, invalid_parameters, not_supported, unavailable

MIGRATABLE_STATES = frozenset({"AVAILABLE", "STOPPED", "ERROR"})
PASSING_STATES = frozenset({"REBOOTING", "STARTING", "REBUILDING", "RESTORING", "UPDATING", "STOPPING"})


def reason_to_decline(source: Desktop, its_bundle: Bundle, target: Bundle) -> ServiceError | None:
    """The error that MigrateWorkspace answers with, or None when the service takes the migration on."""
    return _because_of_state(source) or _because_of_bundles(source, its_bundle, target)


def _because_of_state(source: Desktop) -> ServiceError | None:
    workspace_id = source.workspace_id
    if source.migration is not None:
        return in_progress(f"The WorkSpace {workspace_id} is being migrated.")
    if any(
        each.get("State") in ("UPDATE_INITIATED", "UPDATE_IN_PROGRESS")
        for each in source.row["ModificationStates"]
    ):
        return in_progress(
            f"The properties of the WorkSpace {workspace_id} are being modified. Try again in a moment."
        )
    if source.state in PASSING_STATES:
        return in_progress(f"The WorkSpace {workspace_id} is {source.state}. Try again in a moment.")
    if source.state not in MIGRATABLE_STATES:
        return not_supported(
            f"The WorkSpace {workspace_id} is {source.state}; it cannot be migrated in this state."
        )
    if source.row.get("StandbyWorkspacesProperties") or any(
        each.get("Type") in ("PRIMARY", "STANDBY") for each in source.row.get("RelatedWorkspaces", ())
    ):
        return not_supported(
            f"The WorkSpace {workspace_id} belongs to a pair with a standby; it cannot be migrated."
        )
    return None


def _because_of_bundles(source: Desktop, its_bundle: Bundle, target: Bundle) -> ServiceError | None:
    if target.bundle_id == its_bundle.bundle_id:
        return invalid_parameters(
            "The target bundle must differ from the WorkSpace's bundle. Rebuild it instead."
        )
    if target.row["State"] != "AVAILABLE":
        return unavailable(f"The bundle {target.bundle_id} is {target.row['State']}.", target.bundle_id)
    if target.row["BundleType"] == "STANDBY":
        return not_supported(f"The bundle {target.bundle_id} is a standby bundle.")
    if target.operating_system == "WINDOWS_7":
        return not_supported("A WorkSpace cannot be migrated to a Windows 7 bundle.")
    if its_bundle.byol != target.byol:
        return not_supported(
            "A BYOL WorkSpace can be migrated only to a BYOL bundle, and no other WorkSpace to one."
        )
    if _linux(source) is not None and target.operating_system != "UNKNOWN" and _linux(source) != target.linux:
        return not_supported("There is no migration between Windows and Linux.")
    return None


def _linux(source: Desktop) -> bool | None:
    system = str(source.row["WorkspaceProperties"].get("OperatingSystemName", "UNKNOWN"))
    return None if system == "UNKNOWN" else not system.startswith("WINDOWS")
