"""What a role must allow for a deployed state machine to do what its definition says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
Need = tuple[str, str]
"""An action, and what it is done to."""

_WRITER = ("s3:PutObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload")


def needs(definition: Json, machine_arn: str, *, bucket: str, key_arn: str) -> set[Need]:
    """Everything, with the ARNs it will have. `bucket` is where the maps read and write; `key_arn` is of the
    topics' key. Sources: the Step Functions guide, "Creating IAM policies for Distributed Map", and the
    pages of the integrations.

    Raises LookupError for an integration that is not known here.
    """
    found: set[Need] = set()
    for state in _states(definition):
        if state["Type"] == "Task":
            found |= set(_of_task(state, key_arn))
        elif state["Type"] == "Map":
            found |= set(_of_map(state, machine_arn, f"arn:aws:s3:::{bucket}/runs/a-run/"))
    return found


def _states(definition: Json) -> Iterator[Json]:
    for state in definition["States"].values():
        yield state
        if "ItemProcessor" in state:
            yield from _states(state["ItemProcessor"])


def _of_task(state: Json, key_arn: str) -> Iterator[Need]:
    match state["Resource"].removesuffix(".waitForTaskToken"):
        case "arn:aws:states:::lambda:invoke":
            yield "lambda:InvokeFunction", state["Parameters"]["FunctionName"]
        case "arn:aws:states:::sns:publish":
            yield "sns:Publish", state["Parameters"]["TopicArn"]
            yield "kms:Decrypt", key_arn
            yield "kms:GenerateDataKey", key_arn
        case other:
            raise LookupError(f"what {other} needs is not known")


def _of_map(state: Json, machine_arn: str, place: str) -> Iterator[Need]:
    if state["ItemReader"]["Resource"] != "arn:aws:states:::s3:getObject":
        raise LookupError(f"what {state['ItemReader']['Resource']} needs is not known")
    execution_arn = machine_arn.replace(":stateMachine:", ":execution:")
    yield "s3:GetObject", f"{place}items.json"
    for action in _WRITER:
        yield action, f"{place}results/manifest.json"
    yield "states:StartExecution", machine_arn
    yield "states:DescribeExecution", f"{execution_arn}:a-child"
    yield "states:StopExecution", f"{execution_arn}:a-child"
    yield "states:RedriveExecution", f"{execution_arn}/{state['Label']}:a-child"
