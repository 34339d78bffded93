"""Document paths of expressions: a.b[0].#name."""

from __future__ import annotations

from typing import Any

from rehearsal.dynamodb.values import Item, Value

Path = tuple[str | int, ...]
"""Names, with their placeholders replaced, and indexes; the first is an attribute of the item."""


class NoSuchParent(Exception):
    """A path leads through something that is not there, or is neither a map nor a list."""


def found(item: Item, path: Path) -> Value | None:
    """The value at a path; None where there is none."""
    value: Any = item.get(path[0])  # type: ignore[arg-type]
    for step in path[1:]:
        value = _child(value, step)
    return value  # type: ignore[no-any-return]


def _child(value: Value | None, step: str | int) -> Value | None:
    if value is None:
        return None
    if isinstance(step, int):
        members = value.get("L")
        return members[step] if members is not None and step < len(members) else None
    return value.get("M", {}).get(step)  # type: ignore[no-any-return]


def put(item: Item, path: Path, value: Value) -> None:
    """Sets the value at a path. Raises NoSuchParent."""
    holder = _holder(item, path)
    last = path[-1]
    if isinstance(holder, list) and isinstance(last, int):
        holder[last : last + 1] = [value]  # beyond its end, at its end
    elif isinstance(holder, dict) and isinstance(last, str):
        holder[last] = value
    else:
        raise NoSuchParent


def drop(item: Item, path: Path) -> None:
    """Removes what is at a path, if anything is. Raises NoSuchParent."""
    holder = _holder(item, path)
    last = path[-1]
    if isinstance(holder, list) and isinstance(last, int):
        del holder[last : last + 1]
    elif isinstance(holder, dict) and isinstance(last, str):
        holder.pop(last, None)
    else:
        raise NoSuchParent


def _holder(item: Item, path: Path) -> Any:
    """The map or list that holds the path's last step."""
    if len(path) == 1:
        return item
    parent = found(item, path[:-1])
    if parent is None:
        raise NoSuchParent
    return parent.get("M", parent.get("L"))


def overlapping(paths: list[Path]) -> tuple[Path, Path] | None:
    """Two paths of which one leads to or through the other."""
    for index, one in enumerate(paths):
        for other in paths[:index]:
            shorter = min(len(one), len(other))
            if one[:shorter] == other[:shorter]:
                return other, one
    return None


def written(path: Path) -> str:
    """The path as DynamoDB's messages write it: [a, [0], b]."""
    return "[" + ", ".join(f"[{step}]" if isinstance(step, int) else step for step in path) + "]"
