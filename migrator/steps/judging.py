"""Judging the fleet, part by part: a line for each that stays, a candidate for each that goes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from migrator.domain.bundle_names import Edition
from migrator.domain.bundle_rules import caveats, needed_facts, waits_for_edition
from migrator.domain.bundles import Bundle, Fact, Source
from migrator.domain.consequences import consequences, volumes_after
from migrator.domain.costs import cost_of
from migrator.domain.facts import OPT_OUT_TAG, FixedFacts, PassingFacts, Workspace
from migrator.domain.fixed_rules import FIXED_RULES
from migrator.domain.outcomes import Outcome
from migrator.domain.passing_rules import PASSING_RULES
from migrator.domain.permits import permit_limit
from migrator.domain.plan import Candidate
from migrator.domain.report import Consequences, WorkspaceLine
from migrator.domain.rule_ids import RuleId
from migrator.domain.rules import Finding, judge
from migrator.domain.run_input import RunInput
from migrator.domain.withholding import Withheld, window_closed
from migrator.services import Services
from migrator.steps.checkpoint import Checkpoint
from migrator.steps.gathering import user_key
from migrator.steps.known_bundles import KnownBundles
from migrator.steps.parts import Look, Planned
from migrator.steps.pricing import Pricing, fees_document


@dataclass
class Assessed:
    """What the assessment of one part came to."""

    planned: list[Planned] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    """Report lines of those that stay; in a dry run, of all."""


_NO_TARGET = Finding(
    "There is no target bundle it could go to.", "Correct target; no setting of rules replaces it."
)


class Judging:
    """Judges WorkSpaces by the rules and severities of a run."""

    def __init__(
        self,
        services: Services,
        given: RunInput,
        checkpoint: Checkpoint,
        bundles: KnownBundles,
        opted_out: Collection[str],
        pricing: Pricing,
        day: date,
    ) -> None:
        self._services = services
        self._given = given
        self._pricing = pricing
        self._day = day
        self._checkpoint = checkpoint
        self._opted_out = set(opted_out)
        self._subnets: dict[str, list[str]] = {}
        self._looks: Mapping[str, Look] = {}
        self._free: dict[str, int] = {}
        self._needed = needed_facts(given.rules)
        self._bundles = bundles
        self._closed: Withheld | None = None
        self.assessed = Assessed()

    def judge_part(
        self, workspaces: Iterable[Workspace], looks: Mapping[str, Look], subnets: dict[str, list[str]]
    ) -> Assessed:
        """Every WorkSpace of a part, exactly once."""
        self.assessed, self._looks, self._subnets = Assessed(), looks, subnets
        if self._given.dry_run:
            self._closed = window_closed(self._given, self._services.clock.now())
        for workspace in workspaces:
            self._judge(workspace)
        return self.assessed

    def judge_named(self) -> Assessed:
        """Every id that was named in vain, exactly once."""
        self.assessed = Assessed()
        for named in (*self._checkpoint.missing(), *self._checkpoint.strangers):
            # The input may name by id what its inventory lists in another Region.
            if named not in self._checkpoint.elsewhere:
                self._not_found(named)
        for named, where in self._checkpoint.elsewhere.items():
            self._elsewhere(named, where)
        return self.assessed

    def worth_a_look(self, workspace: Workspace) -> bool:
        """Whether planning lets it go, so that what it looks like just now matters."""
        return judge(self._facts(workspace), FIXED_RULES, self._given.rules).passes

    @property
    def unknown_edition(self) -> bool:
        """Whether nobody knows the edition of a bundle."""
        return self._bundles.unknown_edition and "edition" in self._needed

    def worth_asking(self, workspace: Workspace) -> bool:
        """Whether nothing but its edition, which nobody knows, keeps it from being judged."""
        facts = self._facts(workspace)
        verdict = judge(facts, FIXED_RULES, self._given.rules)
        return verdict.blocked_by is RuleId.BUNDLE_UNKNOWN and waits_for_edition(facts)

    def _facts(self, workspace: Workspace) -> FixedFacts:
        target_id = self._checkpoint.targets.get(workspace.workspace_id) or self._given.target.for_source(
            workspace.bundle_id
        )
        source = self._bundles.source_of(workspace)
        if not source.edition.known and workspace.workspace_id in self._checkpoint.with_office:
            source = replace(source, edition=Fact(Edition.PLUS, Source.APPLICATIONS))
        return FixedFacts(
            workspace=workspace,
            source=source,
            target=self._bundles.target(target_id),
            target_bundle_id=target_id,
            tags=frozenset({OPT_OUT_TAG} if workspace.workspace_id in self._opted_out else ()),
            shares_user_with=tuple(one for one, at_rest in self._others(workspace).items() if at_rest),
            needed=self._needed,
        )

    def _judge(self, workspace: Workspace) -> None:
        facts = self._facts(workspace)
        target_id, target = facts.target_bundle_id, facts.target
        verdict = judge(facts, FIXED_RULES, self._given.rules)
        warnings = [*verdict.warnings]
        told: Consequences | None = None
        if verdict.passes:
            warnings += caveats(facts)
            if self._given.dry_run and target is not None:
                passing = self._passing(workspace)
                told = self._consequences(facts, target, passing)
                verdict = judge(passing, PASSING_RULES, self._given.rules)
                warnings += verdict.warnings
        if verdict.blocked_by is not None and verdict.finding is not None:
            self._stays(workspace, target_id, verdict.blocked_by, verdict.finding, warnings, told)
        elif target_id is None or target is None:
            # The rules that would say so were switched off; without a target nothing can go.
            self._stays(workspace, target_id, RuleId.BUNDLE_UNAVAILABLE, _NO_TARGET, warnings)
        elif self._closed is not None:
            self._waits(workspace, target_id, self._closed, warnings, told)
        else:
            self._goes(facts, target, warnings, told)

    def _consequences(self, facts: FixedFacts, target: Bundle, passing: PassingFacts) -> Consequences:
        workspace, source = facts.workspace, facts.source
        fees = self._pricing.fees(workspace, source, target, volumes_after(workspace, source, target))
        cost = cost_of(fees, self._day)
        return consequences(workspace, source, target, passing.snapshots, cost)

    def _others(self, workspace: Workspace) -> dict[str, bool]:
        """The user's other WorkSpaces, and whether each is at rest."""
        owned = self._checkpoint.users.get(user_key(workspace), {})
        return {one: at_rest for one, at_rest in owned.items() if one != workspace.workspace_id}

    def _passing(self, workspace: Workspace) -> PassingFacts:
        look = self._looks.get(workspace.workspace_id)
        return PassingFacts(
            workspace,
            look.connection if look else None,
            look.snapshots if look else (),
            self._room(workspace.directory_id),
            look.at if look else self._services.clock.now(),
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
        facts: FixedFacts,
        target: Bundle,
        warnings: list[str],
        told: Consequences | None,
    ) -> None:
        workspace, target_id = facts.workspace, target.bundle_id
        volumes = volumes_after(workspace, facts.source, target)
        fees = None
        if self._given.dry_run:
            self._line(workspace, target_id, Outcome.PLANNED, None, "", "", warnings, told)
        else:
            fees = fees_document(self._pricing.fees(workspace, facts.source, target, volumes))
        candidate = Candidate(
            workspace.workspace_id,
            workspace.directory_id,
            workspace.user_name,
            workspace.bundle_id,
            target_id,
            volumes.root_gib,
            volumes.user_gib,
            tuple(self._others(workspace)),
        )
        self.assessed.planned.append(Planned(candidate, warnings, fees))

    def _stays(
        self,
        workspace: Workspace,
        target_id: str | None,
        rule: RuleId,
        finding: Finding,
        warnings: list[str],
        told: Consequences | None = None,
    ) -> None:
        self._line(
            workspace,
            target_id,
            Outcome.DEFERRED if finding.heals else Outcome.INELIGIBLE,
            rule.value,
            finding.detail,
            finding.next_step,
            warnings,
            told,
        )

    def _waits(
        self,
        workspace: Workspace,
        target_id: str,
        stop: Withheld,
        warnings: list[str],
        told: Consequences | None,
    ) -> None:
        self._line(
            workspace,
            target_id,
            Outcome.DEFERRED,
            stop.reason,
            stop.detail,
            stop.next_step,
            warnings,
            told,
        )

    def _elsewhere(self, named: str, region: str) -> None:
        """An inventory lists it in another Region than the run's."""
        self._write(
            WorkspaceLine(
                workspace_id=named,
                outcome=Outcome.INELIGIBLE,
                reason=RuleId.REGION.value,
                detail=f"The inventory says that it is in {region}; WorkSpaces cannot be migrated across "
                "Regions.",
                next_step=f"Run it in {region}, with a bundle of that Region as its target.",
            )
        )

    def _not_found(self, named: str) -> None:
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
        told: Consequences | None,
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
                consequences=told,
            )
        )

    def _write(self, line: WorkspaceLine) -> None:
        self.assessed.lines.append(line.model_dump(mode="json", by_alias=True, exclude_defaults=True))
