"""What is true of a drawn WorkSpace, told from the fleet file and the catalogue, never from the product.

An independent reading of the guide: it shares no code with the rules it checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from rehearsal.simulation.case import Document
from rehearsal.simulation.catalogue import CATALOGUE, LINUX, WINDOWS_7, WINDOWS_10, TrueBundle
from rehearsal.simulation.evidence import Evidence, Run, moment
from rehearsal.twin.connections import CHECKED_EVERY
from rehearsal.twin.desktops import Desktop

AT_REST = ("AVAILABLE", "STOPPED", "ERROR")
_TABLE = {
    ("public", WINDOWS_7, "public", WINDOWS_10),
    ("public", WINDOWS_7, "custom", WINDOWS_10),
    ("custom", WINDOWS_7, "public", WINDOWS_10),
    ("custom", WINDOWS_7, "custom", WINDOWS_10),
    ("public", WINDOWS_10, "public", WINDOWS_10),
    ("public", WINDOWS_10, "custom", WINDOWS_10),
    ("custom", WINDOWS_10, "custom", WINDOWS_10),
    ("BYOL", WINDOWS_7, "BYOL", WINDOWS_10),
    ("BYOL", WINDOWS_10, "BYOL", WINDOWS_10),
}


_LOOK_AT_SYSTEM = ("windows-7-target", "linux", "scenario", "custom-10-to-public-10")
_LOOK_AT_LICENCE = ("byol-source", "byol-target", "scenario", "custom-10-to-public-10")


@dataclass(frozen=True)
class Blocks:
    """Rules against a WorkSpace: those that certainly hold, and those that may."""

    must: frozenset[str]
    may: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        return self.must | self.may


class Oracle:
    """What is true for one run."""

    def __init__(self, evidence: Evidence, run: Run) -> None:
        self._evidence = evidence
        self._run = run
        self._first = run.number == 0

    # Selection

    @cached_property
    def matching(self) -> set[str]:
        """Ids of the fleet's WorkSpaces that the selection matches."""
        return {one.workspace_id for one in self._evidence.before.desktops if self._matches(one)}

    @property
    def _named(self) -> set[str]:
        named = set(self._run.given.select.workspace_ids)
        inventory = self._run.inventory
        if inventory is None:
            return named
        return named | {*inventory.workspace_ids, *inventory.strangers, *inventory.elsewhere}

    @cached_property
    def named_in_vain(self) -> set[str]:
        """Ids, and what should have been ids, that the input names and the account does not have."""
        missing = {one for one in self._named if self._evidence.before.desktops.get(one) is None}
        return missing | self.elsewhere

    @property
    def elsewhere(self) -> set[str]:
        """Ids that the inventory puts in another Region."""
        return set(self._run.inventory.elsewhere) if self._run.inventory is not None else set()

    @cached_property
    def certain(self) -> set[str]:
        """Those of the matching that the service surely returned when the run looked."""
        leaving = {
            event["workspaceId"]
            for event in self._evidence.events
            if event["what"] in ("finished", "lost") and moment(event["at"]) < self._looked_until
        }
        return {
            one for one in self.matching - leaving if self._state(one) not in ("TERMINATING", "TERMINATED")
        }

    @cached_property
    def possible(self) -> set[str]:
        """All that may rightly have a line: targets of migrations under way look like WorkSpaces too, and
        what has migrated is named in vain."""
        if len(self._evidence.runs) == 1:
            leaving = {one for one in self._named if self._state(one) in ("TERMINATING", "TERMINATED")}
            return self.matching | self.named_in_vain | leaving
        targets = {
            event["targetWorkspaceId"] for event in self._evidence.events if event["targetWorkspaceId"]
        }
        return self.matching | self._named | targets

    @cached_property
    def _looked_until(self) -> datetime:
        looks = [
            moment(call["at"])
            for call in self._evidence.calls
            if call["runId"] == self._run.run_id and call["function"] == "assess"
        ]
        return max(looks, default=self._run.began) + timedelta(seconds=1)

    def _state(self, workspace_id: str) -> str:
        found = self._evidence.before.desktops.get(workspace_id)
        return found.state if found else "none"

    def _matches(self, one: Desktop) -> bool:
        select, inventory = self._run.given.select, self._run.inventory
        return (
            (not select.workspace_ids or one.workspace_id in select.workspace_ids)
            and (inventory is None or one.workspace_id in inventory.workspace_ids)
            and (not select.directory_ids or one.directory_id in select.directory_ids)
            and (not select.source_bundle_ids or one.row["BundleId"] in select.source_bundle_ids)
            and (
                not select.user_names
                or one.row["UserName"].casefold() in {name.casefold() for name in select.user_names}
            )
            and all(one.tags.get(key) == value for key, value in select.tags.items())
        )

    # Targets and bundles

    def target_of(self, one: Desktop) -> str | None:
        if self._run.inventory is not None and one.workspace_id in self._run.inventory.targets:
            return self._run.inventory.targets[one.workspace_id]
        target = self._run.document["target"]
        if "bundleId" in target:
            return str(target["bundleId"])
        found = target["byBundle"].get(one.row["BundleId"])
        return None if found is None else str(found)

    def _stated(self, bundle: TrueBundle, fact: str) -> bool:
        return fact in self._run.document.get("bundleFacts", {}).get(bundle.bundle_id, {})

    def _system_told(self, bundle: TrueBundle) -> bool:
        return bundle.told or self._stated(bundle, "os")

    def _licence_known(self, bundle: TrueBundle) -> bool:
        return bundle.licence_told or self._stated(bundle, "licence")

    # Rules

    def fixed(self, one: Desktop) -> Blocks:
        """The rules of planning that block it, by what is known and true."""
        must, may = set(self._own(one)), set()
        target_id = self.target_of(one)
        source, target = CATALOGUE[one.row["BundleId"]], CATALOGUE.get(target_id or "")
        if target_id == one.row["BundleId"]:
            must.add("same-bundle")
        if target is None or target.state != "AVAILABLE":
            must.add("bundle-unavailable")
        if target is None and source.experience == LINUX:
            may.add("linux")
        if target is not None:
            sure, unsure = self._between(one, source, target)
            must |= sure
            may |= unsure
        if self._shares_user(one):
            (must if self._first else may).add("duplicate-user")
        blocking = {rule for rule in must | may if self._run.severity_of(rule) == "block"}
        if target is None and "bundle-unavailable" not in blocking:
            blocking.add("bundle-unavailable")  # without a target nothing can go, whatever the rules say
        if self._run.severity_of("protocol-only", "warn") == "block":
            may.add("protocol-only")
            blocking.add("protocol-only")
        return Blocks(frozenset(must & blocking), frozenset((may - must) & blocking))

    def _own(self, one: Desktop) -> Iterator[str]:
        if "MigrationOptOut" in one.tags:
            yield "opt-out"
        if one.row["WorkspaceProperties"].get("NestedVirtualizationEnabled"):
            yield "nested-virtualization"
        if one.row.get("StandbyWorkspacesProperties"):
            yield "standby"

    def _between(self, one: Desktop, source: TrueBundle, target: TrueBundle) -> tuple[set[str], set[str]]:
        """Rules on source and target bundle: sure where both facts can be known, else unsure."""
        source_known = self._system_told(source) or one.row["WorkspaceProperties"].get(
            "OperatingSystemName", "UNKNOWN"
        ) not in ("UNKNOWN",)
        told = self._system_told(target)
        witnessed = any(
            other.row["BundleId"] == target.bundle_id
            and other.row["WorkspaceProperties"].get("OperatingSystemName", "UNKNOWN") != "UNKNOWN"
            for other in self._evidence.before.desktops
        )
        sure: set[str] = set()
        unsure: set[str] = set()

        def add(rule: str, *known: bool) -> None:
            (sure if all(known) else unsure).add(rule)

        if LINUX in (source.experience, target.experience):
            linux_known = (source.experience == LINUX and source_known) or (
                target.experience == LINUX and told
            )
            add("linux", linux_known)
        if target.experience == WINDOWS_7:
            add("windows-7-target", told)
        licences = self._licence_known(source) and self._licence_known(target)
        if source.byol != target.byol:
            add("byol-source" if source.byol else "byol-target", licences)
        if source.plus != target.plus:
            add("plus-edition")
        if (not told or not source_known) and self._blocks(*_LOOK_AT_SYSTEM):
            certain = not source_known or not (told or witnessed or not self._first)
            add("bundle-unknown", certain)
        if not licences and self._blocks(*_LOOK_AT_LICENCE):
            add("bundle-unknown")
        cell = (source.kind, source.experience, target.kind, target.experience)
        if cell == ("custom", WINDOWS_10, "public", WINDOWS_10):
            add("custom-10-to-public-10", licences, told, source_known)
        elif source.experience == target.experience == LINUX:
            if target.system == "AMAZON_LINUX_2":
                add("scenario", told, source_known)
        elif cell not in _TABLE:
            add("scenario", licences, told, source_known)
        return sure, unsure

    def _blocks(self, *rules: str) -> bool:
        return any(self._run.severity_of(rule) == "block" for rule in rules)

    def _shares_user(self, one: Desktop) -> bool:
        return any(
            other is not one
            and other.directory_id == one.directory_id
            and other.row["UserName"].casefold() == one.row["UserName"].casefold()
            and (other.state in AT_REST or not self._first)
            for other in self._evidence.before.desktops
        )

    def passing(self, one: Desktop, at: datetime) -> set[str]:
        """The rules of the second look that certainly hold against it at a moment; all but addresses."""
        found = set(_passing(one, self._run, at))
        if one.workspace_id in self._evidence.sessions:
            # Its user has changed what the fleet file says.
            found -= {"state"} if one.connection is None else {"state", "user-connected"}
        return {rule for rule in found if self._run.severity_of(rule) == "block"}

    def disturbed(self, one: Desktop, at: datetime, since: datetime) -> set[str]:
        """The rules that its user makes certain for all of a time."""
        newest = one.snapshots.newest_at(at)
        found: set[str] = set()
        for began, ended in self._evidence.sessions.get(one.workspace_id, []):
            if began <= since - CHECKED_EVERY and ended >= at:
                found.add("user-connected")
            if ended <= since - CHECKED_EVERY and newest is not None and ended > newest:
                found.add("unsaved-work")
        return {rule for rule in found if one.connection and self._run.severity_of(rule) == "block"}

    def ever_passing(self, one: Desktop, until: datetime) -> set[str]:
        """The rules of the second look that hold at some moment of the run."""
        moments = [self._run.began, until]
        first = one.snapshots.first_new
        while first is not None and first <= until:
            moments += [first - timedelta(seconds=1)] if first > self._run.began else []
            first += timedelta(hours=12)
        found = set().union(*(self.passing(one, at) for at in moments))
        if one.workspace_id in self._evidence.sessions:
            perhaps = ("state", "user-connected", "unsaved-work")
            found |= {rule for rule in perhaps if self._run.severity_of(rule) == "block"}
        if self._may_be_starting(one) and self._run.severity_of("state") == "block":
            found.add("state")
        if (
            one.row["State"] in ("TERMINATING", "TERMINATED")
            and self._run.severity_of("user-connected") == "block"
        ):
            # Its row of the connection status goes when it does.
            found.add("user-connected")
        if self._has_left(one, until):
            # Another run's migration ended between two calls of a look: its row goes, then its snapshots,
            # and for a while it is shown on its way out.
            left = ("user-connected", "no-snapshot", "state")
            found |= {rule for rule in left if self._run.severity_of(rule) == "block"}
        return found

    def _may_be_starting(self, one: Desktop) -> bool:
        """Whether its user may be on the way in: a run that ends meanwhile sees nobody connect."""
        twin = self._evidence.case.fleet["Twin"]
        comes = "users" in twin or one.workspace_id in twin.get("sessions", {})
        return one.row["State"] == "STOPPED" and comes

    def _has_left(self, one: Desktop, until: datetime) -> bool:
        return any(
            event["workspaceId"] == one.workspace_id
            and event["what"] in ("finished", "lost")
            and moment(event["at"]) <= until
            for event in self._evidence.events
        )


def _passing(one: Desktop, run: Run, at: datetime) -> Iterator[str]:
    row, connection = one.row, one.connection
    if row["State"] == "ADMIN_MAINTENANCE":
        yield "admin-maintenance"
    elif row["State"] not in AT_REST or (
        CATALOGUE[row["BundleId"]].experience == LINUX and row["State"] != "AVAILABLE"
    ):
        yield "state"
    if any(change["State"] != "UPDATE_FAILED" for change in row["ModificationStates"]):
        yield "modification-in-progress"
    if (
        connection is None
        or connection["ConnectionState"] == "CONNECTED"
        or (connection["ConnectionState"] == "UNKNOWN" and row["State"] != "STOPPED")
    ):
        yield "user-connected"
    newest = one.snapshots.newest_at(at)
    if newest is None:
        yield "no-snapshot"
        return
    last = (connection or {}).get("LastKnownUserConnectionTimestamp")
    if last is not None and last > newest:
        yield "unsaved-work"
    if at - newest > timedelta(hours=run.given.max_snapshot_age_hours):
        yield "snapshot-age"


def has_no_outcome_yet(line: Document) -> bool:
    """Whether the line says that nothing was tried."""
    return line["outcome"] in ("Ineligible", "Deferred", "Planned", "Refused")
