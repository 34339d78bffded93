"""The twin under calls in any order: every answer obeys the model, addresses and names are nobody else's, and
in the end each user has what the behaviours of the migrations leave."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.twin.shapes import service_model
from tests.twin_bench import (
    CUSTOM_10,
    DIRECTORY,
    PERFORMANCE_10,
    STANDARD_10,
    VALUE_10,
    Bench,
    bench,
    fleet_document,
    model_faults,
    workspace_id,
)

SIZE = 6
BEYOND_THE_MODEL = {"ValidationException"}
BEHAVIOURS = (
    "migrates",
    "migrates+leaves-computer",
    "rolls-back",
    "never-starts",
    "lost",
    "refuses:AccessDeniedException",
)
STATES = ("AVAILABLE", "AVAILABLE", "STOPPED", "ERROR", "ADMIN_MAINTENANCE", "STARTING")

QUESTIONS = ("ids", "directory", "user", "bundle", "status", "snapshots")


def drawn(draw: random.Random) -> Iterator[tuple[Any, ...]]:
    """Calls and time; numbers say which of the WorkSpaces that were ever seen, or that nobody knows."""
    for _ in range(40):
        number = draw.randrange(2 * SIZE)
        yield draw.choices(
            [
                ("migrate", number, draw.choice([PERFORMANCE_10, VALUE_10, CUSTOM_10, STANDARD_10])),
                ("terminate", number),
                ("hide", number, draw.randint(1, 600)),
                ("pass", draw.randint(1, 2400)),
                ("look", draw.choice(QUESTIONS), number),
            ],
            [8, 1, 1, 4, 4],
        )[0]


def document(behaviours: list[str], states: list[str], free: int) -> dict[str, Any]:
    made = fleet_document(SIZE, behaviour={workspace_id(n): one for n, one in enumerate(behaviours)})
    for row, state in zip(made["Workspaces"], states, strict=True):
        row["State"] = state
    made["Directories"][0]["SubnetIds"] = ["subnet-0a1b2c3d", "subnet-1a1b2c3d"]
    made["Subnets"] = [
        {"SubnetId": one, "CidrBlock": f"10.9.{n}.0/27", "AvailableIpAddressCount": free}
        for n, one in enumerate(made["Directories"][0]["SubnetIds"])
    ]
    return made


def asked(on: Bench, operation: str, **parameters: Any) -> dict[str, Any] | None:
    """The answer, held against the model; None for an error, which must be one of the operation's."""
    model = service_model("workspaces").operation_model(operation)
    try:
        answer: dict[str, Any] = on.workspaces._make_api_call(operation, parameters)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        assert code in {shape.name for shape in model.error_shapes} | BEYOND_THE_MODEL, (operation, code)
        return None
    assert model.output_shape is not None
    assert model_faults(answer, model.output_shape) == []
    return answer


def listed(on: Bench, **question: Any) -> list[dict[str, Any]]:
    pages = on.workspaces.get_paginator("describe_workspaces").paginate(**question)
    return [row for page in pages for row in page["Workspaces"]]


def take(on: Bench, seen: list[str], step: tuple[Any, ...]) -> None:
    what, *rest = step
    if what == "pass":
        on.pass_time(rest[0])
        return
    number = rest[1] if what == "look" else rest[0]
    which = seen[number % (len(seen) + 1)] if number % (len(seen) + 1) < len(seen) else "ws-nobody000"
    if what == "migrate":
        answer = asked(on, "MigrateWorkspace", SourceWorkspaceId=which, BundleId=rest[1])
        if answer is not None:
            assert answer["SourceWorkspaceId"] == which
            assert answer["TargetWorkspaceId"] not in seen
            seen.append(answer["TargetWorkspaceId"])
    elif what == "terminate":
        asked(on, "TerminateWorkspaces", TerminateWorkspaceRequests=[{"WorkspaceId": which}])
    elif what == "hide":
        on.twin.hide(which, rest[1])
    else:
        questions: dict[str, tuple[str, dict[str, Any]]] = {
            "ids": ("DescribeWorkspaces", {"WorkspaceIds": seen[-25:]}),
            "directory": ("DescribeWorkspaces", {"DirectoryId": DIRECTORY, "Limit": 4}),
            "user": ("DescribeWorkspaces", {"DirectoryId": DIRECTORY, "UserName": f"USER{number}"}),
            "bundle": ("DescribeWorkspaces", {"BundleId": PERFORMANCE_10}),
            "status": ("DescribeWorkspacesConnectionStatus", {"WorkspaceIds": [which]}),
            "snapshots": ("DescribeWorkspaceSnapshots", {"WorkspaceId": which}),
        }
        operation, question = questions[rest[0]]
        asked(on, operation, **question)


def free_addresses(on: Bench) -> int:
    return sum(subnet.free for subnet in on.twin.subnets.values())


def hold_what_they_should(on: Bench, addresses: int, seen: list[str]) -> None:
    """Every address is one WorkSpace's or free; nobody shares a name."""
    held = [desktop.row["IpAddress"] for desktop in on.twin.account.desktops if desktop.subnet]
    assert len(held) == len(set(held))
    assert len(held) + free_addresses(on) == addresses
    rows = listed(on, DirectoryId=DIRECTORY)
    for member in ("WorkspaceId", "ComputerName"):
        assert len({row[member] for row in rows}) == len(rows)
    assert {row["WorkspaceId"] for row in rows} <= set(seen)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_called_in_whatever_order(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - seeded on purpose
    behaviours, states = draw.choices(BEHAVIOURS, k=SIZE), draw.choices(STATES, k=SIZE)
    taken = list(drawn(draw))
    with bench(document(behaviours, states, draw.randint(1, 6)), seed=seed) as on:
        seen = [workspace_id(n) for n in range(SIZE)]
        addresses = SIZE + free_addresses(on)
        for step in taken:
            take(on, seen, step)
            hold_what_they_should(on, addresses, seen)
        on.pass_time(3 * 3600)
        hold_what_they_should(on, addresses, seen)
        rows = listed(on)
        assert not {row["State"] for row in rows} & {"PENDING", "TERMINATING", "TERMINATED"}
        users = [row["UserName"] for row in rows]
        assert len(users) == len(set(users)), "a user has one, or none: terminated, or lost"
        begun = {event["workspaceId"] for event in on.twin.events if event["what"] == "started"}
        untouched = {step[0] for step in taken}.isdisjoint({"terminate"}) and "lost" not in behaviours
        assert not untouched or len(users) == SIZE
        for event in on.twin.events:
            if event["what"] == "finished":
                assert event["workspaceId"] in begun
                assert event["workspaceId"] not in {row["WorkspaceId"] for row in rows}
            if event["what"] == "rolled-back":
                assert event["targetWorkspaceId"] not in {row["WorkspaceId"] for row in rows}
