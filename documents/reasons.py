"""docs/reasons.md: what every reason in a report means, from the rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrator.domain.fixed_rules import FIXED_RULES
from migrator.domain.outcomes import Outcome
from migrator.domain.passing_rules import PASSING_RULES
from migrator.domain.reasons import RUN_REASONS
from migrator.domain.rules import Rule
from migrator.domain.scenarios import Desktop, Kind, available, offered
from migrator.domain.severity import Severity

_INTRODUCTION = """# What each reason means

A report gives every WorkSpace one outcome and, where something kept it from migrating, one reason. A
reason is the id of a rule, one of the run's own, a state, or an error code of the service. What else
would have blocked is among the WorkSpace's warnings. "The guide" is *Migrate a WorkSpace* in the Amazon
WorkSpaces Administration Guide. Made by `make documents`.

A run's input sets each rule to `block`, `warn` or `off`: `{"rules": {"plus-edition": "warn"}}`. What is
unknown blocks.
"""

_WHEN = (
    (
        "Judged at planning: what waiting does not change",
        FIXED_RULES,
    ),
    (
        "Judged again seconds before each start: what changes",
        PASSING_RULES,
    ),
)

_SECOND_LOOK = """A dry run takes this second look too, so that its answer is the answer. What may heal by
itself is looked at again every ten minutes while the batch has others under way, and to the end of the
run's window; then the WorkSpace is Deferred.
"""

_OUTCOMES: dict[Outcome, str] = {
    Outcome.MIGRATED: "The target is there with the target bundle, at rest; the source is gone.",
    Outcome.ROLLED_BACK: "The target is gone, the source is back in its old bundle. With the reason `ERROR` "
    "the target is still there, in that state.",
    Outcome.NEVER_STARTED: "An hour after the call (polling.failedAfterMinutes) nothing has happened: the "
    "guide's silent failure.",
    Outcome.REFUSED: "The service said no; the reason is its error code.",
    Outcome.STUCK: "Source and target both exist after polling.stuckAfterMinutes, or the target does not "
    "come to rest; the reason is the target's state.",
    Outcome.LOST: "Neither source nor target is found, and the user has no WorkSpace on the target bundle.",
    Outcome.INELIGIBLE: "A rule blocks, and waiting would not help.",
    Outcome.DEFERRED: "Could go, not now.",
    Outcome.PLANNED: "Would go: a dry run.",
}

_OF_THE_SERVICE = """## Reasons that are the service's

| Reason | Outcome | What it means | What to do |
|---|---|---|---|
| `ERROR` | RolledBack | The target is left in this state; the source is back in its old bundle. | Terminate \
the target when nobody needs it, or set `terminateFailedTargets`. |
| `PENDING` or any other state | Stuck | The state the target is in. | Contact AWS Support with both ids; \
terminate neither before they answer. |
| `InvalidParameterValuesException` | Refused | The service does not take this target for this WorkSpace. | \
Mend what its message names. |
| `ResourceNotFoundException` | Refused | WorkSpace or bundle is gone. | Plan again. |
| `AccessDeniedException` | Refused | The start function may not migrate it. | Look at its role, and at \
policies of the organization. |
| `OperationNotSupportedException` | Refused | The service does not offer this migration. | Choose another \
target; its message says why. |
| `OperationInProgressException`, `ResourceUnavailableException` | Refused | "Not now", three times, two \
minutes apart. | Run again. |
| any other code | Refused | What its message says. | Mend it, then run again. |
"""


def reasons() -> str:
    """The document."""
    return "\n".join(_parts())


def _parts() -> Iterator[str]:
    yield _INTRODUCTION
    yield "## Outcomes\n"
    yield "| Outcome | What it means |\n|---|---|"
    for outcome in Outcome:
        yield f"| {outcome} | {_OUTCOMES[outcome]} |"
    for title, rules in _WHEN:
        yield f"\n## {title}\n"
        if rules is PASSING_RULES:
            yield _SECOND_LOOK
        for rule in rules:
            yield _section(rule)
    yield _scenarios()
    yield "## Reasons that are the run's\n"
    yield "| Reason | Outcome | What it means | What to do |\n|---|---|---|---|"
    for name, told in RUN_REASONS.items():
        yield f"| `{name}` | {told.outcome} | {told.meaning} | {told.remedy} |"
    yield f"\n{_OF_THE_SERVICE}"


def _section(rule: Rule[Any]) -> str:
    severity = (
        f"| Severity, whatever is set | {rule.severity} |"
        if rule.firm
        else (f"| Severity unless set | {rule.severity} |")
    )
    return (
        f"### `{rule.rule_id}`\n\n{rule.meaning}\n\n"
        f"| | |\n|---|---|\n| Source | {rule.source} |\n{severity}\n"
        f"| Outcome | {_outcome(rule)} |\n| What to do | {rule.remedy} |\n"
        f"| Asked by today's service | {rule.today} |\n"
    )


def _outcome(rule: Rule[Any]) -> str:
    told = {
        False: f"{Outcome.INELIGIBLE}: waiting does not help",
        True: f"{Outcome.DEFERRED}: it may heal by itself",
        None: f"{Outcome.DEFERRED} where it may heal by itself, otherwise {Outcome.INELIGIBLE}",
    }[rule.heals]
    if rule.note:
        return "none: a note, whatever the severity"
    return told if rule.severity is Severity.BLOCK else f"none: a warning. Set to block: {told}"


def _scenarios() -> str:
    desktops = [Desktop(kind, system) for system in ("Windows 7", "Windows 10") for kind in Kind]
    lines = ["## Available migration scenarios\n"]
    lines.append(
        "The guide's table, with what follows from its limits and its billing note (public Windows 10 to "
        f"another public Windows 10). It has {len(offered())} ways; what it does not list is not available. "
        "The Windows 10 experience includes Windows Server 2016 to 2025.\n"
    )
    lines.append(f"| From \\ to | {' | '.join(map(str, desktops))} | anything else |")
    lines.append("|---" * (len(desktops) + 2) + "|")
    for source in desktops:
        cells = ["yes" if available(source, target) else "no" for target in desktops]
        lines.append(f"| {source} | {' | '.join(cells)} | no |")
    lines.append(f"| anything else | {' | '.join(['no'] * (len(desktops) + 1))} |\n")
    return "\n".join(lines)
