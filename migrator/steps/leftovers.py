"""What the run left of its source bundles, asked of the service: WorkSpaces outside the run count, too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from botocore.exceptions import BotoCoreError, ClientError

from migrator.adapters.clear_answers import UnclearAnswer
from migrator.domain.bundle_use import Users, bundles_left
from migrator.domain.migration import GONE
from migrator.domain.outcomes import Outcome
from migrator.domain.report import BundleLine, WorkspaceLine
from migrator.services import Services
from migrator.steps.known_bundles import ASKABLE

_MOST = 50
"""Bundles looked at, one call each: a fleet has a handful."""


def _users(services: Services, bundle_id: str) -> Users:
    """Those on the bundle. A page may be empty, or hold only what is gone, and still not be the last: that
    nobody uses a bundle is known at the end of its pages."""
    token: str | None = None
    while True:
        page, token = services.workspaces.page(directory_id=None, bundle_id=bundle_id, token=token)
        count = sum(one.state not in GONE for one in page)
        if count or token is None:
            return Users(count, more=token is not None)


def _pools(services: Services) -> Counter[str] | None:
    """None where the service does not say, as in Regions without pools: then nothing is called unused."""
    try:
        return services.workspaces.pools_by_bundle()
    except (ClientError, BotoCoreError, UnclearAnswer):
        return None


def leftovers(services: Services, lines: Iterable[WorkspaceLine]) -> list[BundleLine]:
    """The bundles that migrated WorkSpaces left, those to delete first."""
    left = Counter(
        line.source_bundle_id
        for line in lines
        if line.outcome is Outcome.MIGRATED
        and line.source_bundle_id is not None
        and ASKABLE.match(line.source_bundle_id)
    )
    if not left:
        return []
    counted = dict(sorted(left.most_common(_MOST)))
    pools = _pools(services)
    users: dict[str, Users] = {}
    for bundle_id in counted:
        on_it = _users(services, bundle_id)
        users[bundle_id] = replace(on_it, pools=None if pools is None else pools[bundle_id])
    return bundles_left(counted, users, services.workspaces.own_bundles())
