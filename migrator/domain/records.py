"""What the ledger keeps: a run, and each of its migrations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from migrator.domain.durations import Durations, learned
from migrator.domain.facts import Workspace
from migrator.domain.migration import Ending, UnderWay
from migrator.domain.outcomes import Outcome
from migrator.domain.plan import Candidate


class Stage(StrEnum):
    """How far a migration has come in its run."""

    WAITING = "waiting"
    """Looked at, not started; holds no permit."""
    CALLING = "calling"
    """The intent is written and the permit taken; the call may have been made."""
    STARTED = "started"
    """The service answered with a target."""
    ENDED = "ended"
    """It has its outcome."""


class Glimpsed(Protocol):
    """What says whether a migration is worth a look, and when."""

    @property
    def workspace_id(self) -> str: ...

    @property
    def stage(self) -> Stage: ...

    @property
    def not_before(self) -> datetime | None: ...

    @property
    def target_workspace_id(self) -> str | None: ...

    @property
    def started_at(self) -> datetime | None: ...

    @property
    def target_seen(self) -> bool: ...

    @property
    def under_way(self) -> bool: ...

    @property
    def to_be_looked_at(self) -> bool: ...


class _Staged:
    """What follows from the stage."""

    __slots__ = ()

    stage: Stage
    sent: bool

    @property
    def under_way(self) -> bool:
        return self.stage in (Stage.CALLING, Stage.STARTED)

    @property
    def to_be_looked_at(self) -> bool:
        """Whether the service may be migrating it: the call was made, or may have been."""
        return self.stage is Stage.STARTED or (self.stage is Stage.CALLING and self.sent)


@dataclass(frozen=True, slots=True)
class Glimpse(_Staged):
    """So much of a migration's record as says whether it is worth a look: a tenth of it."""

    workspace_id: str
    stage: Stage
    sent: bool = False
    not_before: datetime | None = None
    target_workspace_id: str | None = None
    started_at: datetime | None = None
    target_seen: bool = False


@dataclass(frozen=True, slots=True)
class MigrationRecord(_Staged):
    """One WorkSpace in one run. Only what was looked at or started is in the ledger."""

    workspace_id: str
    directory_id: str
    user_name: str
    source_bundle_id: str
    target_bundle_id: str
    batch_id: str
    stage: Stage
    sent: bool = False
    """The call may have been made: with CALLING, nobody may make it again."""
    held_by: str | None = None
    """The run that is migrating it instead."""
    tries: int = 0
    """Answers that were no target."""
    not_before: datetime | None = None
    """The next try, or the next look at what blocks it."""
    throttled_since: datetime | None = None
    """When the service first said that it is asked too much."""
    target_workspace_id: str | None = None
    started_at: datetime | None = None
    target_seen: bool = False
    target_absent_since: datetime | None = None
    addressed: bool = False
    """The target was seen with its address: its permit claims no free one any more."""
    computer_name: str | None = None
    target_computer_name: str | None = None
    ip_address: str | None = None
    target_ip_address: str | None = None
    running_mode: str | None = None
    tags: tuple[str, ...] = ()
    """Keys of the source's tags, which the target must carry too."""
    expected_root_gib: int | None = None
    expected_user_gib: int | None = None
    other_workspaces: tuple[str, ...] = ()
    """Other WorkSpaces the user had when it was planned: never taken for its target."""
    outcome: Outcome | None = None
    reason: str | None = None
    detail: str = ""
    next_step: str = ""
    warnings: tuple[str, ...] = ()
    ended_at: datetime | None = None

    @property
    def doubtful(self) -> bool:
        """Whether the service failed the call: it may have acted all the same."""
        return self.stage is Stage.CALLING and not self.sent and self.reason is not None

    def as_under_way(self) -> UnderWay:
        """What the decision about its outcome needs. Raises ValueError if it never started."""
        if self.started_at is None:
            raise ValueError(f"{self.workspace_id} has no start")
        return UnderWay(
            self.workspace_id,
            self.target_workspace_id,
            self.source_bundle_id,
            self.target_bundle_id,
            self.started_at,
            self.target_seen,
            self.target_absent_since,
        )

    def before(self, workspace: Workspace) -> MigrationRecord:
        """With what the source looks like just before the call."""
        return replace(
            self,
            computer_name=workspace.computer_name,
            ip_address=workspace.ip_address,
            running_mode=workspace.running_mode,
        )


def waiting(candidate: Candidate, batch_id: str) -> MigrationRecord:
    """The record of a candidate that has not been started."""
    return MigrationRecord(
        candidate.workspace_id,
        candidate.directory_id,
        candidate.user_name,
        candidate.source_bundle_id,
        candidate.target_bundle_id,
        batch_id,
        Stage.WAITING,
        expected_root_gib=candidate.expected_root_gib,
        expected_user_gib=candidate.expected_user_gib,
        other_workspaces=candidate.other_workspaces,
    )


def concluded(record: MigrationRecord, ending: Ending, now: datetime) -> MigrationRecord:
    """The record with its outcome, which is this run's own: it waits for no other any more."""
    return replace(
        record,
        stage=Stage.ENDED,
        held_by=None,
        outcome=ending.outcome,
        reason=ending.reason,
        detail=ending.detail,
        next_step=ending.next_step,
        warnings=record.warnings + ending.warnings,
        ended_at=now,
        not_before=None,
    )


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One execution, as its functions share it."""

    run_id: str
    execution_arn: str
    started_at: datetime
    input_json: str
    planned: int
    canary_planned: int
    failed: int = 0
    canary_failed: int = 0
    migrated: int = 0
    """Migrations seen to a success, and the sum of their seconds' logarithms: how long they take."""
    log_seconds: float = 0.0
    halted: bool = False
    """An operator's halt."""
    braked: str | None = None
    """Why the brake was pulled; None while it was not."""
    brake_told: bool = False
    """Whether people were told of it when it was pulled."""

    @property
    def durations(self) -> Durations:
        """How long its migrations take, as far as it has seen."""
        return learned(self.migrated, self.log_seconds)


@dataclass(frozen=True, slots=True)
class Permits:
    """The counter of a directory."""

    in_flight: int
    addressed: int
    """Those of them whose target was seen with its address."""
    addressed_gone: int = 0
    """How many such have given their permit back so far: a limit reckoned with one of them is void."""


@dataclass(frozen=True, slots=True)
class LastMigration:
    """What the ledger knows of a WorkSpace across runs."""

    holder: str | None
    """The run that is migrating it now."""
    run_id: str | None
    """The run that migrated it last."""
    target_bundle_id: str | None
    outcome: Outcome | None
    ended_at: datetime | None
