"""Which actions on which resources a call takes.

Source: the Service Authorization Reference's page of each service; for what a call takes besides, the
service's own guide, named where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Parameters = Mapping[str, Any]

ANY = "*"


@dataclass(frozen=True, slots=True)
class Need:
    """An action on one resource. `via` is the service that asks for it where that is not the action's own."""

    action: str
    resource: str
    via: str = ""


class UnknownCall(Exception):
    """Nobody has written down what this call takes."""


@dataclass(frozen=True)
class Account:
    """What ARNs are made of, and what must be known of resources beyond their names."""

    region: str
    account_id: str
    key_of: Callable[[str], str | None]
    """The ARN of the KMS key that a topic or a secret, by its ARN, is encrypted with; None: with none."""
    owner_of_bundle: Callable[[str], str]
    """The account id that a bundle belongs to."""

    def arn(self, service: str, resource: str, account_id: str | None = None) -> str:
        """An ARN in this account and Region."""
        return f"arn:aws:{service}:{self.region}:{account_id or self.account_id}:{resource}"


def needs(account: Account, service: str, operation: str, parameters: Parameters) -> Iterator[Need]:
    """All that must be allowed for a call to be answered. Raises UnknownCall."""
    if service == "dynamodb":
        yield from _dynamodb(account, operation, parameters)
    elif service == "workspaces":
        yield from _workspaces(account, operation, parameters)
    elif service == "s3" and operation in _ON_AN_OBJECT:
        yield Need(_ON_AN_OBJECT[operation], f"arn:aws:s3:::{parameters['Bucket']}/{parameters['Key']}")
    elif (service, operation) == ("events", "PutEvents"):
        for name in dict.fromkeys(entry.get("EventBusName", "default") for entry in parameters["Entries"]):
            arn = name if name.startswith("arn:") else account.arn("events", f"event-bus/{name}")
            yield Need("events:PutEvents", arn)
    elif (service, operation) == ("sns", "Publish"):
        topic = parameters["TopicArn"]
        yield Need("sns:Publish", topic)
        if key := account.key_of(topic):
            # SNS guide, "Managing encryption keys": who publishes to an encrypted topic needs both.
            yield Need("kms:GenerateDataKey", key, via="sns")
            yield Need("kms:Decrypt", key, via="sns")
    elif (service, operation) == ("secretsmanager", "GetSecretValue"):
        secret = parameters["SecretId"]  # its ARN: that is what a stage configures
        yield Need("secretsmanager:GetSecretValue", secret)
        if key := account.key_of(secret):
            # Secrets Manager guide, "Secret encryption and decryption": with a key of one's own.
            yield Need("kms:Decrypt", key, via="secretsmanager")
    elif (service, operation) == ("scheduler", "GetSchedule"):
        place = f"{parameters.get('GroupName', 'default')}/{parameters['Name']}"
        yield Need("scheduler:GetSchedule", account.arn("scheduler", f"schedule/{place}"))
    elif (service, operation) in _ON_ANYTHING:
        yield Need(_ON_ANYTHING[service, operation], ANY)
    else:
        raise UnknownCall(f"{service} {operation}: say in rehearsal/authorization/needs.py what it takes")


def listing(parameters: Parameters) -> Need:
    """What it takes to be told that an object does not exist, and not that access is denied. Source: S3's
    API reference, GetObject, "Permissions"."""
    return Need("s3:ListBucket", f"arn:aws:s3:::{parameters['Bucket']}")


_ON_AN_OBJECT = {
    "GetObject": "s3:GetObject",
    "HeadObject": "s3:GetObject",
    "PutObject": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
    "ListParts": "s3:ListMultipartUploadParts",
}

_ON_ANYTHING = {
    ("ec2", "DescribeSubnets"): "ec2:DescribeSubnets",
    ("pricing", "GetProducts"): "pricing:GetProducts",
    ("resourcegroupstaggingapi", "GetResources"): "tag:GetResources",
}

_ON_A_TABLE = frozenset({"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"})
_IN_A_TRANSACTION = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}


def _dynamodb(account: Account, operation: str, parameters: Parameters) -> Iterator[Need]:
    def table(name: str) -> str:
        return name if name.startswith("arn:") else account.arn("dynamodb", f"table/{name}")

    if operation in _ON_A_TABLE:
        index = parameters.get("IndexName")
        arn = table(parameters["TableName"])
        yield Need(f"dynamodb:{operation}", f"{arn}/index/{index}" if index else arn)
    elif operation in ("BatchGetItem", "BatchWriteItem"):
        for name in parameters["RequestItems"]:
            yield Need(f"dynamodb:{operation}", table(name))
    elif operation in ("TransactGetItems", "TransactWriteItems"):
        # DynamoDB guide, "Using IAM with DynamoDB transactions": item by item, as if each came alone.
        items = (each for item in parameters["TransactItems"] for each in item.items())
        for kind, name in dict.fromkeys((kind, one["TableName"]) for kind, one in items):
            yield Need(f"dynamodb:{_IN_A_TRANSACTION[kind]}", table(name))
    else:
        raise UnknownCall(f"dynamodb {operation}: say in rehearsal/authorization/needs.py what it takes")


_WORKSPACES_LISTS = frozenset(
    {
        "DescribeApplications",
        "DescribeWorkspaceBundles",
        "DescribeWorkspaceDirectories",
        "DescribeWorkspaceImages",
        "DescribeWorkspaces",
        "DescribeWorkspacesConnectionStatus",
        "DescribeWorkspacesPools",
    }
)


def _workspaces(account: Account, operation: str, parameters: Parameters) -> Iterator[Need]:
    action = f"workspaces:{operation}"

    def workspace(workspace_id: str) -> Need:
        return Need(action, account.arn("workspaces", f"workspace/{workspace_id}"))

    def bundle(bundle_id: str) -> Need:
        owner = account.owner_of_bundle(bundle_id)
        return Need(action, account.arn("workspaces", f"workspacebundle/{bundle_id}", owner))

    if operation in _WORKSPACES_LISTS:
        yield Need(action, ANY)
    elif operation in ("DescribeWorkspaceAssociations", "DescribeWorkspaceSnapshots"):
        yield workspace(parameters["WorkspaceId"])
    elif operation == "DescribeBundleAssociations":
        yield bundle(parameters["BundleId"])
    elif operation == "MigrateWorkspace":
        yield workspace(parameters["SourceWorkspaceId"])
        yield bundle(parameters["BundleId"])
    elif operation == "TerminateWorkspaces":
        for one in parameters["TerminateWorkspaceRequests"]:
            yield workspace(one["WorkspaceId"])
    else:
        raise UnknownCall(f"{action}: say in rehearsal/authorization/needs.py what it takes")
