"""AssessFleet: select the fleet, judge each WorkSpace, write the plan.

A large fleet takes longer than a function may run and more than its memory holds. So it is read, looked
at and judged in parts; each turn goes on where the last one stopped, from the checkpoint in the runs
bucket, and hands over when its own time runs short.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from migrator.adapters.runs import Runs
from migrator.adapters.workspaces import PAGE
from migrator.domain.bundle_names import names_office
from migrator.domain.bundle_rules import needed_facts
from migrator.domain.facts import OPT_OUT_TAG
from migrator.domain.outcomes import Outcome
from migrator.domain.pages import pages
from migrator.domain.permits import permit_limit
from migrator.domain.plan import Plan, batch_text, make_plan
from migrator.domain.records import RunRecord
from migrator.domain.run_input import InvalidInput, RunInput
from migrator.domain.systems import System
from migrator.report.request import approval_request
from migrator.services import Services
from migrator.steps.checkpoint import Checkpoint, load
from migrator.steps.gathering import Gathering, begin
from migrator.steps.judging import Assessed, Judging
from migrator.steps.known_bundles import KnownBundles
from migrator.steps.parts import Look, Parts
from migrator.steps.plans import BATCHES_FILE, CANARY_FILE, PERMITS_FILE
from migrator.steps.pricing import PRICES_FILE, Pricing, prices_document
from migrator.steps.reconcile import reconcile
from migrator.steps.telling import tell_plan, tell_verdicts

_CHECKPOINT = "assessment.json"
_TIME_TO_HAND_OVER = 60.0
"""Seconds of the function's time below which it hands over to the next turn."""


_LANES_PER_FULL_ONE = 3
"""Batches under way for each that could hold permits in full: those that fill, and those that wait for
their stragglers, up to three times as long as a migration usually takes."""

_WAITING_LANES = 4
"""Batches that stand ready to take over."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One invocation."""

    run_id: str
    execution_arn: str
    started_at: datetime
    """When the execution started, in UTC."""
    seconds_left: Callable[[], float]

    @property
    def time_is_short(self) -> bool:
        return self.seconds_left() < _TIME_TO_HAND_OVER


class HandOver(Exception):
    """The turn's time ran short; the checkpoint holds how far it came."""


