"""JSON Schemas as pydantic makes them, without what says nothing."""

from __future__ import annotations

from typing import Any


def tidied(node: Any) -> Any:
    """The schema without the titles that repeat the fields' names."""
    if isinstance(node, list):
        return [tidied(one) for one in node]
    if not isinstance(node, dict):
        return node
    kept = {
        name: {key: tidied(part) for key, part in value.items()}
        if name in ("properties", "$defs", "patternProperties")
        else tidied(value)
        for name, value in node.items()
        if name != "title"
    }
    if "patternProperties" in kept:
        # A key that fits no pattern is no key.
        kept["additionalProperties"] = False
    return kept
