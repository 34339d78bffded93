"""Runs that start by themselves: EventBridge Scheduler starts executions of the state machine.

Overlapping runs are safe: they share the ledger, and a WorkSpace that one of them migrates is not touched by
the other.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.grants import statements
from infra.machine_grants import SCHEDULER_GRANTS
from infra.permissions import Resource
from infra.schedule_configuration import Schedule
from infra.sources import stack_name

_RETRIES = 5
_OLDEST_SECONDS = 3600
"""A run that could not start within an hour is better started by a person: its window may be over."""


def dropped(group: scheduler.IScheduleGroup) -> list[cloudwatch.Metric]:
    """What the schedules of a group have given up, and what could not be put into their queue."""
    return [
        group.metric_dropped(statistic="Sum", label="given up"),
        group.metric_failed_to_be_sent_to_dlq(statistic="Sum", label="given up and not kept"),
    ]


class Schedules(Construct):
    """A group with a schedule for each that is configured, one role, and a queue for what never started."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        stage: str,
        *,
        schedules: Sequence[Schedule],
        machine: sfn.IStateMachine,
    ) -> None:
        super().__init__(scope, id)
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
            removal_policy=RemovalPolicy.DESTROY,
        )
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            ),
            description="What the fleet migration's schedules may do",
        )
        arns = {
            Resource.STATE_MACHINE: [machine.state_machine_arn],
            Resource.DEAD_LETTERS: [self.dead_letters.queue_arn],
        }
        for statement in statements(SCHEDULER_GRANTS, arns):
            role.add_to_policy(statement)
        group = scheduler.CfnScheduleGroup(self, "Group", name=stack_name(stage))
        self.group = scheduler.ScheduleGroup.from_schedule_group_name(self, "Known", stack_name(stage))
        for one in schedules:
            self._schedule(one, group, machine, role)

    @property
    def never_started(self) -> list[cloudwatch.Metric]:
        """Starts that failed for good: in the queue, and those that did not even get there."""
        return [
            self.dead_letters.metric_approximate_number_of_messages_visible(
                statistic="Maximum", label="starts given up, in the queue"
            ),
            *dropped(self.group),
        ]

    @property
    def refused(self) -> cloudwatch.Metric:
        """Starts that failed and are tried again."""
        return self.group.metric_target_errors(statistic="Sum", label="starts that failed, to be repeated")

    def _schedule(
        self, one: Schedule, group: scheduler.CfnScheduleGroup, machine: sfn.IStateMachine, role: iam.Role
    ) -> None:
        flexible = scheduler.CfnSchedule.FlexibleTimeWindowProperty(
            mode="FLEXIBLE" if one.flexible_minutes else "OFF",
            maximum_window_in_minutes=one.flexible_minutes or None,
        )
        start = {
            "StateMachineArn": machine.state_machine_arn,
            # Says in the console what started it, and is another every time.
            "Name": f"{one.name}-<aws.scheduler.execution-id>",
            "Input": one.input_json,
        }
        scheduler.CfnSchedule(
            self,
            "".join(word.capitalize() for word in one.name.split("-")),
            name=one.name,
            description="Starts a run of the fleet migrator",
            group_name=group.ref,
            schedule_expression=one.expression,
            schedule_expression_timezone=one.time_zone,
            state="ENABLED" if one.enabled else "DISABLED",
            flexible_time_window=flexible,
            target=scheduler.CfnSchedule.TargetProperty(
                # The call itself and not the ready-made target, which lets nobody name the execution.
                arn=f"arn:{Stack.of(self).partition}:scheduler:::aws-sdk:sfn:startExecution",
                role_arn=role.role_arn,
                input=json.dumps(start),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                    arn=self.dead_letters.queue_arn
                ),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=_OLDEST_SECONDS, maximum_retry_attempts=_RETRIES
                ),
            ),
        )
