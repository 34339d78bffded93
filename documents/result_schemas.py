"""The JSON Schemas (draft 2020-12) of what a run gives: its report and its events."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from documents.run_input_schema import DIALECT
from documents.tidying import tidied
from migrator.domain.events import EVENTS, Detail
from migrator.domain.report import RunReport


def report_schema() -> dict[str, Any]:
    """Of report.json."""
    return _schema(RunReport, "report.json")


def event_schemas() -> dict[str, dict[str, Any]]:
    """Of each event's detail, by the file's name."""
    return {file_name(event): _schema(event, f"Detail of {event.detail_type}") for event in EVENTS}


def file_name(event: type[Detail]) -> str:
    """Run Started is in run-started.schema.json."""
    return event.detail_type.lower().replace(" ", "-") + ".schema.json"


def _schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    schema = tidied(model.model_json_schema(mode="serialization"))
    return {"$schema": DIALECT, "title": title, **_open(schema)}


def _open(node: Any) -> Any:
    """A reader must take fields that a later version adds."""
    if isinstance(node, list):
        return [_open(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        name: _open(value)
        for name, value in node.items()
        if not (name == "additionalProperties" and value is False)
    }
