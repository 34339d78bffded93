"""Whole rehearsals with a service that answers what nobody expects: the run ends, says why in a sentence, and
what was unclear was never migrated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.freshness import template_for_rehearsal
from migrator.adapters.clear_answers import UnclearAnswer
from rehearsal.call_record import CallRecord
from rehearsal.invocation import Handler
from rehearsal.run import Rehearsed, Task, Watcher, rehearse
from rehearsal.twin import Twin, parse_fleet
from tests.workflow.test_rehearse_command import NEW, small_fleet, the_input

STRANGE = "ws-000000001"
"""Of three WorkSpaces the one about which the service says strange things."""

Spoil = Callable[[dict[str, Any]], Any]


def row(member: str, change: Spoil, key: str = "WorkspaceId", which: str = STRANGE) -> Spoil:
    """Changes the rows of a listing that are about one thing."""

    def spoil(answer: dict[str, Any]) -> None:
        for one in answer.get(member, ()):
            if one.get(key) == which:
                change(one)

    return spoil


def workspace(**values: Any) -> Spoil:
    """... is left out."""
    return row("Workspaces", lambda one: changed(one, values))


def changed(one: dict[str, Any], values: dict[str, Any]) -> None:
    for name, value in values.items():
        if value is ...:
            one.pop(name, None)
        else:
            one[name] = value


def status(**values: Any) -> Spoil:
    return row("WorkspacesConnectionStatus", lambda one: changed(one, values))


def target(**values: Any) -> Spoil:
    return row("Bundles", lambda one: changed(one, values), "BundleId", NEW)


def whole(**values: Any) -> Spoil:
    return lambda answer: changed(answer, values)


NOT_IT, NONE = {STRANGE}, {STRANGE, "ws-000000002", "ws-000000003"}
"""Who must not be migrated: the one the answer is about; all, where it is about what all of them need."""

CASES: dict[str, tuple[str, Spoil, set[str]]] = {
    "a state of the future": ("DescribeWorkspaces", workspace(State="HIBERNATING"), NOT_IT),
    "no state": ("DescribeWorkspaces", workspace(State=...), NOT_IT),
    "a state that is a number": ("DescribeWorkspaces", workspace(State=7), NONE),
    "no id": ("DescribeWorkspaces", workspace(WorkspaceId=...), NONE),
    "no bundle": ("DescribeWorkspaces", workspace(BundleId=...), NONE),
    "properties that are a list": ("DescribeWorkspaces", workspace(WorkspaceProperties=[]), NONE),
    "a modification of the future": (
        "DescribeWorkspaces",
        workspace(ModificationStates=[{"Resource": "GPU", "State": "UPDATE_QUEUED"}]),
        NOT_IT,
    ),
    "a connection of the future": (
        "DescribeWorkspacesConnectionStatus",
        status(ConnectionState="DOZING"),
        NOT_IT,
    ),
    "no connection": ("DescribeWorkspacesConnectionStatus", status(ConnectionState=...), NOT_IT),
    "nobody's connection": ("DescribeWorkspacesConnectionStatus", status(WorkspaceId=...), NONE),
    "no snapshots": ("DescribeWorkspaceSnapshots", whole(RebuildSnapshots=...), NONE),
    "a snapshot without its time": ("DescribeWorkspaceSnapshots", whole(RebuildSnapshots=[{}]), NONE),
    "a bundle's state of the future": ("DescribeWorkspaceBundles", target(State="RETIRED"), NONE),
    "a bundle without a state": ("DescribeWorkspaceBundles", target(State=...), NONE),
    "a bundle without a name": ("DescribeWorkspaceBundles", target(Name=...), NONE),
    "a bundle without an owner": ("DescribeWorkspaceBundles", target(Owner=...), NONE),
    "a directory without subnets": (
        "DescribeWorkspaceDirectories",
        lambda answer: [one.pop("SubnetIds", None) for one in answer["Directories"]],
        NONE,
    ),
}


def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operation: str, spoil: Spoil
) -> tuple[Rehearsed, list[CallRecord], list[BaseException]]:
    """A rehearsal in which every answer of the operation is spoilt, below the client."""
    calls: list[CallRecord] = []
    errors: list[BaseException] = []
    honest = Twin.respond

    def respond(twin: Twin, asked: str, request: dict[str, Any]) -> dict[str, Any]:
        answer = honest(twin, asked, request)
        if asked == operation:
            answer = {
                name: [dict(one) if isinstance(one, dict) else one for one in value]
                if isinstance(value, list)
                else value
                for name, value in answer.items()
            }
            spoil(answer)
        return answer

    def around(_: str, handler: Handler) -> Handler:
        def handle(event: dict[str, Any], context: Any) -> object:
            try:
                return handler(event, context)
            except Exception as error:
                errors.append(error)
                raise

        return handle

    monkeypatch.setattr(Twin, "respond", respond)
    task = Task(
        template_for_rehearsal("dev"),
        parse_fleet(small_fleet("migrates", "migrates", "migrates")),
        [the_input(abortAtFailurePercent=100)],
        [tmp_path / "input.json"],
        [],
        1,
        0.0,
        tmp_path / "out",
    )
    (ended,) = rehearse(task, Watcher(on_call=calls.append, around=around))
    return ended, calls, errors


def migrated(calls: list[CallRecord]) -> Counter[str]:
    return Counter(
        str(call.parameters["SourceWorkspaceId"]) for call in calls if call.operation == "MigrateWorkspace"
    )


@pytest.mark.parametrize("case", CASES)
def test_the_run_ends_with_a_sentence_and_never_migrates_what_is_unclear(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation, spoil, spared = CASES[case]
    ended, calls, errors = run(tmp_path, monkeypatch, operation, spoil)
    assert not spared & migrated(calls).keys()
    assert {type(error) for error in errors} <= {UnclearAnswer}
    assert ended.report is not None
    outcomes = {one["workspaceId"]: one for one in ended.report["workspaces"]}
    # A batch that died left its WorkSpaces to the settlement, and the execution is not green.
    reasons = {one["reason"] for one in ended.report["workspaces"]}
    assert "run-ended" not in reasons or ended.status == "FAILED"
    if errors and ended.report["verdict"] == "failed":
        assert operation in f"{ended.cause}{ended.report}"
        return
    assert len(outcomes) == 3 == len(ended.report["workspaces"])
    for one in spared:
        assert outcomes[one]["outcome"] in ("Ineligible", "Deferred")
        assert outcomes[one]["detail"].endswith(".")
        assert outcomes[one]["nextStep"].endswith(".")
    for one in outcomes.keys() - spared:
        assert outcomes[one]["outcome"] == "Migrated"


@pytest.mark.parametrize("answer", [..., "", 7, STRANGE], ids=["none", "empty", "a number", "a source's id"])
def test_a_call_whose_answer_names_no_target_of_its_own_is_never_repeated(
    answer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It acted: the target is found by looking, and the run is as good as any. STRANGE is one migration's own
    source, and another user's WorkSpace to the other two."""
    ended, calls, errors = run(tmp_path, monkeypatch, "MigrateWorkspace", whole(TargetWorkspaceId=answer))
    assert set(migrated(calls).values()) == {1}
    assert not errors
    assert ended.report is not None
    assert {one["outcome"] for one in ended.report["workspaces"]} == {"Migrated"}
