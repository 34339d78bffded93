"""Reading the CSV that lists a run's WorkSpaces: nothing in it is passed over in silence."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.domain.inventory import WORKSPACE_ID, InventoryContents, read_inventory

A, B = "ws-00000000a", "ws-00000000b"


def read(text: str) -> InventoryContents:
    contents, faults = read_inventory(text, "s3://b/k", "us-east-1")
    assert faults == []
    return contents


@pytest.mark.parametrize(
    "text",
    [
        f"WorkspaceId\n{A}\n{B}\n",
        f"\ufeffWorkspaceId\r\n{A}\r\n{B}\r\n",
        f'User,WorkspaceId,Note\nana,{A},"a, b"\nben,{B},\n',
        f"WorkspaceId , Note\n {A} , x\n{B},\n",
        f"WorkspaceId\n{A}\n\n{A}\n{B}",
        f'"WorkspaceId"\n"{A}"\n"{B}"\n',
        f"WorkspaceId,Region\n{A},us-east-1\n{B},\n",
    ],
)
def test_the_ids_it_lists(text: str) -> None:
    assert read(text) == InventoryContents((A, B), {}, (), {})


def test_targets() -> None:
    text = f"WorkspaceId,TargetBundleId\n{A},wsb-1\n{A}, wsb-1\n{B},\n"
    assert read(text) == InventoryContents((A, B), {A: "wsb-1"}, (), {})


def test_rows_that_are_no_id_are_accounted_for() -> None:
    text = f"WorkspaceId,TargetBundleId\nWS-1,\nana,wsb-1\n,wsb-1\n{A},\nws-short,\nana,\n{A}\n\n"
    assert read(text).strangers == (
        "WS-1",
        "(line 3: no WorkspaceId)",
        "(line 4: empty)",
        "ws-short",
        "(line 7: no WorkspaceId)",
    )
    assert read(text).workspace_ids == (A,)


def test_rows_of_another_region() -> None:
    text = f"WorkspaceId,Region,TargetBundleId\n{A},eu-west-1,wsb-1\n{B},us-east-1,wsb-2\n"
    assert read(text) == InventoryContents((B,), {B: "wsb-2"}, (), {A: "eu-west-1"})


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "s3://b/k has no WorkspaceId column"),
        ('WorkspaceId\n"' + "x" * 200_000, "s3://b/k is no CSV: "),
        (f"{A}\n{B}\n", "s3://b/k has no WorkspaceId column"),
        (f"workspaceid\n{A}\n", "s3://b/k has no WorkspaceId column"),
        (f"WorkspaceId;TargetBundleId\n{A};wsb-1\n", "separated by commas"),
        (f"WorkspaceId,TargetBundleId\n{A},latest\n", "s3://b/k, line 2: its TargetBundleId is no bundle id"),
        (f"WorkspaceId,TargetBundleId\n{A},wsb-1\n{A},wsb-2\n", f"line 3: {A} is listed with two targets"),
        (
            f"WorkspaceId,Region\n{A},eu-west-1\n{A},us-east-1\n",
            f"{A} is listed in us-east-1 and in eu-west-1",
        ),
    ],
)
def test_faults_of_the_file_as_a_whole(text: str, fault: str) -> None:
    _, (told,) = read_inventory(text, "s3://b/k", "us-east-1")
    assert fault in told


def test_every_fault_at_once() -> None:
    text = f"WorkspaceId,TargetBundleId\n{A},x\n{B},wsb-1\n{B},wsb-2\n"
    assert len(read_inventory(text, "s3://b/k", "us-east-1")[1]) == 2


def test_a_line_is_the_files_own() -> None:
    text = f'Note,WorkspaceId,TargetBundleId\n"one\ntwo",{A},wsb-1\nx,{B},bad\n'
    assert read_inventory(text, "f", "us-east-1")[1][0].startswith("f, line 4: ")


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters='\r\n",\x00'), max_size=20), max_size=30)
)
def test_each_row_is_somewhere(values: list[str]) -> None:
    contents, faults = read_inventory("WorkspaceId\n" + "\n".join(values), "f", "us-east-1")
    assert faults == []
    rows = [(line, value.strip()) for line, value in enumerate(values, start=2) if value.strip()]
    like_ids = {value for _, value in rows if value.isascii() and re.fullmatch("(?i)ws-[0-9a-z]*", value)}
    others = {f"(line {line}: no WorkspaceId)" for line, value in rows if value not in like_ids}
    assert {*contents.workspace_ids, *contents.strangers} == like_ids | others
    assert all(WORKSPACE_ID.fullmatch(one) for one in contents.workspace_ids)