class Assessor:
    """Assesses the fleet of one run."""

    def __init__(self, services: Services, given: RunInput, turn: Turn) -> None:
        self._services = services
        self._given = given
        self._turn = turn
        self._runs: Runs = services.runs
        self._parts = Parts(services.runs, turn.run_id)
        self._pricing = Pricing(services, turn.execution_arn)
        self._judging: Judging | None = None

    def assess(self, input_json: str, *, first_turn: bool) -> dict[str, Any] | None:
        """Read, look, judge and plan; the function's result, or None after handing over.

        Raises InvalidInput where the selection matches nothing.
        """
        checkpoint = None if first_turn else self._load()
        if checkpoint is None:
            checkpoint = begin(self._services, self._given, self._turn.execution_arn)
        try:
            Gathering(self._services, checkpoint, self._parts, self._check_time).gather()
            accounted = checkpoint.fleet or checkpoint.strangers or checkpoint.elsewhere
            if not accounted and not checkpoint.missing():
                raise InvalidInput(["$.select: matches no WorkSpace; nothing was touched"])
            self._ask(checkpoint)
            if self._given.dry_run:
                self._look(checkpoint)
            self._judge(checkpoint)
        except HandOver:
            self._runs.write(self._turn.run_id, _CHECKPOINT, checkpoint.dump(), "application/json")
            return None
        return self._conclude(checkpoint, input_json)

    def _load(self) -> Checkpoint | None:
        with self._runs.reading(self._turn.run_id, _CHECKPOINT):
            text = self._runs.read(self._turn.run_id, _CHECKPOINT)
            return None if text is None else load(text)

    def _check_time(self) -> None:
        if self._turn.time_is_short:
            raise HandOver

    # The editions that only WorkSpaces know

    def _ask(self, checkpoint: Checkpoint) -> None:
        """Ask those for their applications whose edition nobody knows, and nothing else is against."""
        if checkpoint.asked_parts < checkpoint.parts and not self._judge_of(checkpoint).unknown_edition:
            checkpoint.asked_parts = checkpoint.parts
        while checkpoint.asked_parts < checkpoint.parts:
            judging = self._judge_of(checkpoint)
            for workspace in self._parts.fleet(checkpoint.asked_parts + 1):
                one = workspace.workspace_id
                if one in checkpoint.asked or not judging.worth_asking(workspace):
                    continue
                self._check_time()
                if any(map(names_office, self._services.workspaces.applications_of(one))):
                    checkpoint.with_office[one] = True
                checkpoint.asked.append(one)
            checkpoint.asked, checkpoint.asked_parts = [], checkpoint.asked_parts + 1

    # The second look of a dry run

    def _look(self, checkpoint: Checkpoint) -> None:
        """Look at all that planning lets go: what stays anyway is not worth a call."""
        while checkpoint.looked_parts < checkpoint.parts:
            self._check_time()
            number = checkpoint.looked_parts + 1
            judging = self._judge_of(checkpoint)
            worth = [one.workspace_id for one in self._parts.fleet(number) if judging.worth_a_look(one)]
            for page in pages([one for one in worth if one not in checkpoint.looks], PAGE):
                self._check_time()
                connections = self._services.workspaces.connections(list(page))
                for one in page:
                    self._check_time()
                    snapshots = self._services.workspaces.snapshots(one)
                    now = self._services.clock.now()
                    checkpoint.looks[one] = Look(now, connections.get(one), snapshots)
            self._parts.write_looks(number, checkpoint.looks)
            checkpoint.looks, checkpoint.looked_parts = {}, number

    # The verdicts

    def _judge(self, checkpoint: Checkpoint) -> None:
        """Judge part by part; the ids that were named in vain are parts of their own."""
        services, subnets = self._services, None
        while checkpoint.judged_parts < checkpoint.parts:
            self._check_time()
            if subnets is None:
                subnets = services.workspaces.subnets_of(checkpoint.directories)
            if checkpoint.judged_parts == 0:
                for directory_id in subnets:
                    held = services.holds.held(directory_id)
                    reconcile(services, directory_id, held, self._turn.seconds_left)
            number = checkpoint.judged_parts + 1
            looks = self._parts.looks(number) if self._given.dry_run else {}
            judging = self._judge_of(checkpoint)
            self._write(checkpoint, judging.judge_part(self._parts.fleet(number), looks, subnets))
        if checkpoint.judged_parts == checkpoint.parts:
            self._check_time()
            self._write(checkpoint, self._judge_of(checkpoint).judge_named())

    def _write(self, checkpoint: Checkpoint, assessed: Assessed) -> None:
        checkpoint.judged_parts += 1
        self._parts.write_verdicts(checkpoint.judged_parts, assessed.lines)
        if assessed.planned:
            checkpoint.planned_parts += 1
            self._parts.write_planned(checkpoint.planned_parts, assessed.planned)
        counts = Counter(checkpoint.counts)
        counts.update(line["outcome"] for line in assessed.lines)
        checkpoint.counts = dict(counts)
        if not self._given.dry_run:
            tell_verdicts(self._services, self._turn.run_id, assessed.lines, self._turn.seconds_left)

    def _judge_of(self, checkpoint: Checkpoint) -> Judging:
        """What judges; bundles and tags are read once in an invocation."""
        if self._judging is None:
            bundles = KnownBundles(
                self._services,
                {bundle: [System(one) for one in systems] for bundle, systems in checkpoint.running.items()},
                checkpoint.unfamiliar,
                self._given.target.all_bundle_ids() | set(checkpoint.targets.values()),
                self._given.stated(),
                needed_facts(self._given.rules),
            )
            self._judging = Judging(
                self._services,
                self._given,
                checkpoint,
                bundles,
                self._services.tags(self._turn.execution_arn).with_key(OPT_OUT_TAG),
                self._pricing,
                self._turn.started_at.date(),
            )
        return self._judging

    # The plan

    def _conclude(self, checkpoint: Checkpoint, input_json: str) -> dict[str, Any]:
        """Write the plan, open the run in the ledger; the function's result."""
        services, given, run_id = self._services, self._given, self._turn.run_id
        subnets = services.workspaces.subnets_of(checkpoint.directories)
        plan = make_plan(
            [one.candidate for one in self._parts.planned(checkpoint.planned_parts)],
            subnets,
            batch_size=given.batch_size,
            canary=0 if given.dry_run else given.canary,
        )
        self._parts.write_index(verdicts=checkpoint.judged_parts, planned=checkpoint.planned_parts)
        if checkpoint.planned_parts:
            self._runs.write_json(run_id, PRICES_FILE, prices_document(self._pricing.prices))
        self._write_batches(run_id, plan)
        if not given.dry_run:
            self._write_permits(run_id, plan)
        canary_planned = sum(len(batch.candidates) for batch in plan.canary)
        run = RunRecord(
            run_id,
            self._turn.execution_arn,
            self._turn.started_at,
            input_json,
            plan.size,
            canary_planned,
        )
        services.ledger.open_run(run)
        counts = {one: checkpoint.counts[one.value] for one in Outcome if one.value in checkpoint.counts}
        tell_plan(services, run, counts, dry_run=given.dry_run)
        return self._result(plan)

    def _write_permits(self, run_id: str, plan: Plan) -> None:
        """For the report, which shows what was in flight against them."""
        subnets = {batch.directory_id: batch.subnet_ids for batch in plan.canary + plan.batches}
        permits = {
            directory_id: permit_limit(
                max_in_flight=self._given.max_in_flight,
                free_addresses=self._services.addresses.free(subnets[directory_id]),
                reserve=self._services.settings.address_reserve,
                addressed=0,
            )
            for directory_id in sorted(subnets)
        }
        self._runs.write_json(run_id, PERMITS_FILE, permits)

    def _write_batches(self, run_id: str, plan: Plan) -> None:
        for name, batches in ((CANARY_FILE, plan.canary), (BATCHES_FILE, plan.batches)):
            text = f"[{','.join(map(batch_text, batches))}]"
            self._runs.write(run_id, name, text, "application/json")

    def _result(self, plan: Plan) -> dict[str, Any]:
        run_id = self._turn.run_id
        return {
            "done": True,
            "dryRun": self._given.dry_run,
            "requireApproval": self._given.require_approval,
            "planned": plan.size,
            "approval": approval_request(run_id, plan),
            "canary": self._file(run_id, CANARY_FILE, len(plan.canary)),
            "batches": self._file(run_id, BATCHES_FILE, len(plan.batches)),
            "resultsPrefix": self._runs.key(run_id, "map"),
            "mapConcurrency": map_concurrency(self._given, plan),
            "toleratedFailurePercentage": 100,
        }

    def _file(self, run_id: str, name: str, count: int) -> dict[str, Any]:
        return {"bucket": self._runs.bucket, "key": self._runs.key(run_id, name), "count": count}


def map_concurrency(given: RunInput, plan: Plan) -> int:
    """Batches under way at once: enough that permits, not batches, limit what is in flight.

    Permits go to one batch after the other, so that all but the last few are full or wait for their
    stragglers.
    """
    directories = {batch.directory_id for batch in plan.canary + plan.batches}
    lanes = -(-_LANES_PER_FULL_ONE * given.max_in_flight // given.batch_size) + _WAITING_LANES
    return max(1, min(40, lanes * max(1, len(directories))))
