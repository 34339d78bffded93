"""Small rehearsals of a stage that is configured for all there is, with and without single permissions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.configuration import StageConfiguration
from infra.directory_configuration import Directory
from infra.schedule_configuration import Schedule
from infra.sources import DEFINITION, PROJECT, Sources
from infra.sweep_configuration import Sweep
from migrator.domain.directory_access import DirectoryAccess
from rehearsal.authorization.gate import Use
from rehearsal.authorization.roles import STATE_MACHINE
from rehearsal.deployment import Template, short_name
from rehearsal.engine import ACCOUNT_ID
from rehearsal.faults import parse_faults
from rehearsal.invocation import Handler
from rehearsal.run import Rehearsed, Task, Watcher, rehearse
from rehearsal.twin.fleet import parse_fleet
from tests.infra.synthesis import synthesize_stack
from tests.workflow.test_rehearse_command import DIRECTORY, small_fleet, the_input

Json = dict[str, Any]
REGION = "us-east-1"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:{DIRECTORY}-a1b2c3"
SECRET_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/01234567-89ab-cdef-0123-456789abcdef"
INVENTORY = {"bucket": "inventories", "key": "waves/wave-1.csv"}

EVERYTHING = StageConfiguration(
    name="roles",
    removal_policy="destroy",
    log_retention_days=14,
    account=ACCOUNT_ID,
    region=REGION,
    inventory_buckets=(INVENTORY["bucket"],),
    chat_topic=True,
    schedules=(Schedule("weekly", "cron(0 22 ? * SAT *)", "UTC", json.dumps(the_input(dryRun=True))),),
    directories=(
        Directory(
            DIRECTORY,
            DirectoryAccess(
                organizational_unit="OU=WorkSpaces,DC=corp,DC=example,DC=com",
                endpoints=["dc1.corp.example.com"],
                ca_certificate="-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
                secret_arn=SECRET,
                secret_key_arn=SECRET_KEY,
                subnet_ids=["subnet-0123456789abcdef0"],
                security_group_ids=["sg-0123456789abcdef0"],
            ),
        ),
    ),
    sweep=Sweep(every_days=1, after_days=1),
)


def write_template(place: Path) -> Path:
    """The template of that stage, with an asset that is none."""
    asset = place / "asset"
    asset.mkdir()
    (asset / "file").write_text("content", encoding="utf-8")
    sources = Sources(PROJECT / DEFINITION, code=asset, layer=asset)
    file = place / "template.json"
    file.write_text(
        json.dumps(synthesize_stack(EVERYTHING, sources, place / "out").content), encoding="utf-8"
    )
    return file


@dataclass(frozen=True)
class Scenario:
    """A fleet, the runs on it, and what goes wrong."""

    behaviours: Sequence[str] = ("migrates",)
    inputs: Sequence[Json] = field(default_factory=lambda: [the_input()])
    faults: Sequence[Json] = ()
    stagger: float = 120.0
    furnish: Callable[[Json], None] = lambda _: None
    around: Callable[[str, Handler], Handler] = lambda _, handler: handler


@dataclass(frozen=True)
class Seen:
    """What people can see of a rehearsal."""

    told: str
    """All that names reasons: causes, reports, notifications, and records of the logs that are errors."""
    uses: frozenset[Use]
    place: Path
    """Where everything lies that the rehearsal wrote."""


def run(scenario: Scenario, template: Path, out: Path) -> Seen:
    """Rehearse it by the roles of this template."""
    fleet = small_fleet(*scenario.behaviours)
    scenario.furnish(fleet)
    out.mkdir(parents=True, exist_ok=True)
    (out / "wave-1.csv").write_text(
        "\n".join(["WorkspaceId", *(one["WorkspaceId"] for one in fleet["Workspaces"])]) + "\n"
    )
    uses: set[Use] = set()
    task = Task(
        template,
        parse_fleet(fleet),
        scenario.inputs,
        [out / "input.json"] * len(scenario.inputs),
        parse_faults(list(scenario.faults)),
        seed=0,
        stagger_seconds=scenario.stagger,
        out=out / "out",
    )
    runs = rehearse(task, Watcher(on_use=uses.add, around=scenario.around))
    return Seen(
        "\n".join(_told(runs, out / "out")),
        frozenset(uses),
        out / "out",
    )


def _told(runs: Sequence[Rehearsed], out: Path) -> Iterator[str]:
    for one in runs:
        yield str(one.cause)
        for name in ("report.json", "notifications.jsonl"):
            if (one.directory / name).is_file():
                yield (one.directory / name).read_text(encoding="utf-8")
    for line in (out / "log.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        wakes = record.get("message") in ("permission refused", "batch died")
        if wakes or record.get("level") == "ERROR" or record.get("log_level") == "ERROR":
            yield line


# --- permissions, one by one ---


Place = tuple[str, int, str, str]
"""Of a permission in a template: policy, number of the statement, action, and resource as it is written."""


def permissions(file: Path) -> dict[Use, Place]:
    """Every permission of every role that a function or the state machine has."""
    template, resolver = _content(file), Template(file, REGION)
    found: dict[Use, Place] = {}
    for policy_id, number, statement in _statements(template):
        for caller in _callers(template, policy_id):
            for action in _as_list(statement["Action"]):
                for resource in _as_list(statement["Resource"]):
                    use = Use(caller, action, resolver.resolve(resource))
                    assert use not in found, f"granted twice: {use}"
                    found[use] = (policy_id, number, action, json.dumps(resource, sort_keys=True))
    return found


def write_without(file: Path, place: Place, out: Path) -> Path:
    """The template without one permission, and with all others that its statement gives."""
    policy_id, number, action, resource = place
    changed = _content(file)
    statements = changed["Resources"][policy_id]["Properties"]["PolicyDocument"]["Statement"]
    statement = statements.pop(number)
    for each in _as_list(statement["Action"]):
        left = [
            one
            for one in _as_list(statement["Resource"])
            if (each, json.dumps(one, sort_keys=True)) != (action, resource)
        ]
        if left:
            statements.append({**statement, "Action": each, "Resource": left})
    out.write_text(json.dumps(changed), encoding="utf-8")
    return out


def _content(file: Path) -> Json:
    content: Json = json.loads(file.read_text(encoding="utf-8"))
    return content


def _statements(template: Mapping[str, Any]) -> Iterator[tuple[str, int, Json]]:
    for policy_id, resource in template["Resources"].items():
        if resource["Type"] == "AWS::IAM::Policy":
            for number, statement in enumerate(resource["Properties"]["PolicyDocument"]["Statement"]):
                yield policy_id, number, statement


def _callers(template: Mapping[str, Any], policy_id: str) -> Iterator[str]:
    roles = [one["Ref"] for one in template["Resources"][policy_id]["Properties"]["Roles"]]
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Lambda::Function" and properties["Role"]["Fn::GetAtt"][0] in roles:
            yield short_name(properties["Handler"])
        if (
            resource["Type"] == "AWS::StepFunctions::StateMachine"
            and properties["RoleArn"]["Fn::GetAtt"][0] in roles
        ):
            yield STATE_MACHINE


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
