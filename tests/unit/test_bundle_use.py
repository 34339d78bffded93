"""The guide's last step: which bundles and images nobody needs any more, and which must stay."""

from __future__ import annotations

import pytest

from migrator.domain.bundle_use import OwnBundle, Users, bundles_left

OWN = [
    OwnBundle("wsb-old", "Old desktop", "wsi-old"),
    OwnBundle("wsb-twin", "Old desktop, large", "wsi-twins"),
    OwnBundle("wsb-other", "Old desktop, small", "wsi-twins"),
    OwnBundle("wsb-bare", "No image", None),
]


@pytest.mark.parametrize(
    ("bundle", "users", "to_delete", "image", "told"),
    [
        ("wsb-old", Users(0), True, "wsi-old", "delete it, then its image wsi-old"),
        ("wsb-old", Users(1), False, None, "Keep it"),
        ("wsb-old", Users(25, more=True), False, None, "Keep it"),
        ("wsb-old", Users(0, more=True), False, None, "Keep it"),
        ("wsb-old", Users(0, pools=2), False, None, "Keep it: WorkSpaces Pools"),
        ("wsb-old", Users(0, pools=None), False, None, "the service did not say"),
        ("wsb-twin", Users(0), True, None, "Keep its image wsi-twins: wsb-other is made from it, too"),
        ("wsb-bare", Users(0), True, None, "No WorkSpace is on it"),
        ("wsb-public", Users(0), False, None, "Not one of the account's own"),
    ],
)
def test_what_to_do_about_a_bundle(
    bundle: str, users: Users, to_delete: bool, image: str | None, told: str
) -> None:
    [line] = bundles_left({bundle: 3}, {bundle: users}, OWN)
    assert (line.to_delete, line.image_to_delete) == (to_delete, image)
    assert told in line.next_step
    assert (line.left, line.still_on_it, line.more_on_it) == (3, users.count, users.more)


def test_what_can_go_comes_first() -> None:
    left = {"wsb-public": 9, "wsb-twin": 1, "wsb-old": 1}
    users = {"wsb-public": Users(0), "wsb-twin": Users(2), "wsb-old": Users(0)}
    assert [line.bundle_id for line in bundles_left(left, users, OWN)] == [
        "wsb-old",
        "wsb-public",
        "wsb-twin",
    ]
