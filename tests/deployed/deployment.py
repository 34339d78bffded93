"""The product deployed: a stack in a local AWS, the twin of the fleet behind it, and its directory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

from infra.code_asset import stage_code
from infra.configuration import StageConfiguration
from infra.directory_configuration import Directory
from infra.sources import DEFINITION, PROJECT, Sources
from migrator.domain.directory_access import DirectoryAccess
from rehearsal.deployment import short_name
from rehearsal.samba import SERVICE_PASSWORD, DomainController, what_is_missing
from rehearsal.samba.rehearsed import RealDomain, real_domains
from rehearsal.twin import Twin, migrations, parse_fleet
from tests.deployed.local_aws import LocalAws, local_aws
from tests.deployed.preparation import LAYER, prepare
from tests.deployed.real_time import TIMES_AS_FAST, RealTime
from tests.deployed.stacks import Assembly, Stack
from tests.deployed.translation import translated
from tests.deployed.twin_over_http import TwinService, served
from tests.deployed.waiting import wait_for
from tests.infra.synthesis import synthesize_stack
from tests.workflow.test_rehearse_command import DIRECTORY

Json = dict[str, Any]

POLLING = {"firstAfterSeconds": 2, "everySeconds": 1, "failedAfterMinutes": 10, "stuckAfterMinutes": 10}
"""As quick as an input may ask for, but in no hurry to give up: this machine may have much else to do."""

_SEEN_AS_TERMINATED = tuple(TIMES_AS_FAST * seconds for seconds in migrations.TERMINATED_SECONDS)


class FunctionFailed(Exception):
    """A function that was invoked answered with an error; the message is its."""


@dataclass
class Account:
    """An account with a fleet, into which stacks can be deployed."""

    aws: LocalAws
    twin: TwinService
    place: Path
    domain: RealDomain | None
    """The domain behind the fleet's directory; None where nobody wants one, or this machine can run none."""

    @property
    def directories(self) -> tuple[Directory, ...]:
        """How the fleet's directory is reached."""
        if self.domain is None:
            return ()
        return (Directory(DIRECTORY, _access(self.aws, self.domain.controller)),)

    def synthesize(self, stage: StageConfiguration) -> Assembly:
        """The real assembly of a stage, but for the layer, which is this machine's."""
        out = self.place / f"assembly-{len(list(self.place.glob('assembly-*')))}"
        code = stage_code(PROJECT, self.place / "code")
        synthesize_stack(stage, Sources(PROJECT / DEFINITION, code, LAYER), out)
        return Assembly(out, f"FleetMigrator-{stage.name}")

    def deploy(self, stage: StageConfiguration) -> Deployed:
        """Create the stage's stack, or change it into this."""
        assembly = self.synthesize(stage)
        stack = Stack(self.aws, assembly.stack_name)
        stack.apply(assembly, translated(assembly, self.twin.environment))
        deployed = Deployed(self, stack, assembly)
        self.twin.allows = deployed.allows
        return deployed


@dataclass
class Deployed:
    """A stack that is up; what is told of it is as it was deployed."""

    account: Account
    stack: Stack
    assembly: Assembly

    def __post_init__(self) -> None:
        self.outputs, self.resources = self.stack.outputs, self.stack.resources
        found = [
            self.client("lambda").get_function_configuration(FunctionName=physical_id)
            for kind, physical_id in self.resources.values()
            if kind == "AWS::Lambda::Function"
        ]
        self.functions: dict[str, Json] = {short_name(one["Handler"]): one for one in found}
        """Their configurations, by short name."""

    def client(self, service: str) -> Any:
        """A client that is root."""
        return self.account.aws.client(service)

    def allows(self, function: str, action: str, resource: str) -> bool:
        """Whether the function's role allows it now."""
        return self.iam_allows(self.functions[function]["Role"], action, resource)

    def iam_allows(self, role_arn: str, action: str, resource: str) -> bool:
        """Whether the policies that a role has now allow it, as IAM simulates it."""
        [found] = self.client("iam").simulate_principal_policy(
            PolicySourceArn=role_arn, ActionNames=[action], ResourceArns=[resource]
        )["EvaluationResults"]
        return bool(found["EvalDecision"] == "allowed")

    def invoke(self, function: str, event: Json) -> Any:
        """What the function returns. Raises FunctionFailed."""
        answer = self.client("lambda").invoke(
            FunctionName=self.functions[function]["FunctionName"], Payload=json.dumps(event).encode()
        )
        payload = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise FunctionFailed(payload["errorMessage"])
        return payload

    def start(self, name: str, given: Json) -> str:
        """Start an execution by hand; its ARN."""
        started = self.client("stepfunctions").start_execution(
            stateMachineArn=self.outputs["StateMachineArn"], name=name, input=json.dumps(given)
        )
        return str(started["executionArn"])

    def run(self, name: str, given: Json) -> Execution:
        """Start an execution by hand, and see it to its end."""
        return self.ended(self.start(name, given))

    def ended(self, arn: str) -> Execution:
        """An execution, when it is over."""

        def look() -> Json | None:
            found: Json = self.client("stepfunctions").describe_execution(executionArn=arn)
            return None if found["status"] == "RUNNING" else found

        return Execution.of(wait_for(f"the end of {arn}", look, seconds=180))

    def due_now(self, group: str, name: str | None = None) -> None:
        """A schedule once more, but due: with the target, the role and the input it has. It is the group's
        only one where it has no name."""
        scheduler = self.client("scheduler")
        found = scheduler.list_schedules(GroupName=group)["Schedules"]
        [one] = [each for each in found if name in (None, each["Name"]) and "-due-" not in each["Name"]]
        usual = scheduler.get_schedule(GroupName=group, Name=one["Name"])
        now = datetime.now(UTC)
        scheduler.create_schedule(
            GroupName=group,
            Name=f"{one['Name']}-due-{now:%H%M%S%f}",
            ScheduleExpression=f"at({now:%Y-%m-%dT%H:%M:%S})",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target=usual["Target"],
        )

    def objects(self, prefix: str) -> dict[str, str]:
        """The texts in the runs bucket below a prefix, by the rest of their keys."""
        s3, bucket = self.client("s3"), self.outputs["RunsBucketName"]
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [one["Key"] for page in pages for one in page.get("Contents", [])]
        return {
            key.removeprefix(prefix): s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
            for key in keys
        }

    def rows(self) -> list[Json]:
        """All that the ledger holds, as DynamoDB writes it."""
        pages = (
            self.client("dynamodb").get_paginator("scan").paginate(TableName=self.outputs["LedgerTableName"])
        )
        return [row for page in pages for row in page["Items"]]


