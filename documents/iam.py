"""docs/iam.md: what each role may do, on what, and why, from the tables that the roles are made of."""

from __future__ import annotations

from collections.abc import Iterator

from infra.function_table import COMMON_FUNCTION_GRANTS, DIRECTORY_GRANTS, FUNCTIONS, SWEEP
from infra.machine_grants import (
    DISTRIBUTED_MAP_GRANTS,
    SCHEDULER_GRANTS,
    STATE_MACHINE_GRANTS,
    SWEEP_SCHEDULE_GRANTS,
)
from infra.permissions import Grant, Resource
from infra.resource_policies import SAID
from infra.used_by_aws import USED_BY_AWS

_BEGINNING = """# Permissions

Each function, the state machine and the schedules have a role of their own, made of the tables in
`infra/function_table.py`; so is this page, by `make documents`. No role has a managed policy, a boundary of
another's making or an action with a wildcard.

Tests hold it together: the synthesized template grants exactly this (`tests/infra/test_permissions.py`);
rehearsals are refused whatever is not granted, and each permission that is taken away is missed by its name
(`tests/workflow/test_roles.py`, and deployed `tests/deployed/test_roles.py`, `test_services.py` and
`test_sweep.py`), but for those that [AWS uses itself](#used-by-aws-without-a-call-of-ours); a
`*` stands only where AWS's Service Authorization Reference has no resource type for the action, and each has
its reason [below](#where-a--stands). A call that a role refuses is logged as `permission refused`, and there
is an alarm on it.
"""

_HEAD = "| Action | Resource | Why |\n|---|---|---|\n"

_STARS = """
## Where a `*` stands

| Action | The service's reason | Roles |
|---|---|---|
"""

_USED_BY_AWS = """
## Used by AWS without a call of ours

Each permission that is not in this list is taken away by a test, and missed by name. These no rehearsal can
miss; they are what the guides of Lambda and Step Functions ask for.

| Actions | Used when |
|---|---|
"""

_SAID = """
## Policies of resources, and who may take on the roles

Within the account a role's own policies decide; these let services in, or keep everybody out. A test
(`tests/infra/test_resource_policies.py`) knocks at each as whom it should let in, and as others, and sees
that no statement, action, resource, condition or principal of them can be changed unnoticed.

| On | Effect | Who | Action | If | Why |
|---|---|---|---|---|---|
"""

ROLES: tuple[tuple[str, str, tuple[Grant, ...]], ...] = (
    (
        "Every function",
        "In the role of each function, besides what its own section says.",
        COMMON_FUNCTION_GRANTS,
    ),
    *((f"`{spec.name}`", spec.purpose + ".", spec.grants) for spec in (*FUNCTIONS, SWEEP)),
    (
        "Functions that reach directories",
        "Only in a stage that has `directories`, besides: "
        + ", ".join(f"`{spec.name}`" for spec in (*FUNCTIONS, SWEEP) if spec.reaches_directories)
        + ".",
        DIRECTORY_GRANTS,
    ),
    ("The state machine", "Its role, in two policies.", (*STATE_MACHINE_GRANTS, *DISTRIBUTED_MAP_GRANTS)),
    ("Schedules", "Only in a stage that has `schedules`.", SCHEDULER_GRANTS),
    ("The sweep's schedule", "Only in a stage that has a `sweep`.", SWEEP_SCHEDULE_GRANTS),
)
"""Whose role, what is to be said of it, and its grants."""


def iam() -> str:
    """The document."""
    parts = [_BEGINNING]
    for name, told, grants in ROLES:
        parts.append(f"\n## {name}\n\n{told}\n\n{_HEAD}")
        parts += [f"| {_actions(grant)} | {_resource(grant)} | {grant.why} |\n" for grant in grants]
    parts.append(_SAID)
    parts += _said()
    parts.append(_USED_BY_AWS)
    parts += (f"| `{action}` | {why} |\n" for action, why in USED_BY_AWS.items())
    parts.append(_STARS)
    parts += _stars()
    return "".join(parts)


def _actions(grant: Grant) -> str:
    return ", ".join(f"`{action}`" for action in grant.actions)


def _resource(grant: Grant) -> str:
    return "`*`" if grant.on is Resource.ANY else grant.on.value


def _said() -> Iterator[str]:
    for one in SAID:
        actions = ", ".join(f"`{action}`" for action in one.actions)
        condition = f"`{one.condition}`" if one.condition else ""
        yield f"| {one.on} | {one.effect} | {one.principal} | {actions} | {condition} | {one.why} |\n"


def _stars() -> Iterator[str]:
    roles: dict[tuple[str, str], list[str]] = {}
    for name, _, grants in ROLES:
        for grant in grants:
            if grant.on is Resource.ANY:
                for action in grant.actions:
                    roles.setdefault((action, grant.no_arn), []).append(name)
    for (action, reason), names in sorted(roles.items()):
        yield f"| `{action}` | {reason} | {', '.join(names)} |\n"
