"""The documents made from the code are up to date, and say no more and no less than the code."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter

from documents.__main__ import main
from documents.all_documents import PROJECT, documents
from documents.configuration import configuration
from documents.iam import iam
from documents.input_table import input_table
from documents.reasons import reasons
from infra import function_table, machine_grants
from infra.configuration import StageConfiguration
from infra.function_table import FUNCTIONS, SWEEP
from infra.permissions import Grant, Resource
from infra.schedule_configuration import Schedule
from infra.sweep_configuration import Sweep
from migrator.domain.directory_access import DirectoryAccess
from migrator.domain.fixed_rules import FIXED_RULES
from migrator.domain.metrics import OUTCOME_METRICS, Metric
from migrator.domain.outcomes import Outcome
from migrator.domain.passing_rules import PASSING_RULES
from migrator.domain.reasons import RUN_REASONS, RunReason
from migrator.domain.rule_ids import RuleId
from migrator.domain.rules import Rule
from migrator.domain.run_input import (
    DirectoryCleanUp,
    Inventory,
    Polling,
    RunInput,
    Selection,
    StatedBundleFacts,
    Target,
    Window,
)
from migrator.domain.scenarios import offered
from migrator.domain.severity import Severity

FIXED_IDS = [
    "same-bundle", "windows-7-target", "byol-source", "byol-target", "plus-edition", "linux", "scenario",
    "custom-10-to-public-10", "language", "region", "bundle-unavailable", "bundle-unknown", "protocol-only",
    "nested-virtualization", "standby", "opt-out", "duplicate-user", "not-found",
]  # fmt: skip
PASSING_IDS = [
    "state", "admin-maintenance", "modification-in-progress", "user-connected", "no-snapshot", "unsaved-work",
    "snapshot-age", "addresses",
]  # fmt: skip
"""The published ids. They are a contract: reports, inputs and other people's scripts hold them."""

RULES: list[Rule[object]] = [*FIXED_RULES, *PASSING_RULES]  # type: ignore[list-item]


def test_what_is_committed_is_what_the_code_makes() -> None:
    for path, text in documents().items():
        assert (PROJECT / path).read_text(encoding="utf-8") == text, f"{path}: run make documents"
    assert main(["--check"]) == 0


def test_the_rules_are_the_published_ones() -> None:
    assert sorted(RuleId) == sorted(FIXED_IDS + PASSING_IDS)
    assert sorted(rule.rule_id for rule in FIXED_RULES) == sorted(FIXED_IDS)
    assert sorted(rule.rule_id for rule in PASSING_RULES) == sorted(PASSING_IDS)


def test_the_document_has_a_section_for_each_rule_and_no_other() -> None:
    assert re.findall(r"^### `(.+)`$", reasons(), re.MULTILINE) == [rule.rule_id for rule in RULES]


def test_a_section_says_all_that_the_rule_knows() -> None:
    sections = dict(re.findall(r"^### `(.+?)`\n(.*?)(?=^##|\Z)", reasons(), re.MULTILINE | re.DOTALL))
    for rule in RULES:
        section = sections[rule.rule_id]
        for told in (rule.meaning, rule.source, f"| {rule.severity} |", rule.remedy, rule.today):
            assert told in section, (rule.rule_id, told)
        blocks = rule.severity is Severity.BLOCK
        assert ("| Outcome | none: " in section) is not blocks
        assert (Outcome.DEFERRED in section) is (rule.heals is not False)
        assert all(sentence.endswith((".", ".)")) for sentence in (rule.meaning, rule.remedy, rule.today))


def test_only_what_the_guide_calls_advice_or_a_note_does_not_block() -> None:
    unblocking = {rule.rule_id for rule in RULES if rule.severity is not Severity.BLOCK}
    assert unblocking == {RuleId.LANGUAGE, RuleId.PROTOCOL_ONLY}
    assert {rule.rule_id for rule in RULES if rule.note} == {RuleId.LANGUAGE}


def test_every_outcome_and_every_other_reason_is_in_it() -> None:
    text = reasons()
    for outcome in Outcome:
        assert f"| {outcome} |" in text
    assert set(RUN_REASONS) == set(RunReason)
    for name, told in RUN_REASONS.items():
        assert f"| `{name}` | {told.outcome} | {told.meaning} | {told.remedy} |" in text


def test_the_table_of_scenarios_is_the_one_that_decides() -> None:
    table = reasons().partition("## Available migration scenarios")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if "|" in line]
    heads, told = rows[0][1:], set()
    for row in rows[2:]:
        told |= {(row[0], to) for to, cell in zip(heads, row[1:], strict=True) if cell == "yes"}
    assert told == {(str(source), str(to)) for source, to in offered()}


def test_the_input_table_names_every_field_once() -> None:
    fields = re.findall(r"^\| `(.+?)` \|", input_table(), re.MULTILINE)
    models = (RunInput, Selection, Target, Inventory, Window, Polling, StatedBundleFacts, DirectoryCleanUp)
    assert len(fields) == len(set(fields)) == sum(len(model.model_fields) for model in models)
    for name in ("select.inventory.key", "bundleFacts.<id>.os", "polling.everySeconds", "window.closesAt"):
        assert name in fields
    assert not re.search(r"\| *\|$", input_table(), re.MULTILINE), "a field without a meaning"


def test_operations_knows_every_metric() -> None:
    text = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
    table = text.partition("\n## Metrics\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted([*OUTCOME_METRICS, *Metric])


def test_the_configuration_tells_the_meaning_of_every_key() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\|(.*)\|$", configuration(), re.MULTILINE)
    fields = len(dataclasses.fields(StageConfiguration)) + len(dataclasses.fields(Schedule)) - 2
    fields += len(DirectoryAccess.model_fields) + len(Sweep.model_fields)
    assert len(rows) == fields
    assert all(meaning.strip().endswith((".", ";", ")")) for _, meaning in rows)


def test_permissions_has_every_grant_of_every_table_with_its_reason() -> None:
    """A table of grants that is added to either module and not to the document fails here."""
    tables = [
        value
        for module in (function_table, machine_grants)
        for name, value in vars(module).items()
        if name.endswith("_GRANTS") and isinstance(value, tuple)
    ]
    assert len(tables) == 6
    grants = [grant for table in (*tables, *(spec.grants for spec in (*FUNCTIONS, SWEEP))) for grant in table]
    sections = iam().partition("\n## Where a `*` stands\n")
    of_roles = sections[0].partition("\n## Policies of resources")[0]
    rows = Counter(line for line in of_roles.splitlines() if line.startswith("| `"))
    assert rows == Counter(row_of(grant) for grant in grants)
    stars = {(action, grant.no_arn) for grant in grants for action in grant.actions if grant.no_arn}
    told = re.findall(r"^\| `(.+?)` \| (.+?) \| .+ \|$", sections[2], re.MULTILINE)
    assert len(told) == len(stars)
    assert set(told) == stars


def row_of(grant: Grant) -> str:
    actions = ", ".join(f"`{action}`" for action in grant.actions)
    return f"| {actions} | {'`*`' if grant.on is Resource.ANY else grant.on} | {grant.why} |"


def test_every_threat_names_what_tests_its_defence_and_it_is_there() -> None:
    text = (PROJECT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and "What could happen" not in line]
    assert len(rows) > 8
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split(" | ")]
        assert len(cells) == 4, row
        assert all(cells), row
        named = re.findall(r"`((?:tests|mutants)/[\w/.]*)`", cells[3])
        assert named, row
        for path in named:
            assert (PROJECT / path).exists(), path
