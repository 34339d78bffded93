"""Cutting what there is into pieces that one call takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def pages(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in order, at most `size` at a time; nothing for no items."""
    return (items[start : start + size] for start in range(0, len(items), size))
