"""What can be found out about a run's bundles: from the service, from WorkSpaces on them, from the input."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from migrator.domain.bundle_names import Edition
from migrator.domain.bundles import (
    Bundle,
    Owner,
    StatedFacts,
    as_it_runs,
    bundle_from,
    unlisted_bundle,
    with_applications,
    with_statements,
    with_witnesses,
)
from migrator.domain.facts import Workspace
from migrator.domain.systems import System
from migrator.services import Services

ASKABLE = re.compile(r"^wsb-[0-9a-z]{8,63}$")
"""The API refuses a whole page of ids for one that is not of this form, and no such bundle exists."""


class KnownBundles:
    """The bundles of a run, read once."""

    def __init__(
        self,
        services: Services,
        running: Mapping[str, Collection[System]],
        unfamiliar: Collection[str],
        target_ids: Collection[str],
        stated: Mapping[str, StatedFacts],
        needed: Collection[str],
    ) -> None:
        """`needed`: the facts that rules of this run look at, as bundle_rules.needed_facts has them;
        `running`: by source bundle, the systems that WorkSpaces on it report; `unfamiliar`: bundles of
        which one reports a system that this version does not know."""
        self._services = services
        self._stated = stated
        ids = running.keys() | set(target_ids)
        records = services.workspaces.bundles([one for one in ids if ASKABLE.match(one)]) if running else {}
        self._bundles = {
            key: with_witnesses(bundle_from(record), running.get(key, ()), unfamiliar=key in unfamiliar)
            for key, record in records.items()
        }
        self._unlisted = {
            key: with_witnesses(unlisted_bundle(key), systems)
            for key, systems in running.items()
            if key not in records
        }
        for key in sorted(set(target_ids) & self._bundles.keys()):
            if not self._bundles[key].os.known and (key not in stated or stated[key].os is None):
                self._bundles[key] = self._asked(self._bundles[key])

        if "edition" in needed:
            for key in sorted(self._bundles):
                if self._edition_in_doubt(self._bundles[key]):
                    names = services.workspaces.applications_of_bundle(key)
                    self._bundles[key] = with_applications(self._bundles[key], names)

    def _edition_in_doubt(self, bundle: Bundle) -> bool:
        """Amazon's names can be taken by the word, those of custom bundles only where they say Plus."""
        facts = self._stated.get(bundle.bundle_id)
        return (
            bundle.owner is Owner.CUSTOM
            and bundle.edition.value is not Edition.PLUS
            and (facts is None or facts.edition is None)
        )

    @property
    def unknown_edition(self) -> bool:
        """Whether there is a bundle whose edition nobody knows: WorkSpaces on it may know their own."""
        known = (with_statements(one, self._stated) for one in (self._bundles | self._unlisted).values())
        return any(not one.edition.known for one in known)

    def _asked(self, bundle: Bundle) -> Bundle:
        """A target whose name tells no operating system: WorkSpaces running on it know."""
        page, _ = self._services.workspaces.page(directory_id=None, bundle_id=bundle.bundle_id, token=None)
        return with_witnesses(
            bundle,
            {one.os for one in page if one.os is not None},
            unfamiliar=any(one.unfamiliar_os for one in page),
        )

    def target(self, bundle_id: str | None) -> Bundle | None:
        """The bundle; None where the service does not describe it in this Region."""
        found = self._bundles.get(bundle_id or "")
        return None if found is None else with_statements(found, self._stated)

    def source_of(self, workspace: Workspace) -> Bundle:
        """The bundle a WorkSpace runs on, described or not."""
        bundle_id = workspace.bundle_id
        found = self._bundles.get(bundle_id) or self._unlisted[bundle_id]
        return as_it_runs(with_statements(found, self._stated), workspace.os, workspace.unfamiliar_os)
