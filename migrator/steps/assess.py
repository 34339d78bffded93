"""AssessFleet: select the fleet, judge each WorkSpace, write the plan.

A large fleet takes longer than a function may run. Each turn goes on where the last one stopped,
from the checkpoint in the runs bucket, and hands over when its own time runs short.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from migrator.adapters.runs import Runs
from migrator.adapters.workspaces import PAGE
from migrator.domain.facts import OPT_OUT_TAG, Workspace
from migrator.domain.inventory import WORKSPACE_ID, InventoryContents, read_inventory
from migrator.domain.passing_rules import STARTABLE_STATES
from migrator.domain.plan import Plan, batch_document, make_plan
from migrator.domain.records import RunRecord
from migrator.domain.run_input import InvalidInput, RunInput
from migrator.domain.selection import Criteria, criteria
from migrator.report.request import approval_request
from migrator.services import Services
from migrator.steps.checkpoint import Checkpoint, load
from migrator.steps.judging import Assessed, Judging
from migrator.steps.known_bundles import KnownBundles
from migrator.steps.plans import BATCHES_FILE, CANARY_FILE
from migrator.steps.pricing import FEES_FILE, Pricing, fees_file
from migrator.steps.readings import fleet_readings, user_readings
from migrator.steps.reconcile import reconcile
from migrator.steps.telling import tell_plan

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
    def region(self) -> str:
        """The Region of the execution, whose ARN names it."""
        return self.execution_arn.split(":")[3]

    @property
    def time_is_short(self) -> bool:
        return self.seconds_left() < _TIME_TO_HAND_OVER


class HandOver(Exception):
    """The turn's time ran short; the checkpoint holds what was read."""


