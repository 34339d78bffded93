"""The topics that say how a run ended: for people, and for a chat channel."""

from __future__ import annotations

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.configuration import StageConfiguration


class Notifications(Construct):
    """SNS topics under a key of their own.

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
        self.topic = self._topic("Topic", "WorkSpaces fleet migration")
        # A topic of its own: a chat reads JSON in a schema, which nobody wants as an email.
        self.chat_topic = self._topic("ChatTopic", "For a chat channel") if stage.chat_topic else None
        for address in stage.notification_emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(address))

    @property
    def topics(self) -> list[sns.Topic]:
        """All of them."""
        return [self.topic, *([self.chat_topic] if self.chat_topic else [])]

    def _topic(self, id: str, display_name: str) -> sns.Topic:
        topic = sns.Topic(self, id, display_name=display_name, master_key=self.key, enforce_ssl=True)
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsMayPublish",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions=_from_this_account(),
            )
        )
        return topic


def _from_this_account() -> dict[str, dict[str, str]]:
    """Without it, any account's alarm could make the service act for it."""
    return {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
