"""What a run of a rehearsal comes to: how it ended, and the files it left."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from moto.sns.models import sns_backends

from rehearsal.deployment import Deployment
from rehearsal.dynamodb.units import RequestUnits
from rehearsal.engine import ACCOUNT_ID, Execution

RUN_FILES = ("report.html", "report.json", "results.csv", "id-map.csv", "retry.csv", "terraform-moves.sh")


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """How one run of a rehearsal ended."""

    run_id: str
    status: str
    error: str | None
    cause: str | None
    report: dict[str, Any] | None
    """report.json; None where the run did not come to report."""
    directory: Path
    transitions: int
    retries: int
    units: RequestUnits
    """Of the ledger's table, by all runs together."""
    faults: list[str] = field(default_factory=list)


def collect(
    execution: Execution, deployment: Deployment, region: str, place: Path, units: RequestUnits
) -> Rehearsed:
    """How a run ended, and its files, which the functions left in the bucket and sent to the topics."""
    s3 = boto3.client("s3", region)
    report: dict[str, Any] | None = None
    prefix = f"runs/{execution.name}/"
    present = {
        item["Key"].removeprefix(prefix)
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=deployment.runs_bucket, Prefix=prefix)
        for item in page.get("Contents", [])
    }
    for name in sorted(present & set(RUN_FILES) | {one for one in present if one.startswith("directory/")}):
        body = s3.get_object(Bucket=deployment.runs_bucket, Key=prefix + name)["Body"].read()
        file = place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
        if name == "report.json":
            report = json.loads(body)
    _write_notifications(execution, deployment, region, place)
    return Rehearsed(
        execution.name,
        execution.status,
        execution.error,
        execution.cause,
        report,
        place,
        execution.transitions,
        execution.counts.retries,
        units,
    )


def _write_notifications(execution: Execution, deployment: Deployment, region: str, place: Path) -> None:
    """What the topics got for this run: a message names its run."""
    named = re.compile(rf"(?<![\w-]){re.escape(execution.name)}(?![\w-])")
    with (place / "notifications.jsonl").open("w", encoding="utf-8") as file:
        for subject, message in sent(deployment.topic_arn, region):
            if named.search(message):
                file.write(json.dumps({"subject": subject, "message": message}, ensure_ascii=False) + "\n")
    if deployment.chat_topic_arn is None:
        return
    with (place / "chat.jsonl").open("w", encoding="utf-8") as file:
        for _, message in sent(deployment.chat_topic_arn, region):
            if json.loads(message)["metadata"]["threadId"] == execution.name:
                file.write(message + "\n")


def sent(topic_arn: str, region: str) -> list[tuple[str, str]]:
    """Subjects and messages of all that a topic got."""
    topic = sns_backends[ACCOUNT_ID][region].topics[topic_arn]
    return [(subject, message) for _, message, subject, *_ in topic.sent_notifications]
