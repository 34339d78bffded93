"""Bundles and images that no WorkSpace uses any more.

The guide's last step: "To delete any custom bundles and images that you no longer need".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from migrator.domain.report import BundleLine


@dataclass(frozen=True, slots=True)
class OwnBundle:
    """A custom bundle of the account."""

    bundle_id: str
    name: str
    image_id: str | None


@dataclass(frozen=True, slots=True)
class Users:
    """WorkSpaces the service shows on a bundle, in the whole account and Region."""

    count: int
    more: bool = False
    """There are further ones: only the first page was read."""
    pools: int | None = 0
    """WorkSpaces Pools made from it; None where the service does not say."""


def bundles_left(
    left: Mapping[str, int], users: Mapping[str, Users], own: Sequence[OwnBundle]
) -> list[BundleLine]:
    """What became of the bundles that WorkSpaces left; those to delete first.

    `left` counts the WorkSpaces that left each, `users` those that are on it now. An image is to be deleted
    only if no other bundle was made from it: whoever deletes an image that has one is refused.
    """
    known = {bundle.bundle_id: bundle for bundle in own}
    lines = [_line(bundle_id, left[bundle_id], users[bundle_id], known) for bundle_id in left]
    return sorted(lines, key=lambda line: (not line.to_delete, line.still_on_it > 0, line.bundle_id))


def _line(bundle_id: str, left: int, users: Users, own: Mapping[str, OwnBundle]) -> BundleLine:
    bundle = own.get(bundle_id)
    unused = bundle is not None and users.count == 0 and not users.more and users.pools == 0
    siblings = sorted(
        other.bundle_id
        for other in own.values()
        if bundle is not None
        and bundle.image_id is not None
        and other.image_id == bundle.image_id
        and other.bundle_id != bundle_id
    )
    image_id = bundle.image_id if bundle else None
    return BundleLine(
        bundle_id=bundle_id,
        name=bundle.name if bundle else None,
        image_id=image_id,
        left=left,
        still_on_it=users.count,
        more_on_it=users.more,
        pools=users.pools,
        to_delete=unused,
        image_to_delete=image_id if unused and not siblings else None,
        next_step=_next_step(bundle, users, siblings),
    )


def _next_step(bundle: OwnBundle | None, users: Users, siblings: Sequence[str]) -> str:
    if bundle is None:
        return "Not one of the account's own: there is nothing to delete."
    if users.count or users.more:
        return "Keep it: WorkSpaces are on it."
    if users.pools:
        return "Keep it: WorkSpaces Pools are made from it."
    if users.pools is None:
        return (
            "No WorkSpace is on it; whether WorkSpaces Pools are, the service did not say. Look before you "
            "delete it."
        )
    if bundle.image_id is None:
        return "No WorkSpace is on it: delete it when nobody needs it for new ones."
    if siblings:
        return (
            "No WorkSpace is on it: delete it when nobody needs it for new ones. Keep its image "
            f"{bundle.image_id}: {', '.join(siblings)} is made from it, too."
        )
    return f"No WorkSpace is on it: delete it, then its image {bundle.image_id}, when nobody needs them."
