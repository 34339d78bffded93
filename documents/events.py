"""docs/events.md: what a run puts on the event bus."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from documents.result_schemas import event_schemas, file_name
from migrator.domain.events import EVENTS, SCHEMA_VERSION, SOURCE

NEEDS_SUPPORT = {
    "source": [SOURCE],
    "detail-type": ["WorkSpace Finished"],
    "detail": {"outcome": ["Stuck", "Lost"]},
}
"""A rule's pattern, as an example."""

_AGAIN = "; one more where it was interrupted, went on and came to something else"

_BEGINNING = f"""# Events

Each run tells what happens to it on the stack's own EventBridge bus, `FleetMigrator-<stage>-events` (the
output `EventBusName`). A rule on it can start what you like: a welcome mail, a ticket, a CMDB update. Made by
`make documents` from the models that the functions put.

| Event | When | How many |
|---|---|---|
| `Run Started` | the fleet is assessed, the plan is written | one for each run{_AGAIN} |
| `WorkSpace Finished` | a WorkSpace has its outcome | one for each row of the report; none in a dry run |
| `Batch Finished` | all of a batch have theirs | one for each batch; none in a dry run |
| `Run Finished` | the report is written | one for each run{_AGAIN} |

`source` is `{SOURCE}`, `detail-type` the event's name, `time` and `detail.at` the moment it happened.

## What you may rely on

- **At least once.** A function that is repeated may put an event again. Repeats have the same `eventId`: drop
  what you have seen. Different ids are different happenings.
- **The later one holds.** A run that was interrupted and went on, or was redriven, may tell another outcome
  of a WorkSpace than before, under another id.
- **None is forgotten.** Whatever the functions did not come to put, or the bus did not take, the report puts:
  then it is late, and `at` still says when it happened.
- **No order.** EventBridge promises none, and those that planning keeps from going come before `Run Started`;
  `at` has seconds.
- **No user names.** Ids, bundles, outcomes, reasons. Names are in the report, which the bucket guards.
- **Versioned.** `schemaVersion` is `{SCHEMA_VERSION}`. It rises when a field goes or changes its meaning; new
  fields come without notice.
- **A bus that fails fails no migration.** It shows as the metric `EventsNotPut` and its alarm.

A run whose input is refused, and one whose report cannot be written, puts no `Run Finished`. Step Functions
itself tells the default bus how an execution ended (`Step Functions Execution Status Change`).

## A rule

What needs AWS Support at once ([needs-support.pattern.json](events/needs-support.pattern.json)):

```json
{json.dumps(NEEDS_SUPPORT, indent=2)}
```

```
aws events put-rule --event-bus-name FleetMigrator-prod-events --name needs-support \\
  --event-pattern file://docs/events/needs-support.pattern.json
```

"""


def events_document() -> str:
    """The document."""
    return _BEGINNING + "\n".join(_parts())


def _parts() -> Iterator[str]:
    schemas = event_schemas()
    for event in EVENTS:
        name = file_name(event)
        yield f"## {event.detail_type}\n"
        yield f"{event.__doc__} Schema of its detail: [{name}](events/{name}).\n"
        yield "| Field | Type | Meaning |\n|---|---|---|"
        yield from _rows(schemas[name])
        yield ""


def _rows(schema: dict[str, Any]) -> Iterator[str]:
    for name, field in schema["properties"].items():
        yield f"| `{name}` | {_kind(schema, field)} | {field['description']} |"


def _kind(schema: dict[str, Any], field: dict[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(_kind(schema, one) for one in field["anyOf"])
    if "const" in field:
        return f"`{json.dumps(field['const'])}`"
    if "$ref" in field:
        return str(field["$ref"].rpartition("/")[2]).lower()
    if isinstance(field.get("additionalProperties"), dict):
        return "object: outcome to number" if "propertyNames" in field else "object of strings"
    return str(field.get("format", field["type"]))
