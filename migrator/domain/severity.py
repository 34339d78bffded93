"""How much a rule's finding counts; set per rule and run by the input's `rules`."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """block keeps the WorkSpace out, warn lets it go with a warning, off does not look."""

    BLOCK = "block"
    WARN = "warn"
    OFF = "off"
