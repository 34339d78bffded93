"""The JSON Schema of a run's input (draft 2020-12), from the model that checks it."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from documents.tidying import tidied
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
    return {"$schema": DIALECT, "title": "Input of a run", **tidied(schema)}
