"""Batches whose child execution failed: what they died of, for people.

SettleRun sees to what they left, so that a run can end well although all of its batches died of the same. The
map's result files have each child's error; nothing else that a function can read has.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from migrator.adapters.clear_answers import UNLIKE, UnclearAnswer
from migrator.domain.metrics import Metric
from migrator.services import Services

_MOST_REASONS = 20
_LONGEST = 1000


def tell_dead_batches(services: Services, run_id: str, manifest_key: str) -> None:
    """One record for each reason, with how many died of it. The manifest is the ResultWriter's."""
    try:
        reasons = Counter(_reasons(services, manifest_key))
    except (ClientError, BotoCoreError, UnclearAnswer, *UNLIKE) as error:
        # It is told by the way: the report must not fail for it, whatever was made of these files.
        reasons = Counter({("Unknown", f"the map's results could not be read: {error}"): 1})
    for (error_name, why), count in reasons.most_common(_MOST_REASONS):
        services.measures.record(
            "batch died",
            {Metric.BATCHES_DIED: count},
            dry_run=False,
            runId=run_id,
            error=error_name,
            why=why[:_LONGEST],
        )


def _reasons(services: Services, manifest_key: str) -> Iterator[tuple[str, str]]:
    """Error and cause of each child that failed; its input names users and is left alone."""
    bucket = services.runs.bucket
    manifest = json.loads(services.runs.read_object(bucket, manifest_key) or "{}")
    for file in manifest.get("ResultFiles", {}).get("FAILED", []):
        for child in json.loads(services.runs.read_object(bucket, file["Key"]) or "[]"):
            yield str(child.get("Error", "Unknown")), _message(str(child.get("Cause", "")))


def _message(cause: str) -> str:
    """A function's cause is JSON with an id that differs from child to child; its message does not."""
    try:
        document: Any = json.loads(cause)
    except ValueError:
        return cause
    return str(document.get("errorMessage", cause)) if isinstance(document, dict) else cause
