"""Two dashboards: how migrations go, for whoever answers for them; how the machinery runs, for its keeper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.metrics import in_each_directory, metric
from infra.sources import stack_name
from migrator.domain.metrics import DRY_RUN, MIGRATION, Metric
from migrator.domain.outcomes import Outcome

_COLOURS: Mapping[Outcome, str] = {
    Outcome.MIGRATED: "#2e7d32",
    Outcome.ROLLED_BACK: "#ef6c00",
    Outcome.NEVER_STARTED: "#f9a825",
    Outcome.REFUSED: "#8d6e63",
    Outcome.STUCK: "#c62828",
    Outcome.LOST: "#6a1b9a",
    Outcome.INELIGIBLE: "#78909c",
    Outcome.DEFERRED: "#1565c0",
    Outcome.PLANNED: "#00838f",
}
_OF_A_DRY_RUN = (Outcome.PLANNED, Outcome.DEFERRED, Outcome.INELIGIBLE)
_WIDTH = 24

_OUTCOMES_TEXT = """# Migrations of stage {stage}
Counts are of the time chosen above, from runs that migrate; dry runs are in the last row. A WorkSpace counts
when it has its outcome. What each outcome and reason means and what to do: docs/reasons.md and
docs/runbook.md in the repository. Which WorkSpaces: the report in the runs bucket, or the saved queries in
Logs Insights."""

_PLUMBING_TEXT = """# Machinery of stage {stage}
A function's error is repeated by the state machine and harmless while it passes. Throttles, permits not
returned, events not put and waiting messages of the schedules are not: docs/runbook.md."""


def outcomes_name(stage: str) -> str:
    """The outcomes dashboard's name, for links to it."""
    return f"{stack_name(stage)}-outcomes"


def plumbing_name(stage: str) -> str:
    return f"{stack_name(stage)}-plumbing"


