"""When all is settled: does each user who was migrated have one WorkSpace left?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from migrator.domain.left_over import Owned, migrated_here, surprises
from migrator.domain.records import MigrationRecord
from migrator.services import Services
from migrator.steps.readings import FEW_IN_A_DIRECTORY
from migrator.steps.remarks import Remark

USERS_FILE = "users.json"
_GONE = ("TERMINATING", "TERMINATED")
_TIME_FOR_ONE_READING = 45.0


def check_users(
    services: Services,
    run_id: str,
    records: Iterable[MigrationRecord],
    seconds_left: Callable[[], float],
) -> bool:
    """Read the users' WorkSpaces and write down every surprise; False where time ran short: ask again."""
    migrated = migrated_here(records)
    if not migrated:
        return True
    state: dict[str, Any] = services.runs.read_json(run_id, USERS_FILE) or {
        "readings": _readings(migrated),
        "owned": {_key(record.directory_id, record.user_name): {} for record in migrated},
        "surprises": None,
    }
    if state["surprises"] is not None:
        return True
    finished = _read(services, state, seconds_left)
    if finished:
        targets = {record.workspace_id: record.target_workspace_id for record in migrated}
        found: dict[str, list[str]] = {}
        for record in migrated:
            owned = state["owned"][_key(record.directory_id, record.user_name)]
            warnings = list(surprises(record, [Owned(*one) for one in sorted(owned.items())], targets))
            if warnings:
                found[record.workspace_id] = warnings
        state |= {"owned": {}, "surprises": found}
    services.runs.write_json(run_id, USERS_FILE, state)
    return finished


def _readings(migrated: Iterable[MigrationRecord]) -> list[list[str | None]]:
    """Directory, user (None: all of them) and token of each page to read: whichever are fewer calls."""
    users: dict[str, dict[str, None]] = {}
    for record in migrated:
        users.setdefault(record.directory_id, {})[record.user_name] = None
    readings: list[list[str | None]] = []
    for directory_id, names in users.items():
        if len(names) > FEW_IN_A_DIRECTORY:
            readings.append([directory_id, None, None])
        else:
            readings += [[directory_id, name, None] for name in names]
    return readings


def _read(services: Services, state: dict[str, Any], seconds_left: Callable[[], float]) -> bool:
    readings, owned = state["readings"], state["owned"]
    while readings:
        if seconds_left() < _TIME_FOR_ONE_READING:
            return False
        directory_id, user_name, token = readings[0]
        if user_name is not None:
            found, after = services.workspaces.of_user(directory_id, user_name), None
        else:
            found, after = services.workspaces.page(directory_id=directory_id, bundle_id=None, token=token)
        for one in found:
            key = _key(one.directory_id, one.user_name)
            if key in owned and one.state not in _GONE:
                owned[key][one.workspace_id] = one.state
        readings[0][2] = after
        if after is None:
            readings.pop(0)
    return True


def _key(directory_id: str, user_name: str) -> str:
    return f"{directory_id}#{user_name.casefold()}"


def told_of_users(services: Services, run_id: str) -> Iterator[tuple[str, Remark]]:
    """WorkSpaces, and what the report says of their users."""
    state: dict[str, Any] = services.runs.read_json(run_id, USERS_FILE) or {}
    found: dict[str, list[str]] = state.get("surprises") or {}
    return ((one, Remark(warning)) for one, warnings in found.items() for warning in warnings)
