"""Which migrations are looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from migrator.domain.durations import learned
from migrator.domain.records import MigrationRecord, Stage
from migrator.domain.run_input import Polling
from migrator.steps.choosing import worth_a_look
from tests.samples import NOW

USUAL = learned(0, 0.0)
POLLING = Polling()
PAGE = 12


def started(number: int, age: float, **more: Any) -> MigrationRecord:
    values: dict[str, Any] = {"target_workspace_id": f"ws-t{number}", "target_seen": True, **more}
    return MigrationRecord(
        f"ws-{number:03d}",
        "d-1",
        f"user{number}",
        "wsb-1",
        "wsb-2",
        "batch-0001",
        Stage.STARTED,
        sent=True,
        started_at=NOW - timedelta(seconds=age),
        **values,
    )


def chosen(*records: MigrationRecord) -> list[str]:
    return [record.workspace_id for record in worth_a_look(records, POLLING, USUAL, NOW)]


def test_nothing_is_looked_at_before_the_first_is_due() -> None:
    assert chosen(*(started(n, 599) for n in range(3))) == []
    assert chosen(started(0, 600), started(1, 10)) == ["ws-000", "ws-001"]


def test_the_likeliest_come_first() -> None:
    young, due = [started(n, 60) for n in range(20)], [started(n, 1500) for n in range(20, 25)]

    assert set(chosen(*young, *due)) >= {record.workspace_id for record in due}
    assert len(chosen(*young, *due)) == PAGE


def test_a_page_is_filled_with_targets_that_were_never_seen() -> None:
    seen = [started(n, 200) for n in range(30)]
    unseen = [started(n, 60, target_seen=False) for n in range(30, 36)]

    assert {record.workspace_id for record in unseen} < set(chosen(*seen, *unseen, started(99, 1500)))


def test_a_second_page_is_asked_for_where_something_on_it_has_probably_ended() -> None:
    assert len(chosen(*(started(n, 1500) for n in range(40)))) == 36 + 4
    assert len(chosen(*(started(n, 650) for n in range(20)))) == PAGE


def test_a_target_that_is_not_even_known_is_looked_for() -> None:
    lost = started(50, 700, target_workspace_id=None, target_seen=False)

    assert chosen(*(started(n, 900) for n in range(PAGE)), lost)[0] == "ws-050"


@given(st.lists(st.tuples(st.integers(0, 6000), st.booleans()), max_size=80))
def test_whole_pages_and_little_left_behind(ages: list[tuple[int, bool]]) -> None:
    records = [started(n, age, target_seen=seen) for n, (age, seen) in enumerate(ages)]
    found = chosen(*records)
    if not any(age >= POLLING.first_after_seconds for age, _ in ages):
        assert found == []
        return
    assert len(found) == len(set(found))
    assert len(found) == len(records) or len(found) % PAGE == 0
    left = [record for record in records if record.workspace_id not in found]
    ages_left = [(NOW - record.started_at).total_seconds() for record in left if record.started_at]
    assert USUAL.expected_ends(ages_left, POLLING.every_seconds) < 0.2
