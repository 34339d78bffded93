"""The kinds of values in a run's input."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, NoReturn

from pydantic import AwareDatetime, BeforeValidator, StringConstraints, WithJsonSchema

WorkspaceId = Annotated[str, StringConstraints(pattern=r"^ws-[0-9a-z]+$", max_length=66)]
BundleId = Annotated[str, StringConstraints(pattern=r"^wsb-[0-9a-z]+$", max_length=67)]
DirectoryId = Annotated[str, StringConstraints(pattern=r"^(d|wsd)-[0-9a-z]+$", max_length=65)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=256)]


def _whole(value: Any) -> Any:
    """JSON has one kind of number: 25.0 is 25."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]

_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})$"


def _spelled_out(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value) if re.fullmatch(_MOMENT, value) else _no_moment()
    except ValueError:
        _no_moment()


def _no_moment() -> NoReturn:
    raise ValueError("is no moment such as 2026-11-28T06:00:00Z, with Z or an offset")


Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_spelled_out),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": _MOMENT}),
]
