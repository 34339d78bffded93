"""Drawing a faults file: throttles, failed services, lost answers, killed functions."""

from __future__ import annotations

import random
from typing import Any

Document = dict[str, Any]

CALLS = {
    "assess": (
        "DescribeWorkspaces",
        "DescribeWorkspaceBundles",
        "DescribeWorkspaceImages",
        "DescribeWorkspaceDirectories",
        "DescribeWorkspaceSnapshots",
        "DescribeWorkspacesConnectionStatus",
        "DescribeSubnets",
        "GetResources",
        "PutObject",
        "GetObject",
        "PutItem",
        "GetItem",
        "UpdateItem",
    ),
    "start": (
        "MigrateWorkspace",
        "MigrateWorkspace",
        "DescribeWorkspaces",
        "DescribeWorkspaceSnapshots",
        "DescribeWorkspacesConnectionStatus",
        "DescribeSubnets",
        "TransactWriteItems",
        "TransactWriteItems",
        "PutItem",
        "UpdateItem",
        "GetItem",
        "BatchGetItem",
    ),
    "poll": (
        "DescribeWorkspaces",
        "DescribeWorkspaces",
        "TransactWriteItems",
        "TransactWriteItems",
        "UpdateItem",
        "BatchGetItem",
        "DescribeSubnets",
    ),
    "settle": ("Query", "GetObject", "PutItem", "GetItem", "UpdateItem", "TransactWriteItems"),
    "clean_up": ("Query", "DescribeWorkspaces", "PutObject", "GetItem"),
    "report": ("GetItem", "Query", "GetObject", "PutObject", "Publish"),
}
"""What each function calls."""

SERVICE_OF = {
    "PutObject": "s3",
    "GetObject": "s3",
    "PutItem": "dynamodb",
    "GetItem": "dynamodb",
    "UpdateItem": "dynamodb",
    "BatchGetItem": "dynamodb",
    "TransactWriteItems": "dynamodb",
    "Query": "dynamodb",
    "Publish": "sns",
    "PutEvents": "events",
    "GetProducts": "pricing",
    "DescribeSubnets": "ec2",
    "GetResources": "resourcegroupstaggingapi",
}
"""The service of an operation; WorkSpaces for all others."""

THROTTLES = {
    "workspaces": ("ThrottlingException",),
    "s3": ("SlowDown",),
    "dynamodb": ("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"),
    "sns": ("ThrottledException", "Throttling"),
    "ec2": ("RequestLimitExceeded",),
    "resourcegroupstaggingapi": ("ThrottledException",),
}
FAILURES = {
    "workspaces": ("InternalServerException", "ServiceUnavailable"),
    "s3": ("InternalError", "ServiceUnavailable"),
    "dynamodb": ("InternalServerError", "ServiceUnavailable"),
    "sns": ("InternalError",),
    "ec2": ("InternalError", "Unavailable"),
    "resourcegroupstaggingapi": ("InternalServiceException",),
}
CRASHES_SURVIVED = 5
"""A state of the machine is tried seven times: so often a function may be killed and the run lives."""


def service_of(operation: str) -> str:
    return SERVICE_OF.get(operation, "workspaces")


def draw_faults(draw: random.Random, fleet: Document) -> list[Document]:
    """None for a third of all cases, up to six for the rest."""
    if draw.random() < 0.33:
        return []
    faults: list[Document] = []
    crashes_left = dict.fromkeys(CALLS, CRASHES_SURVIVED)
    deadly = draw.random() < 0.05
    for _ in range(draw.randint(1, 6)):
        function = draw.choice(sorted(CALLS))
        if draw.random() < 0.4:
            function = "start"
        operation = draw.choice(CALLS[function])
        fault = _one(draw, fleet, function, operation)
        if "crashAfter" in fault or "crashBefore" in fault:
            if deadly:
                fault["times"] = 40
            else:
                fault["times"] = min(fault["times"], crashes_left[function])
                if not fault["times"]:
                    continue
                crashes_left[function] -= fault["times"]
        faults.append(fault)
    return faults


def _one(draw: random.Random, fleet: Document, function: str, operation: str) -> Document:
    service = service_of(operation)
    kind = draw.choices(
        ("throttle", "failure", "lost", "crash", "conflict", "denied"), (15, 12, 28, 35, 6, 4)
    )[0]
    if kind == "crash":
        where = draw.choice(("crashBefore", "crashAfter"))
        return {"function": function, where: operation, "times": draw.randint(1, 3)}
    fault: Document = {"operation": operation}
    if draw.random() < 0.5:
        fault["function"] = function
    if operation == "MigrateWorkspace" and draw.random() < 0.3:
        fault["workspaceId"] = draw.choice(fleet["Workspaces"])["WorkspaceId"]
    if kind == "conflict":
        fault |= {"operation": "TransactWriteItems", "error": "TransactionCanceledException"}
        fault.pop("workspaceId", None)
    elif kind == "lost":
        fault["lostResponse"] = True
    elif kind == "throttle":
        fault["error"] = draw.choice(THROTTLES[service])
    elif kind == "denied" and operation == "MigrateWorkspace":
        fault["error"] = draw.choice(
            ("AccessDeniedException", "ResourceUnavailableException", "OperationInProgressException")
        )
    else:
        fault["error"] = draw.choice(FAILURES[service])
    if draw.random() < 0.7:
        fault["times"] = draw.randint(1, 4)
    else:
        fault["probability"] = draw.choice((0.02, 0.05, 0.1, 0.25))
    return fault
