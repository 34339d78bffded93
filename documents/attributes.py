"""The attributes of a class with what the source says behind each: a meaning is written once, in the code."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator


def meanings(owner: type) -> Iterator[tuple[str, str]]:
    """Names and meanings, in the order of the source; an attribute without a meaning has an empty one."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))
    [definition] = tree.body
    if not isinstance(definition, ast.ClassDef):
        raise TypeError(f"{owner} is no class")
    body = definition.body
    for node, behind in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
        else:
            continue
        yield name, _text(behind)


def _text(node: ast.stmt | None) -> str:
    if (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ):
        return " ".join(node.value.value.split())
    return ""
