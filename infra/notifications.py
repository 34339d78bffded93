"""The topic that says how a run ended."""

from __future__ import annotations

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.configuration import StageConfiguration


class Notifications(Construct):
    """An SNS topic under a key of its own.

    A customer managed key, because CloudWatch may not use the AWS managed one: its alarms would
    be lost without a word.
    """

    def __init__(self, scope: Construct, id: str, stage: StageConfiguration) -> None:
        super().__init__(scope, id)
        self.key = kms.Key(
            self,
            "Key",
            description="Encrypts the fleet migrator's notifications",
            enable_key_rotation=True,
            # Messages in flight live for minutes: nothing is left to read after the topic.
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsMayUseTheKey",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions=_from_this_account(),
            )
        )
        self.topic = sns.Topic(
            self,
            "Topic",
            display_name="WorkSpaces fleet migration",
            master_key=self.key,
            enforce_ssl=True,
        )
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsMayPublish",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions=_from_this_account(),
            )
        )
        for address in stage.notification_emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(address))


def _from_this_account() -> dict[str, dict[str, str]]:
    """Without it, any account's alarm could make the service act for it."""
    return {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
