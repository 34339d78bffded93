"""Projection expressions. Source: Amazon DynamoDB, "Projection expressions"."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rehearsal.dynamodb.grammar import ExpressionFault, Given, PathOf, Reader
from rehearsal.dynamodb.paths import overlapping, written


@dataclass(frozen=True, slots=True)
class Projection:
    """A projection that was read: which attributes, and the placeholders it names."""

    paths: tuple[PathOf, ...]
    names: frozenset[str]
    values: frozenset[str] = frozenset()

    def attributes(self, given: Given) -> frozenset[str]:
        """What it leaves of an item. Raises ExpressionFault where one is named twice, NotImplementedError
        for a part of one."""
        paths = [path(given) for path in self.paths]
        clash = overlapping(paths)
        if clash:
            raise ExpressionFault(
                "Two document paths overlap with each other; must remove or rewrite one of these paths; "
                f"path one: {written(clash[0])}, path two: {written(clash[1])}"
            )
        names = frozenset(name for name, *deeper in paths if isinstance(name, str) and not deeper)
        if len(names) < len(paths):
            raise NotImplementedError("the rehearsal's DynamoDB projects whole attributes only")
        return names


@lru_cache(maxsize=256)
def read_projection(text: str) -> Projection:
    """Raises ExpressionFault."""
    reader = Reader(text)
    paths = [reader.path()]
    while reader.sign(","):
        paths.append(reader.path())
    if not reader.done:
        raise reader.fault()
    return Projection(tuple(paths), frozenset(reader.names))
