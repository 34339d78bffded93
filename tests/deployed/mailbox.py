"""A queue that gets what a stack tells: whoever subscribed to a topic, or put a rule on the bus."""

from __future__ import annotations

import json
from typing import Any

from tests.deployed.local_aws import LocalAws

Json = dict[str, Any]


class Mailbox:
    """A queue of one's own, and what has come so far, in the order of its coming."""

    def __init__(self, aws: LocalAws, name: str) -> None:
        self._aws = aws
        self._sqs = aws.client("sqs")
        self._queue = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        self._arn = attributes["Attributes"]["QueueArn"]
        self._name = name
        self._received: list[Json] = []
        everybody_who_delivers = {
            "Effect": "Allow",
            "Principal": {"Service": ["sns.amazonaws.com", "events.amazonaws.com"]},
            "Action": "sqs:SendMessage",
            "Resource": self._arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [everybody_who_delivers]})
        self._sqs.set_queue_attributes(QueueUrl=self._queue, Attributes={"Policy": policy})

    def subscribe(self, topic_arn: str) -> None:
        """Get what the topic is told from now on."""
        self._aws.client("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=self._arn)

    def listen(self, bus: str) -> None:
        """Get what is put on the bus from now on."""
        events = self._aws.client("events")
        pattern = json.dumps({"source": ["workspaces-fleet-migrator"]})
        events.put_rule(Name=self._name, EventBusName=bus, EventPattern=pattern)
        events.put_targets(Rule=self._name, EventBusName=bus, Targets=[{"Id": "mailbox", "Arn": self._arn}])

    def messages(self) -> list[Json]:
        """The bodies of all that has come."""
        while found := self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for one in found:
                self._received.append(json.loads(one["Body"]))
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=one["ReceiptHandle"])
        return list(self._received)
