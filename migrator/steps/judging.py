"""Judging an assessed fleet: a line for each that stays, a candidate for each that goes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from migrator.domain.bundles import Bundle, bundle_from, with_statements, with_witness
from migrator.domain.facts import OPT_OUT_TAG, FixedFacts, PassingFacts, Workspace
from migrator.domain.fixed_rules import FIXED_RULES, inferred_edition_warnings
from migrator.domain.outcomes import Outcome
from migrator.domain.passing_rules import PASSING_RULES
from migrator.domain.permits import permit_limit
from migrator.domain.plan import Candidate
from migrator.domain.report import WorkspaceLine
from migrator.domain.rule_ids import RuleId
from migrator.domain.rules import Finding, judge
from migrator.domain.run_input import RunInput
from migrator.domain.volumes import Volumes, after_migration
from migrator.services import Services
from migrator.steps.checkpoint import Checkpoint


@dataclass
class Assessed:
    """What the assessment came to."""

    candidates: list[Candidate] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    """Report lines of those that stay; in a dry run, of all."""
    warnings: dict[str, list[str]] = field(default_factory=dict)
    """Warnings of those that go."""


def judge_fleet(
    services: Services,
    given: RunInput,
    checkpoint: Checkpoint,
    opted_out: Collection[str],
    subnets: Mapping[str, Sequence[str]],
) -> Assessed:
    """Every WorkSpace of the fleet and every id that was named in vain, each exactly once."""
    judging = _Judging(services, given, checkpoint, opted_out, subnets)
    for workspace in checkpoint.workspaces:
        judging.judge(workspace)
    missing = [one for one in checkpoint.named if one not in set(checkpoint.seen)]
    for named in (*missing, *checkpoint.strangers):
        judging.not_found(named)
    return judging.assessed


_NO_TARGET = Finding(
    "There is no target bundle it could go to.", "Correct target; no setting of rules replaces it."
)


class _Judging:
    def __init__(
        self,
        services: Services,
        given: RunInput,
        checkpoint: Checkpoint,
        opted_out: Collection[str],
        subnets: Mapping[str, Sequence[str]],
    ) -> None:
        self._services = services
        self._given = given
        self._checkpoint = checkpoint
        self._opted_out = set(opted_out)
        self._subnets = subnets
        self._free: dict[str, int] = {}
        self._bundles = self._read_bundles()
        self.assessed = Assessed()

    def _read_bundles(self) -> dict[str, Bundle]:
        workspaces = self._checkpoint.workspaces
        ids = {workspace.bundle_id for workspace in workspaces}
        ids |= self._given.target.all_bundle_ids() | set(self._checkpoint.targets.values())
        records = self._services.workspaces.bundles(ids) if workspaces else {}
        witnesses = {one.bundle_id: one.os for one in workspaces if one.os is not None}
        stated = self._given.stated()
        return {
            key: with_statements(with_witness(bundle_from(record), witnesses.get(key)), stated)
            for key, record in records.items()
        }

    def judge(self, workspace: Workspace) -> None:
        target_id = self._checkpoint.targets.get(workspace.workspace_id) or self._given.target.for_source(
            workspace.bundle_id
        )
        source = self._bundles.get(workspace.bundle_id)
        if source is not None:
            source = with_statements(with_witness(source, workspace.os), self._given.stated())
        target = self._bundles.get(target_id or "")
        others = self._others(workspace)
        facts = FixedFacts(
            workspace=workspace,
            source=source,
            target=target,
            target_bundle_id=target_id,
            tags=frozenset({OPT_OUT_TAG} if workspace.workspace_id in self._opted_out else ()),
            shares_user_with=others,
        )
        verdict = judge(facts, FIXED_RULES, self._given.rules)
        warnings = [*verdict.warnings]
        if verdict.passes:
            warnings += inferred_edition_warnings(facts)
            if self._given.dry_run:
                second = judge(self._passing(workspace), PASSING_RULES, self._given.rules)
                warnings += second.warnings
                verdict = second
        if verdict.blocked_by is not None and verdict.finding is not None:
            self._stays(workspace, target_id, verdict.blocked_by, verdict.finding, warnings)
        elif target_id is None or target is None:
            # The rules that would say so were switched off; without a target nothing can go.
            self._stays(workspace, target_id, RuleId.BUNDLE_UNAVAILABLE, _NO_TARGET, warnings)
        else:
            self._goes(workspace, source, target, target_id, others, warnings)

    def _others(self, workspace: Workspace) -> tuple[str, ...]:
        key = f"{workspace.directory_id}#{workspace.user_name.casefold()}"
        owned = self._checkpoint.users.get(key, ())
        return tuple(one for one in owned if one != workspace.workspace_id)

    def _passing(self, workspace: Workspace) -> PassingFacts:
        one = workspace.workspace_id
        return PassingFacts(
            workspace,
            self._checkpoint.connections.get(one),
            tuple(self._checkpoint.snapshots.get(one, ())),
            self._room(workspace.directory_id),
            self._services.clock.now(),
            self._given.max_snapshot_age_hours,
        )

    def _room(self, directory_id: str) -> int:
        """How many the directory could take if nothing were under way."""
        if directory_id not in self._free:
            self._free[directory_id] = permit_limit(
                max_in_flight=self._given.max_in_flight,
                free_addresses=self._services.addresses.free(self._subnets.get(directory_id, ())),
                reserve=self._services.settings.address_reserve,
                addressed=0,
            )
        return self._free[directory_id]

    def _goes(
        self,
        workspace: Workspace,
        source: Bundle | None,
        target: Bundle,
        target_id: str,
        others: tuple[str, ...],
        warnings: list[str],
    ) -> None:
        volumes = after_migration(
            Volumes(workspace.root_gib, workspace.user_gib),
            Volumes(source.root_gib, source.user_gib) if source else Volumes(None, None),
            Volumes(target.root_gib, target.user_gib),
        )
        self.assessed.candidates.append(
            Candidate(
                workspace.workspace_id,
                workspace.directory_id,
                workspace.user_name,
                workspace.bundle_id,
                target_id,
                volumes.root_gib,
                volumes.user_gib,
                others,
            )
        )
        if warnings:
            self.assessed.warnings[workspace.workspace_id] = warnings
        if self._given.dry_run:
            self._line(workspace, target_id, Outcome.PLANNED, None, "", "", warnings)

    def _stays(
        self,
        workspace: Workspace,
        target_id: str | None,
        rule: RuleId,
        finding: Finding,
        warnings: list[str],
    ) -> None:
        self._line(
            workspace,
            target_id,
            Outcome.DEFERRED if finding.heals else Outcome.INELIGIBLE,
            rule.value,
            finding.detail,
            finding.next_step,
            warnings,
        )

    def not_found(self, named: str) -> None:
        self._write(
            WorkspaceLine(
                workspace_id=named,
                outcome=Outcome.INELIGIBLE,
                reason=RuleId.NOT_FOUND.value,
                detail="The input names it, and the service does not know it in this Region.",
                next_step="Correct the id, or drop it from the input.",
            )
        )

    def _line(
        self,
        workspace: Workspace,
        target_id: str | None,
        outcome: Outcome,
        reason: str | None,
        detail: str,
        next_step: str,
        warnings: list[str],
    ) -> None:
        self._write(
            WorkspaceLine(
                workspace_id=workspace.workspace_id,
                user_name=workspace.user_name,
                directory_id=workspace.directory_id,
                source_bundle_id=workspace.bundle_id,
                target_bundle_id=target_id,
                outcome=outcome,
                reason=reason,
                detail=detail,
                next_step=next_step,
                warnings=warnings,
                computer_name=workspace.computer_name,
                ip_address=workspace.ip_address,
            )
        )

    def _write(self, line: WorkspaceLine) -> None:
        self.assessed.lines.append(line.model_dump(mode="json", by_alias=True))
