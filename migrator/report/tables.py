"""The run as tables for other tools: results.csv, id-map.csv and the lines that move Terraform's state."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from migrator.domain.moments import iso
from migrator.domain.outcomes import ALARMING, FAILURES, Outcome
from migrator.domain.report import Consequences, RunReport, WorkspaceCost, WorkspaceLine
from migrator.report.figures import minutes_taken

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

# Control characters but tab and line ends, marks of direction, signs of no width. Not U+200C and U+200D:
# there are scripts that cannot be written without them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)

RESULT_COLUMNS = (
    "workspaceId",
    "targetWorkspaceId",
    "userName",
    "directoryId",
    "sourceBundleId",
    "targetBundleId",
    "outcome",
    "reason",
    "detail",
    "nextStep",
    "warnings",
    "startedAt",
    "endedAt",
    "minutes",
    "batchId",
    "computerName",
    "targetComputerName",
    "ipAddress",
    "targetIpAddress",
    "rootVolumeGib",
    "newRootVolumeGib",
    "userVolumeGib",
    "newUserVolumeGib",
    "userVolumeAsOf",
    "lost",
    "oldProfile",
    "monthlyFee",
    "newMonthlyFee",
    "monthlyDifference",
    "oldInMonth",
    "newInMonth",
    "hourlyRate",
    "newHourlyRate",
    "uncountedGib",
    "newUncountedGib",
    "costUnknown",
)
"""Named as in report.json; `minutes` is endedAt less startedAt, `warnings` are joined by a
semicolon. The volumes and what follows them are a dry run's; money is US dollars."""

ID_MAP_COLUMNS = (
    "oldWorkspaceId",
    "newWorkspaceId",
    "userName",
    "directoryId",
    "oldComputerName",
    "newComputerName",
    "oldIpAddress",
    "newIpAddress",
)


def neutral(cell: str | None) -> str:
    """The cell's text, which no spreadsheet takes for a formula: a leading apostrophe where it could, also
    behind blanks. Signs that control a terminal or turn the writing round show as U+FFFD; report.json has
    them as they are.
    """
    if cell is None:
        return ""
    shown = _UNSEEN.sub("\ufffd", cell)
    return (
        f"'{shown}"
        if shown.startswith(_FORMULA) or shown.lstrip(" \u00a0\ufffd").startswith(_FORMULA)
        else shown
    )


def results_csv(report: RunReport) -> str:
    """Every WorkSpace of the run with its outcome, as CSV (RFC 4180, header first)."""
    return _csv(RESULT_COLUMNS, (_result(line) for line in report.workspaces))


def id_map_csv(report: RunReport) -> str:
    """Old to new id, computer name and address of the migrated ones: for inventories and firewalls."""
    return _csv(
        ID_MAP_COLUMNS,
        (
            (
                line.workspace_id,
                line.target_workspace_id,
                line.user_name,
                line.directory_id,
                line.computer_name,
                line.target_computer_name,
                line.ip_address,
                line.target_ip_address,
            )
            for line in _migrated(report)
        ),
    )


RETRY_COLUMNS = ("WorkspaceId", "TargetBundleId", "Outcome", "Reason")


def retry_csv(report: RunReport) -> str:
    """Those that another run may try again, as an inventory that its input can name.

    Not the stuck and the lost: they wait for AWS Support.
    """
    again = (FAILURES - ALARMING) | {Outcome.DEFERRED}
    return _csv(
        RETRY_COLUMNS,
        (
            (line.workspace_id, line.target_bundle_id, line.outcome.value, line.reason)
            for line in report.workspaces
            if line.outcome in again
        ),
    )


def _result(line: WorkspaceLine) -> tuple[str | None, ...]:
    minutes = minutes_taken(line)
    return (
        line.workspace_id,
        line.target_workspace_id,
        line.user_name,
        line.directory_id,
        line.source_bundle_id,
        line.target_bundle_id,
        line.outcome.value,
        line.reason,
        line.detail,
        line.next_step,
        "; ".join(line.warnings),
        iso(line.started_at) if line.started_at else None,
        iso(line.ended_at) if line.ended_at else None,
        None if minutes is None else f"{minutes:.1f}",
        line.batch_id,
        line.computer_name,
        line.target_computer_name,
        line.ip_address,
        line.target_ip_address,
        *_effects(line.consequences),
    )


