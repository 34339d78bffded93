"""Whatever a service answers, the adapters understand it or say in a sentence that they do not, and what is
unclear never starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, cast

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.adapters.clear_answers import UnclearAnswer
from migrator.adapters.migrating import Kind, Migrating
from migrator.adapters.pace import Pace
from migrator.adapters.workspaces import Tags, Workspaces
from migrator.domain.bundles import bundle_from
from migrator.domain.facts import PassingFacts
from migrator.domain.passing_rules import PASSING_RULES
from migrator.domain.rules import judge
from tests.hostile import STRANGE, NoPace, client_that_hears, paths, spoilings, spoilt
from tests.samples import NOW

WORKSPACE_ID, TARGET_ID = "ws-000000001", "ws-000000009"
CLEAR = (UnclearAnswer, ClientError, BotoCoreError, ResponseParserError)
"""Errors whose text is a sentence about the service."""

WORKSPACE = {
    "WorkspaceId": WORKSPACE_ID,
    "DirectoryId": "d-9067012345",
    "UserName": "ana",
    "BundleId": "wsb-source001",
    "State": "AVAILABLE",
    "ComputerName": "WSAMZN-1",
    "IpAddress": "10.0.0.9",
    "WorkspaceProperties": {
        "RunningMode": "AUTO_STOP",
        "RootVolumeSizeGib": 80,
        "UserVolumeSizeGib": 50,
        "ComputeTypeName": "STANDARD",
        "Protocols": ["PCOIP"],
        "OperatingSystemName": "WINDOWS_10",
    },
    "ModificationStates": [{"Resource": "ROOT_VOLUME", "State": "UPDATE_FAILED"}],
    "StandbyWorkspacesProperties": [],
}
WORKSPACES = {"Workspaces": [WORKSPACE]}
CONNECTIONS = {
    "WorkspacesConnectionStatus": [
        {
            "WorkspaceId": WORKSPACE_ID,
            "ConnectionState": "DISCONNECTED",
            "LastKnownUserConnectionTimestamp": (NOW - timedelta(hours=8)).timestamp(),
        }
    ]
}
SNAPSHOTS = {
    "RebuildSnapshots": [
        {"SnapshotTime": (NOW - timedelta(hours=30)).timestamp()},
        {"SnapshotTime": (NOW - timedelta(hours=5)).timestamp()},
    ],
    "RestoreSnapshots": [],
}
BUNDLES = {
    "Bundles": [
        {
            "BundleId": "wsb-source001",
            "Name": "Standard with Windows 10 (Server 2019 based)",
            "Owner": "AMAZON",
            "State": "AVAILABLE",
            "ComputeType": {"Name": "STANDARD"},
            "RootStorage": {"Capacity": "80"},
            "UserStorage": {"Capacity": "50"},
            "BundleType": "REGULAR",
        }
    ]
}
IMAGES = {
    "Images": [{"ImageId": "wsi-1", "OperatingSystem": {"Type": "WINDOWS"}, "RequiredTenancy": "DEFAULT"}]
}
DIRECTORIES = {"Directories": [{"DirectoryId": "d-9067012345", "SubnetIds": ["subnet-1", "subnet-2"]}]}
POOLS = {"WorkspacesPools": [{"PoolId": "wspool-000000001", "BundleId": "wsb-source001"}]}
ASSOCIATIONS = {"Associations": [{"AssociatedResourceId": "wsa-1", "State": "COMPLETED"}]}
APPLICATIONS = {"Applications": [{"ApplicationId": "wsa-1", "Name": "Microsoft Office 2019"}]}
TAGGED = {
    "ResourceTagMappingList": [
        {
            "ResourceARN": f"arn:aws:workspaces:eu-west-1:123456789012:workspace/{WORKSPACE_ID}",
            "Tags": [{"Key": "Wave", "Value": "1"}],
        }
    ]
}


def reading(*answers: Any) -> Workspaces:
    return Workspaces(client_that_hears("workspaces", *answers), cast(Pace, NoPace()))


def tags(answer: Any) -> Tags:
    client = client_that_hears("resourcegroupstaggingapi", answer)
    return Tags(client, partition="aws", region="eu-west-1", account="123456789012")


CUSTOM = {"Bundles": [{**BUNDLES["Bundles"][0], "Owner": "123456789012", "ImageId": "wsi-1"}]}

READS: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "WorkSpaces": (WORKSPACES, lambda answer: reading(answer).describe([WORKSPACE_ID])),
    "a page": (
        WORKSPACES,
        lambda answer: reading(answer).page(directory_id=None, bundle_id=None, token=None),
    ),
    "a user's": (WORKSPACES, lambda answer: reading(answer).of_user("d-9067012345", "ana")),
    "connections": (CONNECTIONS, lambda answer: reading(answer).connections([WORKSPACE_ID])),
    "snapshots": (SNAPSHOTS, lambda answer: reading(answer).snapshots(WORKSPACE_ID)),
    "bundles": (
        CUSTOM,
        lambda answer: [
            bundle_from(one) for one in reading(answer, IMAGES).bundles(["wsb-source001"]).values()
        ],
    ),
    "images": (
        IMAGES,
        lambda answer: [
            bundle_from(one) for one in reading(CUSTOM, answer).bundles(["wsb-source001"]).values()
        ],
    ),
    "pools": (POOLS, lambda answer: list(reading(answer).pools_by_bundle())),
    "own bundles": (CUSTOM, lambda answer: reading(answer).own_bundles()),
    "directories": (DIRECTORIES, lambda answer: reading(answer).subnets_of(["d-9067012345"])),
    "all directories": (DIRECTORIES, lambda answer: reading(answer).directory_ids()),
    "associations": (
        ASSOCIATIONS,
        lambda answer: reading(answer, APPLICATIONS).applications_of(WORKSPACE_ID),
    ),
    "applications": (
        APPLICATIONS,
        lambda answer: reading(ASSOCIATIONS, answer).applications_of(WORKSPACE_ID),
    ),
    "terminations": (
        {"FailedRequests": [{"ErrorCode": "Nope", "ErrorMessage": "no", "WorkspaceId": WORKSPACE_ID}]},
        lambda answer: reading(answer).terminate(WORKSPACE_ID),
    ),
    "tags": (TAGGED, lambda answer: tags(answer).of([WORKSPACE_ID])),
    "tagged": (TAGGED, lambda answer: tags(answer).with_key("Wave")),
}


@contextmanager
def told_in_a_sentence() -> Iterator[None]:
    """Whatever is raised inside says what is wrong with the answer; any other error is a defect."""
    told: str | None = None
    try:
        yield
    except CLEAR as fault:
        told = str(fault)
    assert told is None or len(told) > 20


@pytest.mark.parametrize("what", READS)
def test_the_answer_itself_is_understood(what: str) -> None:
    answer, read = READS[what]
    assert read(answer)


@pytest.mark.parametrize("what", READS)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_a_strange_answer_is_understood_or_named(what: str, data: st.DataObject) -> None:
    answer, read = READS[what]
    strange = data.draw(spoilings(answer))
    # A listing that gives the same token for ever is another matter than what is in its rows.
    if isinstance(strange, dict):
        strange.pop("NextToken", None)
    with told_in_a_sentence():
        read(strange)


@pytest.mark.parametrize("body", ["", "{", "null", "[]", '"text"', "5", "<html>no</html>", "[{}]"])
@pytest.mark.parametrize("what", ["WorkSpaces", "connections", "snapshots", "tags"])
def test_a_body_that_is_no_answer_is_named_or_empty(what: str, body: str) -> None:
    with told_in_a_sentence():
        found = READS[what][1](body)
        assert found == ({WORKSPACE_ID: {}} if what == "tags" else type(found)())


def test_what_is_unclear_does_not_start() -> None:
    """The oracle reads the raw answers: what a start rests on must be there, in the very words. Every value
    of every answer is left out, and replaced by everything strange, one at a time."""
    good: tuple[Any, ...] = (WORKSPACES, CONNECTIONS, SNAPSHOTS)
    assert may_start(*good)
    started = 0
    for which, answer in enumerate(good):
        for path in paths(answer):
            for how in (..., *STRANGE):
                changed = spoilt(answer, path, how)
                answers = [changed if number == which else one for number, one in enumerate(good)]
                if may_start(*answers):
                    started += 1
                    assert is_clear(*answers), (path, how)
    assert started > 100, "what decides nothing may be strange"


def may_start(workspaces: Any, connections: Any, snapshots: Any) -> bool:
    """Whether the second look lets it go."""
    try:
        source = reading(workspaces).describe([WORKSPACE_ID]).get(WORKSPACE_ID)
        connection = reading(connections).connections([WORKSPACE_ID]).get(WORKSPACE_ID)
        times = reading(snapshots).snapshots(WORKSPACE_ID)
    except CLEAR:
        return False
    return (
        source is not None
        and judge(PassingFacts(source, connection, times, 1, NOW, 13), PASSING_RULES, {}).passes
    )


def is_clear(workspaces: Any, connections: Any, snapshots: Any) -> bool:
    [row] = [one for one in workspaces["Workspaces"] if one["WorkspaceId"] == WORKSPACE_ID]
    [status] = [
        one for one in connections["WorkspacesConnectionStatus"] if one["WorkspaceId"] == WORKSPACE_ID
    ]
    times = [one.get("SnapshotTime") for one in snapshots["RebuildSnapshots"] if one]
    return (
        row["State"] in ("AVAILABLE", "STOPPED", "ERROR")
        and all(change.get("State") == "UPDATE_FAILED" for change in row.get("ModificationStates") or ())
        and status["ConnectionState"] == "DISCONNECTED"
        and any(time is not None and NOW.timestamp() - time <= 13 * 3600 for time in times)
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"TargetWorkspaceId": ""},
        {"TargetWorkspaceId": 7},
        {"TargetWorkspaceId": [TARGET_ID]},
        {"TargetWorkspaceId": WORKSPACE_ID},
        "{",
        "[]",
        "null",
        "",
        "<html>",
        {"TargetWorkspaceId": None},
    ],
)
def test_an_answer_to_the_call_that_names_no_target_may_have_acted(body: Any) -> None:
    """Nobody may make the call again: polling looks for the target."""
    client = client_that_hears("workspaces", body)
    answer = Migrating(client, cast(Pace, NoPace())).migrate(WORKSPACE_ID, "wsb-target001")
    assert answer.kind is Kind.NO_ANSWER
    assert answer.target_workspace_id is None


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"__type": "NeverHeardOfException", "message": "no"}, Kind.REFUSED),
        (400, {}, Kind.REFUSED),
        (400, {"__type": "ThrottlingException"}, Kind.THROTTLED),
        (500, "<html>down</html>", Kind.FAILED),
        (503, "", Kind.FAILED),
    ],
)
def test_an_error_nobody_has_heard_of_is_no_start(status: int, body: Any, kind: Kind) -> None:
    client = client_that_hears("workspaces", body, status=status)
    assert Migrating(client, cast(Pace, NoPace())).migrate(WORKSPACE_ID, "wsb-target001").kind is kind


@pytest.mark.parametrize(
    ("state", "told"),
    [("TERMINATING", None), ("TERMINATED", None), ("ERROR", "the service answered X: no"), (None, "the")],
)
def test_a_refused_termination_is_one_if_the_workspace_goes_all_the_same(
    state: str | None, told: str | None
) -> None:
    refused = {"FailedRequests": [{"WorkspaceId": WORKSPACE_ID, "ErrorCode": "X", "ErrorMessage": "no"}]}
    row = {"WorkspaceId": WORKSPACE_ID, "DirectoryId": "d-1234567890", "UserName": "ana", "BundleId": "wsb-1"}
    shown = {"Workspaces": [] if state is None else [row | {"State": state}]}

    why = reading(refused, shown).terminate(WORKSPACE_ID)

    assert why is None if told is None else why is not None and why.startswith(told)
