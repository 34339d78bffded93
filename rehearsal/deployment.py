"""The synthesized stack, put up in moto with the template's own properties."""

from __future__ import annotations

import importlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from rehearsal.authorization.roles import STATE_MACHINE, Invoker, Roles, read_roles
from rehearsal.engine import ACCOUNT_ID
from rehearsal.invocation import Handler

_STACK = "fleet-migrator-rehearsal"
MACHINE_NAME = "migrate-fleet"


class TemplateFault(Exception):
    """The template holds something a rehearsal cannot put up; the message names it."""


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function of the template."""

    name: str
    handler: Handler
    timeout_seconds: float
    memory_mb: int
    environment: dict[str, str]
    every_seconds: float | None = None
    """How often the clock calls it; None: only the state machine does."""
    rule: Invoker | None = None
    """The clock, as the function's own policy must name it."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a run needs to know of the stack."""

    definition: str
    functions: dict[str, Function]
    ledger_table: str
    runs_bucket: str
    topic_arn: str
    chat_topic_arn: str | None
    roles: Roles
    machine_role_arn: str

    @property
    def environment(self) -> dict[str, str]:
        """The functions' environment in one: they share this process.

        Raises TemplateFault where two functions have different values for a name.
        """
        shared: dict[str, str] = {}
        for function in self.functions.values():
            for name, value in function.environment.items():
                if name != "POWERTOOLS_SERVICE_NAME" and shared.setdefault(name, value) != value:
                    raise TemplateFault(f"{name} differs between functions; a rehearsal has one environment")
        return shared


