"""Dealing with orphaned computer objects of one directory, one after another, until something says stop."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from migrator.adapters.clear_answers import UnclearAnswer
from migrator.adapters.directory import (
    AccessDenied,
    ChangedMeanwhile,
    Directory,
    DirectoryFault,
    DirectoryUnavailable,
    HasChildren,
    Unanswered,
)
from migrator.domain.computer_rules import Refusal, SafetyRule, changed, refusal
from migrator.domain.computers import ComputerObject, Orphan, Reading, Role
from migrator.domain.moments import iso
from migrator.domain.report import DirectoryLine
from migrator.domain.run_input import CleanUpMode
from migrator.services import Services
from migrator.steps.living import LivingComputers

MOST_FAULTS = 3
"""So many faults in a row, and the rest is not tried."""

_TIME_FOR_ONE = 45.0
"""Seconds; a domain controller that hangs may take the better part of them."""


class RecordFault(Exception):
    """The record of an object could not be written, or does not read back as it was written."""


@dataclass
class Remover:
    """Deals with the orphans of one directory. What it did is in its lines, what it knew in the bucket."""

    services: Services
    run_id: str
    """Whose part of the runs bucket the records go to."""
    directory: Directory
    living: LivingComputers
    seconds_left: Callable[[], float]
    again: bool
    """Whether an earlier attempt of this step began, and may have done part of it."""
    leaving: list[Orphan] = field(default_factory=list)
    """Targets whose WorkSpaces are still being terminated: to be dealt with when they are gone."""
    decisions: list[dict[str, Any]] = field(default_factory=list)
    """Each object that was found: what was decided, and the facts that it rests on."""
    _changes: int = 0
    _faults: int = 0
    _stopped: str | None = field(default=None)

    def deal(self, orphan: Orphan, mode: CleanUpMode, *, patient: bool = False) -> DirectoryLine | None:
        """Do with one orphan what the mode says, unless a safety rule forbids it.

        None where there is nothing to tell: a former computer that is gone, as it should be; and, if
        `patient`, a target that is put on the list of those `leaving`.
        """
        if self._stopped is None and self.seconds_left() < _TIME_FOR_ONE:
            self._stopped = "the function's time was up"
        if self._stopped is not None:
            if mode == "report" and orphan.role is Role.FORMER_COMPUTER:
                return None  # nothing would have happened to it
            return line_for(orphan, mode, "failed", f"Not tried: {self._stopped}.")
        attempt = _Attempt(self, orphan, mode, patient=patient)
        try:
            line = attempt.make()
        except Unanswered as fault:
            line = self._after_doubt(attempt, fault)
        except (AccessDenied, DirectoryUnavailable, RecordFault) as fault:
            self._stopped = f"the run stopped at {orphan.computer_name}: {fault}"
            return attempt.line("failed", f"{fault}.")
        except DirectoryFault as fault:
            self._fault(orphan, fault)
            return attempt.line("failed", f"{fault}.")
        else:
            self._faults = 0
        self.decisions += attempt.decided(line)
        return line

    def mismatch(self, orphan: Orphan, found: Refusal) -> None:
        """An object is not the one that was judged: whatever happens there, nobody goes on."""
        self._stopped = f"the run stopped at {orphan.computer_name}, whose object changed: {found.detail}"

    def may_change(self) -> bool:
        """Whether the run's number of changes leaves room for another; it is taken."""
        if self._changes >= self.directory.most_changes:
            return False
        self._changes += 1
        return True

    def _fault(self, orphan: Orphan, fault: DirectoryFault) -> None:
        self._faults += 1
        if self._faults >= MOST_FAULTS:
            self._stopped = f"{self._faults} faults in a row, the last at {orphan.computer_name}: {fault}"

    def _after_doubt(self, attempt: _Attempt, fault: Unanswered) -> DirectoryLine | None:
        """A change was sent and not answered: look again, by GUID, on a new connection."""
        computer = attempt.computer
        try:
            self.directory.reconnect()
            now = self.directory.read(computer.object_guid) if computer else None
        except DirectoryFault as second:
            self._stopped = f"the run stopped at {attempt.orphan.computer_name}: {fault}"
            return attempt.line(
                "failed",
                f"{fault}; looking again failed too ({second}). Look for the object by its GUID before "
                "anything is repeated.",
            )
        if now is None and attempt.mode == "delete":
            return attempt.line(
                "deleted", "Its WorkSpace is gone. The answer did not come; the object is gone."
            )
        if now is None:
            return attempt.line("already-gone", "It went while it was looked at.")
        if attempt.mode == "disable" and now.disabled:
            return attempt.line("disabled", "Its WorkSpace is gone. The answer did not come; it is disabled.")
        self._fault(attempt.orphan, fault)
        return attempt.line("failed", f"{fault}; the object is still there, as another look shows.")


