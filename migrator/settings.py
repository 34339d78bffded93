"""What a function reads from its environment; the stack sets all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class MissingSetting(Exception):
    """An environment variable that the stack sets is missing or is no number."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one deployment."""

    stage: str
    ledger_table: str
    runs_bucket: str
    topic_arn: str
    chat_topic_arn: str | None
    """The topic a chat channel listens to; None where the stage has none."""
    event_bus: str
    """The name of the bus that gets the runs' events."""
    dashboard: str
    """The name of the dashboard that shows outcomes."""
    function: str
    """The function's short name."""
    names_users_in_logs: bool
    api_rate_per_second: float
    """Calls a second that the account may make to the WorkSpaces API, all functions together."""
    api_burst: int
    address_reserve: int
    """Addresses of a directory's subnets that migrations leave alone."""
    ledger_retention_days: int
    """After this many days the ledger forgets a run."""
    schedules: tuple[str, ...] = ()
    """Those that the stage has enabled, each as "group/name"."""
    directories_file: str | None = None
    """How to reach the directories; only the function that cleans up has it, where any is configured."""


def settings_from(environment: Mapping[str, str]) -> Settings:
    """The settings. Raises MissingSetting with the variable's name."""

    def text(name: str) -> str:
        value = environment.get(name, "")
        if not value:
            raise MissingSetting(f"{name} is not set; the stack sets it on every function")
        return value

    def number(name: str) -> float:
        value = text(name)
        try:
            return float(value)
        except ValueError:
            raise MissingSetting(f"{name} is no number: {value!r}") from None

    return Settings(
        stage=text("STAGE"),
        ledger_table=text("LEDGER_TABLE"),
        runs_bucket=text("RUNS_BUCKET"),
        topic_arn=text("TOPIC_ARN"),
        chat_topic_arn=environment.get("CHAT_TOPIC_ARN") or None,
        event_bus=text("EVENT_BUS"),
        dashboard=text("DASHBOARD"),
        function=text("POWERTOOLS_SERVICE_NAME"),
        names_users_in_logs=text("LOG_USER_NAMES") == "true",
        api_rate_per_second=number("API_RATE_PER_SECOND"),
        api_burst=int(number("API_BURST")),
        address_reserve=int(number("ADDRESS_RESERVE")),
        ledger_retention_days=int(number("LEDGER_RETENTION_DAYS")),
        schedules=tuple(filter(None, environment.get("SCHEDULES", "").split(","))),
        directories_file=environment.get("DIRECTORIES_FILE") or None,
    )
