"""Which migrations the service takes on, and with which error it declines the others.

The twin declines what neither the guide (2020) nor the service today allows: another operating system
family, a Windows 7 target, BYOL to or from anything else, the same bundle; Windows 11 but for BYOL, on
Value, from Windows 7 or back from it; Amazon Linux 2 as a target, a Linux desktop that is not AVAILABLE.
What the service has come to allow since (Plus to standard, Linux to Linux, custom to public) it takes on,
so that a run that relaxes a rule can be rehearsed.
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
    return _because_of_windows_11(source, target) or _because_of_linux(source, target)


def _because_of_windows_11(source: Desktop, target: Bundle) -> ServiceError | None:
    before, after = _system(source), target.operating_system
    if before == "WINDOWS_11" and after not in ("WINDOWS_11", "UNKNOWN"):
        return not_supported("A Windows 11 WorkSpace cannot be migrated to an earlier Windows.")
    if after != "WINDOWS_11":
        return None
    if before == "WINDOWS_7":
        return not_supported("A Windows 7 WorkSpace must be migrated to Windows 10 first.")
    if not target.byol or target.compute_type == "VALUE":
        return not_supported("Windows 11 needs a BYOL bundle, of another type than Value.")
    return None


def _because_of_linux(source: Desktop, target: Bundle) -> ServiceError | None:
    if target.operating_system == "AMAZON_LINUX_2":
        return not_supported("A WorkSpace cannot be migrated to Amazon Linux 2.")
    if _linux(source) and source.state != "AVAILABLE":
        return not_supported(f"The Linux WorkSpace {source.workspace_id} is {source.state}, not AVAILABLE.")
    return None


def _system(source: Desktop) -> str:
    return str(source.row["WorkspaceProperties"].get("OperatingSystemName", "UNKNOWN"))


def _linux(source: Desktop) -> bool | None:
    system = _system(source)
    return None if system == "UNKNOWN" else not system.startswith("WINDOWS")