class OutcomesDashboard(Construct):
    """How many have migrated, what needs a person, how fast it goes."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        stage: str,
        alarms: Sequence[cloudwatch.IAlarm],
        failed_runs: cloudwatch.IMetric,
    ) -> None:
        super().__init__(scope, id)
        migrating = [outcome for outcome in Outcome if outcome is not Outcome.PLANNED]
        self.dashboard = cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=outcomes_name(stage),
            default_interval=Duration.hours(12),
            widgets=[
                [_text(_OUTCOMES_TEXT, stage)],
                [
                    cloudwatch.SingleValueWidget(
                        title="WorkSpaces by outcome",
                        metrics=[_outcome(stage, outcome) for outcome in migrating],
                        set_period_to_time_range=True,
                        width=_WIDTH,
                        height=4,
                    )
                ],
                [
                    cloudwatch.AlarmStatusWidget(
                        title="Does anybody have to do something?", alarms=list(alarms), width=12, height=5
                    ),
                    cloudwatch.SingleValueWidget(
                        title="Runs",
                        metrics=[
                            metric(stage, Metric.RUNS_STARTED, label="planned"),
                            metric(stage, Metric.RUNS_FINISHED, label="reported"),
                            failed_runs,
                            metric(stage, Metric.BRAKES_PULLED, label="brakes pulled"),
                            metric(stage, Metric.RUNS_DIED, label="died"),
                        ],
                        set_period_to_time_range=True,
                        width=12,
                        height=5,
                    ),
                ],
                [
                    cloudwatch.GraphWidget(
                        title="Outcomes as they come",
                        left=[_outcome(stage, outcome) for outcome in migrating],
                        stacked=True,
                        left_y_axis=_from_zero("WorkSpaces in 5 minutes"),
                        width=12,
                        height=7,
                    ),
                    cloudwatch.GraphWidget(
                        title="How long a migration takes",
                        left=[
                            metric(stage, Metric.MIGRATION_SECONDS, statistic=statistic, label=label)
                            for statistic, label in (("p50", "half at most"), ("p90", "nine in ten at most"))
                        ],
                        left_y_axis=_from_zero("seconds"),
                        width=12,
                        height=7,
                    ),
                ],
                [
                    cloudwatch.GraphWidget(
                        title="Migrations in flight, by directory",
                        left=[in_each_directory(stage, Metric.IN_FLIGHT)],
                        left_y_axis=_from_zero("migrations"),
                        width=12,
                        height=6,
                    ),
                    cloudwatch.SingleValueWidget(
                        title="Left to a person, or another run's",
                        metrics=[
                            metric(stage, Metric.COMPUTER_OBJECTS_LEFT, label="computer objects"),
                            metric(stage, Metric.ADOPTED, label="migrated by another run"),
                            metric(stage, Metric.RUN_SECONDS, statistic="Maximum", label="longest run"),
                        ],
                        set_period_to_time_range=True,
                        width=12,
                        height=6,
                    ),
                ],
                [
                    cloudwatch.SingleValueWidget(
                        title="Dry runs: what would happen",
                        metrics=[
                            *(_outcome(stage, outcome, mode=DRY_RUN) for outcome in _OF_A_DRY_RUN),
                            metric(stage, Metric.RUNS_STARTED, mode=DRY_RUN, label="dry runs planned"),
                            metric(stage, Metric.RUNS_FINISHED, mode=DRY_RUN, label="dry runs reported"),
                        ],
                        set_period_to_time_range=True,
                        width=_WIDTH,
                        height=4,
                    )
                ],
            ],
        )


class PlumbingDashboard(Construct):
    """Functions, state machine, ledger, events and schedules."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        stage: str,
        *,
        functions: Mapping[str, lambda_.IFunction],
        machine: sfn.IStateMachine,
        table: dynamodb.ITable,
        schedules: Sequence[cloudwatch.IMetric],
    ) -> None:
        super().__init__(scope, id)
        last = [
            _graph(
                "Not told, not returned, not allowed",
                [
                    metric(stage, Metric.EVENTS_NOT_PUT),
                    metric(stage, Metric.NOTICES_NOT_SENT),
                    metric(stage, Metric.PERMISSIONS_REFUSED),
                    metric(stage, Metric.BATCHES_DIED),
                    metric(stage, Metric.PERMITS_NOT_RETURNED, statistic="Maximum"),
                ],
            )
        ]
        if schedules:
            last.append(_graph("Starts that the schedules could not make", schedules))
        self.dashboard = cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=plumbing_name(stage),
            default_interval=Duration.hours(12),
            widgets=[
                [_text(_PLUMBING_TEXT, stage)],
                [
                    _graph(
                        "Executions",
                        [
                            machine.metric_started(label="started"),
                            machine.metric_succeeded(label="succeeded"),
                            machine.metric_failed(label="failed"),
                            machine.metric_timed_out(label="timed out"),
                            machine.metric_aborted(label="stopped"),
                        ],
                    ),
                    _graph("Steps that the state machine had to wait for", [machine.metric_throttled()]),
                ],
                [
                    _graph("Invocations", [f.metric_invocations(label=n) for n, f in functions.items()]),
                    _graph("Errors", [f.metric_errors(label=n) for n, f in functions.items()]),
                ],
                [
                    _graph("Throttles", [f.metric_throttles(label=n) for n, f in functions.items()]),
                    _graph(
                        "Longest invocations",
                        [f.metric_duration(label=n, statistic="Maximum") for n, f in functions.items()],
                        "milliseconds",
                    ),
                ],
                [
                    _graph(
                        "Ledger",
                        [
                            table.metric_consumed_read_capacity_units(label="read units"),
                            table.metric_consumed_write_capacity_units(label="write units"),
                        ],
                        "capacity units",
                    ),
                    _graph(
                        "Ledger: requests throttled",
                        [table.metric("ThrottledRequests", statistic="Sum", label="throttled")],
                    ),
                ],
                list(last),
            ],
        )


def _text(text: str, stage: str) -> cloudwatch.TextWidget:
    return cloudwatch.TextWidget(markdown=text.format(stage=stage), width=_WIDTH, height=3)


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric], what: str = "count") -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title=title, left=list(metrics), left_y_axis=_from_zero(what), width=12, height=6
    )


def _from_zero(label: str) -> cloudwatch.YAxisProps:
    return cloudwatch.YAxisProps(label=label, min=0, show_units=False)


def _outcome(stage: str, outcome: Outcome, mode: str = MIGRATION) -> cloudwatch.Metric:
    return metric(stage, outcome, color=_COLOURS[outcome], mode=mode)
