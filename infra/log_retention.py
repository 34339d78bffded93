"""Days of retention as the CDK names them."""

from __future__ import annotations

from aws_cdk import aws_logs as logs

from infra.configuration import LOG_RETENTION_DAYS

_NAMES = (
    *("ONE_DAY", "THREE_DAYS", "FIVE_DAYS", "ONE_WEEK", "TWO_WEEKS", "ONE_MONTH", "TWO_MONTHS"),
    *("THREE_MONTHS", "FOUR_MONTHS", "FIVE_MONTHS", "SIX_MONTHS", "ONE_YEAR", "THIRTEEN_MONTHS"),
    *("EIGHTEEN_MONTHS", "TWO_YEARS", "THREE_YEARS", "FIVE_YEARS", "SIX_YEARS", "SEVEN_YEARS"),
    *("EIGHT_YEARS", "NINE_YEARS", "TEN_YEARS"),
)


def retention(days: int) -> logs.RetentionDays:
    """Raises KeyError for a number of days that CloudWatch Logs does not accept."""
    return logs.RetentionDays[dict(zip(LOG_RETENTION_DAYS, _NAMES, strict=True))[days]]
