"""Whatever the stores and the services beside WorkSpaces answer, it is understood, or an error says in a
sentence what was not."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.adapters.bus import Bus
from migrator.adapters.clear_answers import UnclearAnswer
from migrator.adapters.configured_directories import ConfiguredDirectories
from migrator.adapters.directory import DirectoryUnavailable
from migrator.adapters.holds import Holds
from migrator.adapters.items import from_item
from migrator.adapters.ledger import Ledger
from migrator.adapters.listings import ending
from migrator.adapters.notices import Notices
from migrator.adapters.price_lists import PriceLists, PricesUnavailable
from migrator.adapters.refused_credentials import RefusedCredentials
from migrator.adapters.rows import run_of
from migrator.adapters.runs import Runs
from migrator.adapters.table import Table
from migrator.adapters.workspaces import Addresses
from migrator.domain.directory_access import DirectoryAccess
from migrator.domain.records import Permits
from migrator.steps.checkpoint import load
from migrator.steps.failed_targets import told_of_targets
from migrator.steps.given import input_of
from migrator.steps.parts import Parts
from migrator.steps.plans import planned_batches
from migrator.steps.user_checks import told_of_users
from tests.hostile import STRANGE, client_that_hears, paths, spoilings, spoilt

CLEAR = (
    *(UnclearAnswer, ClientError, BotoCoreError, TimeoutError),
    *(PricesUnavailable, DirectoryUnavailable),
)


class Still:
    """Noon, whatever happens; how often it was slept."""

    def __init__(self) -> None:
        self.slept = 0

    def now(self) -> datetime:
        return datetime(2026, 11, 28, 12, tzinfo=UTC)

    def sleep(self, _: float) -> None:
        self.slept += 1


def table(*answers: Any) -> Table:
    return Table(client_that_hears("dynamodb", *answers), "ledger", Still(), retention_days=9)


def bucket(*answers: Any) -> Runs:
    return Runs(client_that_hears("s3", *answers), "runs")


AT = {"S": "2026-11-28T02:00:00Z"}
MIGRATION = {
    "pk": {"S": "run#one"},
    "sk": {"S": "workspace#ws-000000001"},
    **{name: {"S": name} for name in ("workspace_id", "directory_id", "user_name", "source_bundle_id")},
    **{name: {"S": name} for name in ("target_bundle_id", "batch_id")},
    "stage": {"S": "ended"},
    "sent": {"BOOL": True},
    "tries": {"N": "0"},
    "target_seen": {"BOOL": True},
    "addressed": {"BOOL": False},
    "outcome": {"S": "Migrated"},
    "started_at": AT,
    "ended_at": AT,
    "warnings": {"L": [{"S": "a"}]},
}
RUN = {
    "pk": {"S": "run#one"},
    "sk": {"S": "run"},
    "execution_arn": {"S": "arn"},
    "started_at": AT,
    "input_json": {"S": "{}"},
    **{name: {"N": "0"} for name in ("planned", "canary_planned", "failed", "canary_failed", "migrated")},
    "log_seconds": {"N": "0"},
    "halted": {"BOOL": False},
}
WATCH = {
    "batch_id": {"S": "batch-0001"},
    "place": {"N": "1"},
    "startable": {"N": "2"},
    "look_at": AT,
    "until": AT,
}
PRICE = json.dumps(
    {
        "product": {
            "attributes": {
                "bundle": "Standard",
                "license": "Included",
                "operatingSystem": "Windows",
                "storage": "Root:80 GB,User:50 GB",
                "runningMode": "AlwaysOn",
            }
        },
        "publicationDate": "2026-11-01T00:00:00Z",
        "terms": {
            "OnDemand": {"a": {"priceDimensions": {"b": {"unit": "Month", "pricePerUnit": {"USD": "35"}}}}}
        },
    }
)
SECRET = {"VersionId": "1", "SecretString": '{"username": "a@b.c", "password": "hidden"}'}
EVENTS = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}

READS: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "a run": ({"Item": RUN}, lambda answer: Ledger(table(answer)).run("one")),
    "a watch": ({"Item": WATCH}, lambda answer: Ledger(table(answer)).watch("one", "d-1")),
    "migrations": (
        {"Responses": {"ledger": [MIGRATION]}, "UnprocessedKeys": {}},
        lambda answer: Ledger(table(answer)).migrations("one", ["ws-000000001"]),
    ),
    "all migrations": (
        {"Items": [MIGRATION], "Count": 1},
        lambda answer: list(Ledger(table(answer)).all_migrations("one")),
    ),
    "permits": (
        {"Item": {"in_flight": {"N": "3"}, "addressed": {"N": "1"}}},
        lambda answer: Holds(table(answer)).permits("d-1"),
    ),
    "a holder": (
        {"Item": {"holder": {"S": "one"}, "outcome": {"S": "Migrated"}, "ended_at": AT}},
        lambda answer: Holds(table(answer)).last_migration("d-1", "ws-000000001"),
    ),
    "what is held": (
        {"Items": [{"run_id": {"S": "one"}, "workspace_id": {"S": "ws-000000001"}}]},
        lambda answer: Holds(table(answer)).held("d-1"),
    ),
    "prices": ({"PriceList": [PRICE]}, lambda answer: prices(answer)),
    "a secret": (SECRET, lambda answer: credentials(answer)),
    "the bus": (
        EVENTS,
        lambda answer: Bus(client_that_hears("events", answer), "bus", Still()).put([cast(Any, Event())]),
    ),
}


class Event:
    detail_type = "WorkSpace finished"
    at = Still().now()

    def model_dump_json(self, **_: Any) -> str:
        return "{}"


def prices(answer: Any) -> Any:
    return PriceLists(client_that_hears("pricing", answer)).of("us-east-1")


def credentials(answer: Any) -> Any:
    access = cast(DirectoryAccess, type("Access", (), {"secret_arn": "arn:aws:secretsmanager:x"}))
    refused = RefusedCredentials(table({}), Still())
    client = client_that_hears("secretsmanager", answer)
    return ConfiguredDirectories({"d-1": access}, client, refused)._credentials(access)


def told(read: Callable[[Any], Any], answer: Any) -> str | None:
    """What is wrong with how the answer is dealt with; None where nothing is."""
    try:
        read(answer)
    except CLEAR as fault:
        return None if len(str(fault)) > 20 and "hidden" not in str(fault) else f"told as {fault}"
    except Exception as fault:  # noqa: BLE001 (that there is none is what is tested)
        return f"{type(fault).__name__}: {fault}"
    return None


@pytest.mark.parametrize("what", READS)
def test_the_answer_itself_is_understood(what: str) -> None:
    answer, read = READS[what]
    assert read(answer)


@pytest.mark.parametrize("what", READS)
def test_every_value_left_out_or_strange_is_understood_or_told(what: str) -> None:
    answer, read = READS[what]
    wrong = [
        f"{path} {how!r}: {found}"
        for path in paths(answer)
        for how in (..., *STRANGE)
        if (found := told(read, spoilt(answer, path, how)))
    ]
    assert not wrong, "\n".join(wrong[:20])


OF_OURS = ("a run", "a watch", "migrations", "all migrations", "permits", "a holder", "what is held")
"""What is read from the ledger."""


def attributes(answer: Any) -> list[tuple[tuple[str | int, ...], str]]:
    """The place of each value of an answer's items, and its type; not of keys, which nothing is told by."""
    return [
        ((*path, kind), kind)
        for path in paths(answer)
        for kind in ("S", "N", "BOOL")
        if path and not {"pk", "sk"} & set(path)
        if isinstance(value := at(answer, path), dict) and value.keys() == {kind}
    ]


