"""Permissions that AWS uses without a call of ours, so that no rehearsal can miss them.

Sources: the guide of Lambda, "Execution role" and "Giving functions access to a VPC"; the guide of Step
Functions, "IAM policies for Distributed Map state", "Logging" and "Tracing".
"""

from __future__ import annotations

from collections.abc import Mapping

USED_BY_AWS: Mapping[str, str] = {
    "logs:*": "Lambda writes a function's log, Step Functions has the state machine's delivered",
    "xray:*": "Lambda and Step Functions send traces",
    "ec2:*NetworkInterface*": "Lambda attaches a function to the directories' network",
    "ec2:*PrivateIpAddresses": "Lambda attaches a function to the directories' network",
    "ec2:DescribeSubnets": "Lambda attaches a function to the directories' network; "
    "functions outside it call this themselves, and miss it",
    "s3:ListMultipartUploadParts": "Step Functions writes large results of a Distributed Map in parts",
    "s3:AbortMultipartUpload": "Step Functions writes large results of a Distributed Map in parts",
    "states:DescribeExecution": "Step Functions follows the children of a Distributed Map",
    "states:StopExecution": "Step Functions stops the children of a Distributed Map with their parent",
}
"""By patterns of actions."""
