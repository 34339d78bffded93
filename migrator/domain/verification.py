"""What a migrated WorkSpace must look like; a deviation is a warning in the report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from migrator.domain.facts import Workspace
from migrator.domain.volumes import Volumes


@dataclass(frozen=True, slots=True)
class Expected:
    """What the guide promises for the target, written down before the call."""

    target_bundle_id: str
    running_mode: str | None
    volumes: Volumes


def deviations(target: Workspace, expected: Expected) -> Iterable[str]:
    """Each way in which the target is not what the guide promises."""
    if target.bundle_id != expected.target_bundle_id:
        yield f"bundle is {target.bundle_id}, not {expected.target_bundle_id}"
    pairs = (
        ("running mode", target.running_mode, expected.running_mode),
        ("root volume", target.root_gib, expected.volumes.root_gib),
        ("user volume", target.user_gib, expected.volumes.user_gib),
    )
    for name, found, promised in pairs:
        if found is not None and promised is not None and found != promised:
            yield f"{name} is {found}, expected {promised}"


def missing_tags(before: Iterable[str], after: Iterable[str]) -> Iterable[str]:
    """A warning for each tag that was not carried over."""
    present = set(after)
    return (f"tag {key} was not carried over" for key in before if key not in present)
