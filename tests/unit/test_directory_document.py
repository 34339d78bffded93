"""docs/directory.md names what there is: every rule, every mode, what is delegated."""

from __future__ import annotations

import json
import re
from typing import get_args

import pytest

from documents.all_documents import PROJECT
from infra.directory_configuration import load_directories
from infra.sweep_configuration import load_sweep
from migrator.domain.computer_rules import SafetyRule
from migrator.domain.run_input import CleanUpMode
from rehearsal.samba.template import MAY_DELETE, MAY_DISABLE

DOCUMENT = (PROJECT / "docs" / "directory.md").read_text(encoding="utf-8")


def test_every_rule_has_its_row_and_no_row_is_of_a_rule_that_is_none() -> None:
    [table] = re.findall(r"\| Reason in the report .*?\n\n", DOCUMENT, re.DOTALL)
    named = {
        name for row in table.strip().splitlines() for name in re.findall(r"`([a-z-]+)`", row.split("|")[1])
    }
    assert named == {rule.value for rule in SafetyRule}


@pytest.mark.parametrize("mode", get_args(CleanUpMode))
def test_every_mode_is_told(mode: str) -> None:
    assert f"- `{mode}` " in DOCUMENT


def test_what_is_delegated_is_what_the_tests_delegate() -> None:
    for entry in (MAY_DELETE, MAY_DISABLE):
        assert f'--sddl="{entry.format(sid="SID")}"' in DOCUMENT


def test_the_example_of_a_sweep_is_sound() -> None:
    faults: list[str] = []
    [example] = re.findall(r'"sweep": (\{.*?\})', DOCUMENT)
    assert load_sweep(json.loads(example), "sweep", faults) is not None
    assert not faults


def test_the_example_of_a_directory_has_the_right_keys() -> None:
    [example] = re.findall(r'"directories": (\{.*?\n\})', DOCUMENT, re.DOTALL)
    faults: list[str] = []
    load_directories(json.loads(example), "directories", faults)
    # The certificate is cut short in the document, and that is all that is wrong.
    assert [fault.partition(":")[0] for fault in faults] == ["directories.d-9067b2d8e5.caCertificate"]
