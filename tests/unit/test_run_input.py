"""The run's input: what may stand in it, every fault at once, and the schema that says the same."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from documents.run_input_schema import DIALECT, run_input_schema
from migrator.domain.bundle_names import Edition
from migrator.domain.bundles import Licence, StatedFacts
from migrator.domain.rule_ids import RuleId
from migrator.domain.run_input import InvalidInput, RunInput, parse_run_input
from migrator.domain.severity import Severity
from migrator.domain.systems import System

SMALLEST: dict[str, Any] = {"select": {"workspaceIds": ["ws-000000001"]}, "target": {"bundleId": "wsb-9"}}

FULLEST: dict[str, Any] = {
    "select": {
        "workspaceIds": ["ws-1"],
        "directoryIds": ["d-1", "wsd-1"],
        "sourceBundleIds": ["wsb-1"],
        "userNames": ["ana", "CORP\\ben", "é"],
        "tags": {"Wave": "1", "Empty": ""},
        "inventory": {"bucket": "b", "key": "wave1.csv"},
    },
    "target": {"bundleId": "wsb-9"},
    "dryRun": False,
    "requireApproval": True,
    "batchSize": 25,
    "maxInFlight": 100,
    "canary": 5,
    "abortAtFailurePercent": 10,
    "window": {"closesAt": "2026-11-28T06:00:00Z"},
    "polling": {
        "firstAfterSeconds": 600,
        "everySeconds": 60,
        "failedAfterMinutes": 60,
        "stuckAfterMinutes": 90,
    },
    "rules": {"plus-edition": "warn", "state": "off", "linux": "block"},
    "maxSnapshotAgeHours": 13,
    "bundleFacts": {
        "wsb-9": {"os": "WINDOWS_10", "edition": "standard", "licence": "included", "language": "ja_JP"},
        "wsb-8": {"protocol": "BYOP"},
        "wsb-7": {},
    },
    "directoryCleanUp": {"failedTargets": "disable", "formerComputers": "delete"},
    "terminateFailedTargets": True,
}

DOCUMENT = run_input_schema()
SCHEMA = Draft202012Validator(DOCUMENT)


def with_(path: str, value: Any, document: dict[str, Any] = SMALLEST) -> dict[str, Any]:
    """The document with one value at a dotted path."""
    changed = copy.deepcopy(document)
    *steps, last = path.split(".")
    part = changed
    for step in steps:
        part = part.setdefault(step, {})
    part[last] = value
    return changed


def without(path: str, document: dict[str, Any] = SMALLEST) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    *steps, last = path.split(".")
    part = changed
    for step in steps:
        part = part[step]
    del part[last]
    return changed


def faults(document: Any) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        parse_run_input(document)
    assert str(caught.value) == "; ".join(caught.value.faults)
    return caught.value.faults


GOOD: list[Any] = [
    SMALLEST,
    FULLEST,
    {"select": {"tags": {"Wave": "1"}}, "target": {"byBundle": {"wsb-1": "wsb-2", "wsb-3": "wsb-2"}}},
    {"select": {"inventory": {"bucket": "b", "key": "k"}}, "target": {"bundleId": "wsb-2"}},
    {"select": {"userNames": ["ana"], "inventory": None}, "target": {"bundleId": "wsb-2", "byBundle": None}},
    with_("window", None),
    with_("window.closesAt", "2026-11-28T06:00:00+02:00"),
    with_("window.closesAt", "2026-11-28T06:00Z"),
    with_("window.closesAt", "2026-11-28T06:00:00.123Z"),
    with_("batchSize", 1),
    with_("batchSize", 25.0),
    with_("maxInFlight", 1000),
    with_("canary", 0),
    with_("abortAtFailurePercent", 0),
    with_("abortAtFailurePercent", 99.5),
    with_("maxSnapshotAgeHours", 0.5),
    with_("polling.failedAfterMinutes", 90),
    with_("rules", {}),
]

BAD: list[tuple[Any, str]] = [
    (None, "$: should be an object"),
    ([], "$: should be an object"),
    ("{}", "$: should be an object"),
    (without("select"), "$.select: is required"),
    (without("target"), "$.target: is required"),
    (with_("select", {}), "$.select: names nothing"),
    (with_("select", {"workspaceIds": [], "tags": {}}), "$.select: names nothing"),
    (with_("select", {"inventory": None}), "$.select: names nothing"),
    (with_("select.workspaceIds", "ws-1"), "$.select.workspaceIds: should be a valid array"),
    (with_("select.workspaceIds", ["WS-1"]), "$.select.workspaceIds[0]: is not of the form"),
    (with_("select.workspaceIds", ["ws-1", "wsb-1"]), "$.select.workspaceIds[1]: is not of the form"),
    (
        with_("select.workspaceIds", ["ws-" + "1" * 64]),
        "$.select.workspaceIds[0]: String should have at most 66",
    ),
    (with_("select.directoryIds", ["x-1"]), "$.select.directoryIds[0]: is not of the form"),
    (with_("select.sourceBundleIds", ["ws-1"]), "$.select.sourceBundleIds[0]: is not of the form"),
    (with_("select.userNames", [""]), "$.select.userNames[0]: String should have at least 1"),
    (with_("select.tags", {"Wave": 1}), "$.select.tags.Wave: should be a valid string (given: 1)"),
    (with_("select.tags", {"": "1"}), "$.select.tags.: String should have at least 1"),
    (with_("select.inventory", {"bucket": "b"}), "$.select.inventory.key: is required"),
    (
        with_("select.inventory", {"bucket": "b", "key": "k", "region": "r"}),
        "$.select.inventory.region: is not a field",
    ),
    (with_("select.everything", True), "$.select.everything: is not a field"),
    (with_("target", {}), "$.target: needs exactly one of bundleId and byBundle"),
    (with_("target", {"bundleId": None}), "$.target: needs exactly one"),
    (with_("target.byBundle", {"wsb-1": "wsb-2"}), "$.target: needs exactly one"),
    (with_("target", {"byBundle": {}}), "$.target.byBundle: Dictionary should have at least 1"),
    (with_("target", {"byBundle": {"wsb-1": "ws-2"}}), "$.target.byBundle.wsb-1: is not of the form"),
    (with_("target", {"byBundle": {"ws-1": "wsb-2"}}), "$.target.byBundle.ws-1: is not of the form"),
    (with_("target.bundleId", "latest"), "$.target.bundleId: is not of the form"),
    (with_("dryRun", "false"), "$.dryRun: should be a valid boolean (given: 'false')"),
    (with_("dryRun", 0), "$.dryRun: should be a valid boolean (given: 0)"),
    (with_("dryRun", None), "$.dryRun: should be a valid boolean"),
    (with_("dryrun", False), "$.dryrun: is not a field of the input; did you mean dryRun?"),
    (with_("dry_run", False), "$.dry_run: is not a field of the input; did you mean dryRun?"),
    (with_("requireApproval", 1), "$.requireApproval: should be a valid boolean"),
    (with_("batchSize", 26), "$.batchSize: should be less than or equal to 25"),
    (with_("batchSize", 0), "$.batchSize: should be greater than or equal to 1"),
    (with_("batchSize", "25"), "$.batchSize: should be a valid integer"),
    (with_("batchSize", 2.5), "$.batchSize: should be a valid integer"),
    (with_("batchSize", True), "$.batchSize: should be a valid integer"),
    (with_("maxInFlight", 0), "$.maxInFlight: should be greater"),
    (with_("maxInFlight", 1001), "$.maxInFlight: should be less"),
    (with_("canary", -1), "$.canary: should be greater"),
    (with_("abortAtFailurePercent", 100.1), "$.abortAtFailurePercent: should be less"),
    (with_("abortAtFailurePercent", -0.1), "$.abortAtFailurePercent: should be greater"),
    (with_("abortAtFailurePercent", "10"), "$.abortAtFailurePercent: should be a valid number"),
    (with_("window", {}), "$.window.closesAt: is required"),
    (with_("window.closesAt", "2026-11-28T06:00:00"), "$.window.closesAt: is no moment such as"),
    (with_("window.closesAt", "2026-11-28"), "$.window.closesAt: is no moment such as"),
    (with_("window.closesAt", "1795842000"), "$.window.closesAt: is no moment such as"),
    (with_("window.closesAt", 1795842000), "$.window.closesAt: should be"),
    (with_("polling.everySeconds", 0), "$.polling.everySeconds: should be greater"),
    (with_("polling.every", 5), "$.polling.every: is not a field"),
    (with_("rules", {"plus-editon": "warn"}), "$.rules.plus-editon: should be 'same-bundle'"),
    (with_("rules", {"plus-edition": "ignore"}), "$.rules.plus-edition: should be 'block', 'warn' or 'off'"),
    (with_("rules", {"plus-edition": False}), "$.rules.plus-edition: should be"),
    (with_("maxSnapshotAgeHours", 0), "$.maxSnapshotAgeHours: should be greater than 0"),
    (with_("maxSnapshotAgeHours", 721), "$.maxSnapshotAgeHours: should be less"),
    (with_("bundleFacts", {"wsb-9": {"os": "UNKNOWN"}}), "$.bundleFacts.wsb-9.os: should be 'WINDOWS_7'"),
    (with_("bundleFacts", {"wsb-9": {"os": "windows_10"}}), "$.bundleFacts.wsb-9.os: should be"),
    (with_("bundleFacts", {"wsb-9": {"edition": "Plus"}}), "$.bundleFacts.wsb-9.edition: should be"),
    (
        with_("bundleFacts", {"wsb-9": {"license": "byol"}}),
        "$.bundleFacts.wsb-9.license: is not a field of the input; did you mean licence?",
    ),
    (
        with_("bundleFacts", {"wsb-9": {"language": "japanese"}}),
        "$.bundleFacts.wsb-9.language: is not of the form",
    ),
    (with_("bundleFacts", {"wsb-9": {"protocol": "DCV"}}), "$.bundleFacts.wsb-9.protocol: should be"),
    (with_("bundleFacts", {"golden": {}}), "$.bundleFacts.golden: is not of the form"),
    (with_("directoryCleanUp.failedTargets", "remove"), "$.directoryCleanUp.failedTargets: should be"),
    (with_("terminateFailedTargets", "yes"), "$.terminateFailedTargets: should be a valid boolean"),
    (with_("select.userNames", {"a": 1}), "$.select.userNames: should be a valid array"),
]

BEYOND_THE_SCHEMA: list[tuple[Any, str]] = [
    (with_("polling.stuckAfterMinutes", 59), "$.polling: stuckAfterMinutes must not be less"),
    (with_("polling", {"firstAfterSeconds": 301, "failedAfterMinutes": 5}), "$.polling: firstAfterSeconds"),
    (with_("window.closesAt", "2026-02-30T06:00:00Z"), "$.window.closesAt: is no moment such as"),
]


@pytest.mark.parametrize("document", GOOD)
def test_a_good_input(document: Any) -> None:
    parse_run_input(document)
    assert SCHEMA.is_valid(document)


@pytest.mark.parametrize(("document", "fault"), BAD)
def test_a_fault_is_named_by_its_path(document: Any, fault: str) -> None:
    assert any(one.startswith(fault) for one in faults(document)), faults(document)
    assert not SCHEMA.is_valid(document)


@pytest.mark.parametrize(("document", "fault"), BEYOND_THE_SCHEMA)
def test_faults_that_a_schema_cannot_say(document: Any, fault: str) -> None:
    (told,) = faults(document)
    assert told.startswith(fault)
    assert SCHEMA.is_valid(document)


def test_every_fault_at_once() -> None:
    document = {
        "select": {"workspaceIds": ["ws-1", "x"], "tag": {}},
        "target": {"bundleId": "latest", "byBundle": {"wsb-1": "wsb-2"}},
        "dryRun": "false",
        "batchSize": 26,
        "window": {"closesAt": "tonight"},
        "polling": {"everySeconds": 0},
        "rules": {"nope": "warn", "state": "maybe"},
        "bundleFacts": {"wsb-9": {"os": "WINDOWS_99", "colour": "red"}},
        "Canary": 5,
    }
    assert sorted(one.partition(": ")[0] for one in faults(document)) == [
        "$.Canary",
        "$.batchSize",
        "$.bundleFacts.wsb-9.colour",
        "$.bundleFacts.wsb-9.os",
        "$.dryRun",
        "$.polling.everySeconds",
        "$.rules.nope",
        "$.rules.state",
        "$.select.tag",
        "$.select.workspaceIds[1]",
        "$.target",
        "$.target.bundleId",
        "$.window.closesAt",
    ]


def test_an_unknown_field_is_told_with_what_was_meant() -> None:
    (told,) = faults(with_("polling.zzz", 1))
    assert told.endswith(
        "its fields are firstAfterSeconds, everySeconds, failedAfterMinutes, stuckAfterMinutes"
    )
    (told,) = faults(with_("select.tag", {"a": "b"}))
    assert told.endswith("did you mean tags?")


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_json_does_not_have(number: float) -> None:
    assert faults(with_("abortAtFailurePercent", number)) == [
        "$: NaN and Infinity are no numbers of JSON; give a number"
    ]


def test_what_is_left_out() -> None:
    parsed = parse_run_input(SMALLEST)
    assert (parsed.dry_run, parsed.require_approval, parsed.terminate_failed_targets) == (True, False, False)
    assert (parsed.batch_size, parsed.max_in_flight, parsed.canary) == (25, 100, 0)
    assert (parsed.abort_at_failure_percent, parsed.max_snapshot_age_hours) == (10, 13)
    assert (parsed.closes_at(), parsed.rules, parsed.stated()) == (None, {}, {})
    assert (parsed.polling.first_after_seconds, parsed.polling.every_seconds) == (600, 40)
    assert (parsed.polling.failed_after_minutes, parsed.polling.stuck_after_minutes) == (60, 90)
    clean_up = parsed.directory_clean_up
    assert (clean_up.failed_targets, clean_up.former_computers) == ("delete", "report")


def test_what_is_given() -> None:
    parsed = parse_run_input(FULLEST)
    assert parsed.dry_run is False
    assert parsed.closes_at() == datetime(2026, 11, 28, 6, tzinfo=UTC)
    assert parsed.rules[RuleId.PLUS_EDITION] is Severity.WARN
    assert parsed.stated()["wsb-9"] == StatedFacts(
        System.WINDOWS_10, Edition.STANDARD, Licence.INCLUDED, "ja_JP", None
    )
    assert parsed.polling.failed_after.total_seconds() == 3600
    assert parsed.polling.stuck_after.total_seconds() == 5400


def test_targets() -> None:
    one = parse_run_input(SMALLEST).target
    assert (one.for_source("wsb-anything"), one.all_bundle_ids()) == ("wsb-9", {"wsb-9"})
    many = parse_run_input(with_("target", {"byBundle": {"wsb-1": "wsb-2", "wsb-3": "wsb-4"}})).target
    assert many.for_source("wsb-1") == "wsb-2"
    assert many.for_source("wsb-2") is None
    assert many.all_bundle_ids() == {"wsb-2", "wsb-4"}


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(DOCUMENT)
    assert DIALECT == "https://json-schema.org/draft/2020-12/schema"
    for name, part in {"": DOCUMENT, **DOCUMENT["$defs"]}.items():
        if part["type"] == "object":
            assert part["additionalProperties"] is False, name
            assert part["description"]
    assert '"title"' not in json.dumps(DOCUMENT["$defs"])


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 2000)
    | st.floats(-10, 1000, allow_nan=False)
    | st.sampled_from(["ws-1", "wsb-2", "d-3", "", "warn", "block", "2026-11-28T06:00:00Z", "x", "ja_JP"]),
    lambda parts: (
        st.lists(parts, max_size=2)
        | st.dictionaries(
            st.sampled_from(["wsb-1", "linux", "closesAt", "bucket", "key", "os", "a", "everySeconds"]),
            parts,
            max_size=3,
        )
    ),
    max_leaves=4,
)
PATHS = [
    *(name.alias or "" for name in RunInput.model_fields.values()),
    *(f"select.{name}" for name in FULLEST["select"]),
    *(f"polling.{name}" for name in FULLEST["polling"]),
    "target.bundleId",
    "target.byBundle",
    "bundleFacts.wsb-9",
    "bundleFacts.wsb-9.os",
    "window.closesAt",
    "something.else",
]


@given(
    st.sampled_from([SMALLEST, FULLEST]),
    st.lists(st.tuples(st.sampled_from(PATHS), VALUES), min_size=1, max_size=3),
)
def test_schema_and_model_agree(document: dict[str, Any], changes: list[tuple[str, Any]]) -> None:
    """What the model takes, the schema takes; what only the model refuses, no schema could say."""
    for path, value in changes:
        try:
            document = with_(path, value, document)
        except (AttributeError, TypeError):
            continue  # an earlier change left no object there
    told = _faults_or_none(document)
    if told and SCHEMA.is_valid(document):
        assert all(fault.startswith("$.polling: ") for fault in told), told
    if not told:
        assert SCHEMA.is_valid(document)


def _faults_or_none(document: Any) -> list[str]:
    try:
        parse_run_input(document)
    except InvalidInput as invalid:
        return invalid.faults
    return []


def test_a_key_that_is_called_like_a_field_is_a_key() -> None:
    document = {**SMALLEST, "bundleFacts": {"os": {"nonsense": None}}}

    with pytest.raises(InvalidInput) as refused:
        parse_run_input(document)

    assert any(
        fault.startswith("$.bundleFacts.os.nonsense: is not a field") for fault in refused.value.faults
    )


@pytest.mark.parametrize("names", ["mx-ana", ["", "mx-ana" * 100], [["mx-ana"]], {"mx-ana": 1}])
def test_a_fault_in_users_names_names_none(names: object) -> None:
    """Its text is in the function's log, which is read by people whom users do not concern."""
    with pytest.raises(InvalidInput) as fault:
        parse_run_input(with_("select.userNames", names))
    assert "$.select.userNames" in str(fault.value)
    assert "mx-ana" not in str(fault.value)
