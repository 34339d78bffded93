"""The roles in the stack fit what the functions do: rehearsals show which calls each one makes.

A local AWS does not refuse what a role forbids, so the calls are compared with the table that the
roles are made from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from infra.function_table import COMMON_FUNCTION_GRANTS, FUNCTIONS, FunctionSpec
from infra.permissions import Grant, Resource
from rehearsal.cli import main
from tests.workflow.test_rehearse_command import small_fleet, the_input

# One call as one function makes it: its IAM action, and what it is done to.
Use = tuple[str, str, Resource]

BY_NAME = {
    "dynamodb": Resource.LEDGER,
    "events": Resource.EVENT_BUS,
    "ec2": Resource.ANY,
    "tag": Resource.ANY,
    "pricing": Resource.ANY,
}
ON_A_WORKSPACE = dict.fromkeys(
    (
        "workspaces:DescribeWorkspaceAssociations",
        "workspaces:DescribeWorkspaceSnapshots",
        "workspaces:MigrateWorkspace",
        "workspaces:TerminateWorkspaces",
    ),
    Resource.WORKSPACES,
)
ON_A_RESOURCE = ON_A_WORKSPACE | {"workspaces:DescribeBundleAssociations": Resource.BUNDLES}
ALSO_NEEDED = {
    # The topic is encrypted: who publishes must be allowed to use the key.
    "sns:Publish": [
        ("kms:Decrypt", Resource.TOPIC_KEY),
        ("kms:GenerateDataKey", Resource.TOPIC_KEY),
    ],
    # Both are checked.
    "workspaces:MigrateWorkspace": [("workspaces:MigrateWorkspace", Resource.BUNDLES)],
}
TRANSACTION_ACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


def test_every_call_a_function_makes_is_granted(uses: set[Use]) -> None:
    refused = [
        f"{function} needs {action} on {resource}"
        for function, action, resource in sorted(uses)
        if resource not in granted(function).get(action, set())
    ]
    assert not refused, "\n" + "\n".join(refused)


def test_no_function_is_granted_what_none_of_these_runs_needs(uses: set[Use]) -> None:
    spare = [
        f"{spec.name} never uses {action} on {grant.on}"
        for spec in FUNCTIONS
        for grant in spec.grants
        for action in grant.actions
        if (spec.name, action, grant.on) not in uses
    ]
    assert not spare, "\n" + "\n".join(spare)


@pytest.fixture(scope="module")
def uses(tmp_path_factory: pytest.TempPathFactory) -> set[Use]:
    """What the functions do in runs that together take every way through them."""
    found: set[Use] = set()
    behaviours = (
        "migrates",
        "rolls-back+leaves-target",
        "never-starts",
        "sticks",
        "lost",
        "migrates",
        "migrates",
    )
    fleet = small_fleet(*behaviours)
    first, second = fleet["Workspaces"][0]["WorkspaceId"], fleet["Workspaces"][5]["WorkspaceId"]
    # A bundle of one's own has an image, which tells its licence.
    custom = {"BundleId": "wsb-0custom01", "Name": "Ours with Windows 10", "Owner": "123456789012"}
    fleet["Bundles"].append({**custom, "ImageId": "wsi-0custom01"})
    fleet["Images"] = [
        {"ImageId": "wsi-0custom01", "OperatingSystem": {"Type": "WINDOWS"}, "RequiredTenancy": "DEFAULT"}
    ]
    # What its name leaves open, the applications on a WorkSpace tell.
    office = {"BundleId": "wsb-0office01", "Name": "Office of the CFO, Windows 10", "Owner": "123456789012"}
    fleet["Bundles"].append({**office, "ImageId": "wsi-0custom01"})
    fleet["Applications"] = [{"ApplicationId": "wsa-0office01", "Name": "Microsoft Office 2019"}]
    fleet["Associations"] = {"wsb-0custom01": [{"AssociatedResourceId": "wsa-0office01"}]}
    on_office = {**fleet["Workspaces"][0], "WorkspaceId": "ws-0office001", "UserName": "cfo"}
    fleet["Workspaces"].append(on_office | {"BundleId": "wsb-0office01"})
    fleet["Tags"] = {w["WorkspaceId"]: [{"Key": "Wave", "Value": "1"}] for w in fleet["Workspaces"]}
    inventory = {"bucket": "inventories", "key": "waves/wave-1.csv"}
    chosen = the_input(select={"inventory": inventory, "tags": {"Wave": "1"}})
    a_killed_start = [
        {"operation": "MigrateWorkspace", "lostResponse": True, "workspaceId": first},
        {"function": "start", "crashAfter": "MigrateWorkspace", "workspaceId": second},
        {"function": "start", "crashBefore": "MigrateWorkspace"},
    ]
    ten = small_fleet(*["migrates"] * 10)
    slow = [
        {
            "operation": "DescribeWorkspaceSnapshots",
            "workspaceId": one["WorkspaceId"],
            "lostResponse": True,
            "times": 6,
        }
        for one in ten["Workspaces"]
    ]
    dead = [
        {"function": one, "crashBefore": "DescribeWorkspaces", "times": 40}
        for one in ("poll", "settle", "reconcile")
    ]
    scenarios: list[tuple[list[dict[str, Any]], list[dict[str, Any]]]] = [
        ([the_input(dryRun=True, target={"bundleId": "wsb-0custom01"})], []),
        ([chosen], []),
        ([the_input(requireApproval=True)], []),
        ([the_input()], a_killed_start),
        ([the_input()], [{"operation": "MigrateWorkspace", "error": "OperationInProgressException"}]),
        ([the_input(maxInFlight=2), the_input(maxInFlight=2)], []),
        # A brake, and batches that die: what is left is settled.
        ([the_input(abortAtFailurePercent=1, canary=2)], []),
        ([the_input()], [{"function": "poll", "crashBefore": "DescribeWorkspaces", "times": 40}]),
        # A run that dies with all it holds: the next one puts that right.
        ([the_input(), the_input()], dead),
        # The same, and the clock puts it right.
        ([the_input(), the_input(dryRun=True)], dead[:2]),
        ([the_input(terminateFailedTargets=True, abortAtFailurePercent=100)], []),
        # Answers so slow that planning hands over to another turn.
        ([the_input(dryRun=True)], slow),
        # What is read where it may be missing: an inventory, the plan of a run that has none.
        ([the_input(select={"inventory": {**inventory, "key": "no.csv"}})], []),
        ([the_input()], [{"function": "assess", "crashBefore": "DescribeWorkspaces", "times": 40}]),
    ]
    for number, (given, more) in enumerate(scenarios):
        place = tmp_path_factory.mktemp(f"run-{number}")
        whole = ten if more is slow else fleet
        stagger = "21600" if more[:1] == dead[:1] else "120"
        found |= {use for call in calls(place, whole, given, more, stagger) for use in needed(call)}
    return found


def calls(
    place: Path,
    fleet: dict[str, Any],
    inputs: list[dict[str, Any]],
    faults: list[dict[str, Any]],
    stagger: str,
) -> Iterator[dict[str, Any]]:
    """Rehearse, and give every call the functions made."""
    names = [one["WorkspaceId"] for one in fleet["Workspaces"]]
    (place / "wave-1.csv").write_text("\n".join(["WorkspaceId", *names]) + "\n", encoding="utf-8")
    documents: dict[str, list[Any]] = {"fleet": [fleet], "faults": [faults], "input": inputs}
    arguments = ["run", "--out", str(place / "out"), "--stagger", stagger]
    for kind, contents in documents.items():
        for number, content in enumerate(contents):
            path = place / f"{kind}-{number}.json"
            path.write_text(json.dumps(content), encoding="utf-8")
            arguments += [f"--{kind}", str(path)]
    result = CliRunner().invoke(main, arguments)
    assert isinstance(result.exception, SystemExit | None), result.output
    for log in (place / "out").rglob("calls.jsonl"):
        yield from map(json.loads, log.read_text(encoding="utf-8").splitlines())


def needed(call: dict[str, Any]) -> Iterator[Use]:
    """What must be allowed for a call to be answered as it was."""
    function, operation, parameters = call["function"], call["operation"], call["parameters"]
    service = {"resourcegroupstaggingapi": "tag"}.get(call["service"], call["service"])
    if operation == "TransactWriteItems":
        for item in parameters["TransactItems"]:
            [kind] = item
            yield function, f"dynamodb:{TRANSACTION_ACTIONS[kind]}", Resource.LEDGER
        return
    action = f"{service}:{operation}"
    if service == "s3":
        ours = parameters["Key"].startswith("runs/")
        yield function, action, Resource.RUN_OBJECTS if ours else Resource.INVENTORY_OBJECTS
        if call["error"] == "NoSuchKey":
            # S3 says so only to those who may list; others hear that access is denied.
            yield function, "s3:ListBucket", Resource.RUNS_LISTING if ours else Resource.INVENTORY_LISTING
        return
    if service == "workspaces":
        yield function, action, ON_A_RESOURCE.get(action, Resource.ANY)
    elif service == "sns":
        chat = "chat" in parameters["TopicArn"]
        yield function, action, Resource.CHAT_TOPIC if chat else Resource.TOPIC
    else:
        yield function, action, BY_NAME[service]
    for more, resource in ALSO_NEEDED.get(action, ()):
        yield function, more, resource


def granted(function: str) -> dict[str, set[Resource]]:
    """What the table grants a function, by action."""
    [spec] = [one for one in FUNCTIONS if one.name == function]
    allowed: dict[str, set[Resource]] = {}
    for grant in grants_of(spec):
        for action in grant.actions:
            allowed.setdefault(action, set()).add(grant.on)
    return allowed


def grants_of(spec: FunctionSpec) -> tuple[Grant, ...]:
    return (*COMMON_FUNCTION_GRANTS, *spec.grants)
