"""Schedule expressions: what EventBridge Scheduler takes passes, what it refuses is named."""

from __future__ import annotations

import pytest

from infra.cron import faults_of_expression, once_at


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 22 ? * SAT *)",
        "cron(0 22 ? * 7 *)",
        "cron(15 10 ? * 6L 2027-2030)",
        "cron(0 18 ? * MON-FRI *)",
        "cron(0/15 8-17 ? JAN,MAR 2#1 *)",
        "cron(*/15 * 1W * ? *)",
        "cron(0 0 L * ? *)",
        "cron(0 0 LW 12 ? 2199)",
        "cron(0,30 0 1,15 1-6 ? *)",
        "cron(0 2 ? * SUN#2 *)",
        "at(2026-11-28T22:00:00)",
    ],
)
def test_what_the_scheduler_takes_passes(expression: str) -> None:
    assert faults_of_expression(expression) == []


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("0 22 ? * SAT *", "must be cron(...) or at(...)"),
        ("rate(7 days)", "must be cron(...) or at(...)"),
        ("cron(0 22 * * 6)", "has 5 fields; give six"),
        ("cron(0  22 ? * SAT *)", "has 7 fields"),
        ("cron(60 22 ? * SAT *)", "minutes '60'"),
        ("cron(0 24 ? * SAT *)", "hours '24'"),
        ("cron(0 22 32 * ? *)", "day of month '32'"),
        ("cron(0 22 0 * ? *)", "day of month '0'"),
        ("cron(0 22 ? 13 SAT *)", "month '13'"),
        ("cron(0 22 ? * SATURDAY *)", "day of week 'SATURDAY'"),
        ("cron(0 22 ? * 0 *)", "day of week '0'"),
        ("cron(0 22 ? * SAT#6 *)", "day of week 'SAT#6'"),
        ("cron(0 22 ? * FRI-MON *)", "day of week 'FRI-MON'"),
        ("cron(0 22 ? * sat *)", "day of week 'sat'"),
        ("cron(0 22 ? * SAT 1969)", "year '1969'"),
        ("cron(0 22 ? * SAT ?)", "year '?'"),
        ("cron(0/0 22 ? * SAT *)", "minutes '0/0'"),
        ("cron(*-5 22 ? * SAT *)", "minutes '*-5'"),
        ("cron(0, 22 ? * SAT *)", "minutes '0,'"),
        ("cron(٣ 22 ? * SAT *)", "minutes '٣'"),
        ("cron(0 22 * * SAT *)", "they contradict each other"),
        ("cron(0 22 ? * ? *)", "they contradict each other"),
        ("at(2026-11-31T22:00:00)", "takes a moment"),
        ("at(2026-11-28T22:00:00Z)", "takes a moment"),
        ("at(2026-11-28)", "takes a moment"),
        (7, "must be a text"),
    ],
)
def test_what_it_does_not_is_named_with_its_field(expression: object, told: str) -> None:
    [fault] = faults_of_expression(expression)
    assert told in fault


def test_every_wrong_field_is_named() -> None:
    assert len(faults_of_expression("cron(60 24 32 13 8 1)")) == 6 + 1


def test_only_what_happens_once_has_a_moment() -> None:
    moment = once_at("at(2026-11-28T22:00:00)")
    assert moment is not None
    assert moment.hour == 22
    assert once_at("cron(0 22 ? * SAT *)") is None
