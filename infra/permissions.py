"""Words for permissions: what a role may do, on what, and why.

Grants are data, so that the roles in the template and the table in the documentation come from
one source, and a test can hold each `*` against the service's own list of what has an ARN.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Resource(StrEnum):
    """Everything a role of this product may be granted access to."""

    LEDGER = "the ledger"
    RUN_OBJECTS = "objects under runs/ in the runs bucket"
    RUNS_LISTING = "the runs bucket"
    INVENTORY_OBJECTS = "objects in the configured inventory buckets"
    INVENTORY_LISTING = "the configured inventory buckets"
    TOPIC = "the notification topic"
    TOPIC_KEY = "the notification topic's key"
    CHAT_TOPIC = "the chat topic, where the stage has one"
    DEAD_LETTERS = "the queue of starts that the schedules gave up"
    SCHEDULES = "the schedules that the stage has enabled"
    SWEEP_SCHEDULE = "the schedule of the directories' sweep"
    EVENT_BUS = "the bus of the runs' events"
    WORKSPACES = "WorkSpaces of the account and Region"
    BUNDLES = "WorkSpaces bundles of the Region"
    FUNCTIONS = "the functions of the state machine"
    STATE_MACHINE = "the state machine itself"
    EXECUTIONS = "executions of the state machine"
    CHILD_EXECUTIONS = "child executions of the state machine's maps"
    LOG_GROUP = "the function's log group"
    SWEEP = "the function that sweeps the directories"
    DIRECTORY_SECRETS = "the secrets of the directories' service accounts"
    DIRECTORY_KEYS = "the keys these secrets are encrypted with"
    NETWORK = "what EC2 has in the account and Region"
    ANY = "*"


@dataclass(frozen=True)
class Grant:
    """Actions allowed on one kind of resource.

    `why` says what the role does with them. `no_arn` says why the resource cannot be named, and
    is given when, and only when, the resource is ANY.
    """

    actions: tuple[str, ...]
    on: Resource
    why: str
    no_arn: str = ""

    def __post_init__(self) -> None:
        if (self.on is Resource.ANY) != bool(self.no_arn):
            raise ValueError(f"{self.actions}: a * needs its reason, and only a * has one")
