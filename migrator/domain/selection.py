"""Which WorkSpaces a run considers: all the criteria that are given must hold."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from migrator.domain.facts import Workspace
from migrator.domain.run_input import Selection


@dataclass(frozen=True, slots=True)
class Criteria:
    """A selection with its inventory and tags resolved to ids. None: not a criterion."""

    workspace_ids: frozenset[str] | None
    tagged_ids: frozenset[str] | None
    directory_ids: frozenset[str] | None
    source_bundle_ids: frozenset[str] | None
    user_names: frozenset[str] | None

    def matches(self, workspace: Workspace) -> bool:
        """User names are compared without regard to case, as Active Directory does."""
        tests: tuple[tuple[frozenset[str] | None, str], ...] = (
            (self.workspace_ids, workspace.workspace_id),
            (self.tagged_ids, workspace.workspace_id),
            (self.directory_ids, workspace.directory_id),
            (self.source_bundle_ids, workspace.bundle_id),
            (self.user_names, workspace.user_name.casefold()),
        )
        return all(wanted is None or value in wanted for wanted, value in tests)


def criteria(
    select: Selection,
    inventory_ids: Collection[str] | None,
    tagged_ids: Collection[str] | None,
) -> Criteria:
    """The criteria of a selection; ids named twice, in the list and the inventory, must be in both."""
    named: frozenset[str] | None = None
    for ids in (select.workspace_ids or None, inventory_ids):
        if ids is not None:
            named = frozenset(ids) if named is None else named & frozenset(ids)
    return Criteria(
        named,
        None if tagged_ids is None else frozenset(tagged_ids),
        frozenset(select.directory_ids) or None,
        frozenset(select.source_bundle_ids) or None,
        frozenset(name.casefold() for name in select.user_names) or None,
    )
