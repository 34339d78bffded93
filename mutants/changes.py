"""The changes that are tried on a module's source."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
_WORD = re.compile(r"[A-Z][A-Z0-9_]+|[a-z]+|[A-Z][a-z]+ \d+")
"""Strings that are compared, such as states; sentences for people are not decisions."""

_ATOM = re.compile(
    r"attribute_(?:not_)?exists\([^)]*\)|begins_with\([^)]*\)|#?\w+ IN \([^)]*\)|#?\w+ (?:=|<>|<=?|>=?) :\w+"
)
"""One comparison of a DynamoDB condition."""
_WRITTEN = re.compile(r"#?\w+(?= (?:= )?:\w+)")
"""An attribute that a DynamoDB update writes."""

Change = tuple[str, Callable[[ast.AST], ast.AST]]


@dataclass(frozen=True)
class Mutant:
    """One change, by the place of its node in the walk of the tree."""

    number: int
    variant: int
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.line}: {self.what}"


def mutants_of(source: str) -> list[Mutant]:
    """Every change of the source."""
    tree = ast.parse(source)
    left_out = _not_mutated(tree)
    return [
        Mutant(number, variant, getattr(node, "lineno", 0), f"{_shown(node)}: {what}")
        for number, node in enumerate(ast.walk(tree))
        if id(node) not in left_out
        for variant, (what, _) in enumerate(_changes(node))
    ]


def mutated(source: str, mutant: Mutant) -> ast.Module:
    """The source's tree with that change."""
    tree = ast.parse(source)
    chosen = list(ast.walk(tree))[mutant.number]
    _, change = list(_changes(chosen))[mutant.variant]
    _Exchange(chosen, change(deepcopy(chosen))).visit(tree)
    return ast.fix_missing_locations(tree)