class Template:
    """A synthesized template, and the names its resources have in the rehearsal."""

    def __init__(self, path: Path, region: str) -> None:
        self._resources: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["Resources"]
        self._region = region

    def of_type(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Logical ids and properties of the resources of a type."""
        for logical_id, resource in self._resources.items():
            if resource["Type"] == kind:
                yield logical_id, resource.get("Properties", {})

    def only(self, kind: str) -> tuple[str, dict[str, Any]]:
        """The one resource of a type. Raises TemplateFault if there is not exactly one."""
        found = list(self.of_type(kind))
        if len(found) != 1:
            raise TemplateFault(f"the template has {len(found)} resources of type {kind}, not one")
        return found[0]

    def resolve(self, value: Any) -> Any:
        """A value with its intrinsic functions replaced. Raises TemplateFault for one it does not know."""
        if isinstance(value, list):
            return [self.resolve(one) for one in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name, argument), *_ = value.items()
            if name == "Ref":
                return self._reference(argument)
            if name == "Fn::GetAtt":
                return self._attribute(*argument)
            if name == "Fn::Join":
                return argument[0].join(map(str, self.resolve(argument[1])))
            if name == "Fn::Sub" and isinstance(argument, str):
                return re.sub(r"\$\{([^}]+)\}", lambda found: str(self._reference(found[1])), argument)
            if name.startswith("Fn::"):
                raise TemplateFault(f"a rehearsal does not resolve {name}")
        return {name: self.resolve(one) for name, one in value.items()}

    def _reference(self, logical_id: str) -> str:
        pseudo = {
            "AWS::AccountId": ACCOUNT_ID,
            "AWS::Region": self._region,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
        }
        if logical_id in pseudo:
            return pseudo[logical_id]
        kind = self._resources[logical_id]["Type"]
        if kind == "AWS::SNS::Topic":
            return f"arn:aws:sns:{self._region}:{ACCOUNT_ID}:{self.name(logical_id)}"
        if kind == "AWS::StepFunctions::StateMachine":
            return f"arn:aws:states:{self._region}:{ACCOUNT_ID}:stateMachine:{MACHINE_NAME}"
        return self.name(logical_id)

    def _attribute(self, logical_id: str, attribute: str) -> str:
        resource = self._resources[logical_id]
        if (resource["Type"], attribute) == ("AWS::StepFunctions::StateMachine", "Name"):
            return MACHINE_NAME
        if attribute != "Arn":
            raise TemplateFault(f"a rehearsal does not know {attribute} of a {resource['Type']}")
        kinds = {
            "AWS::Events::EventBus": f"events:{self._region}:{ACCOUNT_ID}:event-bus/",
            "AWS::DynamoDB::Table": f"dynamodb:{self._region}:{ACCOUNT_ID}:table/",
            "AWS::IAM::Role": f"iam::{ACCOUNT_ID}:role/",
            "AWS::KMS::Key": f"kms:{self._region}:{ACCOUNT_ID}:key/",
            "AWS::Logs::LogGroup": f"logs:{self._region}:{ACCOUNT_ID}:log-group:",
            "AWS::Events::Rule": f"events:{self._region}:{ACCOUNT_ID}:rule/",
            "AWS::S3::Bucket": "s3:::",
            "AWS::SQS::Queue": f"sqs:{self._region}:{ACCOUNT_ID}:",
        }
        if resource["Type"] == "AWS::Lambda::Function":
            name = short_name(resource["Properties"]["Handler"])
            return f"arn:aws:lambda:{self._region}:{ACCOUNT_ID}:function:{name}"
        if resource["Type"] not in kinds:
            raise TemplateFault(f"a rehearsal does not know the ARN of a {resource['Type']}")
        return f"arn:aws:{kinds[resource['Type']]}{self.name(logical_id)}"

    def name(self, logical_id: str) -> str:
        """The physical name: lower case, as buckets want it."""
        return f"{_STACK}-{logical_id}".lower()


def short_name(handler: str) -> str:
    """functions.clean_up.handler is clean_up."""
    return handler.split(".")[-2]


def put_up(path: Path, region: str) -> Deployment:
    """Create the stack's table, bucket, topics and bus in moto, and load its functions."""
    template = Template(path, region)
    table_id, table = template.only("AWS::DynamoDB::Table")
    boto3.client("dynamodb", region).create_table(
        TableName=template.name(table_id),
        **{
            name: template.resolve(table[name])
            for name in ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
            if name in table
        },
    )
    bucket_id, _ = template.only("AWS::S3::Bucket")
    create_bucket(template.name(bucket_id), region)
    for topic_id, _ in template.of_type("AWS::SNS::Topic"):
        boto3.client("sns", region).create_topic(Name=template.name(topic_id))
    bus_id, _ = template.only("AWS::Events::EventBus")
    boto3.client("events", region).create_event_bus(Name=template.name(bus_id))
    _put_up_schedules(template, region)
    machine_id, machine = template.only("AWS::StepFunctions::StateMachine")
    functions = _functions(template)
    callers = {
        logical_id: short_name(properties["Handler"])
        for logical_id, properties in template.of_type("AWS::Lambda::Function")
    }
    return Deployment(
        definition=_definition(template, machine),
        functions=functions,
        ledger_table=template.name(table_id),
        runs_bucket=template.name(bucket_id),
        topic_arn=functions["report"].environment["TOPIC_ARN"],
        chat_topic_arn=functions["report"].environment.get("CHAT_TOPIC_ARN"),
        roles=read_roles(template, {**callers, machine_id: STATE_MACHINE}),
        machine_role_arn=template.resolve(machine["RoleArn"]),
    )


def _put_up_schedules(template: Template, region: str) -> None:
    """The schedules, to be looked at: a rehearsal starts its runs itself."""
    groups = {
        one: properties["Name"] for one, properties in template.of_type("AWS::Scheduler::ScheduleGroup")
    }
    for name in groups.values():
        boto3.client("scheduler", region).create_schedule_group(Name=name)
    for _, properties in template.of_type("AWS::Scheduler::Schedule"):
        target = properties["Target"]
        boto3.client("scheduler", region).create_schedule(
            Name=properties["Name"],
            GroupName=groups[properties["GroupName"]["Ref"]],
            ScheduleExpression=properties["ScheduleExpression"],
            FlexibleTimeWindow={"Mode": "OFF"},
            State=properties.get("State", "ENABLED"),
            Target={
                "Arn": template.resolve(target["Arn"]),
                "RoleArn": template.resolve(target["RoleArn"]),
            },
        )


def create_bucket(name: str, region: str) -> None:
    """A bucket in the Region."""
    where: Mapping[str, Any] = (
        {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    )
    boto3.client("s3", region).create_bucket(Bucket=name, **where)


def _definition(template: Template, machine: dict[str, Any]) -> str:
    text = template.resolve(machine["DefinitionString"])
    substitutions = template.resolve(machine.get("DefinitionSubstitutions", {}))
    for name, value in substitutions.items():
        text = text.replace("${" + name + "}", value)
    if left := re.search(r"\$\{\w+\}", text):
        raise TemplateFault(f"the definition's {left[0]} has no substitution in the template")
    return str(text)


_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_SECONDS = {"minute": 60.0, "hour": 3600.0, "day": 86400.0}


def _clockwork(template: Template) -> dict[str, tuple[float, Invoker]]:
    """Seconds between the calls of each function that a rule calls, and the rule; by the function's logical
    id."""
    found: dict[str, tuple[float, Invoker]] = {}
    for rule_id, properties in template.of_type("AWS::Events::Rule"):
        rate = _RATE.fullmatch(properties.get("ScheduleExpression", ""))
        if rate is None:
            raise TemplateFault(f"a rehearsal knows rules with a rate only, and {rule_id} has none")
        rule_arn = template.resolve({"Fn::GetAtt": [rule_id, "Arn"]})
        for target in properties["Targets"]:
            rule = Invoker(template.resolve(target["Arn"]), "events.amazonaws.com", rule_arn)
            found[target["Arn"]["Fn::GetAtt"][0]] = (int(rate[1]) * _SECONDS[rate[2]], rule)
    return found


def _functions(template: Template) -> dict[str, Function]:
    functions: dict[str, Function] = {}
    clockwork = _clockwork(template)
    for logical_id, properties in template.of_type("AWS::Lambda::Function"):
        module, _, attribute = properties["Handler"].rpartition(".")
        name = short_name(properties["Handler"])
        functions[name] = Function(
            name,
            getattr(importlib.import_module(module), attribute),
            float(properties.get("Timeout", 3)),
            int(properties.get("MemorySize", 128)),
            template.resolve(properties.get("Environment", {}).get("Variables", {})),
            *clockwork.get(logical_id, ()),
        )
    return functions


@contextmanager
def environment(variables: Mapping[str, str], region: str) -> Iterator[None]:
    """While inside, the process has the functions' environment, and credentials that open nothing.

    Nothing of whoever rehearses is left: a profile, an endpoint, retries or a proxy of theirs would change
    what the functions' clients do.
    """
    fake = {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ACCESS_KEY_ID": "rehearsal",
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
        "AWS_SESSION_TOKEN": "rehearsal",
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
    }
    before = dict(os.environ)
    for name in before:
        if name.startswith(("AWS_", "BOTO_")) or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ.update(fake | dict(variables))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
