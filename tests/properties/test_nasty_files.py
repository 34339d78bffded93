"""Files as nobody means them: what a forgiving reader would take for something else is refused with the
reason, its place and what to do, exit code 2, and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from infra.configuration import ConfigurationFault, load_stages, read_context
from infra.sources import PROJECT
from migrator.domain.documents import NoDocument, document_from
from migrator.domain.inventory import read_inventory
from rehearsal.cli import main
from tests.properties.test_bad_files import FAULTS, FLEET, INPUT

Spoil = Callable[[str], bytes]


def put(key: str, value: str) -> Spoil:
    """Another key at the beginning of the file's first object."""
    return lambda text: text.replace("{", f'{{"{key}": {value}, ', 1).encode()


NASTY: dict[str, tuple[Spoil, str]] = {
    "UTF-16, as PowerShell writes it": (
        lambda text: text.encode("utf-16"),
        "it is UTF-16 or UTF-32; save it",
    ),
    "UTF-16 without a mark": (lambda text: text.encode("utf-16-le"), "it is UTF-16 or UTF-32; save it"),
    "UTF-32": (lambda text: text.encode("utf-32"), "it is UTF-16 or UTF-32; save it"),
    "Latin-1": (
        lambda text: f"{text}\n\u00e4".encode("latin-1"),
        "line 2 is not UTF-8; save the file as UTF-8",
    ),
    "a NUL at its end": (lambda text: text.encode() + b"\0", "Extra data: line 1"),
    "two documents": (lambda text: f"{text} {text}".encode(), "Extra data: line 1"),
    "a comment": (lambda text: f"// mine\n{text}".encode(), "Expecting value: line 1"),
    "cut in the middle": (lambda text: text[: len(text) // 2].encode(), "line 1 column"),
    "a key twice": (put("x", '1, "x": 2'), "'x' is there twice in one object; keep the one that is meant"),
    "NaN": (put("x", "NaN"), "NaN is no number of JSON; give a number"),
    "minus infinity": (put("x", "-Infinity"), "-Infinity is no number of JSON"),
    "a number beyond all": (put("x", "1e999"), "1e999 is beyond every number; give a smaller one"),
    "a number of 5,000 digits": (
        put("x", "9" * 5000),
        "a number has 5000 digits, 99999999...; give a smaller",
    ),
    "half a pair": (put("x", '"\\ud83d"'), "'x' has half of a surrogate pair; write the character itself"),
    "half a pair in a key": (put("\\ud83d", "1"), "has half of a surrogate pair"),
    "too deep": (put("x", "[" * 100_000 + "]" * 100_000), "it is nested too deeply"),
}

LOOK_ALIKES = {
    "a Cyrillic letter in a field": ("select", "s\u0435lect"),
    "a hyphen that is none": ("ws-000000001", "ws\u2010000000001"),
    "a space of no width": ("ws-000000001", "ws-00000\u200b0001"),
    "digits of another script": ("ws-000000001", "ws-00000000\u0661"),
}


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., str]:
    """Runs the command with one file spoilt, and gives what it said when it refused."""

    def run(what: str, content: bytes) -> str:
        files = {"input": INPUT, "fleet": FLEET, "faults": FAULTS}
        for name, document in files.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(document))
        (tmp_path / f"{what}.json").write_bytes(content)
        options = [part for name in files for part in (f"--{name}", str(tmp_path / f"{name}.json"))]
        done = CliRunner().invoke(main, ["run", *options, "--out", str(tmp_path / "out")])
        assert done.exit_code == 2, done.output
        assert isinstance(done.exception, SystemExit)
        assert not (tmp_path / "out").exists()
        assert f"{what}.json: " in done.stderr
        assert len(done.stderr) < 3000
        return done.stderr

    return run


@pytest.mark.parametrize("how", NASTY)
@pytest.mark.parametrize(("what", "good"), [("input", INPUT), ("fleet", FLEET), ("faults", FAULTS)])
def test_a_file_as_nobody_means_it_is_refused_and_nothing_is_written(
    what: str, good: Any, how: str, refused: Callable[..., str]
) -> None:
    spoil, told = NASTY[how]
    assert told in refused(what, spoil(json.dumps(good)))


