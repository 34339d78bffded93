"""The metrics a run gives: their names, units and dimensions. Dashboards and alarms are made from these."""

from __future__ import annotations

from enum import StrEnum

from migrator.domain.outcomes import Outcome

NAMESPACE = "WorkSpacesFleetMigrator"

STAGE, MODE, DIRECTORY = "Stage", "Mode", "DirectoryId"
"""Dimensions. All metrics have Stage and Mode but those of a directory, which have Stage and DirectoryId."""

MIGRATION, DRY_RUN = "migration", "dry-run"
"""Values of Mode: a dry run's figures never mix with those of migrations."""


class Metric(StrEnum):
    """Besides one metric for each outcome, of that name, which counts WorkSpaces."""

    MIGRATION_SECONDS = "MigrationSeconds"
    """From the call to the look that found it migrated."""
    ADOPTED = "Adopted"
    """WorkSpaces whose outcome is another run's, which has counted it."""
    RUNS_STARTED = "RunsStarted"
    RUNS_FINISHED = "RunsFinished"
    RUNS_DIED = "RunsDied"
    """Runs that failed themselves and still came to report."""
    RUN_SECONDS = "RunSeconds"
    BRAKES_PULLED = "BrakesPulled"
    PERMITS_NOT_RETURNED = "PermitsNotReturned"
    """Migrations a run still held when it reported; zero is well."""
    COMPUTER_OBJECTS_LEFT = "ComputerObjectsLeft"
    """Computer objects that clean-up left to a person."""
    EVENTS_NOT_PUT = "EventsNotPut"
    """Events the bus did not take at that time; the report tries them once more."""
    NOTICES_NOT_SENT = "NoticesNotSent"
    PERMISSIONS_REFUSED = "PermissionsRefused"
    """Calls that a function's role does not allow."""
    BATCHES_DIED = "BatchesDied"
    """Children of a run's maps that failed; what they left was settled."""
    SCHEDULES_ASLEEP = "SchedulesAsleep"
    """Schedules of the stage that are disabled or gone although its configuration has them enabled."""
    IN_FLIGHT = "InFlight"
    """Migrations under way in a directory, over all runs."""


SECONDS = frozenset({Metric.MIGRATION_SECONDS, Metric.RUN_SECONDS})
"""The others are counts."""

OF_A_DIRECTORY = frozenset({Metric.IN_FLIGHT})

OUTCOME_METRICS: tuple[str, ...] = tuple(outcome.value for outcome in Outcome)


def mode(*, dry_run: bool) -> str:
    """The value of Mode."""
    return DRY_RUN if dry_run else MIGRATION
