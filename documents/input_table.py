"""Every field of a run's input, from its schema: docs/input.md, and in short in the README."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from documents.run_input_schema import run_input_schema

_INTRODUCTION = """# The input of a run

Every field, its default, what it may be, what it means. Only `select` (at least one criterion; all that
are given must hold) and `target` (exactly one of its fields) are required. The same as a JSON Schema:
[run-input.schema.json](run-input.schema.json). Wrong input fails at once: every fault is named by its
path, and nothing is called. Made by `make documents`.

| Field | Type | Default | May be | Meaning |
|---|---|---|---|---|
"""

_BEGINS = "<!-- The fields, by make documents -->"
_ENDS = "<!-- End of the fields -->"


def input_table() -> str:
    """The document."""
    schema = run_input_schema()
    return _INTRODUCTION + "".join(f"| {' | '.join(row)} |\n" for row in _rows(schema, schema, ""))


def with_fields(readme: str) -> str:
    """The README with the table between its two marks. Raises ValueError where it has them not."""
    schema = run_input_schema()
    rows = [
        f"| {name} | {default} | {meaning} |\n" for name, _, default, _, meaning in _rows(schema, schema, "")
    ]
    before, begins, rest = readme.partition(_BEGINS)
    _, ends, after = rest.partition(_ENDS)
    if not (begins and ends):
        raise ValueError(f"README.md needs a line {_BEGINS} and, below it, a line {_ENDS}")
    table = "| Field | Default | Meaning |\n|---|---|---|\n" + "".join(rows)
    return f"{before}{begins}\n{table}{ends}{after}"


def _rows(schema: dict[str, Any], part: dict[str, Any], path: str) -> Iterator[tuple[str, ...]]:
    for name, field in part.get("properties", {}).items():
        if "type" not in field and "anyOf" not in field and "$ref" not in field:
            continue
        where = f"{path}{name}"
        inner = _resolved(schema, field)
        yield (
            f"`{where}`",
            _kind(schema, inner),
            _default(field, inner, required=name in part.get("required", ())),
            _limits(schema, inner),
            field.get("description", inner.get("description", "")),
        )
        yield from _rows(schema, inner, f"{where}.")
        values = inner.get("additionalProperties")
        if isinstance(values, dict):
            yield from _rows(schema, _resolved(schema, values), f"{where}.<id>.")
        for values in inner.get("patternProperties", {}).values():
            yield from _rows(schema, _resolved(schema, values), f"{where}.<id>.")


def _resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """What a node is once references are followed and null, which means left out, is left out."""
    if "anyOf" in node and any(one.get("type") == "null" for one in node["anyOf"]):
        (node,) = (one for one in node["anyOf"] if one.get("type") != "null")
    if "$ref" in node:
        found: dict[str, Any] = schema["$defs"][node["$ref"].rpartition("/")[2]]
        return found
    return node


def _kind(schema: dict[str, Any], node: dict[str, Any]) -> str:
    if node["type"] == "array":
        return f"list of {_resolved(schema, node['items'])['type']}s"
    return str(node.get("format", node["type"]))


def _default(field: dict[str, Any], inner: dict[str, Any], *, required: bool) -> str:
    if required:
        return "required"
    default = field.get("default")
    if default is None or default in ([], {}) or inner.get("properties"):
        return ""
    return f"`{json.dumps(default)}`"


def _limits(schema: dict[str, Any], node: dict[str, Any]) -> str:
    told: list[str] = []
    if "enum" in node:
        told.append(", ".join(f"`{one}`" for one in node["enum"]))
    for name, words in (
        ("minimum", "from {}"),
        ("exclusiveMinimum", "more than {}"),
        ("maximum", "to {}"),
        ("maxLength", "at most {} characters"),
        ("pattern", "`{}`"),
    ):
        if name in node and not (name == "pattern" and "format" in node):
            told.append(words.format(str(node[name]).replace("|", "\\|")))
    if "items" in node:
        told.append(_limits(schema, _resolved(schema, node["items"])))
    if isinstance(values := node.get("additionalProperties"), dict):
        told.append(_limits(schema, _resolved(schema, values)))
    for values in node.get("patternProperties", {}).values():
        told.append(_limits(schema, _resolved(schema, values)))
    return " ".join(one for one in told if one)
