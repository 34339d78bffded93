"""No command stands in README or docs that no test executes.

A fenced block of no language holds commands and nothing else; what is only shown has its language, `text` at
least. Each command belongs to the suite that executes it, or is told here with the reason why none does. So
does each command within a sentence.
"""

from __future__ import annotations

import importlib
import re
import shlex
from collections.abc import Iterator

import pytest

from infra.sources import PROJECT
from tests.contract import test_documented_calls as calls
from tests.contract.test_documented_commands import AWS, DOCUMENTS, blocks, commands
from tests.deployed import test_make as deployed
from tests.directory import test_documented_commands as directory
from tests.workflow import test_documented_operations as operations
from tests.workflow import test_documented_rehearsals as rehearsals

SHOWN_ONLY = {"json", "ldif", "text"}
"""Languages of blocks that hold no commands."""

NEVER = {
    "make test": "it is what executes these tests",
}

_LEDGERS = [line for line in AWS if line.startswith("aws dynamodb ")]
_DELETIONS = [line for line in AWS if " delete-workspace-" in line]
_COPIES = [line for line in AWS if line.startswith("aws s3 ")]

EXECUTED: dict[str, list[str]] = {
    "tests/contract/test_documented_calls.py::test_a_command_is_answered": [
        line for line in calls.SERVED if line not in _COPIES
    ],
    "tests/contract/test_documented_calls.py::test_a_copy_finds_its_file": _COPIES,
    "tests/contract/test_documented_calls.py::test_the_twin_answers_what_is_asked_of_the_service": (
        calls.FLEET
    ),
    "tests/contract/test_documented_calls.py::"
    "test_what_nobody_uses_is_deleted_as_the_runbook_has_it": _DELETIONS,
    "tests/contract/test_documented_calls.py::test_a_fleet_file_comes_out_of_the_commands_for_it": (
        commands("jq")
    ),
    "tests/contract/test_documented_commands.py::test_the_halt_halts_and_the_looks_show_it": _LEDGERS,
    "tests/deployed/test_make.py::test_the_readmes_lines_prepare_an_account_and_deploy_a_stage": (
        deployed.LINES
    ),
    "tests/directory/test_documented_commands.py::test_each_line_is_run_by_one_of_these_tests": (
        directory.LINES
    ),
    "tests/workflow/test_documented_operations.py::test_a_stopped_execution_is_redriven": [
        operations.REDRIVE
    ],
    "tests/workflow/test_documented_operations.py::test_the_example_fleet_is_rehearsed": [
        operations.REHEARSE
    ],
    "tests/workflow/test_documented_operations.py::"
    "test_a_bench_of_three_desktops_measures_what_the_readme_says_of_it": [operations.BENCH],
    "tests/workflow/test_documented_rehearsals.py::test_each_line_is_run_by_one_of_these_tests": (
        rehearsals.LINES
    ),
}
"""The lines that a test executes."""

IN_SENTENCES = {
    "aws pricing get-products": "tests/contract/test_twin_prices.py",
    operations.JQ: "tests/workflow/test_documented_operations.py",
    "make check": "the first thing that make test does",
    "make deploy STAGE=name": "tests/deployed/test_make.py",
    "make documents": "tests/unit/test_documents.py",
    "make mutants": "tests/unit/test_mutants.py",
    "make rehearse": "tests/workflow/test_documented_operations.py",
    "make samba": "a part of make test",
    "make simulate": "tests/simulation/test_simulation.py",
    "python -m infra.definition": "a part of make check",
    "rehearse forecast --html FILE": "tests/workflow/test_forecast.py",
    "rehearse run --faults FILE": "tests/workflow/test_documented_rehearsals.py",
}
"""Commands that are named within a sentence, and what executes each."""

_PROGRAMS = (
    r"make|aws|jq|rehearse|\.venv/bin/\S+|python\d?|pip|uv|npm|npx|node|cdk|git|terraform|curl|docker|bash|sh|sudo"
    r"|apt-get|samba-tool|ldb\w+|ldap\w+|dsacls|pwsh|powershell"
)
_POWERSHELL = r"(?:Get|Set|New|Add|Remove|Enable|Disable|Restore|Invoke|Import)-[A-Z]\w+"
_COMMAND = re.compile(rf"(?:(?:{_PROGRAMS}) \S.*|{_POWERSHELL}\b.*)", re.DOTALL)


def statements(text: str) -> Iterator[str]:
    """The commands of a block, as a shell takes them: lines may be continued, quoted words have several."""
    unfinished = ""
    for line in text.replace("\\\n", " ").splitlines(keepends=True):
        unfinished += line
        try:
            words = shlex.split(unfinished)
        except ValueError:
            continue
        if words:
            yield unfinished.rstrip("\n")
        unfinished = ""
    assert not unfinished, f"a quote that is not closed: {unfinished}"


def sentences(text: str) -> Iterator[str]:
    """The commands that are named outside of blocks."""
    outside = re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)
    for span in re.findall(r"`([^`]+)`", outside):
        found = " ".join(span.split())
        if _COMMAND.fullmatch(found):
            yield found


def not_executed(text: str) -> list[str]:
    """The commands of a block of commands that no test executes."""
    known = {line for lines in EXECUTED.values() for line in lines} | NEVER.keys()
    # A command of several lines is known by its first.
    return [one for one in statements(text) if one not in known and one.partition("\n")[0] not in known]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_command_is_executed(path: object) -> None:
    texts = [text for document, text in blocks("") if document == path]
    assert [line for text in texts for line in not_executed(text)] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_command_within_a_sentence_is_executed(path: object) -> None:
    [text] = [one.read_text(encoding="utf-8") for one in DOCUMENTS if one == path]
    assert set(sentences(text)) <= IN_SENTENCES.keys()


def test_what_holds_no_commands_says_what_it_is() -> None:
    said = {
        language
        for path in DOCUMENTS
        for language in re.findall(r"^ *```(\w+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert said <= SHOWN_ONLY


def test_what_executes_them_is_there() -> None:
    for name in EXECUTED:
        file, _, function = name.partition("::")
        module = importlib.import_module(file.removesuffix(".py").replace("/", "."))
        assert callable(getattr(module, function)), name
    for name in IN_SENTENCES.values():
        if name.startswith("tests/"):
            assert (PROJECT / name).is_file(), name
    named = {one for path in DOCUMENTS for one in sentences(path.read_text(encoding="utf-8"))}
    assert IN_SENTENCES.keys() <= named
    shown = {one for _, text in blocks("") for one in statements(text)}
    assert NEVER.keys() <= shown


PLANTED = [
    "make everything",
    "npm run it",
    "aws workspaces reboot-workspaces --reboot-workspace-requests WorkspaceId=ws-0123456789",
    ".venv/bin/rehearse again",
    "Restore-ADObject -Identity GUID",
    "samba-tool user delete somebody",
]


@pytest.mark.parametrize("planted", [*PLANTED, "what-is-this --new"])
def test_a_command_that_is_new_is_found(planted: str) -> None:
    assert not_executed(f"make rehearse\n{planted}\n") == [planted]


@pytest.mark.parametrize("planted", PLANTED)
def test_a_command_that_is_new_in_a_sentence_is_found(planted: str) -> None:
    assert list(sentences(f"Do `{planted}`, then\n```\nmake rehearse\n```\n")) == [planted]
    assert planted not in IN_SENTENCES
