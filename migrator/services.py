"""The adapters a function works with, put together from its environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.config import Config

from migrator.adapters.bus import Bus
from migrator.adapters.clear_answers import clear_session, insist_on_clear_answers
from migrator.adapters.clock import Clock, SystemClock
from migrator.adapters.configured_directories import ConfiguredDirectories, read_accesses
from migrator.adapters.directory import Directories, NoDirectories
from migrator.adapters.holds import Holds
from migrator.adapters.ledger import Ledger
from migrator.adapters.measures import Measures
from migrator.adapters.migrating import Migrating
from migrator.adapters.notices import Notices
from migrator.adapters.pace import Pace
from migrator.adapters.paced import Paced
from migrator.adapters.price_lists import PriceLists
from migrator.adapters.refusals import tell_refusals
from migrator.adapters.refused_credentials import RefusedCredentials
from migrator.adapters.runs import Runs
from migrator.adapters.schedules import Schedules
from migrator.adapters.table import Table
from migrator.adapters.told import Told
from migrator.adapters.witness import Witness
from migrator.adapters.workspaces import Addresses, Tags, Workspaces
from migrator.domain.metrics import Metric
from migrator.settings import Settings, settings_from

if TYPE_CHECKING:
    from mypy_boto3_workspaces import WorkSpacesClient

_PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 8}, connect_timeout=5, read_timeout=15)
"""Reads are repeated by the SDK with back-off: throttling costs time, never an outcome. A service that does
not answer at all costs less than a function may run."""

_SINGLE = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=15)
"""Reads of the WorkSpaces API: each attempt waits for its turn, and so none is the SDK's."""

_ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=60)
"""MigrateWorkspace has no idempotency token: the SDK must never send it twice."""

_BRIEF = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=3, read_timeout=5)
"""Events: a bus that does not answer must not take the time of the migrations."""

_PRICES = Config(retries={"total_max_attempts": 2}, connect_timeout=5, read_timeout=20)
"""The Price List is only told by the way: where it cannot be reached, a table stands in."""

_PRICE_LIST_REGION = "us-east-1"
"""The Price List has an endpoint in a few Regions only, and tells the prices of all."""

_DECISIVE = frozenset({"workspaces", "ec2", "resourcegroupstaggingapi"})
"""Services whose answers tell who may go and how it went."""


@cache
def _session() -> boto3.Session:
    return clear_session()


@cache
def _client(name: str, config: Config, region: str | None = None) -> Any:
    """One client per service and process: making one takes longer than most calls."""
    client: Any = _session().client(name, region_name=region, config=config)  # type: ignore[call-overload]
    tell_refusals(client, _refused)
    if name in _DECISIVE:
        insist_on_clear_answers(client)
    return client


def _refused(operation: str, code: str, why: str) -> None:
    """A record with its metric, of the function whose call it was."""
    services().measures.record(
        "permission refused",
        {Metric.PERMISSIONS_REFUSED: 1},
        dry_run=False,
        operation=operation,
        code=code,
        why=why,
    )


@dataclass
class Services:
    """The adapters of one invocation, each made when it is first needed."""

    settings: Settings
    clock: Clock
    stand_ins: Directories | None = None
    """Directories of a rehearsal, in place of those that are configured."""

    @cached_property
    def directories(self) -> Directories:
        if self.stand_ins is not None:
            return self.stand_ins
        if self.settings.directories_file is None:
            return NoDirectories()
        return ConfiguredDirectories(
            read_accesses(Path(self.settings.directories_file)),
            _client("secretsmanager", _PATIENT),
            RefusedCredentials(self._table, self.clock),
        )

    @cached_property
    def pace(self) -> Pace:
        return Pace(
            self._table,
            self.clock,
            rate=self.settings.api_rate_per_second,
            burst=self.settings.api_burst,
        )

    @cached_property
    def workspaces(self) -> Workspaces:
        client = Paced(_client("workspaces", _SINGLE), self.pace)
        return Workspaces(cast("WorkSpacesClient", client), self.pace)

    @cached_property
    def migrating(self) -> Migrating:
        return Migrating(_client("workspaces", _ONCE), self.pace)

    @cached_property
    def addresses(self) -> Addresses:
        return Addresses(_client("ec2", _PATIENT))

    @cached_property
    def price_lists(self) -> PriceLists:
        return PriceLists(_client("pricing", _PRICES, _PRICE_LIST_REGION))

    @cached_property
    def _table(self) -> Table:
        return Table(
            _client("dynamodb", _PATIENT),
            self.settings.ledger_table,
            self.clock,
            retention_days=self.settings.ledger_retention_days,
        )

    @cached_property
    def measures(self) -> Measures:
        return Measures(self.settings.stage, self.settings.function, self.clock)

    @cached_property
    def witness(self) -> Witness:
        return Witness(self.measures, names_users=self.settings.names_users_in_logs)

    @cached_property
    def bus(self) -> Bus:
        return Bus(_client("events", _BRIEF), self.settings.event_bus, self.clock)

    @cached_property
    def told(self) -> Told:
        return Told(self._table)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self._table, self.witness)

    @cached_property
    def holds(self) -> Holds:
        return Holds(self._table, self.witness)

    @cached_property
    def runs(self) -> Runs:
        return Runs(_client("s3", _PATIENT), self.settings.runs_bucket)

    @cached_property
    def notices(self) -> Notices:
        return Notices(_client("sns", _PATIENT), self.settings.topic_arn, self.settings.chat_topic_arn)

    @cached_property
    def schedules(self) -> Schedules:
        return Schedules(_client("scheduler", _PATIENT))

    def tags(self, execution_arn: str) -> Tags:
        """Tags in the partition, Region and account of the execution, whose ARN names them."""
        _, partition, _, region, account, *_ = execution_arn.split(":")
        return Tags(
            _client("resourcegroupstaggingapi", _PATIENT), partition=partition, region=region, account=account
        )


_stand_ins: Directories | None = None
_clock: Clock | None = None


def services() -> Services:
    """The adapters for this invocation, from the function's environment."""
    return Services(settings_from(os.environ), _clock or SystemClock(), _stand_ins)


@contextmanager
def rehearsing(directories: Directories | None, clock: Clock | None = None) -> Iterator[None]:
    """While inside, these directories (if any) stand in for the configured ones, this clock (if any)
    for the machine's, and no client is kept."""
    global _stand_ins, _clock
    _stand_ins, _clock = directories, clock
    _forget_clients()
    try:
        yield
    finally:
        _stand_ins = _clock = None
        _forget_clients()


def _forget_clients() -> None:
    _client.cache_clear()
    _session.cache_clear()
