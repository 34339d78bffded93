"""A quick yes to parameters that botocore's validator would accept; whatever else is asked of it, a maybe.

The validator builds the name of every member on its way, for a message that is hardly ever needed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from botocore.utils import is_json_value_header

Accepts = Callable[[Any], bool]
"""True: the validator accepts it. False: ask the validator."""

_SCALARS: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "blob": (bytes, bytearray, str),
    "timestamp": (datetime,),
}


class QuickValidation:
    """Checks that were made of a service's shapes, kept by the shape's name and constraints."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], Accepts] = {}

    def accepts(self, service: str, shape: Shape, value: Any) -> bool:
        """Whether the value certainly is what the shape asks for."""
        return self._check(service, shape)(value)

    def _check(self, service: str, shape: Shape) -> Accepts:
        key = (service, shape.name)
        if key not in self._made:
            self._made[key] = lambda value: self._made[key](value)  # a shape may hold itself
            self._made[key] = self._make(service, shape)
        return self._made[key]

    def _make(self, service: str, shape: Shape) -> Accepts:
        if is_json_value_header(shape):
            return _maybe
        if isinstance(shape, StructureShape):
            return _maybe if shape.is_document_type else self._structure(service, shape)
        if isinstance(shape, MapShape):
            key, value = self._check(service, shape.key), self._check(service, shape.value)
            return lambda given: (
                type(given) is dict and all(key(one) for one in given) and all(map(value, given.values()))
            )
        least = shape.metadata.get("min", 0)
        if isinstance(shape, ListShape):
            member = self._check(service, shape.member)
            return lambda given: (
                type(given) in (list, tuple) and len(given) >= least and all(map(member, given))
            )
        if isinstance(shape, StringShape):
            return lambda given: type(given) is str and len(given) >= least
        if shape.type_name in ("integer", "long"):
            return lambda given: isinstance(given, int) and ("min" not in shape.metadata or given >= least)
        kinds = _SCALARS.get(shape.type_name)
        if kinds is None:
            return _maybe
        return lambda given: isinstance(given, kinds)

    def _structure(self, service: str, shape: StructureShape) -> Accepts:
        required = frozenset(shape.metadata.get("required", ()))
        union = shape.is_tagged_union
        members = {name: self._check(service, member) for name, member in shape.members.items()}

        def accepts(given: Any) -> bool:
            if type(given) is not dict or not required <= given.keys() or (union and len(given) != 1):
                return False
            for name, value in given.items():
                member = members.get(name)
                if member is None or not member(value):
                    return False
            return True

        return accepts


def _maybe(_: Any) -> bool:
    return False