class _Attempt:
    """One orphan, from its name to its line."""

    def __init__(self, remover: Remover, orphan: Orphan, mode: CleanUpMode, *, patient: bool) -> None:
        self.orphan = orphan
        self.mode = mode
        self._patient = patient
        self.computer: ComputerObject | None = None
        self._remover = remover
        self._directory = remover.directory
        self._runs = remover.services.runs
        self._reading: Reading | None = None
        self._record: str | None = None

    def make(self) -> DirectoryLine | None:
        found = self._directory.find(self.orphan.computer_name)
        if not found:
            return self._gone()
        reading = self._read(found)
        living = self._remover.living.now()
        if living is not None and living.leaving(self.orphan.computer_name):
            if self.orphan.role is Role.FORMER_COMPUTER:
                return None  # The service is not through with it; most of them it removes itself.
            if self._patient:
                self._remover.leaving.append(self.orphan)
                return None
        refused = refusal(self.orphan, reading, living, self._directory.unit)
        if refused is not None:
            return self._refused(refused)
        if self.mode == "report":
            return self.line("reported", "Its WorkSpace is gone; left for a person to remove.")
        if self.mode == "disable" and found[0].disabled:
            return self.line("disabled", "Its WorkSpace is gone. It was disabled already.")
        if not self._remover.may_change():
            most = self._directory.most_changes
            return self.line(
                "reported", f"Left: the run has made its {most} changes. Run again for the rest."
            )
        self._write_record(found[0], reading)
        return self._look_again_and_change(found[0])

    def _look_again_and_change(self, before: ComputerObject) -> DirectoryLine:
        """The last look and the change are neighbours on one connection, to one domain controller."""
        now = self._directory.read(before.object_guid)
        if now is None:
            return self.line("already-gone", "It went while it was looked at.")
        if other := changed(before, now):
            self._remover.mismatch(self.orphan, other)
            return self._refused(other)
        reading = self._read((now,))
        refused = refusal(self.orphan, reading, self._remover.living.now(), self._directory.unit)
        if refused is not None:
            return self._refused(refused)
        try:
            if self.mode == "disable":
                self._directory.disable(now)
                return self.line("disabled", "Its WorkSpace is gone.")
            for child in reading.children:
                if child.object_guid is not None:  # such a one was refused above
                    self._directory.delete(child.object_guid)
            self._directory.delete(now.object_guid)
        except ChangedMeanwhile as fault:
            return self._refused(Refusal(SafetyRule.CHANGED, str(fault)))
        except HasChildren as fault:
            return self._refused(Refusal(SafetyRule.CHILDREN_UNREADABLE, str(fault)))
        return self.line("deleted", "Its WorkSpace is gone.")

    def _read(self, found: tuple[ComputerObject, ...]) -> Reading:
        only = found[0] if len(found) == 1 else None
        self.computer = only
        self._reading = Reading(
            found,
            self._directory.children(only.object_guid) if only else (),
            self._directory.domain_controller,
            self._remover.services.clock.now(),
        )
        return self._reading

    def _gone(self) -> DirectoryLine | None:
        if self._remover.again and self.mode == "delete":
            record = self._runs.read_json(self._remover.run_id, self._decision_name())
            if record is not None:
                return self.line(
                    "deleted", "Gone since an earlier attempt of this step set out to delete it."
                )
        if self.orphan.role is Role.FORMER_COMPUTER:
            return None  # as it should be
        return self.line("already-gone", "The directory has no such object.")

    def _decision_name(self) -> str:
        return f"directory/{self.orphan.workspace_id}-{self.orphan.role}-{self.mode}.json"

    def _write_record(self, computer: ComputerObject, reading: Reading) -> None:
        """LDIF and evidence into the bucket, and read back, before anything is changed."""
        name = f"directory/{computer.object_guid}.ldif"
        ldif = self._directory.record(computer.object_guid)
        decision = {
            "mode": self.mode,
            "workspaceId": self.orphan.workspace_id,
            "role": self.orphan.role.value,
            "computerName": self.orphan.computer_name,
            "migrationStartedAt": iso(self.orphan.started_at),
            "migrationEndedAt": iso(self.orphan.ended_at),
            "unit": self._directory.unit,
            "evidence": reading.evidence(),
        }
        written: list[tuple[str, str, str]] = [
            (name, ldif, "text/plain; charset=utf-8"),
            (self._decision_name(), json.dumps(decision, indent=1), "application/json"),
        ]
        try:
            for one, text, kind in written:
                address = self._runs.write(self._remover.run_id, one, text, kind)
                if self._runs.read(self._remover.run_id, one) != text:
                    raise RecordFault(f"the record {address} does not read back as written")
        except (ClientError, BotoCoreError, UnclearAnswer) as fault:
            raise RecordFault(f"the record of the object could not be written: {fault}") from None
        self._record = self._runs.key(self._remover.run_id, name)

    def decided(self, line: DirectoryLine | None) -> list[dict[str, Any]]:
        """The decision for the record; none where nothing was found."""
        if self._reading is None or line is None:
            return []
        told = line.model_dump(mode="json", by_alias=True, include={"action", "result", "reason"})
        return [
            {
                "workspaceId": self.orphan.workspace_id,
                "role": self.orphan.role.value,
                "computerName": self.orphan.computer_name,
                **told,
                "evidence": self._reading.evidence(),
            }
        ]

    def _refused(self, refused: Refusal) -> DirectoryLine:
        return self.line("refused", f"{refused.rule}: {refused.detail}")

    def line(self, result: str, reason: str) -> DirectoryLine:
        """What is told of it."""
        facts: dict[str, Any] = {}
        if self._reading is not None:
            facts = {
                "domain_controller": self._reading.domain_controller,
                "read_at": self._reading.read_at,
            }
        if self.computer is not None:
            facts |= {
                "distinguished_name": self.computer.distinguished_name,
                "object_guid": self.computer.object_guid,
                "object_sid": self.computer.object_sid,
            }
        return line_for(self.orphan, self.mode, result, reason, record=self._record, **facts)


def line_for(orphan: Orphan, action: str, result: str, reason: str, **facts: Any) -> DirectoryLine:
    """A line of the report about an orphan."""
    return DirectoryLine(
        computer_name=orphan.computer_name,
        directory_id=orphan.directory_id,
        workspace_id=orphan.workspace_id,
        action=action,
        result=result,
        reason=reason,
        **facts,
    )
