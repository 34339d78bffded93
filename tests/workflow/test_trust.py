"""Who may take on which role, and whose policies count for the key: without it a run fails and says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.function_table import FUNCTIONS
from rehearsal.deployment import short_name
from tests.workflow.roles_bench import run, write_template
from tests.workflow.roles_scenarios import SCENARIOS

Json = dict[str, Any]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Json:
    """A stage that has all there is."""
    return dict(json.loads(write_template(tmp_path_factory.mktemp("trust")).read_text(encoding="utf-8")))


def changed(template: Json, place: Path, change: Callable[[Json], None]) -> Path:
    """The template with its resources changed."""
    copy = json.loads(json.dumps(template))
    change(copy["Resources"])
    file = place / "template.json"
    file.write_text(json.dumps(copy), encoding="utf-8")
    return file


def trusting_nobody(resources: Json, role: Json) -> None:
    properties = resources[role["Fn::GetAtt"][0]]["Properties"]
    [statement] = properties["AssumeRolePolicyDocument"]["Statement"]
    statement["Principal"] = {"Service": "ec2.amazonaws.com"}


# Of sweep only its schedule could tell; tests/deployed has it.
BY_THE_MACHINE = [spec.name for spec in FUNCTIONS if spec.every_hours is None]


@pytest.mark.parametrize("function", BY_THE_MACHINE)
def test_a_function_whose_role_does_not_trust_lambda_fails_its_run_and_says_so(
    template: Json, tmp_path: Path, function: str
) -> None:
    def change(resources: Json) -> None:
        for one in resources.values():
            if (
                one["Type"] == "AWS::Lambda::Function"
                and short_name(one["Properties"]["Handler"]) == function
            ):
                trusting_nobody(resources, one["Properties"]["Role"])

    seen = run(SCENARIOS["a migration"], changed(template, tmp_path, change), tmp_path)
    assert "cannot be assumed by principal lambda.amazonaws.com" in seen.told


def test_a_function_of_the_clock_whose_role_does_not_trust_lambda_is_never_called(
    template: Json, tmp_path: Path
) -> None:
    def change(resources: Json) -> None:
        for one in resources.values():
            if one["Type"] == "AWS::Lambda::Function" and "reconcile" in one["Properties"]["Handler"]:
                trusting_nobody(resources, one["Properties"]["Role"])

    seen = run(SCENARIOS["the clock reconciles"], changed(template, tmp_path, change), tmp_path)
    assert not [use for use in seen.uses if use.caller == "reconcile"]


def test_a_state_machine_that_does_not_get_its_role_does_nothing_and_says_so(
    template: Json, tmp_path: Path
) -> None:
    def change(resources: Json) -> None:
        for one in resources.values():
            if one["Type"] == "AWS::StepFunctions::StateMachine":
                trusting_nobody(resources, one["Properties"]["RoleArn"])

    seen = run(SCENARIOS["a migration"], changed(template, tmp_path, change), tmp_path)
    assert "cannot be assumed by principal states.amazonaws.com" in seen.told
    assert seen.uses == frozenset()


def test_a_key_that_leaves_it_to_nobodys_policies_is_told_of(template: Json, tmp_path: Path) -> None:
    def change(resources: Json) -> None:
        for one in resources.values():
            if one["Type"] == "AWS::KMS::Key":
                policy = one["Properties"]["KeyPolicy"]
                policy["Statement"] = [each for each in policy["Statement"] if "AWS" not in each["Principal"]]

    seen = run(SCENARIOS["a migration"], changed(template, tmp_path, change), tmp_path)
    assert "because no resource-based policy allows the kms:GenerateDataKey action" in seen.told
