"""Terminating the targets that rollbacks left in ERROR, when the input says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic.alias_generators import to_camel

from migrator.domain.failed_targets import Around, left_in_error, objections
from migrator.domain.migration import GONE
from migrator.domain.records import MigrationRecord
from migrator.services import Services
from migrator.steps.remarks import Remark

TERMINATED_FILE = "failed-targets.json"
"""By WorkSpace: its target, whether it was terminated, and why not."""


class Done(BaseModel):
    """What came of one failed target."""

    model_config = ConfigDict(strict=True, alias_generator=to_camel, populate_by_name=True)

    target_workspace_id: str
    terminated: bool | None
    """None: it was asked for, and the answer is not known."""
    why: str | None


_DONE = TypeAdapter(dict[str, Done])

_GONE = (None, "TERMINATED")

_AFTER = "Look at the original, then run again; if it fails again, contact AWS Support."


def terminate_failed(services: Services, run_id: str, records: Iterable[MigrationRecord]) -> int:
    """Terminate what every guard lets go, once; how many of those terminated are still on their way out."""
    failed = [record for record in records if left_in_error(record)]
    if not failed:
        return 0
    done = services.runs.read_as(run_id, TERMINATED_FILE, _DONE.validate_python) or {}

    def note(record: MigrationRecord, terminated: bool | None, why: str | None) -> None:
        # Written for each: a function that dies here must not lose what it did.
        done[record.workspace_id] = Done(
            target_workspace_id=record.target_workspace_id or "", terminated=terminated, why=why
        )
        services.runs.write_json(run_id, TERMINATED_FILE, _DONE.dump_python(done, by_alias=True))

    for record in failed:
        before = done.get(record.workspace_id)
        if before is not None and before.terminated is not None:
            continue
        why = _why_not(services, record, asked_before=before is not None, note=note)
        note(record, why is None, why)
    return _leaving(services, [one.target_workspace_id for one in done.values() if one.terminated])


def _why_not(
    services: Services,
    record: MigrationRecord,
    *,
    asked_before: bool,
    note: Callable[[MigrationRecord, bool | None, str | None], None],
) -> str | None:
    """Why the record's target stays; None where it is on its way out, or gone since it was asked for.

    The answer to an earlier call may be lost, and the target gone by now: that the service does not return
    it is then what was asked for. So what is about to be asked is noted before.
    """
    target_id = record.target_workspace_id or ""
    found = services.workspaces.describe([record.workspace_id, target_id])
    target = found.get(target_id)
    if asked_before if target is None else target.state in GONE:
        return None
    connection = services.workspaces.connections([target_id]).get(target_id)
    around = Around(found.get(record.workspace_id), target, connection)
    against = "; ".join(objections(record, around))
    if against:
        return against
    note(record, None, None)
    return services.workspaces.terminate(target_id)


def _leaving(services: Services, target_ids: Sequence[str]) -> int:
    if not target_ids:
        return 0
    found = services.workspaces.describe(target_ids)
    states = [found[one].state if one in found else None for one in target_ids]
    return sum(1 for state in states if state not in _GONE)


def told_of_targets(services: Services, run_id: str) -> Iterator[tuple[str, Remark]]:
    """WorkSpaces, and what the report says of their failed targets."""
    done = services.runs.read_as(run_id, TERMINATED_FILE, _DONE.validate_python) or {}
    for workspace_id, one in done.items():
        target = one.target_workspace_id
        if one.terminated:
            yield workspace_id, Remark(f"target {target} was left in ERROR and has been terminated", _AFTER)
        elif one.terminated is None:
            yield (
                workspace_id,
                Remark(f"whether target {target} has been terminated is not known: look at it"),
            )
        else:
            yield workspace_id, Remark(f"target {target} was not terminated: {one.why}")
