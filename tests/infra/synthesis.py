"""A stack's template, and the questions these tests ask it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import App

from infra.configuration import StageConfiguration, read_context
from infra.sources import PROJECT, Sources
from infra.stack import FleetMigratorStack

_READ_BY_A_SYNTHESIS = (
    *("app.py", "cdk.json", "pyproject.toml", "requirements.txt"),
    *("infra", "statemachines", "functions", "migrator"),
)


@dataclass(frozen=True)
class Template:
    """A synthesized template."""

    content: dict[str, Any]

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """The resources of a CloudFormation type, by logical id."""
        return {key: r for key, r in self.content["Resources"].items() if r["Type"] == kind}

    def only(self, kind: str) -> dict[str, Any]:
        """The properties of the one resource of a type."""
        [resource] = self.of_type(kind).values()
        properties: dict[str, Any] = resource["Properties"]
        return properties

    def function(self, name: str) -> dict[str, Any]:
        """The properties of the function whose handler is in functions/<name>.py."""
        [found] = [
            r["Properties"]
            for r in self.of_type("AWS::Lambda::Function").values()
            if r["Properties"]["Handler"] == f"functions.{name}.handler"
        ]
        return dict(found)

    def statements_of_role(self, role_id: str) -> list[dict[str, Any]]:
        """Every statement of every policy that a role has."""
        return [
            statement
            for policy in self.of_type("AWS::IAM::Policy").values()
            if {"Ref": role_id} in policy["Properties"]["Roles"]
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        ]


def topics_of(template: Template) -> list[str]:
    """The topic for people and, where there is one, that for a chat channel."""
    found = template.of_type("AWS::SNS::Topic")
    return sorted(found, key=lambda one: found[one]["Properties"]["DisplayName"] == "For a chat channel")


def synthesize_stack(stage: StageConfiguration, sources: Sources, out: Path) -> Template:
    """The template of one stage with the context of the committed cdk.json."""
    app = App(context=read_context(PROJECT), outdir=str(out))
    stack = FleetMigratorStack(app, stage, sources)
    app.synth()
    return Template(json.loads((out / f"{stack.stack_name}.template.json").read_text(encoding="utf-8")))


def copy_checkout(target: Path) -> Path:
    """Copy what a synthesis reads to another directory."""
    target.mkdir(parents=True)
    for part in _READ_BY_A_SYNTHESIS:
        source = PROJECT / part
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target / part)
    return target


def as_list(value: Any) -> list[Any]:
    """IAM writes a list of one as the one."""
    return value if isinstance(value, list) else [value]


def references(value: Any) -> Iterator[str]:
    """The logical ids that a piece of a template refers to."""
    if isinstance(value, dict):
        if set(value) == {"Ref"}:
            yield value["Ref"]
        elif set(value) == {"Fn::GetAtt"}:
            yield value["Fn::GetAtt"][0]
        else:
            for key, item in value.items():
                if key == "DependsOn":
                    yield from as_list(item)
                yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)
