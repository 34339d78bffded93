"""What make mutants tries: every change is one change, and decisions are what is changed."""

from __future__ import annotations

import ast

import pytest

from infra.sources import PROJECT
from mutants.changes import mutants_of, mutated
from mutants.subjects import EXPLAINED, SUBJECTS


def variants(source: str) -> set[str]:
    """The last line of the source in each mutant."""
    return {ast.unparse(mutated(source, one)).splitlines()[-1].strip() for one in mutants_of(source)}


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("x = a < b", {"x = a <= b"}),
        ("x = a == b", {"x = a != b"}),
        ("x = a is b", {"x = a is not b"}),
        ("x = a in b", {"x = a not in b"}),
        ("x = a and b", {"x = a or b", "x = a", "x = b"}),
        ("x = not a", {"x = a"}),
        ("x = a + b", {"x = a - b"}),
        ("x = a & b", {"x = a | b"}),
        ("x = min(a)", {"x = max(a)"}),
        ("x = any(a)", {"x = all(a)"}),
        ("x = True", {"x = False"}),
        ("x = 7", {"x = 8", "x = 6"}),
        ("x = 'AVAILABLE'", {"x = 'AVAILABLEX'"}),
        ("x = a if b else c", {"x = a if not b else c"}),
        ("def f():\n    return a", {"return None"}),
        ("def f():\n    return None", {"return 'something'"}),
        ("def f():\n    yield a", {"pass"}),
        ("def f():\n    g(a)", {"pass"}),
        ("def f():\n    raise a", {"pass"}),
        ("def f():\n    a += b", {"pass"}),
        ("for a in b:\n    continue", {"break"}),
        ("x = {a}", {"x = set()"}),
        ("x = {a, b.c}", {"x = {b.c}", "x = {a}"}),
        ("x = (a, b)", {"x = (b,)", "x = (a,)"}),
        ("x = f(a, b)", {"x = f(b, a)"}),
        ("x = f(a, a)", set()),
        ("x = a[b:]", {"x = a[:]"}),
    ],
)
def test_what_is_changed(source: str, made: set[str]) -> None:
    assert variants(source) == made


@pytest.mark.parametrize(
    "source",
    [
        "from a import b",
        '"""A docstring."""',
        "x: Literal['AVAILABLE']",
        "x = f'It is {state}, which is a sentence for people.'",
        "def f(a: Annotated[int, 7]) -> tuple[Literal['AVAILABLE'], int]: ...",
        "if TYPE_CHECKING:\n    from a import b",
    ],
)
def test_what_is_left_alone(source: str) -> None:
    assert mutants_of(source) == []


@pytest.mark.parametrize(
    ("expression", "made"),
    [
        (
            "in_flight < :limit",
            {
                "(in_flight < :limit OR NOT in_flight < :limit)",
                "(in_flight < :limit AND NOT in_flight < :limit)",
                "in_flight <= :limit",
            },
        ),
        (
            "attribute_exists(pk)",
            {
                "(attribute_exists(pk) OR NOT attribute_exists(pk))",
                "(attribute_exists(pk) AND NOT attribute_exists(pk))",
            },
        ),
        ("SET #a = :a, b = :b", {"SET aX = :a, b = :b", "SET #a = :a, bX = :b"}),
        ("ADD a :a, b :b", {"ADD aX :a, b :b", "ADD a :a, bX :b"}),
        ("A sentence for people, a = b.", set()),
    ],
)
def test_conditions_and_updates_of_the_ledger_are_changed(expression: str, made: set[str]) -> None:
    assert variants(f"x = {expression!r}") == {f"x = {one!r}" for one in made}


def test_every_module_and_every_test_exists_and_has_what_can_be_changed() -> None:
    for subject in SUBJECTS:
        source = PROJECT / (subject.module.replace(".", "/") + ".py")
        assert mutants_of(source.read_text(encoding="utf-8")), subject.module
        assert all((PROJECT / test).is_file() for test in subject.tests if test.endswith(".py")), (
            subject.module
        )
    assert {one.partition(":")[0] for one in EXPLAINED} <= {subject.module for subject in SUBJECTS}
