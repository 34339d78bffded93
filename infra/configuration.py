"""What may differ between deployments: one typed object for each stage in cdk.json's context.

The CDK's own advice is to decide at synthesis, in code under review, and not with CloudFormation
parameters at deployment: so a stage is an entry of `context.stages` in cdk.json, and whatever is
wrong with it is reported by its path before anything is synthesized.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.directory_configuration import Directory, load_directories
from infra.schedule_configuration import Schedule, inventory_bucket, load_schedules
from infra.sweep_configuration import Sweep, load_sweep
from migrator.domain.documents import document_from

# The only retention times CloudWatch Logs accepts (PutRetentionPolicy).
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
REMOVAL_POLICIES = ("retain", "destroy")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class ConfigurationFault(ValueError):
    """The stages in cdk.json cannot be used; `faults` names every one by its path."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("cdk.json: " + "; ".join(faults))


@dataclass(frozen=True)
class StageConfiguration:
    """One deployment of the product. In cdk.json the same names are written in camelCase.

    Raises ConfigurationFault through `load_stages`; the constructor itself checks nothing.
    """

    name: str
    """The stage's key in cdk.json; part of the stack's name."""
    removal_policy: str
    """`retain` keeps ledger, runs bucket and logs when the stack goes, and protects both from
    deletion; `destroy` lets them go with it."""
    log_retention_days: int
    """How long CloudWatch keeps the functions' and the state machine's logs, in days."""
    account: str | None = None
    """The 12 digits of the account; absent: whichever account is at hand when deploying."""
    region: str | None = None
    """The Region; absent: whichever is at hand when deploying."""
    api_rate_per_second: float = 2.0
    """The WorkSpaces API calls a second that all functions together may make. The service allows
    2 per account and Region unless AWS raised it."""
    api_burst: int = 5
    """The calls that may be made at once after a pause; the service allows 5."""
    address_reserve: int = 1
    """Free addresses of a directory's subnets that migrations leave for others."""
    ledger_retention_days: int = 400
    """How long the ledger remembers a run's rows, in days, before DynamoDB expires them."""
    run_retention_days: int | None = None
    """How long the runs bucket keeps a run's plan and reports, in days; absent: for ever."""
    noncurrent_version_days: int = 30
    """How long the runs bucket keeps an overwritten or deleted object's old version, in days."""
    log_level: str = "INFO"
    """The functions' log level."""
    inventory_buckets: tuple[str, ...] = ()
    """Names of the buckets a run's `select.inventory` may name, besides none."""
    notification_emails: tuple[str, ...] = ()
    """Addresses that get every notification; each must confirm its subscription by mail."""
    chat_topic: bool = False
    """Whether there is a topic for a chat channel, to be connected in Amazon Q Developer."""
    log_user_names: bool = False
    """Whether the logs may name users; else they hold ids only."""
    schedules: tuple[Schedule, ...] = ()
    """Runs that start by themselves."""
    directories: tuple[Directory, ...] = ()
    """Directories whose computer objects may be cleaned up, and how each is reached (docs/directory.md)."""
    sweep: Sweep | None = None
    """Looks, every so many days, for computer objects that migrations left; absent: nothing does."""

    @property
    def retains_data(self) -> bool:
        """Whether ledger, runs bucket and logs outlive the stack."""
        return self.removal_policy == "retain"


def read_context(project: Path) -> dict[str, Any]:
    """The context of cdk.json, which otherwise only the CDK's command line reads.

    Raises ConfigurationFault when the file holds no JSON object.
    """
    try:
        content = document_from((project / "cdk.json").read_bytes())
        return dict(content["context"])
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise ConfigurationFault([f"not a JSON object with a context: {fault}"]) from fault


def load_stages(context: Mapping[str, Any]) -> dict[str, StageConfiguration]:
    """The stages of cdk.json's context, by name.

    Raises ConfigurationFault that names every fault, not the first one only.
    """
    stages = context.get("stages")
    if not isinstance(stages, Mapping) or not stages:
        raise ConfigurationFault(["context.stages: at least one stage is needed, by its name"])
    faults: list[str] = []
    loaded: dict[str, StageConfiguration] = {}
    for name, values in stages.items():
        stage = _load_stage(str(name), values, faults)
        if stage is not None:
            loaded[stage.name] = stage
    if faults:
        raise ConfigurationFault(faults)
    return loaded


