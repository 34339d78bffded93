"""Metrics and the records that explain them, as lines of the function's log.

A line is in CloudWatch's Embedded Metric Format: CloudWatch takes the metrics out of it, and Logs Insights
finds its fields. It does not depend on the log level, for a metric must not.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from migrator.adapters.clock import Clock
from migrator.domain.metrics import DIRECTORY, MODE, NAMESPACE, SECONDS, STAGE, mode


class Measures:
    """Those of one stage. What is written to standard output is the function's log."""

    def __init__(self, stage: str, function: str, clock: Clock) -> None:
        self._stage = stage
        self._function = function
        self._clock = clock

    def record(self, message: str, metrics: Mapping[str, float], *, dry_run: bool, **fields: Any) -> None:
        """One line. `message` is constant; `fields` say what it is about and are no dimensions."""
        self._write(message, metrics, {STAGE: self._stage, MODE: mode(dry_run=dry_run)}, fields)

    def of_directory(
        self, message: str, metrics: Mapping[str, float], directory_id: str, run_id: str
    ) -> None:
        """One line about a directory, whose metrics are over all runs."""
        self._write(message, metrics, {STAGE: self._stage, DIRECTORY: directory_id}, {"runId": run_id})

    def _write(
        self,
        message: str,
        metrics: Mapping[str, float],
        dimensions: dict[str, str],
        fields: Mapping[str, Any],
    ) -> None:
        now = self._clock.now()
        # One of its own for each line: the library's shared one mixes invocations of one process.
        emf = AmazonCloudWatchEMFProvider(namespace=NAMESPACE, dimension_set=dimensions)
        emf.service = ""  # Else the function's name would be a dimension.
        emf.timestamp = int(now.timestamp() * 1000)
        for name, value in metrics.items():
            emf.add_metric(name, "Seconds" if name in SECONDS else "Count", value)
        emf.add_metadata("message", message)
        emf.add_metadata("function", self._function)
        for name, value in fields.items():
            if value is not None:
                emf.add_metadata(name, value)
        sys.stdout.write(json.dumps(emf.serialize_metric_set(), separators=(",", ":")) + "\n")
