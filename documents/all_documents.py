"""Which documents there are."""

from __future__ import annotations

import json
from pathlib import Path

from documents.input_table import input_table
from documents.reasons import reasons
from documents.run_input_schema import run_input_schema

PROJECT = Path(__file__).resolve().parent.parent


def documents() -> dict[str, str]:
    """The text of each document, by its path in the project."""
    return {
        "docs/reasons.md": reasons().rstrip("\n") + "\n",
        "docs/input.md": input_table(),
        "docs/run-input.schema.json": json.dumps(run_input_schema(), indent=2, ensure_ascii=False) + "\n",
    }
