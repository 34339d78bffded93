"""Where the run can be looked at in the AWS console."""

from __future__ import annotations

import re
from urllib.parse import quote

_EXECUTION_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):states:(?P<region>[a-z0-9-]+):\d{12}:execution:[0-9A-Za-z_-]+:[0-9A-Za-z._-]+"
)
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}

REPORT = "Report page in the S3 console"
EXECUTION = "Execution in the Step Functions console"


def console_links(
    execution_arn: str | None,
    *,
    map_run_arn: str | None = None,
    dashboard: str | None = None,
    ledger_table: str | None = None,
    runs_bucket: str | None = None,
    run_id: str | None = None,
) -> dict[str, str]:
    """Addresses by their label, as far as they are known; none for a partition without a known console."""
    match = _EXECUTION_ARN.fullmatch(execution_arn or "")
    if match is None or match["partition"] not in _CONSOLES:
        return {}
    region = match["region"]
    base = f"https://{region}.{_CONSOLES[match['partition']]}"
    states = f"{base}/states/home?region={region}#/v2"
    found: dict[str, str] = {}
    if runs_bucket and run_id:
        key = quote(f"runs/{run_id}/report.html", safe="")
        found[REPORT] = f"{base}/s3/object/{quote(runs_bucket, safe='')}?region={region}&prefix={key}"
    found[EXECUTION] = f"{states}/executions/details/{match[0]}"
    if map_run_arn and re.fullmatch(r"arn:[A-Za-z0-9:/._-]+", map_run_arn):
        found["Map Run of the batches"] = f"{states}/mapruns/details/{map_run_arn}"
    if dashboard:
        found["Dashboard of outcomes"] = (
            f"{base}/cloudwatch/home?region={region}#dashboards/dashboard/{quote(dashboard, safe='')}"
        )
    if ledger_table and run_id:
        item = f"pk={quote(f'run#{run_id}', safe='')}&sk=run"
        found["Ledger entry in the DynamoDB console"] = (
            f"{base}/dynamodbv2/home?region={region}#edit-item?itemMode=2&{item}"
            f"&route=ROUTE_ITEM_EXPLORER&table={quote(ledger_table, safe='')}"
        )
    return found
