"""The JSON Schema of a run's input (draft 2020-12), from the model that checks it."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from migrator.domain.run_input import RunInput

DIALECT = GenerateJsonSchema.schema_dialect

_CANNOT_SAY = (
    "Two things it cannot say, and a run checks all the same: polling.stuckAfterMinutes is not less than "
    "polling.failedAfterMinutes, and polling.firstAfterSeconds not later than that."
)


def run_input_schema() -> dict[str, Any]:
    """The schema, without the titles that repeat the fields' names."""
    schema = RunInput.model_json_schema(by_alias=True)
    schema["description"] = f"{schema['description']} {_CANNOT_SAY}"
    return {"$schema": DIALECT, "title": "Input of a run", **_tidied(schema)}


def _tidied(node: Any) -> Any:
    if isinstance(node, list):
        return [_tidied(one) for one in node]
    if not isinstance(node, dict):
        return node
    tidied = {
        name: {key: _tidied(part) for key, part in value.items()}
        if name in ("properties", "$defs", "patternProperties")
        else _tidied(value)
        for name, value in node.items()
        if name != "title"
    }
    if "patternProperties" in tidied:
        # A key that fits no pattern is no key.
        tidied["additionalProperties"] = False
    return tidied
