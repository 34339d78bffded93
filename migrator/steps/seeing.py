"""Looking at source and target of migrations under way, and writing down what is seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from migrator.adapters.clear_answers import UnclearAnswer
from migrator.domain.facts import Workspace
from migrator.domain.migration import GONE, Ending, decide
from migrator.domain.outcomes import Outcome
from migrator.domain.records import MigrationRecord, RunRecord, Stage
from migrator.domain.run_input import Polling
from migrator.domain.verification import Expected, deviations, missing_tags
from migrator.domain.volumes import Volumes
from migrator.services import Services
from migrator.steps.calling import adopt_target, others_of_user

LOOK_AT_ONCE = 12
"""Migrations whose source and target ids fit into one page."""


def see_targets(services: Services, run_id: str, started: Sequence[MigrationRecord]) -> list[MigrationRecord]:
    """Look once at the targets of migrations just started, for their computers' names."""
    targets = services.workspaces.describe(
        [record.target_workspace_id for record in started if record.target_workspace_id]
    )
    return [
        note_target(services, run_id, record, target)
        if (target := target_of(record, targets)) is not None
        else record
        for record in started
    ]


def target_of(record: MigrationRecord, found: Mapping[str, Workspace]) -> Workspace | None:
    """The migration's target among what the service shows.

    None where the id that the call returned is another user's WorkSpace, or one the user had before: what
    befalls that one says nothing about this migration.
    """
    target = found.get(record.target_workspace_id or "")
    if target is None or target.workspace_id in (record.workspace_id, *record.other_workspaces):
        return None
    same_user = target.user_name.casefold() == record.user_name.casefold()
    return target if same_user and target.directory_id == record.directory_id else None


def note_target(
    services: Services, run_id: str, record: MigrationRecord, target: Workspace
) -> MigrationRecord:
    """Record what a target shows: without its computer's name nothing exact is left to clean up."""
    new_name = target.computer_name if record.target_computer_name is None else None
    changes: dict[str, object] = {}
    if not record.target_seen:
        changes["target_seen"] = True
    if new_name:
        changes["target_computer_name"] = new_name
    if record.target_absent_since is not None:
        changes["target_absent_since"] = None
    if target.ip_address and not record.addressed:
        changes["target_ip_address"] = target.ip_address
        return services.holds.address_seen(run_id, record, **changes)
    return services.ledger.note(run_id, record, **changes) if changes else record


def look(
    services: Services,
    run: RunRecord,
    polling: Polling,
    due: Sequence[MigrationRecord],
) -> list[MigrationRecord]:
    """Look at the migrations and end those that have ended; the records as they are after."""
    records = [
        adopt_target(services, run.run_id, record)
        if record.stage is Stage.CALLING and record.sent
        else record
        for record in due
    ]
    ids = [record.workspace_id for record in records]
    ids += [record.target_workspace_id for record in records if record.target_workspace_id]
    found = services.workspaces.describe(ids)
    now = services.clock.now()
    return [
        _settle(services, run, polling, record, found, now) if record.under_way else record
        for record in records
    ]


def _settle(
    services: Services,
    run: RunRecord,
    polling: Polling,
    record: MigrationRecord,
    found: dict[str, Workspace],
    now: datetime,
) -> MigrationRecord:
    source = found.get(record.workspace_id)
    target = target_of(record, found)
    if target is not None and target.state not in GONE:
        record = note_target(services, run.run_id, record, target)
    elif target is not None and target.computer_name and record.target_computer_name is None:
        # Seen for the first time on its way out: its computer's object may stay behind.
        name = target.computer_name
        record = services.ledger.note(run.run_id, record, target_seen=True, target_computer_name=name)
    elif target is None and record.target_seen and record.target_absent_since is None:
        record = services.ledger.note(run.run_id, record, target_absent_since=now)
    if not record.under_way:
        return record  # Another look has ended it meanwhile.
    ending = decide(record.as_under_way(), source, target, now, polling)
    if ending is None:
        return record
    if ending.outcome is Outcome.LOST:
        ending = _last_resort(services, run.run_id, record, ending)
    if ending.outcome is Outcome.MIGRATED and target is not None:
        ending = _verified(services, run, record, target)
    return services.holds.end(run.run_id, record, ending, now)


def _verified(services: Services, run: RunRecord, record: MigrationRecord, target: Workspace) -> Ending:
    """Migrated, with a warning for each way in which the target is not what the guide promises."""
    expected = Expected(
        record.target_bundle_id,
        record.running_mode,
        Volumes(record.expected_root_gib, record.expected_user_gib),
    )
    warnings = [*deviations(target, expected)]
    if record.tags:
        warnings += _about_tags(services, run, record.tags, target.workspace_id)
    return Ending(Outcome.MIGRATED, None, "", "", tuple(warnings))


def _about_tags(services: Services, run: RunRecord, before: Sequence[str], target_id: str) -> Iterable[str]:
    """The user has their desktop whether or not its tags can be read: an outcome does not wait for them."""
    try:
        after = services.tags(run.execution_arn).of([target_id])[target_id]
    except (ClientError, BotoCoreError, UnclearAnswer) as error:
        return [f"its tags could not be compared: {type(error).__name__}: {error}"]
    return missing_tags(before, after)


def _last_resort(services: Services, run_id: str, record: MigrationRecord, lost: Ending) -> Ending:
    """Before a WorkSpace is called lost: does its user have a new one on the target bundle?"""
    for one in others_of_user(services, run_id, record):
        if one.bundle_id == record.target_bundle_id and one.state not in GONE:
            return Ending(
                Outcome.MIGRATED,
                None,
                f"The user's WorkSpace on the target bundle is {one.workspace_id}.",
                "",
                (f"found as {one.workspace_id}, not as the id that the call returned",),
            )
    return lost
