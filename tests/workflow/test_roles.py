"""Least privilege, proved: each permission that is taken away from the template's roles is missed, by name,
where people look. One that nothing would miss is spare.
"""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader

from infra.function_table import COMMON_FUNCTION_GRANTS, DIRECTORY_GRANTS, FUNCTIONS, SWEEP, FunctionSpec
from infra.machine_grants import DISTRIBUTED_MAP_GRANTS, STATE_MACHINE_GRANTS
from infra.permissions import Grant, Resource
from infra.used_by_aws import USED_BY_AWS
from rehearsal.authorization.gate import Use
from rehearsal.authorization.needs import Need
from rehearsal.authorization.policies import granted_by, matches
from rehearsal.authorization.roles import STATE_MACHINE, Role, read_roles
from rehearsal.deployment import Template
from tests.workflow.roles_attack import attackable, draw, unheard
from tests.workflow.roles_bench import (
    REGION,
    SECRET,
    SECRET_KEY,
    Seen,
    permissions,
    run,
    write_template,
    write_without,
)
from tests.workflow.roles_scenarios import PASSWORD, SCENARIOS

ARNS: Mapping[Resource, str] = {
    Resource.ANY: r"\*",
    Resource.LEDGER: r"arn:aws:dynamodb:.*:table/[a-z0-9-]+",
    Resource.RUN_OBJECTS: r"arn:aws:s3:::fleet-migrator[a-z0-9-]+/runs/\*",
    Resource.RUNS_LISTING: r"arn:aws:s3:::fleet-migrator[a-z0-9-]+",
    Resource.INVENTORY_OBJECTS: r"arn:aws:s3:::inventories/\*",
    Resource.INVENTORY_LISTING: r"arn:aws:s3:::inventories",
    Resource.TOPIC: r"arn:aws:sns:.*-notificationstopic\w+",
    Resource.CHAT_TOPIC: r"arn:aws:sns:.*-notificationschattopic\w+",
    Resource.TOPIC_KEY: r"arn:aws:kms:.*-notificationskey\w+",
    Resource.SCHEDULES: r"arn:aws:scheduler:.*:schedule/FleetMigrator-roles/weekly",
    Resource.SWEEP_SCHEDULE: r"arn:aws:scheduler:.*:schedule/FleetMigrator-roles-sweep/sweep",
    Resource.EVENT_BUS: r"arn:aws:events:.*:event-bus/[a-z0-9-]+",
    Resource.WORKSPACES: r"arn:aws:workspaces:us-east-1:123456789012:workspace/\*",
    Resource.BUNDLES: r"arn:aws:workspaces:us-east-1:\*:workspacebundle/\*",
    Resource.DIRECTORY_SECRETS: re.escape(SECRET),
    Resource.DIRECTORY_KEYS: re.escape(SECRET_KEY),
    Resource.NETWORK: r"arn:aws:ec2:us-east-1:123456789012:\*/\*",
    Resource.LOG_GROUP: r"arn:aws:logs:.*:log-group:[a-z0-9-]+",
    Resource.STATE_MACHINE: r"arn:aws:states:.*:stateMachine:migrate-fleet",
    Resource.EXECUTIONS: r"arn:aws:states:.*:execution:migrate-fleet:\*",
    Resource.CHILD_EXECUTIONS: r"arn:aws:states:.*:execution:migrate-fleet/\*",
}
"""ARNs of each kind of resource in this stage, written by hand; there is one of each."""


@dataclass(frozen=True)
class Permission:
    """A line of the tables: who may do what, and whereon as words and as what the ARN looks like."""

    caller: str
    action: str
    on: str
    arn: str

    def __str__(self) -> str:
        return f"{self.caller}, {self.action}, {self.on}"

    def is_use(self, use: Use) -> bool:
        same = (use.caller, use.action) == (self.caller, self.action)
        return same and re.fullmatch(self.arn, use.resource) is not None


def granted() -> Iterator[Permission]:
    """All that the tables grant to functions and state machine."""
    for spec in (*FUNCTIONS, SWEEP):
        for action, on in _actions(*_grants_of(spec)):
            yield Permission(spec.name, action, on, ARNS[on])
    for action, on in _actions(*STATE_MACHINE_GRANTS, *DISTRIBUTED_MAP_GRANTS):
        if on is Resource.FUNCTIONS:
            for spec in FUNCTIONS:
                if spec.every_hours is None:
                    yield Permission(
                        STATE_MACHINE, action, spec.name, rf"arn:aws:lambda:.*:function:{spec.name}"
                    )
        else:
            yield Permission(STATE_MACHINE, action, on, ARNS[on])


