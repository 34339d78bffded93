"""The hooks under the twin and the wire: still on what they were written against, and gone when taken out."""

from __future__ import annotations

from typing import Any

from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber
from moto.workspaces.responses import WorkSpacesResponse

from rehearsal.moto_door_hooks import door_hook, verify_door_hooks
from rehearsal.moto_service_hooks import service_hook, verify_service_hooks, wire_hook
from tests.twin_bench import SESSION, bench

REPLACED: tuple[tuple[Any, str], ...] = (
    (BotocoreStubber, "process_request"),
    (BotocoreStubber, "__call__"),
    (WorkSpacesResponse, "_dispatch"),
    (BaseClient, "_make_api_call"),
    (Endpoint, "_do_get_response"),
)


def test_moto_and_botocore_are_what_the_hooks_were_written_against() -> None:
    assert verify_service_hooks() + verify_door_hooks() == []
    assert all(each.relies_on for each in door_hook.declared)
    assert all(each.relies_on for each in service_hook.declared)
    assert all(each.relies_on for each in wire_hook.declared)


def test_nothing_stays_behind() -> None:
    before = [getattr(owner, name) for owner, name in REPLACED]
    with bench():
        assert BotocoreStubber.process_request is not before[0]
    assert [getattr(owner, name) for owner, name in REPLACED] == before
    with mock_aws():
        assert SESSION.client("workspaces", region_name="us-east-1").describe_workspaces()["Workspaces"] == []
