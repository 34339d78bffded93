"""A run's input from a file, checked as planning would check it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from migrator.domain.documents import NoDocument, document_from
from migrator.domain.run_input import InvalidInput, parse_run_input


def load_input(path: Path) -> dict[str, Any]:
    """The document. Raises InvalidInput with everything that is wrong in it."""
    try:
        document = document_from(path.read_bytes())
    except OSError as reason:
        raise InvalidInput([f"$: cannot be read ({reason}); name a file that exists"]) from None
    except NoDocument as reason:
        raise InvalidInput([f"$: not JSON: {reason}"]) from None
    parse_run_input(document)
    checked: dict[str, Any] = document
    return checked
