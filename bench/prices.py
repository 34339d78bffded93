"""What a run costs besides the WorkSpaces, by the list prices of us-east-1 in November 2026's documentation.

Sources: the pricing pages of AWS Step Functions (standard workflows), AWS Lambda (arm64), Amazon DynamoDB
(on-demand). Free tiers are left out; S3, SNS, EventBridge and logs are cents for a whole run.
"""

from __future__ import annotations

from collections.abc import Mapping

from rehearsal.dynamodb.units import RequestUnits

TRANSITION = 0.025 / 1_000
LAMBDA_REQUEST = 0.20 / 1_000_000
LAMBDA_GB_SECOND = 0.0000133334
READ_UNIT = 0.125 / 1_000_000
WRITE_UNIT = 0.625 / 1_000_000


def dollars(
    *,
    transitions: int,
    invocations: Mapping[str, int],
    seconds: Mapping[str, float],
    memory_mib: Mapping[str, int],
    units: RequestUnits,
) -> dict[str, float]:
    """By service. Retries count as transitions."""
    return {
        "stepFunctions": transitions * TRANSITION,
        "lambda": sum(invocations.values()) * LAMBDA_REQUEST
        + sum(seconds[name] * memory_mib[name] / 1024 for name in seconds) * LAMBDA_GB_SECOND,
        "dynamodb": units.read * READ_UNIT + units.write * WRITE_UNIT,
    }
