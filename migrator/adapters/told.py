"""Which events of a run the bus has taken, in the ledger: the report puts the rest.

Rows: run#<run> / told#<first id>, the ids that one invocation put.
"""

from __future__ import annotations

from collections.abc import Sequence

from migrator.adapters.table import Table

_IDS_IN_A_ROW = 500


class Told:
    """Ids of events, by run."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def note(self, run_id: str, event_ids: Sequence[str]) -> None:
        """Remember that these were taken."""
        for start in range(0, len(event_ids), _IDS_IN_A_ROW):
            ids = list(event_ids[start : start + _IDS_IN_A_ROW])
            key = {"pk": f"run#{run_id}", "sk": f"told#{ids[0]}"}
            self._table.write(key | {"ids": ids} | self._table.expiry())

    def all(self, run_id: str) -> set[str]:
        """Everything the bus is known to have taken for the run."""
        rows = self._table.below(f"run#{run_id}", "told#")
        # A row without them costs a second telling, which readers know by its id.
        return {one for row in rows for one in row.get("ids", ())}
