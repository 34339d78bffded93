"""The computers of the WorkSpaces that exist in a directory's domain: what no clean-up may touch."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from botocore.exceptions import BotoCoreError, ClientError

from migrator.adapters.clear_answers import UnclearAnswer
from migrator.domain.computers import Living
from migrator.services import Services

FRESH = timedelta(minutes=5)
"""A list that is older is not relied on: it is made anew."""


_TIME_LEFT = 60.0
"""Seconds of the invocation that a list must leave: one that takes longer is given up."""


class _NoTime(Exception):
    """The list is too long for what is left of the invocation."""


class LivingComputers:
    """Lists the directory's WorkSpaces when somebody first asks, and again when the list is not fresh."""

    def __init__(self, services: Services, directory_id: str, seconds_left: Callable[[], float]) -> None:
        self._services = services
        self._directory_id = directory_id
        self._seconds_left = seconds_left
        self._listed: Living | None = None

    def now(self) -> Living | None:
        """None where the service could not be asked, or not to the end."""
        now = self._services.clock.now()
        if self._listed is None or now - self._listed.listed_at > FRESH:
            try:
                self._listed = self._list()
            except (ClientError, BotoCoreError, UnclearAnswer, _NoTime):
                self._listed = None
        return self._listed

    def forget(self) -> None:
        """Whoever asks next gets a new list."""
        self._listed = None

    def _list(self) -> Living:
        # From the first page on: whatever came to be since is not on the list.
        began = self._services.clock.now()
        workspaces = self._services.workspaces
        states: dict[str, str] = {}
        for directory_id in workspaces.of_the_same_domain(self._directory_id):
            token: str | None = None
            while True:
                if self._seconds_left() < _TIME_LEFT:
                    raise _NoTime
                page, token = workspaces.page(directory_id=directory_id, bundle_id=None, token=token)
                for one in page:
                    if one.computer_name and one.state != "TERMINATED":
                        states[one.computer_name] = one.state
                if token is None:
                    break
        return Living.of(states, began)
