"""docs/configuration.md: what a stage in cdk.json may say."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

from pydantic import BaseModel

from documents.attributes import meanings
from infra.configuration import StageConfiguration
from infra.schedule_configuration import Schedule
from infra.sweep_configuration import Sweep
from migrator.domain.directory_access import DirectoryAccess

_BEGINNING = """# Configuration

A stage is an entry of `context.stages` in [cdk.json](../cdk.json); `make deploy STAGE=name` deploys it as the
stack `FleetMigrator-name`. What is wrong with it is named by its path before anything is synthesized. Made by
`make documents`.

| Key | Default | Meaning |
|---|---|---|
"""

_SCHEDULES = """
## Schedules

An entry of `schedules`, by its name, starts a run by itself. The execution bears the schedule's name and an
id that EventBridge Scheduler gives. A start that fails is repeated for an hour, then kept in a queue, and the
alarm `ScheduleDead` says so. Runs may overlap: they share the ledger, and none touches what another has.

| Key | Default | Meaning |
|---|---|---|
"""

_DIRECTORIES = """
## Directories

An entry of `directories`, by the directory's id, lets CleanUpDirectory change computer objects there
([how, and what it needs](directory.md)). Give `endpoints` or `dnsServers`.

| Key | Default | Meaning |
|---|---|---|
"""

_SWEEP = """
`sweep` has

| Key | Default | Meaning |
|---|---|---|
"""

_EXAMPLE = """
```json
{
  "prod": {
    "removalPolicy": "retain",
    "logRetentionDays": 365,
    "notificationEmails": ["workspaces-team@example.com"],
    "chatTopic": true,
    "schedules": {
      "saturday-wave": {
        "expression": "cron(0 22 ? * SAT *)",
        "timeZone": "Europe/Berlin",
        "flexibleMinutes": 10,
        "input": {
          "select": {"tags": {"Wave": "1"}},
          "target": {"bundleId": "wsb-2t22dcv5r"},
          "dryRun": false,
          "canary": 5
        }
      }
    }
  }
}
```

Checked at synthesis: the expression's six fields, the time zone's name, the input by the run's own schema,
and what contradicts itself. A schedule must say `dryRun`, so that whoever reads cdk.json sees which migrate.
One that recurs can have no `window`, which is one moment; one that happens once, `at(...)`, must leave an
hour before it closes.
"""


def configuration() -> str:
    """The document."""
    stage = (row for row in _rows(StageConfiguration) if not row.startswith("| `name`"))
    schedule = (row for row in _rows(Schedule) if not row.startswith("| `name`"))
    parts = (
        (_BEGINNING, stage),
        (_DIRECTORIES, _fields(DirectoryAccess)),
        (_SWEEP, _fields(Sweep)),
        (_SCHEDULES, schedule),
    )
    return "".join(head + "\n".join(rows) + "\n" for head, rows in parts) + _EXAMPLE


def _fields(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        told = "required" if field.is_required() else _told(field.default)
        yield f"| `{field.alias or name}` | {told} | {field.description} |"


def _rows(owner: type) -> Iterator[str]:
    defaults = {field.name: field.default for field in dataclasses.fields(owner)}
    for name, meaning in meanings(owner):
        default = defaults[name]
        told = "required" if default is dataclasses.MISSING else _told(default)
        yield f"| `{_key(name)}` | {told} | {meaning.replace('|', chr(92) + '|')} |"


def _told(default: object) -> str:
    if default in (None, (), []):
        return ""
    return f"`{json.dumps(default)}`"


def _key(attribute: str) -> str:
    """As cdk.json writes it."""
    if attribute == "input_json":
        return "input"
    first, *rest = attribute.split("_")
    return first + "".join(word.capitalize() for word in rest)
