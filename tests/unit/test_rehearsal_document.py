"""docs/rehearsal.md: what it shows is accepted, and what is accepted it shows."""

from __future__ import annotations

import json
import re

import pytest
from pydantic.alias_generators import to_camel

from documents.all_documents import PROJECT
from rehearsal.faults import SERVICES, Effect, Fault, FaultsFileFault, load_faults, parse_faults
from rehearsal.twin.fleet import TwinSettings
from rehearsal.twin.habits import Habits

TEXT = (PROJECT / "docs" / "rehearsal.md").read_text(encoding="utf-8")
BLOCKS = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)]


def test_every_example_of_a_faults_file_is_one() -> None:
    files = [block for block in BLOCKS if isinstance(block, list)]
    shown = {fault.effect for file in files for fault in parse_faults(file)}
    assert len(files) == 4
    assert shown >= set(Effect) - {Effect.LOST_REQUEST, Effect.CRASH_BEFORE, Effect.HANG_BEFORE}


def test_the_bad_night_is_a_faults_file() -> None:
    assert len(load_faults(PROJECT / "examples" / "faults.json")) == 11


def test_the_example_of_a_twin_section_is_one() -> None:
    (section,) = [block["Twin"] for block in BLOCKS if isinstance(block, dict)]
    TwinSettings.model_validate(section)
    shown = {key for value in (section, section["users"]) for key in value}
    for model in (TwinSettings, Habits):
        assert {field.alias or name for name, field in model.model_fields.items()} <= shown


def test_every_field_of_a_fault_is_explained() -> None:
    for name in Fault.model_fields:
        assert re.search(rf"`(?:[^`]*\")?{to_camel(name)}\b", TEXT), name
    assert all(f"`{service}`" in TEXT for service in SERVICES)


def test_the_functions_that_faults_may_name_are_those_that_a_rehearsal_calls() -> None:
    row = re.search(r"if this function makes it: (.*) \|", TEXT)
    assert row is not None
    shown = set(re.findall(r"`(\w+)`", row[1]))
    assert shown == {one.stem for one in (PROJECT / "functions").glob("[!_]*.py")} - {"entry", "sweep"}
    for name in shown:
        parse_faults([{"function": name, "crashBefore": "*"}])
    for name in ("entry", "sweep"):
        with pytest.raises(FaultsFileFault, match="is no function"):
            parse_faults([{"function": name, "crashBefore": "*"}])