@dataclass(frozen=True)
class Execution:
    """An execution that is over."""

    name: str
    status: str
    output: Json | None
    error: str | None
    cause: str | None

    @classmethod
    def of(cls, described: Json) -> Execution:
        """From what DescribeExecution answers."""
        output = described.get("output")
        return cls(
            described["name"],
            described["status"],
            json.loads(output) if output else None,
            described.get("error"),
            described.get("cause"),
        )


def _settle_in(fleet: Json, aws: LocalAws) -> Json:
    """The fleet now, in subnets that EC2 of this account knows."""
    fleet["Twin"]["now"] = datetime.now(UTC).isoformat()
    subnets = aws.client("ec2").describe_subnets()["Subnets"]
    fleet["Directories"][0]["SubnetIds"] = [one["SubnetId"] for one in subnets[:2]]
    return fleet


@contextmanager
def account(
    place: Path, fleet_file: Json, *, real_directory: bool = False, waits: float = 1.0
) -> Iterator[Account]:
    """A local AWS and a twin of the fleet; with a domain controller, if one is wanted and this machine can
    run it. `waits` is how much of their time state machines wait."""
    prepare()
    with ExitStack() as stack:
        # What is over stays to be seen for minutes, however slow the functions are on this machine.
        stack.enter_context(mock.patch.object(migrations, "TERMINATED_SECONDS", _SEEN_AS_TERMINATED))
        aws = stack.enter_context(local_aws(place, waits=waits))
        fleet = parse_fleet(_settle_in(fleet_file, aws))
        clock = RealTime()
        # The pace is another suite's: here all would only wait.
        twin = Twin(clock, fleet, seed=1, rate_per_second=1000, burst=1000)
        domain = None
        if real_directory and what_is_missing() is None:
            domains = stack.enter_context(real_domains(fleet))
            domains.follow(twin.directory)
            domain = domains.of(DIRECTORY)
        service = stack.enter_context(served(TwinService(twin, clock, allows=_nobody_is_deployed)))
        yield Account(aws, service, place, domain)


def _nobody_is_deployed(function: str, action: str, resource: str) -> bool:
    raise AssertionError(f"{function} calls {action} on {resource} before it is deployed")


def _access(aws: LocalAws, controller: DomainController) -> DirectoryAccess:
    secret = {"username": controller.template.service_user, "password": SERVICE_PASSWORD}
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    [group] = aws.client("ec2").describe_security_groups(GroupNames=["default"])["SecurityGroups"]
    subnets = aws.client("ec2").describe_subnets()["Subnets"]
    return DirectoryAccess(
        organizational_unit=controller.template.unit,
        endpoints=[controller.address],
        ca_certificate=controller.authority.pem,
        secret_arn=aws.client("secretsmanager").create_secret(
            Name=DIRECTORY, SecretString=json.dumps(secret), KmsKeyId=key
        )["ARN"],
        secret_key_arn=key,
        subnet_ids=[subnets[0]["SubnetId"]],
        security_group_ids=[group["GroupId"]],
    )
