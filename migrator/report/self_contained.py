"""What every page of ours is made of: packaged files, templates that escape, digests for its policy."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, select_autoescape


@cache
def asset(package: str, name: str) -> str:
    """A file of the package's templates/: found in a zip archive too."""
    return files(package).joinpath("templates", name).read_text(encoding="utf-8")


def environment(package: str, filters: Mapping[str, Callable[..., Any]]) -> Environment:
    """Its templates: whatever they show is escaped, and what nobody gave them is an error."""
    found = Environment(
        loader=FunctionLoader(lambda name: asset(package, name)),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= filters
    return found


def digest(text: str) -> str:
    """How a Content Security Policy names a style or a script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
