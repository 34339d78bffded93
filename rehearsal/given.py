"""A run's input from a file, checked as planning would check it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from migrator.domain.run_input import InvalidInput, parse_run_input


def load_input(path: Path) -> dict[str, Any]:
    """The document. Raises InvalidInput with everything that is wrong in it."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as reason:
        raise InvalidInput([f"$: cannot be read ({reason}); name a file that exists, in UTF-8"]) from None
    except (json.JSONDecodeError, RecursionError) as reason:
        raise InvalidInput([f"$: not JSON ({reason})"]) from None
    parse_run_input(document)
    checked: dict[str, Any] = document
    return checked