def _load_stage(name: str, values: object, faults: list[str]) -> StageConfiguration | None:
    path = f"context.stages.{name}"
    before = len(faults)
    # It becomes part of the stack's name, which CloudFormation limits to this alphabet.
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", name):
        faults.append(f"{path}: a stage's name is lower-case letters, digits and hyphens")
    if not isinstance(values, Mapping):
        faults.append(f"{path}: must be an object")
        return None
    fields = {_camel(f.name): f for f in dataclasses.fields(StageConfiguration) if f.name != "name"}
    accepted: dict[str, Any] = {}
    for key, value in values.items():
        if key not in fields:
            faults.append(f"{path}.{key}: unknown key; {_nearest(key, fields)}")
            continue
        attribute = fields[key].name
        if attribute == "schedules":
            accepted[attribute] = load_schedules(value, f"{path}.{key}", faults)
            continue
        if attribute == "directories":
            accepted[attribute] = load_directories(value, f"{path}.{key}", faults)
            continue
        if attribute == "sweep":
            accepted[attribute] = load_sweep(value, f"{path}.{key}", faults)
            continue
        complaint = _CHECKS[attribute](value)
        if complaint:
            faults.append(f"{path}.{key}: {complaint}")
        accepted[attribute] = tuple(value) if isinstance(value, list) else value
    for key, field in fields.items():
        if field.default is dataclasses.MISSING and key not in values:
            faults.append(f"{path}.{key}: is required")
    if ("account" in accepted) != ("region" in accepted):
        faults.append(f"{path}: account and region go together: give both, or neither")
    readable = accepted.get("inventory_buckets", ())
    for schedule in accepted.get("schedules", ()):
        bucket = inventory_bucket(schedule)
        if bucket is not None and bucket not in readable:
            faults.append(
                f"{path}.schedules.{schedule.name}.input: $.select.inventory.bucket: {bucket} is none of "
                "inventoryBuckets; add it there, or the run may not read it"
            )
    if accepted.get("sweep") and not accepted.get("directories"):
        faults.append(f"{path}.sweep: there is nothing to sweep; configure directories, or leave it out")
    if len(faults) > before:
        return None
    return StageConfiguration(name=name, **accepted)


def _camel(attribute: str) -> str:
    first, *rest = attribute.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _nearest(key: str, valid: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(key, valid, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    return "valid keys are " + ", ".join(sorted(valid))


def _text(pattern: str, meaning: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        good = isinstance(value, str) and re.fullmatch(pattern, value) is not None
        return "" if good else f"must be {meaning}, not {value!r}"

    return check


def _one_of(*valid: object) -> Callable[[object], str]:
    def check(value: object) -> str:
        # True equals 1 in Python; a number of days is never a boolean.
        if not isinstance(value, bool) and value in valid:
            return ""
        return f"must be one of {', '.join(map(str, valid))}, not {value!r}"

    return check


def _one_of_booleans(value: object) -> str:
    return "" if isinstance(value, bool) else f"must be true or false, not {value!r}"


def _number(kind: type[int | float], least: float, *, above: bool = False) -> Callable[[object], str]:
    def check(value: object) -> str:
        allowed = (int,) if kind is int else (int, float)
        bound = f"above {least:g}" if above else f"{least:g} or more"
        noun = "whole number" if kind is int else "number"
        good = isinstance(value, allowed) and not isinstance(value, bool)
        if good and isinstance(value, int | float) and (value > least or (value == least and not above)):
            return ""
        return f"must be a {noun}, {bound}, not {value!r}"

    return check


def _each(item: Callable[[object], str]) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, list):
            return f"must be a list, not {value!r}"
        return "; ".join(complaint for complaint in map(item, value) if complaint)

    return check


_CHECKS: dict[str, Callable[[object], str]] = {
    "removal_policy": _one_of(*REMOVAL_POLICIES),
    "log_retention_days": _one_of(*LOG_RETENTION_DAYS),
    "account": _text(r"\d{12}", "the 12 digits of an account"),
    "region": _text(r"[a-z]{2}(-[a-z]+)+-\d", "a Region such as eu-west-1"),
    "api_rate_per_second": _number(float, 0, above=True),
    "api_burst": _number(int, 1),
    "address_reserve": _number(int, 0),
    "ledger_retention_days": _number(int, 1),
    "run_retention_days": _number(int, 1),
    "noncurrent_version_days": _number(int, 1),
    "log_level": _one_of(*LOG_LEVELS),
    "inventory_buckets": _each(_text(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "the name of a bucket")),
    "chat_topic": _one_of_booleans,
    "log_user_names": _one_of_booleans,
    "notification_emails": _each(_text(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an e-mail address")),
}
