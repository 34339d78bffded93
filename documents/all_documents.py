"""Which documents there are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from documents.configuration import configuration
from documents.events import NEEDS_SUPPORT, events_document
from documents.iam import iam
from documents.input_table import input_table, with_fields
from documents.prices import prices
from documents.reasons import reasons
from documents.result_schemas import event_schemas, report_schema
from documents.run_input_schema import run_input_schema

PROJECT = Path(__file__).resolve().parent.parent


def documents() -> dict[str, str]:
    """The text of each document, by its path in the project."""
    return {
        "docs/reasons.md": reasons().rstrip("\n") + "\n",
        "docs/input.md": input_table(),
        "README.md": with_fields((PROJECT / "README.md").read_text(encoding="utf-8")),
        "docs/prices.md": prices(),
        "docs/configuration.md": configuration(),
        "docs/events.md": events_document(),
        "docs/iam.md": iam(),
        "docs/events/needs-support.pattern.json": _json(NEEDS_SUPPORT),
        "docs/run-input.schema.json": _json(run_input_schema()),
        "docs/report.schema.json": _json(report_schema()),
        **{f"docs/events/{name}": _json(schema) for name, schema in event_schemas().items()},
    }


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
