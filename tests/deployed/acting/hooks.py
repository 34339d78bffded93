"""Replacing what the local AWS does by itself. One that is not there any more is an error at the start."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from functools import partial
from typing import Any


def replaces(owner: Any, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The decorated function stands in for this one, and gets it as its first argument. `owner` is a module
    or a table. Raises LookupError, AttributeError."""

    def install(replacement: Callable[..., Any]) -> Callable[..., Any]:
        if isinstance(owner, MutableMapping):
            owner[name] = partial(replacement, owner[name])
        else:
            setattr(owner, name, partial(replacement, getattr(owner, name)))
        return replacement

    return install
