"""The input of a run, as its row in the ledger keeps it."""

from __future__ import annotations

import json
from functools import lru_cache

from migrator.adapters.clear_answers import UNLIKE
from migrator.adapters.rows import damaged, run_key
from migrator.domain.records import RunRecord
from migrator.domain.run_input import InvalidInput, RunInput, parse_run_input


def input_of(run: RunRecord) -> RunInput:
    """Raises UnclearAnswer for a row whose input is none: it was checked before it was written."""
    try:
        return _parsed(run.input_json)
    except (InvalidInput, *UNLIKE) as fault:
        # Without its text, which has what is in the input: logs name no user.
        raise damaged(run_key(run.run_id), ValueError("its input is none")) from fault


@lru_cache(maxsize=16)
def _parsed(text: str) -> RunInput:
    """Once in the life of a function: every invocation of a run has the same."""
    return parse_run_input(json.loads(text))
