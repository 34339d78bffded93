"""Functions that the clock calls, and not the state machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.function_table import FunctionSpec


class Clockwork(Construct):
    """A rule for each function of the table that has hours. Its errors are in the alarm on functions."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        table: Sequence[FunctionSpec],
        functions: Mapping[str, lambda_.IFunction],
    ) -> None:
        super().__init__(scope, id)
        for spec in table:
            if spec.every_hours is None:
                continue
            events.Rule(
                self,
                spec.construct_id,
                description=spec.purpose,
                schedule=events.Schedule.rate(Duration.hours(spec.every_hours)),
                targets=[targets.LambdaFunction(functions[spec.name], retry_attempts=2)],
            )
