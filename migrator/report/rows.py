"""The page's table as inert data: JSON inside a script element that no browser executes."""

from __future__ import annotations

import json

from migrator.domain.moments import iso
from migrator.domain.report import Consequences, RunReport, WorkspaceCost, WorkspaceLine

_UNSAFE = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def rows_json(report: RunReport) -> str:
    """`{"texts": [...], "rows": [...]}`: sentences and ids that recur are numbered, for the sake of size.

    The signs <, > and & are written as JSON escapes: no text can close the element or open a comment in it.
    """
    texts: dict[str, int] = {}

    def shared(text: str | None) -> int | None:
        return texts.setdefault(text, len(texts)) if text else None

    def cost(of: WorkspaceCost | None) -> list[object] | None:
        """Fees before and after, their shares in the month, rates an hour, GiB without a price; or why."""
        if of is None:
            return None
        if of.unknown:
            return [shared(of.unknown)]
        amounts = (of.monthly_fee, of.new_monthly_fee, of.old_in_month, of.new_in_month)
        rates = (of.hourly_rate, of.new_hourly_rate)
        told: list[object] = [None if one is None else float(one) for one in (*amounts, *rates)]
        return [*told, of.uncounted_gib, of.new_uncounted_gib]

    def effect(told: Consequences | None) -> list[object] | None:
        """Only what is this WorkSpace's own: what all have in common the page says once."""
        if told is None:
            return None
        return [
            told.root_volume_gib,
            told.new_root_volume_gib,
            told.user_volume_gib,
            told.new_user_volume_gib,
            iso(told.user_volume_as_of) if told.user_volume_as_of else None,
            cost(told.cost),
        ]

    def row(line: WorkspaceLine) -> list[object]:
        return [
            shared(line.outcome.value),
            line.user_name,
            line.workspace_id,
            line.target_workspace_id,
            shared(line.source_bundle_id),
            shared(line.target_bundle_id),
            shared(line.directory_id),
            shared(line.reason),
            shared(line.detail),
            shared(line.next_step),
            [shared(warning) for warning in line.warnings],
            iso(line.started_at) if line.started_at else None,
            iso(line.ended_at) if line.ended_at else None,
            shared(line.batch_id),
            line.computer_name,
            line.target_computer_name,
            line.ip_address,
            line.target_ip_address,
            effect(line.consequences),
        ]

    rows = [row(line) for line in report.workspaces]
    document = {"rows": rows, "texts": list(texts)}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE)
