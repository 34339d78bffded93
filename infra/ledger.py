"""The ledger: the table that knows every migration of every run."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.configuration import StageConfiguration


class Ledger(Construct):
    """A DynamoDB table with string keys `pk` and `sk`; rows expire at their `expiresAt`."""

    def __init__(self, scope: Construct, id: str, stage: StageConfiguration) -> None:
        super().__init__(scope, id)
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="sk", type=dynamodb.AttributeType.STRING),
            # Idle for weeks, then busy for a weekend.
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute="expiresAt",
            deletion_protection=stage.retains_data,
            removal_policy=RemovalPolicy.RETAIN if stage.retains_data else RemovalPolicy.DESTROY,
        )
