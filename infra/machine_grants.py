"""What may be done by whatever is no function: the state machine, and the schedules."""

from __future__ import annotations

from infra.function_table import NO_ARN_XRAY
from infra.permissions import Grant, Resource

_NO_ARN_LOG_DELIVERY = "CloudWatch Logs defines no resource type for log deliveries"

SWEEP_SCHEDULE_GRANTS: tuple[Grant, ...] = (
    Grant(("lambda:InvokeFunction",), Resource.SWEEP, "sweep when the time has come"),
)

STATE_MACHINE_GRANTS: tuple[Grant, ...] = (
    Grant(
        (
            "logs:CreateLogDelivery",
            "logs:GetLogDelivery",
            "logs:UpdateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:DescribeResourcePolicies",
            "logs:DescribeLogGroups",
        ),
        Resource.ANY,
        "have its log delivered; Step Functions asks for exactly these",
        no_arn=_NO_ARN_LOG_DELIVERY,
    ),
    Grant(
        (
            "xray:PutTraceSegments",
            "xray:PutTelemetryRecords",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
        ),
        Resource.ANY,
        "trace its executions",
        no_arn=NO_ARN_XRAY,
    ),
    Grant(("lambda:InvokeFunction",), Resource.FUNCTIONS, "run its tasks"),
    Grant(("s3:GetObject",), Resource.RUN_OBJECTS, "the Distributed Map reads the batches"),
    Grant(
        ("s3:PutObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"),
        Resource.RUN_OBJECTS,
        "the Distributed Map writes its results",
    ),
    Grant(("sns:Publish",), Resource.TOPIC, "the last resort, when reporting itself fails"),
    Grant(
        ("kms:Decrypt", "kms:GenerateDataKey"),
        Resource.TOPIC_KEY,
        "publish to a topic that is encrypted with it",
    ),
)

# These name the state machine itself, so they stand in a policy of their own: in the role's
# first policy, which the state machine waits for, they would close a cycle.
DISTRIBUTED_MAP_GRANTS: tuple[Grant, ...] = (
    Grant(("states:StartExecution",), Resource.STATE_MACHINE, "start a child for each batch"),
    Grant(
        ("states:DescribeExecution", "states:StopExecution"),
        Resource.EXECUTIONS,
        "follow the children, and stop them with their parent",
    ),
    Grant(
        ("states:RedriveExecution",),
        Resource.CHILD_EXECUTIONS,
        "redrive the children of a run that is redriven",
    ),
)

SCHEDULER_GRANTS: tuple[Grant, ...] = (
    Grant(("states:StartExecution",), Resource.STATE_MACHINE, "start a run when its time has come"),
    Grant(("sqs:SendMessage",), Resource.DEAD_LETTERS, "keep a start that failed for good"),
)
