"""What cdk-nag's AwsSolutions rules find in the stack and why we accept it.

    python -m infra.findings

holds the findings against the list: one that is not listed is a fault, and so is a line of the
list that nothing matches any more.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.configuration import StageConfiguration, read_context
from infra.directory_configuration import Directory
from infra.schedule_configuration import Schedule
from infra.sources import DEFINITION, PROJECT, Sources
from infra.sweep_configuration import Sweep
from migrator.domain.directory_access import DirectoryAccess

# Judged instead of the stages of cdk.json, whose accounts, Regions and buckets would be part of
# the findings' names. It turns on everything a stage can turn on.
JUDGED = StageConfiguration(
    name="judged",
    removal_policy="retain",
    log_retention_days=365,
    inventory_buckets=("inventories",),
    notification_emails=("operations@example.com",),
    chat_topic=True,
    log_user_names=True,
    directories=(
        Directory(
            "d-9067b2d8e5",
            DirectoryAccess(
                organizational_unit="OU=WorkSpaces,DC=corp,DC=example,DC=com",
                endpoints=["dc1.corp.example.com"],
                ca_certificate="-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
                secret_arn="arn:aws:secretsmanager:eu-west-1:123456789012:secret:directory-a1b2c3",  # noqa: S106 (an ARN)
                secret_key_arn="arn:aws:kms:eu-west-1:123456789012:key/key",  # noqa: S106 (an ARN)
                subnet_ids=["subnet-0123456789abcdef0"],
                security_group_ids=["sg-0123456789abcdef0"],
            ),
        ),
    ),
    sweep=Sweep(),
    schedules=(
        Schedule(
            "weekend", "cron(0 22 ? * SAT *)", "UTC", '{"select": {}, "target": {}}', flexible_minutes=15
        ),
    ),
)


@dataclass(frozen=True)
class Finding:
    """One rule that one resource violates; `where` is its path below the stack."""

    rule: str
    where: str


@dataclass(frozen=True)
class Accepted:
    """A finding that stays. `where` may hold `*` for the name of a function."""

    rule: str
    where: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Whether this line speaks of the finding."""
        return self.rule == finding.rule and fnmatchcase(finding.where, self.where)


_FUNCTION_POLICY = "Functions/*Role/DefaultPolicy/Resource"
_STATE_MACHINE_POLICY = "MigrateFleet/Role/DefaultPolicy/Resource"
_MAP_POLICY = "MigrateFleet/DistributedMapPolicy/Resource"
_WORKSPACES = "Resource::arn:<AWS::Partition>:workspaces:<AWS::Region>"
_EXECUTION = (
    "Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:"
    "<MigrateFleetStateMachine0D782E02.Name>"
)
_RUN_OBJECTS = "AwsSolutions-IAM5[Resource::<RunsBucket7FD68A9D.Arn>/runs/*]"

ACCEPTED: tuple[Accepted, ...] = (
    Accepted(
        "AwsSolutions-IAM5[Resource::*]",
        _FUNCTION_POLICY,
        "Only calls for which the service has no ARN; infra/function_table.py has each one's reason",
    ),
    Accepted(
        "AwsSolutions-IAM5[Resource::*]",
        _STATE_MACHINE_POLICY,
        "Log delivery and traces have no ARN; infra/function_table.py has the reasons",
    ),
    Accepted(
        _RUN_OBJECTS,
        _FUNCTION_POLICY,
        "A run's objects bear its id, which is not known before it runs",
    ),
    Accepted(_RUN_OBJECTS, _STATE_MACHINE_POLICY, "The batches of any run"),
    Accepted(
        "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::inventories/*]",
        "Functions/AssessRole/DefaultPolicy/Resource",
        "A run's input names the inventory's key; the bucket is configured",
    ),
    Accepted(
        f"AwsSolutions-IAM5[{_WORKSPACES}:<AWS::AccountId>:workspace/*]",
        _FUNCTION_POLICY,
        "Which WorkSpaces migrate is the input of a run",
    ),
    Accepted(
        f"AwsSolutions-IAM5[{_WORKSPACES}:*:workspacebundle/*]",
        "Functions/StartRole/DefaultPolicy/Resource",
        "The target is the input of a run, and public bundles belong to an account of Amazon's",
    ),
    Accepted(
        f"AwsSolutions-IAM5[{_WORKSPACES}:*:workspacebundle/*]",
        "Functions/AssessRole/DefaultPolicy/Resource",
        "Reads which applications a bundle installs: of every bundle that a run's WorkSpaces are on",
    ),
    Accepted(f"AwsSolutions-IAM5[{_EXECUTION}:*]", _MAP_POLICY, "Executions are named when they start"),
    Accepted(f"AwsSolutions-IAM5[{_EXECUTION}/*]", _MAP_POLICY, "Children are named by their Map Run"),
    Accepted(
        "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:<AWS::Region>:<AWS::AccountId>:*/*]",
        "Functions/*Role/DefaultPolicy/Resource",
        "Lambda makes and removes network interfaces whose ids nobody knows before, and refuses to attach "
        "a function whose role names less",
    ),
    Accepted(
        "AwsSolutions-L1",
        "Functions/*/Resource",
        "Python 3.13 is the runtime the layer's wheels are locked and measured for",
    ),
    Accepted(
        "AwsSolutions-SQS3",
        "Schedules/DeadLetters/Resource",
        "It is the dead letter queue",
    ),
    Accepted(
        "AwsSolutions-S1",
        "Runs/Bucket/Resource",
        "Only the roles of this stack write here; who reads is in CloudTrail's data events, which "
        "an account turns on for all its buckets or for none",
    ),
)


def compare(findings: Iterable[Finding], accepted: Iterable[Accepted]) -> list[str]:
    """What is wrong with the list: findings it lacks, and lines that nothing matches."""
    found, lines = list(findings), list(accepted)
    missing = [f for f in found if not any(line.covers(f) for line in lines)]
    stale = [line for line in lines if not any(line.covers(f) for f in found)]
    return [
        *(f"not accepted: {f.rule} at {f.where}" for f in missing),
        *(f"stale: nothing gives {line.rule} at {line.where} any more" for line in stale),
    ]


def find(definition: Path) -> list[Finding]:
    """Every finding in the judged stage's stack."""
    from aws_cdk import App
    from cdk_nag import AwsSolutionsChecks

    from infra.stack import FleetMigratorStack

    with TemporaryDirectory() as empty:
        # No rule looks into an asset.
        app = App(context=read_context(PROJECT), outdir=str(Path(empty) / "out"))
        asset = Path(empty) / "asset"
        asset.mkdir()
        stack = FleetMigratorStack(app, JUDGED, Sources(definition, code=asset, layer=asset))
        # Rules see the resources as the app's aspects leave them.
        app.synth()
        report = AwsSolutionsChecks(app).validate_scope(app)
    below = f"{stack.node.path}/"
    return [
        Finding(violation.rule_name, (resource.construct_path or "").removeprefix(below))
        for violation in report.violations
        for resource in violation.violating_resources
    ]


def main() -> int:
    """Print what is wrong; exit code 1 when something is."""
    faults = compare(find(PROJECT / DEFINITION), ACCEPTED)
    for fault in faults:
        print(f"cdk-nag: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
