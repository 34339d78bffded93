"""What rules on the event bus would get of a PutEvents call: the entries that were taken, as events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from migrator.domain.moments import iso
from rehearsal.call_record import RESPONSE_LOST, CallRecord
from rehearsal.engine import ACCOUNT_ID


def delivered(call: CallRecord, region: str) -> Iterator[dict[str, Any]]:
    """The events of a call; none of another operation, nor of one that failed."""
    if call.operation != "PutEvents" or call.error not in (None, RESPONSE_LOST) or call.result is None:
        return
    for entry, answer in zip(call.parameters["Entries"], call.result["Entries"], strict=True):
        if "ErrorCode" in answer:
            continue
        time: datetime = entry["Time"]
        yield {
            "version": "0",
            "id": answer["EventId"],
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            "account": ACCOUNT_ID,
            "time": iso(time),
            "region": region,
            "resources": [],
            "detail": json.loads(entry["Detail"]),
        }