class Assessor:
    """Assesses the fleet of one run."""

    def __init__(self, services: Services, given: RunInput, turn: Turn) -> None:
        self._services = services
        self._given = given
        self._turn = turn
        self._runs: Runs = services.runs
        self._bundles: KnownBundles | None = None
        self._opted_out: set[str] = set()
        self._pricing = Pricing(services, turn.execution_arn)

    def assess(self, *, first_turn: bool) -> Checkpoint | None:
        """Read and look until all is known; None after handing over."""
        checkpoint = None if first_turn else self._load()
        if checkpoint is None:
            checkpoint = self._begin()
        try:
            self._read_fleet(checkpoint)
            self._read_users(checkpoint)
            if self._given.dry_run:
                self._look(checkpoint)
        except HandOver:
            self._runs.write(self._turn.run_id, _CHECKPOINT, checkpoint.dump(), "application/json")
            return None
        accounted = checkpoint.workspaces or checkpoint.strangers or checkpoint.elsewhere
        if not accounted and not checkpoint.missing():
            raise InvalidInput(["$.select: matches no WorkSpace; nothing was touched"])
        return checkpoint

    def _load(self) -> Checkpoint | None:
        text = self._runs.read(self._turn.run_id, _CHECKPOINT)
        return None if text is None else load(text)

    # Selection

    def _begin(self) -> Checkpoint:
        select = self._given.select
        inventory = self._inventory()
        tagged = self._services.tags(self._turn.execution_arn).with_all(select.tags) if select.tags else None
        listed = None if inventory is None else inventory.workspace_ids
        wanted = criteria(select, listed, tagged)
        named = {*select.workspace_ids, *(listed or ())}
        askable = sorted(one for one in named if WORKSPACE_ID.fullmatch(one))
        return Checkpoint(
            readings=list(fleet_readings(wanted, askable)),
            named=askable,
            strangers=sorted({*named.difference(askable), *(inventory.strangers if inventory else ())}),
            targets=inventory.targets if inventory else {},
            criteria={
                name: None if (ids := getattr(wanted, name)) is None else sorted(ids)
                for name in Criteria.__dataclass_fields__
            },
            elsewhere=inventory.elsewhere if inventory else {},
        )

    def _inventory(self) -> InventoryContents | None:
        place = self._given.select.inventory
        if place is None:
            return None
        where = f"s3://{place.bucket}/{place.key}"
        try:
            text = self._runs.read_object(place.bucket, place.key)
        except UnicodeDecodeError:
            raise InvalidInput([f"$.select.inventory: {where} is not UTF-8; save it as UTF-8"]) from None
        if text is None:
            raise InvalidInput([f"$.select.inventory: {where} does not exist"])
        contents, faults = read_inventory(text, where, self._turn.region)
        if faults:
            raise InvalidInput([f"$.select.inventory: {fault}" for fault in faults])
        return contents

    def _read_fleet(self, checkpoint: Checkpoint) -> None:
        wanted = Criteria(
            **{name: None if ids is None else frozenset(ids) for name, ids in checkpoint.criteria.items()}
        )
        named = set(checkpoint.named)
        known = {workspace.workspace_id for workspace in checkpoint.workspaces}
        while checkpoint.readings:
            self._check_time()
            reading = checkpoint.readings[0]
            if reading.ids:
                page, reading.ids = reading.ids[:25], reading.ids[25:]
                found: Iterable[Workspace] = self._services.workspaces.describe(page).values()
                finished = not reading.ids
            else:
                found, reading.token = self._services.workspaces.page(
                    directory_id=reading.directory_id,
                    bundle_id=reading.bundle_id,
                    token=reading.token,
                )
                finished = reading.token is None
            for workspace in found:
                _remember_user(checkpoint, workspace)
                if workspace.workspace_id in named:
                    checkpoint.seen.append(workspace.workspace_id)
                # A page that shifts while a large fleet is read shows one twice.
                if wanted.matches(workspace) and workspace.workspace_id not in known:
                    known.add(workspace.workspace_id)
                    checkpoint.workspaces.append(workspace)
            if finished:
                checkpoint.readings.pop(0)

    def _read_users(self, checkpoint: Checkpoint) -> None:
        """Find users with more than one WorkSpace, the ones outside the selection included."""
        if checkpoint.user_readings is None:
            checkpoint.user_readings = list(user_readings(checkpoint))
        while checkpoint.user_readings:
            self._check_time()
            reading = checkpoint.user_readings[0]
            if reading.user_name:
                found = self._services.workspaces.of_user(reading.directory_id or "", reading.user_name)
            else:
                found, reading.token = self._services.workspaces.page(
                    directory_id=reading.directory_id, bundle_id=None, token=reading.token
                )
            for workspace in found:
                _remember_user(checkpoint, workspace)
            if reading.token is None:
                checkpoint.user_readings.pop(0)

    # The second look of a dry run

    def _look(self, checkpoint: Checkpoint) -> None:
        """Look at all that planning lets go: what stays anyway is not worth a call."""
        if checkpoint.to_look_at is None:
            judging = self._judging(checkpoint, {})
            checkpoint.to_look_at = [
                one.workspace_id for one in checkpoint.workspaces if judging.worth_a_look(one)
            ]
        while checkpoint.to_look_at:
            self._check_time()
            page = [one for one in checkpoint.to_look_at[:PAGE] if one not in checkpoint.looked_at]
            checkpoint.connections.update(self._services.workspaces.connections(page))
            for one in page:
                self._check_time()
                checkpoint.snapshots[one] = list(self._services.workspaces.snapshots(one))
                checkpoint.looked_at[one] = self._services.clock.now()
            del checkpoint.to_look_at[:PAGE]

    def _judging(self, checkpoint: Checkpoint, subnets: Mapping[str, Sequence[str]]) -> Judging:
        """What judges the fleet; bundles and tags are read once in an invocation."""
        if self._bundles is None:
            self._bundles = KnownBundles(
                self._services,
                checkpoint.workspaces,
                self._given.target.all_bundle_ids() | set(checkpoint.targets.values()),
                self._given.stated(),
            )
            self._opted_out = self._services.tags(self._turn.execution_arn).with_key(OPT_OUT_TAG)
        return Judging(
            self._services,
            self._given,
            checkpoint,
            self._bundles,
            self._opted_out,
            subnets,
            self._pricing,
            self._turn.started_at.date(),
        )

    def _check_time(self) -> None:
        if self._turn.time_is_short:
            raise HandOver

    # The plan

    def conclude(self, checkpoint: Checkpoint, input_json: str) -> dict[str, Any]:
        """Judge all, write plan and verdicts, open the run in the ledger; the function's result."""
        services, given, run_id = self._services, self._given, self._turn.run_id
        directories = services.workspaces.subnets_of(
            {workspace.directory_id for workspace in checkpoint.workspaces}
        )
        for directory_id in directories:
            reconcile(services, directory_id, self._turn.seconds_left)
        assessed: Assessed = self._judging(checkpoint, directories).judge_fleet()
        plan = make_plan(
            assessed.candidates,
            directories,
            batch_size=given.batch_size,
            canary=0 if given.dry_run else given.canary,
        )
        self._runs.write_lines(run_id, "verdicts.jsonl", assessed.lines)
        self._runs.write_json(run_id, "warnings.json", assessed.warnings)
        if self._pricing.asked:
            self._runs.write_json(run_id, FEES_FILE, fees_file(self._pricing.prices, assessed.fees))
        self._write_batches(run_id, plan)
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
        tell_plan(services, run, assessed.lines, dry_run=given.dry_run)
        return self._result(plan)

    def _write_batches(self, run_id: str, plan: Plan) -> None:
        for name, batches in ((CANARY_FILE, plan.canary), (BATCHES_FILE, plan.batches)):
            self._runs.write_json(run_id, name, [batch_document(batch) for batch in batches])

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


def _user(workspace: Workspace) -> str:
    return f"{workspace.directory_id}#{workspace.user_name.casefold()}"


def _remember_user(checkpoint: Checkpoint, workspace: Workspace) -> None:
    if workspace.state not in STARTABLE_STATES:
        return
    owned = checkpoint.users.setdefault(_user(workspace), [])
    if workspace.workspace_id not in owned:
        owned.append(workspace.workspace_id)
