"""What wakes somebody: each alarm tells the topics when it begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.metrics import metric
from infra.sources import stack_name
from migrator.domain.metrics import Metric
from migrator.domain.outcomes import Outcome

_SILENT_PERIODS = 3


class Alarms(Construct):
    """The alarms of a stage, in `all`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        stage: str,
        *,
        topics: Sequence[sns.ITopic],
        machine: sfn.IStateMachine,
        functions: Mapping[str, lambda_.IFunction],
        by_the_clock: Sequence[lambda_.IFunction],
    ) -> None:
        super().__init__(scope, id)
        self._stage = stage
        self._topics = topics
        self.all: list[cloudwatch.IAlarm] = []
        self.failed_runs = total(
            "runs not succeeded",
            machine.metric_failed(),
            machine.metric_timed_out(),
            machine.metric_aborted(),
        )
        self.add(
            "RunFailed",
            "A run ended failed, timed out or was stopped. Its execution's error and cause say why; the "
            "report, if there is one, says what is left.",
            self.failed_runs,
        )
        self.add(
            "BrakePulled",
            "Too many migrations failed, or an operator halted a run: it starts no more. Find out why, then "
            "start a new run with the same input.",
            metric(stage, Metric.BRAKES_PULLED),
        )
        self.add(
            "StuckOrLost",
            "A WorkSpace is stuck between source and target, or neither is found: its user may have no "
            "desktop. Contact AWS Support with both ids.",
            total("stuck or lost", metric(stage, Outcome.STUCK), metric(stage, Outcome.LOST)),
        )
        self.add(
            "PermitsNotReturned",
            "A run ended while it held migrations under way. The next run in that directory looks at them "
            "and returns what is over; until then fewer migrations fit.",
            metric(stage, Metric.PERMITS_NOT_RETURNED, statistic="Maximum"),
        )
        self.add(
            "NotTold",
            "Events were not taken by the bus, or a message not by its topic. Migrations go on; who waits "
            "for an event waits for the report, which puts them once more.",
            total("not told", metric(stage, Metric.EVENTS_NOT_PUT), metric(stage, Metric.NOTICES_NOT_SENT)),
        )
        self.add(
            "PermissionRefused",
            "A function's role does not allow what the function does. The saved query 'failures' names the "
            "action; deploy again if somebody changed the role.",
            metric(stage, Metric.PERMISSIONS_REFUSED),
        )
        self.add(
            "BatchDied",
            "Batches of a run died, and SettleRun saw to what they left. The saved query 'failures' says "
            "what they died of.",
            metric(stage, Metric.BATCHES_DIED),
        )
        self.add(
            "ClockworkFailed",
            "What the clock starts failed: nobody repeats it before its next time. The saved query "
            "'failures' shows what it said.",
            total("failed", *(one.metric_errors() for one in by_the_clock)),
        )
        # The state machine repeats a function that failed: one error is no reason to get up.
        self.add(
            "FunctionErrors",
            "Functions keep failing. The saved query 'failures' shows what they say.",
            total("errors", *(one.metric_errors() for one in functions.values())),
            periods=(2, 3),
        )
        self.add(
            "FunctionThrottles",
            "Functions keep being throttled: the account's concurrency is used up by something.",
            total("throttles", *(one.metric_throttles() for one in functions.values())),
            periods=(2, 3),
        )

    def add(
        self,
        name: str,
        description: str,
        what: cloudwatch.IMetric,
        *,
        periods: tuple[int, int] = (1, 1),
    ) -> None:
        """Alarm when `what` is above zero in so many of the last so many periods of five minutes."""
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_name=f"{stack_name(self._stage)}-{name}",
            alarm_description=f"{description} See docs/runbook.md.",
            metric=what,
            threshold=0,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            datapoints_to_alarm=periods[0],
            evaluation_periods=periods[1],
            # No run, no figures.
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        self._tells(alarm)

    def add_silence(self, name: str, description: str, function: lambda_.IFunction, every_hours: int) -> None:
        """Alarm when nothing has called the function for three times as long as it should take: its rule is
        gone, disabled, or not allowed to. That there are no figures is then just what is wrong."""
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_name=f"{stack_name(self._stage)}-{name}",
            alarm_description=f"{description} See docs/runbook.md.",
            metric=function.metric_invocations(period=Duration.hours(every_hours), statistic="Sum"),
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            datapoints_to_alarm=_SILENT_PERIODS,
            evaluation_periods=_SILENT_PERIODS,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        # A new stage is silent until its first hour is over: that it then speaks is told, too.
        for topic in self._topics:
            alarm.add_ok_action(actions.SnsAction(topic))
        self._tells(alarm)

    def _tells(self, alarm: cloudwatch.Alarm) -> None:
        for topic in self._topics:
            alarm.add_alarm_action(actions.SnsAction(topic))
        self.all.append(alarm)


def total(label: str, *metrics: cloudwatch.IMetric) -> cloudwatch.MathExpression:
    """The sum, where what is missing counts as nothing."""
    names = {f"m{number}": one for number, one in enumerate(metrics)}
    return cloudwatch.MathExpression(
        expression=" + ".join(f"FILL({name}, 0)" for name in names),
        using_metrics=names,
        label=label,
        period=Duration.minutes(5),
    )
