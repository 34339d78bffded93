"""Distributed Map runs: their children's bookkeeping, tolerated failures, and result files."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType, MapRunFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

from rehearsal import json_values

RESULT_FILES = ("FAILED", "PENDING", "SUCCEEDED")


@dataclass
class Child:
    """One child execution of a map run, as a result file describes it."""

    name: str
    input: Any
    started_at: datetime


@dataclass
class MapRun:
    """What a map run knows of its children beyond moto's counters."""

    total: int
    keeps_results: bool
    failed: int = 0
    results: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def exceeds(self, tolerated_count: int, tolerated_percentage: float) -> bool:
        """Whether more children failed than tolerated. With neither a count nor a share, none is."""
        by_count = tolerated_count > 0 and self.failed > tolerated_count
        by_share = tolerated_percentage > 0 and self.failed * 100 > tolerated_percentage * self.total
        return (
            by_count or by_share or (self.failed > 0 and tolerated_count == 0 and tolerated_percentage == 0)
        )

    def ended(
        self, record: Any, child: Child, at: datetime, status: str, *, output: Any = None, error: Any = None
    ) -> None:
        """Keeps what a result file says of a child: SUCCEEDED with its output, else with error and cause."""
        if not self.keeps_results:
            return
        machine = record.map_state_machine_arn
        row: dict[str, Any] = {
            "ExecutionArn": f"{machine.replace(':stateMachine:', ':execution:')}:{child.name}",
            "Input": json_values.written(child.input),
            "InputDetails": {"Included": True},
            "Name": child.name,
            "StartDate": json_values.moment(child.started_at),
            "StateMachineArn": machine,
            "Status": status,
            "StopDate": json_values.moment(at),
        }
        if status == "SUCCEEDED":
            row |= {"Output": json_values.written(output), "OutputDetails": {"Included": True}}
        else:
            row |= {"Error": (error or {}).get("error", ""), "Cause": (error or {}).get("cause", "")}
        self.results.setdefault("SUCCEEDED" if status == "SUCCEEDED" else "FAILED", []).append(row)

    def write(self, s3: Any, record: Any, bucket: str, prefix: str) -> str:
        """Puts the result files and their manifest; returns the manifest's key."""
        if prefix and not prefix.endswith("/"):
            prefix += "/"
        folder = prefix + record.map_run_arn.rsplit(":", 1)[-1]
        files: dict[str, list[dict[str, Any]]] = {kind: [] for kind in RESULT_FILES}
        for kind, rows in sorted(self.results.items()):
            key = f"{folder}/{kind}_0.json"
            body = json.dumps(rows, separators=(",", ":")).encode()
            s3.put_object(Bucket=bucket, Key=key, Body=body)
            files[kind].append({"Key": key, "Size": len(body)})
        manifest = {"DestinationBucket": bucket, "MapRunArn": record.map_run_arn, "ResultFiles": files}
        s3.put_object(Bucket=bucket, Key=f"{folder}/manifest.json", Body=json.dumps(manifest).encode())
        return f"{folder}/manifest.json"


def failed(env: Any, kind: StatesErrorNameType, cause: str) -> Exception:
    """The failure of a whole map run, for Retry and Catch of the Map state."""
    failure: Exception = FailureEventException(
        FailureEvent(
            env=env,
            error_name=StatesErrorName(typ=kind),
            event_type=HistoryEventType.MapRunFailed,
            event_details=EventDetails(
                mapRunFailedEventDetails=MapRunFailedEventDetails(error=kind.to_name(), cause=cause)
            ),
        )
    )
    return failure