def at(document: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


@pytest.mark.parametrize("what", OF_OURS)
def test_a_row_with_a_value_of_another_type_is_named_and_not_read(what: str) -> None:
    """The table takes text where a number was, and whoever mends a row by hand may write it."""
    answer, read = READS[what]
    other: dict[str, list[dict[str, Any]]] = {
        "S": [{"N": "5"}, {"BOOL": True}, {"L": []}, {"M": {}}],
        "N": [{"S": "5"}, {"N": "-1"}, {"N": "NaN"}, {"N": "Infinity"}, {"N": "0.5"}, {"BOOL": False}],
        "BOOL": [{"S": "false"}, {"N": "0"}, {"BOOL": "no"}],
    }
    tried = 0
    for path, kind in attributes(answer):
        for value in other[kind]:
            if "log_seconds" in path and value == {"N": "0.5"}:
                continue
            tried += 1
            with pytest.raises(UnclearAnswer) as raised:
                read(spoilt(answer, path[:-1], value))
            assert len(str(raised.value)) > 60, (path, value)
    assert tried > 5


@pytest.mark.parametrize("name", sorted(RUN.keys() - {"pk", "sk"}))
def test_a_run_without_one_of_its_counters_is_none(name: str) -> None:
    """Nothing is taken for nothing failed, or for not halted."""
    with pytest.raises(UnclearAnswer, match=name):
        Ledger(table({"Item": {one: value for one, value in RUN.items() if one != name}})).run("one")


@pytest.mark.parametrize("name", ["stage", "sent", "tries", "target_seen", "addressed"])
def test_a_migration_is_never_taken_for_one_that_was_not_sent_seen_or_addressed(name: str) -> None:
    row = {one: value for one, value in MIGRATION.items() if one != name}
    ledger = Ledger(table({"Responses": {"ledger": [row]}, "UnprocessedKeys": {}}))
    with pytest.raises(UnclearAnswer, match=name):
        ledger.migrations("one", ["ws-000000001"])
    if name not in ("tries", "addressed"):
        with pytest.raises(UnclearAnswer, match=name):
            ledger.glimpses("one", ["ws-000000001"])


@pytest.mark.parametrize(
    ("stage", "missing"),
    [("calling", "started_at"), ("started", "started_at"), ("ended", "outcome"), ("ended", "ended_at")],
)
def test_a_migration_without_what_its_stage_implies_is_none(stage: str, missing: str) -> None:
    row = {one: value for one, value in MIGRATION.items() if one != missing} | {"stage": {"S": stage}}
    with pytest.raises(UnclearAnswer, match=missing):
        list(Ledger(table({"Items": [row], "Count": 1})).all_migrations("one"))


def test_a_directory_s_counter_is_there_or_was_never_written() -> None:
    assert Holds(table({})).permits("d-1") == Permits(0, 0)
    with pytest.raises(UnclearAnswer, match="in_flight"):
        Holds(table({"Item": {"addressed": {"N": "0"}}})).permits("d-1")


def test_a_counter_with_more_addresses_than_migrations_grants_nothing() -> None:
    with pytest.raises(UnclearAnswer, match="2 have their address, of 1 in flight"):
        Holds(table({"Item": {"in_flight": {"N": "1"}, "addressed": {"N": "2"}}})).permits("d-1")


@pytest.mark.parametrize("what", READS)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_several_at_once(what: str, data: st.DataObject) -> None:
    answer, read = READS[what]
    assert told(read, data.draw(spoilings(answer))) is None


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_a_strange_price_is_no_price(data: st.DataObject) -> None:
    strange = data.draw(spoilings(json.loads(PRICE)))
    assert told(prices, {"PriceList": [json.dumps(strange)]}) is None


@pytest.mark.parametrize("body", ["", "{", "null", "[]", '"text"', "5", "<html>no</html>", "[{}]"])
@pytest.mark.parametrize("what", READS)
def test_a_body_that_is_no_answer_is_told_or_empty(what: str, body: str) -> None:
    assert told(READS[what][1], body) is None


@pytest.mark.parametrize("body", ["", "{", "<html>no", "<a/>", "5", "\u0000"])
def test_xml_that_is_none_is_told_or_empty(body: str) -> None:
    notices = Notices(client_that_hears("sns", body), "arn:aws:sns:eu-west-1:1:topic", None)
    assert told(lambda _: notices.publish("subject", "text"), None) is None
    addresses = Addresses(client_that_hears("ec2", body))
    assert told(lambda _: addresses.free(["subnet-1"]), None) is None


def bucket_alone(runs: Runs) -> Any:
    """Services that have nothing else."""
    return type("Services", (), {"runs": runs})


OBJECTS: dict[str, Callable[[Runs], Any]] = {
    "a document": lambda runs: runs.read_json("one", "users.json"),
    "the fleet": lambda runs: Parts(runs, "one").fleet(1),
    "looks": lambda runs: Parts(runs, "one").looks(1),
    "verdicts": lambda runs: list(Parts(runs, "one").verdicts()),
    "planned": lambda runs: list(Parts(runs, "one").planned(1)),
    "failed targets": lambda runs: list(told_of_targets(bucket_alone(runs), "one")),
    "users": lambda runs: list(told_of_users(bucket_alone(runs), "one")),
    "the plan": lambda runs: planned_batches(bucket_alone(runs), "one"),
}


CUT = ("{", '{"a": [1, 2', "[[", '[["ws-1", 3]]\n[', "\ufffe")
CHANGED = ("5", '{"batchId": 1}', '["ws-1"]')


@pytest.mark.parametrize("text", [*CUT, *CHANGED])
@pytest.mark.parametrize("what", OBJECTS)
def test_an_object_that_was_cut_or_changed_is_named(what: str, text: str) -> None:
    if what == "a document" and text in CHANGED:
        assert OBJECTS[what](bucket(text)) == json.loads(text)
        return
    with pytest.raises(UnclearAnswer, match="s3://runs/runs/one/"):
        OBJECTS[what](bucket(text))


@pytest.mark.parametrize("what", ["verdicts", "users", "failed targets"])
def test_what_is_in_an_object_that_was_changed_is_not_told(what: str) -> None:
    """Lambda logs an error's text, and a document names users."""
    with pytest.raises(UnclearAnswer) as raised:
        OBJECTS[what](bucket('{"mx-ana.surname": {"userName": "mx-ana.surname", "verdicts": 1}}'))
    assert "surname" not in str(raised.value).replace("mx-ana.surname.", "")


def test_a_run_s_input_that_is_none_is_not_told_either() -> None:
    text = json.dumps({"select": {"userNames": ["mx-ana.surname"]}, "tarqet": "mx-ana.surname"})
    with pytest.raises(UnclearAnswer, match="its input is none") as raised:
        input_of(run_of({"pk": "run#one", **from_item(RUN), "input_json": text}))
    assert "surname" not in str(raised.value)


def test_a_checkpoint_that_is_none_is_named() -> None:
    runs = bucket('{"readings": [{"never": "heard"}]}')
    with (
        pytest.raises(UnclearAnswer, match=r"s3://runs/runs/one/assessment\.json"),
        runs.reading("one", "assessment.json"),
    ):
        load(runs.read("one", "assessment.json") or "")


def test_keys_that_are_never_processed_are_given_up() -> None:
    left = {"UnprocessedKeys": {"ledger": {"Keys": [{"pk": {"S": "a"}, "sk": {"S": "b"}}]}}, "Responses": {}}
    waiting = Still()
    store = Table(client_that_hears("dynamodb", left), "ledger", waiting, retention_days=9)
    with pytest.raises(TimeoutError, match="unprocessed"):
        list(store.get_all([{"pk": "a", "sk": "b"}]))
    assert waiting.slept > 3


def test_a_query_that_gives_the_same_key_again_is_given_up() -> None:
    again = {"Items": [], "LastEvaluatedKey": {"pk": {"S": "a"}, "sk": {"S": "b"}}}
    with pytest.raises(BotoCoreError, match="same next token"):
        list(Ledger(table(again)).all_migrations("one"))


@given(st.integers(0, 12))
def test_pages_end(count: int) -> None:
    if count <= 9:
        assert list(ending(range(count), "the scan", 9)) == list(range(count))
    else:
        with pytest.raises(UnclearAnswer, match="The scan does not end"):
            list(ending(range(count), "the scan", 9))


def test_a_configured_directory_file_that_is_none_is_refused(tmp_path: Path) -> None:
    from migrator.adapters.configured_directories import read_accesses

    file = tmp_path / "directories.json"
    for text in ("{", "[]", '{"d-1": {}}'):
        file.write_text(text)
        with pytest.raises(ValueError, match="validation error"):
            read_accesses(file)