class _Exchange(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return ast.copy_location(self._new, node) if node is self._old else self.generic_visit(node)


def _not_mutated(tree: ast.Module) -> set[int]:
    """Annotations, docstrings, decorators, imports, and those for types only: nothing of them decides."""
    found: set[int] = set()
    for node in ast.walk(tree):
        outside: list[ast.AST | None] = []
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            outside += node.decorator_list
        if isinstance(node, ast.FunctionDef):
            outside.append(node.returns)
        if isinstance(node, ast.arg | ast.AnnAssign):
            outside.append(node.annotation)
        if isinstance(node, ast.ImportFrom | ast.Import):
            outside.append(node)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            outside.append(node)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            outside.append(node)
        found |= {id(inner) for one in outside if one is not None for inner in ast.walk(one)}
    return found


def _changes(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in _COMPARISONS:
            other = _COMPARISONS[type(operator)]
            yield other.__name__, lambda one: _with(one, ops=[other()])
        case ast.BoolOp():
            turned = ast.Or if isinstance(node.op, ast.And) else ast.And
            yield turned.__name__, lambda one: _with(one, op=turned())
            for place in range(len(node.values)):
                yield f"without operand {place + 1}", _without(place)
        case ast.UnaryOp(op=ast.Not()):
            yield "without not", lambda one: one.operand  # type: ignore[attr-defined]
        case ast.BinOp(op=operator) if type(operator) in _OPERATORS and not _is_text(node):
            turned_round = _OPERATORS[type(operator)]
            yield turned_round.__name__, lambda one: _with(one, op=turned_round())
        case ast.If() | ast.IfExp():
            yield "turned round", lambda one: _with(one, test=ast.UnaryOp(ast.Not(), one.test))  # type: ignore[attr-defined]
        case ast.Return(value=value) if value is not None and not _is_none(value):
            yield "returns None", lambda one: _with(one, value=ast.Constant(None))
        case ast.Return(value=value) if value is not None:
            yield "returns something", lambda one: _with(one, value=ast.Constant("something"))
        case ast.Expr(value=ast.Yield() | ast.YieldFrom()):
            yield "yields nothing", lambda _: ast.Pass()
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise():
            yield "left out", lambda _: ast.Pass()
        case ast.Continue():
            yield "break", lambda _: ast.Break()
        case ast.Set(elts=elements) | ast.List(elts=elements) | ast.Tuple(elts=elements, ctx=ast.Load()) if (
            all(isinstance(one, ast.Constant | ast.Name | ast.Attribute) for one in elements)
        ):
            for place in range(len(elements)):
                yield f"without element {place + 1}", _without_element(place)
        case ast.Slice():
            yield "of all", lambda one: _with(one, lower=None, upper=None, step=None)
        case ast.Call(func=called, args=[first, second, *_]) if _order_counts(called, first, second):
            yield "first two swapped", _swapped
        case ast.Name(id=name) if name in _NAMES:
            yield _NAMES[name], lambda one: _with(one, id=_NAMES[name])
        case ast.Constant(value=bool(truth)):
            yield str(not truth), lambda one: _with(one, value=not truth)
        case ast.Constant(value=int(number)):
            yield str(number + 1), lambda one: _with(one, value=number + 1)
            yield str(number - 1), lambda one: _with(one, value=number - 1)
        case ast.Constant(value=str(text)) if _WORD.fullmatch(text):
            yield f"{text}X", lambda one: _with(one, value=f"{text}X")
        case ast.Constant(value=str(text)):
            for what, changed in _expressions(text):
                yield what, _saying(changed)


def _expressions(text: str) -> Iterator[tuple[str, str]]:
    """DynamoDB's conditions and updates, changed: each value stays in use, or the table would refuse it.

    A comparison that always holds, or never; `<` that lets one more through; an attribute not written.
    """
    if re.match(r"(?:SET|ADD) ", text):
        for written in _WRITTEN.finditer(text):
            yield f"{written[0]} not written", _replaced(text, written, f"{written[0].lstrip('#')}X")
        return
    for atom in _ATOM.finditer(text):
        yield f"{atom[0]}: always", _replaced(text, atom, f"({atom[0]} OR NOT {atom[0]})")
        yield f"{atom[0]}: never", _replaced(text, atom, f"({atom[0]} AND NOT {atom[0]})")
        if " < " in atom[0]:
            yield f"{atom[0]}: <=", _replaced(text, atom, atom[0].replace(" < ", " <= "))


def _replaced(text: str, found: re.Match[str], by: str) -> str:
    return text[: found.start()] + by + text[found.end() :]


def _saying(text: str) -> Callable[[ast.AST], ast.AST]:
    return lambda one: _with(one, value=text)


def _with(node: ast.AST, **fields: object) -> ast.AST:
    for name, value in fields.items():
        setattr(node, name, value)
    return node


def _without(place: int) -> Callable[[ast.AST], ast.AST]:
    def change(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.BoolOp)  # noqa: S101 (for the type checker)
        left = [one for number, one in enumerate(node.values) if number != place]
        return left[0] if len(left) == 1 else ast.BoolOp(node.op, left)

    return change


def _without_element(place: int) -> Callable[[ast.AST], ast.AST]:
    def change(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Set | ast.List | ast.Tuple)  # noqa: S101 (for the type checker)
        left = [one for number, one in enumerate(node.elts) if number != place]
        if isinstance(node, ast.Set) and not left:
            return ast.Call(ast.Name("set", ast.Load()), [], [])
        return _with(node, elts=left)

    return change


def _order_counts(called: ast.expr, first: ast.expr, second: ast.expr) -> bool:
    """Not for the least of two, nor between sentences for people."""
    if isinstance(called, ast.Name) and called.id in ("min", "max"):
        return False
    texts = all(
        isinstance(one, ast.JoinedStr)
        or (isinstance(one, ast.Constant) and isinstance(one.value, str) and not _WORD.fullmatch(one.value))
        for one in (first, second)
    )
    return not texts and ast.dump(first) != ast.dump(second)


def _swapped(node: ast.AST) -> ast.AST:
    assert isinstance(node, ast.Call)  # noqa: S101 (for the type checker)
    first, second, *rest = node.args
    return _with(node, args=[second, first, *rest])


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_text(node: ast.BinOp) -> bool:
    return any(
        isinstance(one, ast.JoinedStr | ast.Constant) and not isinstance(getattr(one, "value", None), int)
        for one in (node.left, node.right)
    )


def _shown(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 70 else f"{text[:67]}..."
