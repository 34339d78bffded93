"""The sizes of the volumes after a migration (the guide, How Billing Is Affected, Note). GiB."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Volumes:
    """Root volume (drive C) and user volume (drive D), None where unknown."""

    root_gib: int | None
    user_gib: int | None


def after_migration(current: Volumes, source: Volumes, target: Volumes) -> Volumes:
    """The volumes the guide promises.

    `current` are the WorkSpace's own sizes, `source` and `target` the bundles' defaults. The root
    volume grows to the new default where needed. A user volume whose size was changed from its
    bundle's default keeps that size; otherwise the larger of its size and the new default.
    A size that depends on something unknown is unknown.
    """
    return Volumes(
        _larger(current.root_gib, target.root_gib),
        _user_volume(current.user_gib, source.user_gib, target.user_gib),
    )


def _larger(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)


def _user_volume(current: int | None, source: int | None, target: int | None) -> int | None:
    if current is None or source is None:
        return None
    return current if current != source else _larger(current, target)
