"""The list of living computers: made when it is asked for, made anew when it is old, none when in doubt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError

from migrator.services import Services
from migrator.steps.living import FRESH, LivingComputers

BEGAN = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)


@dataclass
class Account:
    """WorkSpaces of one domain that come and go, and a clock that somebody moves on."""

    states: dict[str, str] = field(default_factory=dict)
    at: datetime = BEGAN
    seconds_left: float = 900.0
    reached: bool = True

    def now(self) -> datetime:
        return self.at

    def of_the_same_domain(self, directory_id: str) -> list[str]:
        return [directory_id]

    def page(self, **_: Any) -> tuple[list[Any], None]:
        if not self.reached:
            raise EndpointConnectionError(endpoint_url="https://workspaces")
        rows = [SimpleNamespace(computer_name=name, state=state) for name, state in self.states.items()]
        return rows, None

    def living(self) -> LivingComputers:
        services = SimpleNamespace(clock=self, workspaces=self)
        return LivingComputers(cast("Services", services), "d-9067b2d8e5", lambda: self.seconds_left)


def names(living: LivingComputers, *asked: str) -> list[bool]:
    listed = living.now()
    assert listed is not None
    return [listed.has(name) for name in asked]


def test_whatever_state_it_is_in_a_workspace_lives_until_it_is_terminated() -> None:
    account = Account({"A": "AVAILABLE", "B": "STOPPED", "C": "ERROR", "D": "TERMINATING", "E": "TERMINATED"})

    assert names(account.living(), "A", "B", "C", "D", "E") == [True, True, True, True, False]


@pytest.mark.parametrize(("age", "known"), [(FRESH, False), (FRESH + timedelta(seconds=1), True)])
def test_a_list_is_relied_on_for_so_long_and_then_made_anew(age: timedelta, known: bool) -> None:
    account = Account({"A": "AVAILABLE"})
    living = account.living()
    assert names(living, "B") == [False]

    account.states["B"] = "PENDING"
    account.at += age

    assert names(living, "B") == [known]


def test_a_list_is_forgotten_on_request() -> None:
    account = Account({"A": "AVAILABLE"})
    living = account.living()
    assert names(living, "B") == [False]
    account.states["B"] = "PENDING"

    living.forget()

    assert names(living, "B") == [True]


def test_a_service_that_is_not_reached_or_not_in_time_gives_no_list() -> None:
    account = Account({"A": "AVAILABLE"})
    living = account.living()
    assert names(living, "A") == [True]
    account.at += FRESH + timedelta(seconds=1)

    account.reached = False
    assert living.now() is None

    account.reached, account.seconds_left = True, 59.0
    assert living.now() is None