@pytest.mark.parametrize("how", LOOK_ALIKES)
@pytest.mark.parametrize(("what", "good"), [("input", INPUT), ("fleet", FLEET)])
def test_what_only_looks_like_it_is_not_it(
    what: str, good: Any, how: str, refused: Callable[..., str]
) -> None:
    if what == "fleet" and how.startswith("a Cyrillic"):
        good = {name.replace("Workspaces", "Workspac\u0435s"): value for name, value in good.items()}
        assert "Workspaces" in refused(what, json.dumps(good).encode())
        return
    right, alike = LOOK_ALIKES[how]
    told = refused(what, json.dumps(good, ensure_ascii=False).replace(right, alike).encode())
    assert "$." in told


def test_ten_megabytes_in_one_line_are_refused_in_a_sentence(refused: Callable[..., str]) -> None:
    long = json.loads(json.dumps(INPUT).replace('"ana"', '"' + "a" * 10_000_000 + '"'))
    assert "$.select.userNames[0]" in refused("input", json.dumps(long).encode())


@pytest.mark.parametrize(("what", "good"), [("input", INPUT), ("fleet", FLEET), ("faults", FAULTS)])
def test_line_ends_and_a_mark_of_windows_change_nothing(what: str, good: Any) -> None:
    text = json.dumps(good, indent=1).replace("\n", "\r\n")
    assert document_from(b"\xef\xbb\xbf" + text.encode()) == good, what


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(-1e300, 1e300) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(JSON, st.booleans())
def test_a_document_is_read_as_it_is(document: Any, ascii_only: bool) -> None:
    assert document_from(json.dumps(document, ensure_ascii=ascii_only).encode()) == document


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\ud8e1-.N\0\ufeff0', max_size=40).map(str.encode))
def test_whatever_bytes_are_read_or_refused_in_a_sentence(content: bytes) -> None:
    assert len(why_not(content) or "it is read as it is") > 18


def why_not(content: bytes) -> str | None:
    try:
        document_from(content)
    except NoDocument as refusal:
        return str(refusal)
    return None


@pytest.mark.parametrize("how", NASTY)
def test_a_configuration_as_nobody_means_it_is_refused(how: str, tmp_path: Path) -> None:
    spoil, told = NASTY[how]
    in_one_line = json.dumps(json.loads((PROJECT / "cdk.json").read_text(encoding="utf-8")))
    (tmp_path / "cdk.json").write_bytes(spoil(in_one_line))
    with pytest.raises(ConfigurationFault) as refusal:
        load_stages(read_context(tmp_path))
    assert told in str(refusal.value)


def test_no_configuration_at_all_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationFault, match=r"cdk\.json"):
        read_context(tmp_path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            'WorkspaceId\n"ws-000000001\nws-000000002\n',
            "f is no CSV: unexpected end of data; mind its quotes",
        ),
        ('WorkspaceId,"Note\nws-000000001,x\n', "f is no CSV: unexpected end of data; mind its quotes"),
        ('WorkspaceId\n"ws-000000001"x\n', "mind its quotes"),
        (
            "WorkspaceId,WorkspaceId\nws-000000001,ws-000000002\n",
            "f has the column WorkspaceId 2 times; keep",
        ),
        ("WorkspaceId,TargetBundleId, TargetBundleId\na,b,c\n", "f has the column TargetBundleId 2 times"),
        ("WorkspaceId\nws-000000001,wsb-2t22dcv5r\n", "f, line 2 has more values than the first line names"),
        (f"WorkspaceId\n{'x' * 10_000_000}\n", "f is no CSV: field larger than field limit"),
        ("W\u043erkspaceId\nws-000000001\n", "f has no WorkspaceId column"),
        ("WorkspaceId;TargetBundleId\nws-000000001;wsb-2t22dcv5r\n", "separated by commas"),
    ],
)
def test_an_inventory_as_nobody_means_it_is_refused(text: str, told: str) -> None:
    contents, [fault] = read_inventory(text, "f", "eu-west-1")
    assert told in fault
    assert contents.workspace_ids == ()


def test_an_inventory_with_a_comma_too_many_or_a_row_too_short_is_one() -> None:
    contents, faults = read_inventory(
        "WorkspaceId,TargetBundleId\r\nws-000000001,wsb-2t22dcv5r,,\r\nws-000000002\r\n", "f", "eu-west-1"
    )
    assert (contents.workspace_ids, faults) == (("ws-000000001", "ws-000000002"), [])
