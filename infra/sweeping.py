"""The schedule that sweeps the directories."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.grants import statements
from infra.machine_grants import SWEEP_SCHEDULE_GRANTS
from infra.permissions import Resource
from infra.sources import stack_name
from infra.sweep_configuration import Sweep

_RETRIES = 3
_OLDEST_SECONDS = 3600


NAME = "sweep"


def group_name(stage: str) -> str:
    """A group of its own: Scheduler's metrics know groups and no schedules."""
    return f"{stack_name(stage)}-sweep"


class Sweeping(Construct):
    """Invokes the sweep function every so many days. One that fails is seen by the function's alarm."""

    def __init__(
        self, scope: Construct, id: str, stage: str, *, sweep: Sweep, function: lambda_.IFunction
    ) -> None:
        super().__init__(scope, id)
        name = group_name(stage)
        group = scheduler.CfnScheduleGroup(self, "Group", name=name)
        self.group = scheduler.ScheduleGroup.from_schedule_group_name(self, "Known", name)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            ),
            description="What the schedule of the directories' sweep may do",
        )
        for statement in statements(SWEEP_SCHEDULE_GRANTS, {Resource.SWEEP: [function.function_arn]}):
            role.add_to_policy(statement)
        scheduler.CfnSchedule(
            self,
            "Schedule",
            name=NAME,
            description="Sweeps the directories for computer objects that migrations left",
            group_name=group.ref,
            schedule_expression=sweep.expression,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=function.function_arn,
                role_arn=role.role_arn,
                input=sweep.input_json,
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=_OLDEST_SECONDS, maximum_retry_attempts=_RETRIES
                ),
            ),
        )
