"""The run's own metrics as the stack's dashboards and alarms read them."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from migrator.domain.metrics import DIRECTORY, MIGRATION, MODE, NAMESPACE, STAGE, Metric
from migrator.domain.outcomes import Outcome


def metric(
    stage: str,
    name: Metric | Outcome,
    *,
    mode: str = MIGRATION,
    statistic: str = "Sum",
    label: str | None = None,
    color: str | None = None,
    every: Duration | None = None,
) -> cloudwatch.Metric:
    """A metric of the stage in one mode, over `every` so long: five minutes if nothing else is said."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name.value,
        dimensions_map={STAGE: stage, MODE: mode},
        statistic=statistic,
        label=label,
        color=color,
        period=every or Duration.minutes(5),
    )


def in_each_directory(stage: str, name: Metric, statistic: str = "Maximum") -> cloudwatch.MathExpression:
    """A directory's metric, one line for each directory there is: the stack does not know them."""
    search = (
        f'SEARCH(\'{{{NAMESPACE},{STAGE},{DIRECTORY}}} MetricName="{name.value}" {STAGE}="{stage}"\', '
        f"'{statistic}', 60)"
    )
    return cloudwatch.MathExpression(
        expression=search, using_metrics={}, label="", period=Duration.minutes(1)
    )
