"""When all is settled: does each user who was migrated have one WorkSpace left?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pydantic import BaseModel, ConfigDict

from migrator.domain.left_over import Owned, migrated_here, surprises
from migrator.domain.migration import GONE
from migrator.domain.records import MigrationRecord
from migrator.services import Services
from migrator.steps.readings import FEW_IN_A_DIRECTORY
from migrator.steps.remarks import Remark

USERS_FILE = "users.json"


class Reading(BaseModel):
    """Pages to read."""

    model_config = ConfigDict(strict=True)

    directory_id: str
    user_name: str | None
    """None: all users of the directory."""
    token: str | None = None


class State(BaseModel):
    """How far the readings are."""

    model_config = ConfigDict(strict=True)

    readings: list[Reading]
    owned: dict[str, dict[str, str]]
    """By user, each WorkSpace's state."""
    surprises: dict[str, list[str]] | None = None
    """By WorkSpace; None until all is read."""


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
    state = services.runs.read_as(run_id, USERS_FILE, State.model_validate) or State(
        readings=_readings(migrated),
        owned={_key(record.directory_id, record.user_name): {} for record in migrated},
    )
    if state.surprises is not None:
        return True
    finished = _read(services, state, seconds_left)
    if finished:
        targets = {record.workspace_id: record.target_workspace_id for record in migrated}
        found: dict[str, list[str]] = {}
        for record in migrated:
            with services.runs.reading(run_id, USERS_FILE):
                owned = state.owned[_key(record.directory_id, record.user_name)]
            warnings = list(surprises(record, [Owned(*one) for one in sorted(owned.items())], targets))
            if warnings:
                found[record.workspace_id] = warnings
        state = State(readings=[], owned={}, surprises=found)
    services.runs.write_json(run_id, USERS_FILE, state.model_dump())
    return finished


def _readings(migrated: Iterable[MigrationRecord]) -> list[Reading]:
    """All users of a directory, or those who were migrated: whichever are fewer calls."""
    users: dict[str, dict[str, None]] = {}
    for record in migrated:
        users.setdefault(record.directory_id, {})[record.user_name] = None
    readings: list[Reading] = []
    for directory_id, names in users.items():
        if len(names) > FEW_IN_A_DIRECTORY:
            readings.append(Reading(directory_id=directory_id, user_name=None))
        else:
            readings += [Reading(directory_id=directory_id, user_name=name) for name in names]
    return readings


def _read(services: Services, state: State, seconds_left: Callable[[], float]) -> bool:
    readings, owned = state.readings, state.owned
    while readings:
        if seconds_left() < _TIME_FOR_ONE_READING:
            return False
        one = readings[0]
        if one.user_name is not None:
            found, after = services.workspaces.of_user(one.directory_id, one.user_name), None
        else:
            found, after = services.workspaces.page(
                directory_id=one.directory_id, bundle_id=None, token=one.token
            )
        for workspace in found:
            key = _key(workspace.directory_id, workspace.user_name)
            if key in owned and workspace.state not in GONE:
                owned[key][workspace.workspace_id] = workspace.state
        one.token = after
        if after is None:
            readings.pop(0)
    return True


def _key(directory_id: str, user_name: str) -> str:
    return f"{directory_id}#{user_name.casefold()}"


def told_of_users(services: Services, run_id: str) -> Iterator[tuple[str, Remark]]:
    """WorkSpaces, and what the report says of their users."""
    state = services.runs.read_as(run_id, USERS_FILE, State.model_validate)
    found = (state.surprises if state else None) or {}
    return ((one, Remark(warning)) for one, warnings in found.items() for warning in warnings)
