"""Telling people through SNS."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class Notices:
    """The topic that people subscribe to, and the one of a chat channel where the stage has it."""

    def __init__(self, client: SNSClient, topic_arn: str, chat_topic_arn: str | None) -> None:
        self._client = client
        self._topic_arn = topic_arn
        self._chat_topic_arn = chat_topic_arn

    def publish(self, subject: str, text: str) -> None:
        """One message. `subject`: at most 100 ASCII characters (SNS)."""
        self._client.publish(TopicArn=self._topic_arn, Subject=subject, Message=text)

    def publish_chat(self, message: str) -> None:
        """One message in the schema for custom notifications; nothing where no chat is configured."""
        if self._chat_topic_arn is not None:
            self._client.publish(TopicArn=self._chat_topic_arn, Message=message)
