"""Every command in README.md and docs/ is one: against the services' models, the ledger's on a ledger."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import jmespath  # type: ignore[import-untyped]
import pytest
from botocore import xform_name
from botocore.model import OperationModel, Shape
from botocore.session import Session
from botocore.validate import ParamValidator
from click.testing import CliRunner
from moto import mock_aws

from infra.configuration import load_stages
from infra.sources import PROJECT
from migrator.domain.plan import Plan
from migrator.domain.run_input import parse_run_input
from migrator.report.request import approval_request
from rehearsal.cli import main
from rehearsal.results import RUN_FILES
from tests.contract.test_ledger import new_store, run

DOCUMENTS = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_GLOBAL = {"query", "output", "region", "profile"}
_RENAMED = {
    ("sns", "subscribe", "notification-endpoint"): "endpoint",
    ("stepfunctions", "send-task-success", "task-output"): "output",
}
"""Options that the CLI calls otherwise, because their names are its own."""


def blocks(language: str) -> Iterator[tuple[Path, str]]:
    """The fenced blocks of a language, "" for those of none, with their document."""
    for path in DOCUMENTS:
        for indent, said, text in _BLOCK.findall(path.read_text(encoding="utf-8")):
            if said == language:
                yield path, re.sub(rf"^{indent}", "", text, flags=re.MULTILINE)


def commands(*programs: str) -> list[str]:
    """Every command line of these programs, continued lines joined."""
    found = []
    for _, text in blocks(""):
        for line in text.replace("\\\n", " ").splitlines():
            if line.split(" ")[0] in programs:
                found.append(line)
    return list(dict.fromkeys(found))


AWS = commands("aws") + [
    line for line in approval_request("RUN", Plan((), ()))["message"].splitlines() if line.startswith("aws ")
]


@cache
def session() -> Session:
    return Session()


def parsed(line: str) -> tuple[str, str, dict[str, list[str]]]:
    """Service, operation and options of a line, as the CLI splits it."""
    # Where its output goes is the shell's business.
    program, service, operation, *rest = shlex.split(re.sub(r" > [\w./-]+$", "", line))
    assert program == "aws"
    options: dict[str, list[str]] = {}
    name = ""
    for word in rest:
        if word.startswith("--"):
            name = word[2:]
            options[name] = []
        else:
            options.setdefault(name, []).append(word)
    return service, operation, options


def value(shape: Shape, words: list[str]) -> Any:
    """What the CLI makes of an option's words."""
    if shape.type_name == "list":
        if len(words) == 1 and words[0].startswith("["):
            return json.loads(words[0])
        return [value(shape.member, [word]) for word in words]  # type: ignore[attr-defined]
    [word] = words
    if word.startswith("file://"):
        word = (PROJECT / word.removeprefix("file://")).read_text(encoding="utf-8")
    if shape.type_name in ("structure", "map"):
        return json.loads(word)
    return int(word) if shape.type_name in ("integer", "long") else word


def call(line: str) -> tuple[str, OperationModel, dict[str, Any]]:
    """The API call that a line makes. Raises AssertionError for what the CLI would not take."""
    service, operation, options = parsed(line)
    model = session().get_service_model(service)
    by_name = {xform_name(one, "-"): one for one in model.operation_names}
    assert operation in by_name, f"{service} has no {operation}"
    found = model.operation_model(by_name[operation])
    members = {xform_name(one, "-"): one for one in found.input_shape.members} if found.input_shape else {}
    assert "" not in options, f"words without an option in {line}"
    parameters: dict[str, Any] = {}
    for name, words in options.items():
        if name in _GLOBAL:
            continue
        name = _RENAMED.get((service, operation, name), name)
        assert name in members, f"{service} {operation} has no --{name}"
        assert found.input_shape is not None
        parameters[members[name]] = value(found.input_shape.members[members[name]], words)
    return service, found, parameters


def test_there_are_commands_to_look_at() -> None:
    assert len(AWS) > 20
    assert {parsed(line)[0] for line in AWS} >= {"stepfunctions", "dynamodb", "workspaces", "scheduler", "s3"}