def _effects(told: Consequences | None) -> tuple[str | None, ...]:
    if told is None:
        return (None,) * 17
    return (
        *(
            None if gib is None else str(gib)
            for gib in (
                told.root_volume_gib,
                told.new_root_volume_gib,
                told.user_volume_gib,
                told.new_user_volume_gib,
            )
        ),
        iso(told.user_volume_as_of) if told.user_volume_as_of else None,
        " ".join(told.lost),
        told.old_profile,
        *_cost(told.cost or WorkspaceCost()),
    )


def _cost(cost: WorkspaceCost) -> tuple[str | None, ...]:
    amounts = (
        cost.monthly_fee,
        cost.new_monthly_fee,
        cost.monthly_difference,
        cost.old_in_month,
        cost.new_in_month,
        cost.hourly_rate,
        cost.new_hourly_rate,
    )
    gib = (cost.uncounted_gib, cost.new_uncounted_gib)
    return (*(None if one is None else str(one) for one in (*amounts, *gib)), cost.unknown)


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return text.getvalue()


def _migrated(report: RunReport) -> list[WorkspaceLine]:
    return [line for line in report.workspaces if line.outcome is Outcome.MIGRATED]


_WORKSPACE_ID = re.compile(r"ws-[0-9a-z]{1,63}")
_BUNDLE_ID = re.compile(r"wsb-[0-9a-z]{1,63}")
_RUN_ID = re.compile(r"[0-9A-Za-z_.-]{1,80}")

_TERRAFORM_HEAD = """\
#!/bin/sh
# Terraform still knows these WorkSpaces by the ids they had before their migration, and would replace them:
# a changed bundle_id forces a new resource. These lines make each resource's address stand for the new id.
#
# 1. Set bundle_id in your configuration to the bundle named at each WorkSpace.
# 2. Run this where you run terraform. The first line keeps a copy of the state.
# 3. Run terraform plan: it must want to replace nothing.
#
# Lines whose WorkSpace is not in this state do nothing. If an import fails, the script stops there:
# repeat that import with the address printed before it, then run the script again.
"""


def terraform_moves(report: RunReport) -> str:
    """A POSIX shell script of `terraform state rm` and `terraform import` for what migrated.

    It holds ids only, each checked against the service's own pattern, and no names: nothing in it needs
    quoting. A WorkSpace whose ids do not fit is left out and counted in a comment.
    """
    migrated = _migrated(report)
    moves = [_move(line) for line in migrated]
    written = [move for move in moves if move is not None]
    run_id = report.run_id if _RUN_ID.fullmatch(report.run_id) else "unnamed"
    parts = [_TERRAFORM_HEAD, f"# Run {run_id}: {len(written)} WorkSpaces.\n"]
    if left_out := len(moves) - len(written):
        parts.append(f"# {left_out} left out: an id was missing or not one of the service's.\n")
    if written:
        parts.append('set -eu\nterraform state pull > "before-migration.$$.tfstate"\n')
    return "\n".join(parts + written)


def _move(line: WorkspaceLine) -> str | None:
    old, new, bundle = line.workspace_id, line.target_workspace_id or "", line.target_bundle_id or ""
    if not (_WORKSPACE_ID.fullmatch(old) and _WORKSPACE_ID.fullmatch(new) and _BUNDLE_ID.fullmatch(bundle)):
        return None
    return (
        f"# {old} is now {new} on {bundle}\n"
        f'address="$(terraform state list -id={old})"\n'
        'if [ -n "$address" ]; then\n'
        '  echo "$address"\n'
        '  terraform state rm "$address"\n'
        f'  terraform import "$address" {new}\n'
        "fi\n"
    )