def _grants_of(spec: FunctionSpec) -> tuple[Grant, ...]:
    directories = DIRECTORY_GRANTS if spec.reaches_directories else ()
    return (*COMMON_FUNCTION_GRANTS, *spec.grants, *directories)


def _actions(*grants: Grant) -> Iterator[tuple[str, Resource]]:
    yield from dict.fromkeys((action, grant.on) for grant in grants for action in grant.actions)


GRANTED = list(granted())


def reached_by_no_call(caller: str, action: str) -> bool:
    if action == "ec2:DescribeSubnets":
        return any(spec.reaches_directories for spec in (*FUNCTIONS, SWEEP) if spec.name == caller)
    return any(matches(pattern, action) for pattern in USED_BY_AWS)


@pytest.fixture(scope="module", autouse=True)
def _frugal() -> Iterator[None]:
    """More than a hundred rehearsals: the models of the services are read once for all of them, and what
    there is before them is not looked through for garbage in each."""
    read = lru_cache(JSONFileLoader.load_file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", lambda _, path: read(_ONE_LOADER, path))
        yield
    gc.unfreeze()


_ONE_LOADER = JSONFileLoader()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stage that has all there is: roles as they are deployed."""
    return write_template(tmp_path_factory.mktemp("roles"))


@pytest.fixture(scope="module")
def with_all(template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """Every scenario with all permissions."""
    place = tmp_path_factory.mktemp("with-all")
    seen = {
        name: run(scenario, template, place / name.replace(" ", "-")) for name, scenario in SCENARIOS.items()
    }
    gc.collect()
    gc.freeze()
    return seen


def test_nothing_is_refused_and_nothing_died(with_all: dict[str, Seen]) -> None:
    for name, seen in with_all.items():
        assert "is not authorized to perform" not in seen.told, name


def test_the_template_grants_what_the_tables_list_and_nothing_else(template: Path) -> None:
    in_template = list(permissions(template))
    assert len(in_template) == len(GRANTED)
    for permission in GRANTED:
        [_] = [use for use in in_template if permission.is_use(use)]


def test_what_no_call_reaches_is_reached_by_none(template: Path, with_all: dict[str, Seen]) -> None:
    """Or it is no exception."""
    used = {use for seen in with_all.values() for use in seen.uses}
    assert not [use for use in used if reached_by_no_call(use.caller, use.action)]
    for pattern in USED_BY_AWS:
        assert any(matches(pattern, use.action) for use in permissions(template)), f"{pattern} is stale"


@pytest.mark.parametrize(
    "permission", [one for one in GRANTED if not reached_by_no_call(one.caller, one.action)], ids=str
)
def test_a_permission_that_is_taken_away_is_missed_by_name(
    permission: Permission, template: Path, with_all: dict[str, Seen], tmp_path: Path
) -> None:
    [(use, place)] = [one for one in permissions(template).items() if permission.is_use(one[0])]
    scenario = next((name for name, seen in with_all.items() if use in seen.uses), None)
    assert scenario is not None, f"spare: nothing here uses {use}"
    poorer = write_without(template, place, tmp_path / "template.json")

    seen = run(SCENARIOS[scenario], poorer, tmp_path)

    assert use not in seen.uses
    assert f"is not authorized to perform: {use.action}" in seen.told, f"{scenario}: nobody hears of it"


@pytest.mark.parametrize("seed", range(4))
def test_permissions_that_are_lost_at_random_are_heard_of(
    seed: int, template: Path, with_all: dict[str, Seen], tmp_path: Path
) -> None:
    """More of them: python -m tests.workflow.roles_attack --times 100."""
    random = Random(seed)  # noqa: S311 (seeded on purpose)
    losses = draw(random, attackable(template, with_all))
    assert unheard(random, losses, with_all, template, tmp_path) == []


def test_a_request_for_approval_that_could_not_be_sent_fails_the_run(template: Path, tmp_path: Path) -> None:
    """Nobody has refused: the report must not say so, and the execution must not be green."""
    [place] = [
        place
        for use, place in permissions(template).items()
        if (use.caller, use.action) == (STATE_MACHINE, "sns:Publish")
    ]
    poorer = write_without(template, place, tmp_path / "template.json")
    run(SCENARIOS["approval"], poorer, tmp_path)
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["verdict"] == "failed"
    assert report["failure"]["error"].startswith("SNS.")
    [line] = report["workspaces"]
    assert (line["outcome"], line["reason"]) == ("Deferred", "approval")
    assert line["detail"].startswith("The request for approval could not be sent: User: arn:aws:sts::")


def test_what_batches_died_of_is_in_the_log_without_naming_anybody(
    template: Path, with_all: dict[str, Seen]
) -> None:
    """All of the run is migrated in the end, and only this tells that its batches died."""
    [line] = [json.loads(one) for one in with_all["dead batches"].told.splitlines() if '"batch died"' in one]
    assert (line["error"], line["BatchesDied"]) == ("Runtime.ExitError", [1.0])
    assert line["why"].endswith("Runtime exited with error: exit status 1")
    assert "user0" not in json.dumps(line)


def test_the_password_is_in_nothing_that_a_run_with_directories_wrote(with_all: dict[str, Seen]) -> None:
    """Logs, reports, notices, and every call with what it put into the ledger, the bucket and the topics."""
    seen = with_all["directories"]
    calls = (seen.place / "calls.jsonl").read_text(encoding="utf-8")
    assert '"GetSecretValue"' in calls, "or it looks for what nobody has read"
    for file in seen.place.rglob("*"):
        if file.is_file():
            text = file.read_text(encoding="utf-8", errors="replace")
            assert json.loads(PASSWORD)["password"] not in text, file.name


@pytest.fixture(scope="module")
def schedules(template: Path) -> dict[str, tuple[list[Need], Role]]:
    """What each schedule does by its template, and the role it does it with."""
    stack = Template(template, REGION)
    found = dict(stack.of_type("AWS::Scheduler::Schedule"))
    roles = read_roles(stack, {logical_id: logical_id for logical_id in found})
    return {
        logical_id: (list(_made_by(stack.resolve(properties["Target"]))), roles.by_caller[logical_id])
        for logical_id, properties in found.items()
    }


def _made_by(target: Mapping[str, Any]) -> Iterator[Need]:
    if target["Arn"].endswith(":aws-sdk:sfn:startExecution"):
        yield Need("states:StartExecution", json.loads(target["Input"])["StateMachineArn"])
    else:
        yield Need("lambda:InvokeFunction", target["Arn"])
    if "DeadLetterConfig" in target:
        yield Need("sqs:SendMessage", target["DeadLetterConfig"]["Arn"])


def test_the_schedules_may_do_what_they_do_and_nothing_else(
    schedules: dict[str, tuple[list[Need], Role]],
) -> None:
    assert len(schedules) == 2
    for needed, role in schedules.values():
        for need in needed:
            assert granted_by(role.statements, need.action, need.resource, {}) == need.resource
        in_policies = [
            (action, resource)
            for statement in role.statements
            for action in statement.actions
            for resource in statement.resources
        ]
        assert sorted(in_policies) == sorted((need.action.lower(), need.resource) for need in needed)


def test_a_function_that_does_not_let_its_rule_call_it_is_never_called(
    template: Path, tmp_path: Path
) -> None:
    """Of which nothing of ours could tell: an alarm is on its silence."""
    content = json.loads(template.read_text(encoding="utf-8"))
    kept = {
        name: one for name, one in content["Resources"].items() if one["Type"] != "AWS::Lambda::Permission"
    }
    assert len(kept) == len(content["Resources"]) - 1
    poorer = tmp_path / "template.json"
    poorer.write_text(json.dumps({"Resources": kept}), encoding="utf-8")
    scenario = SCENARIOS["the clock reconciles"]
    called = {
        file: any(use.caller == "reconcile" for use in run(scenario, file, tmp_path / file.parent.name).uses)
        for file in (template, poorer)
    }
    assert called == {template: True, poorer: False}
    alarms = [one for one in kept.values() if one["Type"] == "AWS::CloudWatch::Alarm"]
    [watched] = [one for one in alarms if "ReconcileSilent" in one["Properties"]["AlarmName"]]
    assert watched["Properties"]["TreatMissingData"] == "breaching"