@pytest.mark.parametrize("line", [line for line in AWS if not line.startswith("aws s3 ")])
def test_the_cli_takes_the_command(line: str) -> None:
    _, model, parameters = call(line)
    if model.input_shape is not None:
        report = ParamValidator().validate(parameters, model.input_shape)
        assert not report.has_errors(), report.generate_report()
    _, _, options = parsed(line)
    for query in options.get("query", []):
        jmespath.compile(query)


@pytest.mark.parametrize("line", [line for line in AWS if line.startswith("aws s3 ")])
def test_a_copy_is_of_a_file_that_runs_write(line: str) -> None:
    _, operation, options = parsed(line)
    source, target = options[""]
    assert (operation, target) == ("cp", ".")
    found = re.fullmatch(r"s3://RUNS_BUCKET/runs/[\w-]+/([\w.-]+)", source)
    assert found
    assert found[1] in RUN_FILES


@pytest.mark.parametrize("line", [line for line in AWS if " start-execution " in line])
def test_what_a_command_starts_has_an_input_that_is_taken(line: str) -> None:
    _, _, parameters = call(line)
    parse_run_input(json.loads(parameters["input"]))


def test_the_halt_halts_and_the_looks_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger's commands, on a ledger."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        ledger = new_store().ledger
        ledger.open_run(run("RUN"))
        client: Any = boto3.client("dynamodb", "us-east-1")
        shown = []
        for line in AWS:
            if line.startswith("aws dynamodb "):
                _, model, parameters = call(line)
                operation = getattr(client, xform_name(model.name))
                shown.append(operation(**{**parameters, "TableName": "ledger"}))
        halted = ledger.run("RUN")
        assert halted is not None
        assert halted.halted
        assert any("Item" in answer for answer in shown)
        [halt] = [line for line in AWS if " update-item " in line]
        _, _, parameters = call(halt.replace("run#RUN", "run#mistyped"))
        with pytest.raises(client.exceptions.ConditionalCheckFailedException):
            client.update_item(**{**parameters, "TableName": "ledger"})


@pytest.mark.parametrize("line", commands("make"))
def test_make_has_the_target(line: str) -> None:
    words = shlex.split(line)
    done = subprocess.run(
        ["make", "--dry-run", *words[1:]], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_what_is_named_within_a_sentence_is_there_too() -> None:
    """`make ...` and `rehearse ...` anywhere: in the changelog, decisions and promises as well."""
    texts = [
        path.read_text(encoding="utf-8")
        for path in (*DOCUMENTS, PROJECT / "CHANGELOG.md", PROJECT / "SECURITY.md")
    ]
    named = {found for text in texts for found in re.findall(r"`(make|rehearse) ([a-z-]+)", text)}
    targets = set(
        re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert {name for program, name in named if program == "make"} <= targets
    assert {name for program, name in named if program == "rehearse"} <= main.commands.keys()
    assert len(named) > 10


@pytest.mark.parametrize("line", commands(".venv/bin/rehearse"))
def test_rehearse_has_the_options(line: str) -> None:
    """A line with brackets says what may be left out, and runs as it is with all of it."""
    words = shlex.split(re.sub(r"[\[\]]", "", line))[1:]
    helped = CliRunner().invoke(main, [words[0], "--help"])
    assert helped.exit_code == 0
    for option in (word for word in words if word.startswith("--")):
        assert option in helped.output, option


@pytest.mark.parametrize(("path", "text"), list(blocks("json")), ids=lambda one: str(one)[:40])
def test_every_json_block_is_json(path: Path, text: str) -> None:
    # A member to be put into an object is shown without the object's braces.
    whole = f"{{{text}}}" if text.startswith('"') else text
    assert json.loads(whole) is not None, path


def test_the_inputs_and_the_stage_that_are_shown_are_taken() -> None:
    inputs = [json.loads(text) for path, text in blocks("json") if path.name == "README.md"]
    shown = [one for one in inputs if isinstance(one, dict) and "select" in one]
    assert shown
    for one in shown:
        parse_run_input(one)
    [stage] = [json.loads(text) for path, text in blocks("json") if path.name == "configuration.md"]
    assert load_stages({"stages": stage})["prod"].schedules


def test_links_between_documents_lead_somewhere() -> None:
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:)([^)#\s]+)(?:#[\w-]+)?\)", text):
            assert (path.parent / target).exists(), f"{path.relative_to(PROJECT)}: {target}"
