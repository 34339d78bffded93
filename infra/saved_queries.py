"""Questions to the logs, saved in Logs Insights where people look for them."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.sources import stack_name

QUERIES: dict[str, str] = {
    "what needs a person": """fields @timestamp, runId, workspaceId, targetWorkspaceId, outcome, reason
| filter message = "WorkSpace decided"
| filter outcome in ["Stuck", "Lost", "RolledBack", "NeverStarted", "Refused"]
| sort @timestamp desc
| limit 1000""",
    "outcomes by reason": """filter message = "WorkSpace decided"
| stats count(*) as workspaces by Mode, outcome, reason
| sort workspaces desc""",
    "one WorkSpace": """fields @timestamp, runId, batchId, outcome, reason, targetWorkspaceId, targetBundleId
| filter workspaceId = "ws-0123456789" or targetWorkspaceId = "ws-0123456789"
| sort @timestamp desc""",
    "one run": """fields @timestamp, message, batchId, workspaceId, outcome, reason, why
| filter runId = "put the execution's name here" or run_id = "put the execution's name here"
| sort @timestamp asc
| limit 10000""",
    "slowest migrations": """fields @timestamp, runId, workspaceId, directoryId, targetBundleId, seconds
| filter message = "WorkSpace decided" and outcome = "Migrated"
| sort seconds desc
| limit 100""",
    "failures": """fields @timestamp, @log, message, level, why, errorMessage, @message
| filter level = "ERROR" or ispresent(errorMessage) or status in ["error", "timeout"]
  or message in ["events not put", "notice not sent", "permission refused", "batch died"]
| sort @timestamp desc
| limit 200""",
}
"""By their names."""


class SavedQueries(Construct):
    """One definition for each, over the logs of all functions."""

    def __init__(self, scope: Construct, id: str, stage: str, log_groups: Sequence[logs.ILogGroup]) -> None:
        super().__init__(scope, id)
        for name, text in QUERIES.items():
            logs.CfnQueryDefinition(
                self,
                "".join(word.capitalize() for word in name.split()),
                name=f"{stack_name(stage)}/{name}",
                query_string=text,
                log_group_names=[group.log_group_name for group in log_groups],
            )
