"""Telling people through SNS."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class Notices:
    """One topic."""

    def __init__(self, client: SNSClient, topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def publish(self, subject: str, text: str) -> None:
        """One message. `subject`: at most 100 ASCII characters (SNS)."""
        self._client.publish(TopicArn=self._topic_arn, Subject=subject, Message=text)
