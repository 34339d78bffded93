"""Exporting the twin's fleet: at the API's pace, read-only, resumable, and rehearsed with the same plan."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from infra.freshness import template_for_rehearsal
from migrator.adapters.clear_answers import UnclearAnswer
from migrator.adapters.listings import Listing
from rehearsal.answering import Services
from rehearsal.cli import main
from rehearsal.clock import VirtualClock
from rehearsal.direct_hooks import services_answer_here
from rehearsal.export import Clients, Exporter, Journal, JournalFault, Pacer, Pseudonyms, Scope
from rehearsal.export import command as export_command
from rehearsal.export.exporting import READ_ONLY
from rehearsal.export.pseudonyms import KeyFault, read_key
from rehearsal.run import Task, rehearse
from rehearsal.sampling import FINANCE, TARGET, sample_fleet
from rehearsal.twin import Twin, parse_fleet
from rehearsal.twin_services import twin_services
from tests.hostile import client_that_hears
from tests.samples import POOL
from tests.twin_bench import SESSION, bench, fleet_document

ONCE = Config(retries={"total_max_attempts": 1})
SIZE = 60
OFFICE = {"AssociatedResourceId": "wsa-office0021"}
FLEET: dict[str, Any] = sample_fleet(SIZE) | {
    "Applications": [{"ApplicationId": "wsa-office0021", "Name": "Microsoft Office 2021"}],
}
OF_FINANCE = [row["WorkspaceId"] for row in FLEET["Workspaces"] if row["BundleId"] == FINANCE]
FLEET["Associations"] = {FINANCE: [OFFICE], OF_FINANCE[0]: []}
FLEET["WorkspacesPools"] = [
    POOL
    | {"PoolName": "Training of Ana", "BundleId": FINANCE}
    | {"DirectoryId": FLEET["Directories"][0]["DirectoryId"]}
]
SCOPE = Scope("us-east-1")
OF = {"test": True}


@dataclass
class Account:
    """An account in virtual time, and the calls that were made to it."""

    clock: VirtualClock
    clients: Clients
    calls: list[str] = field(default_factory=list)
    interrupt_after: int | None = None

    def export(
        self, path: Path, scope: Scope = SCOPE, pseudonyms: Pseudonyms | None = None
    ) -> dict[str, Any]:
        """An export as a task of the clock. Raises what interrupts it."""
        found: list[dict[str, Any]] = []
        failed: list[BaseException] = []

        def run() -> None:
            try:
                with Journal(path, OF) as journal:
                    pacer = Pacer(2.0, 5, now=lambda: self.clock.now().timestamp(), sleep=self.clock.sleep)
                    exporter = Exporter(
                        self.clients, scope, journal, pacer, now=self.clock.now, pseudonyms=pseudonyms
                    )
                    found.append(exporter.export())
            except BaseException as error:  # noqa: BLE001 - raised again outside the task
                failed.append(error)

        task = self.clock.spawn(run, name="export")
        self.clock.run(task.finished.is_set)
        if failed:
            raise failed[0]
        return found[0]

    def note(self, model: Any, **_: Any) -> None:
        if self.interrupt_after is not None and len(self.calls) >= self.interrupt_after:
            raise KeyboardInterrupt
        service = {"resourcegroupstaggingapi": "tag"}.get(model.service_model.service_name)
        self.calls.append(f"{service or model.service_model.service_name}:{model.name}")


@contextmanager
def account(document: dict[str, Any] | None = None) -> Iterator[Account]:
    """With the service's rate: what comes too fast is throttled, and the client does not try again."""
    fleet = parse_fleet(document or FLEET)
    clock = VirtualClock(fleet.now)
    with ExitStack() as stack:
        stack.enter_context(clock.installed())
        stack.enter_context(mock_aws())
        twin = Twin(clock, fleet, seed=1)
        stack.enter_context(twin.installed())
        stack.enter_context(services_answer_here(Services(*twin_services(twin))))
        made: list[Any] = [
            SESSION.client(name, region_name=fleet.region, config=ONCE)
            for name in ("workspaces", "resourcegroupstaggingapi", "ec2")
        ]
        found = Account(clock, Clients(*made))
        for client in made:
            client.meta.events.register("before-parameter-build", found.note)
        yield found


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[str], float]:
    with account() as here:
        began = here.clock.now()
        document = here.export(tmp_path_factory.mktemp("export") / "journal")
        return document, here.calls, (here.clock.now() - began).total_seconds()


def plan(document: dict[str, Any], place: Path) -> list[tuple[Any, ...]]:
    """What a dry run says of each WorkSpace."""
    fleet = parse_fleet(document)
    given = {
        "select": {"directoryIds": [row["DirectoryId"] for row in fleet.directories]},
        "target": {"bundleId": TARGET},
    }
    place.mkdir()
    task = Task(template_for_rehearsal("dev"), fleet, [given], [place / "input.json"], (), 0, 0.0, place)
    (run,) = rehearse(task)
    assert run.report is not None
    return [(line["workspaceId"], line["outcome"], line["reason"]) for line in run.report["workspaces"]]


def test_the_export_is_rehearsed_with_the_same_plan(
    exported: tuple[dict[str, Any], list[str], float], tmp_path: Path
) -> None:
    document = json.loads(json.dumps(exported[0]))
    wanted = plan(FLEET, tmp_path / "fleet")
    assert len(wanted) == SIZE
    assert len({outcome for _, outcome, _ in wanted}) > 1
    finance = {row["WorkspaceId"] for row in FLEET["Workspaces"] if row["BundleId"] == FINANCE}
    assert {one for one, _, reason in wanted if reason == "plus-edition"} & finance  # Office is on it
    assert plan(document, tmp_path / "export") == wanted


def test_a_pool_comes_with_its_bundle(exported: tuple[dict[str, Any], list[str], float]) -> None:
    [pool], [stated] = exported[0]["WorkspacesPools"], FLEET["WorkspacesPools"]
    assert {name: pool[name] for name in ("PoolId", "PoolName", "BundleId")} == {
        name: stated[name] for name in ("PoolId", "PoolName", "BundleId")
    }


def test_only_reads_and_only_what_is_documented(exported: tuple[dict[str, Any], list[str], float]) -> None:
    assert set(exported[1]) == set(READ_ONLY)


def test_the_rate_is_kept_and_used(exported: tuple[dict[str, Any], list[str], float]) -> None:
    _, calls, seconds = exported
    assert len(calls) / 2 - 5 <= seconds <= len(calls) / 2 + 1


def test_nothing_that_lets_people_in_is_exported(exported: tuple[dict[str, Any], list[str], float]) -> None:
    assert "RegistrationCode" not in json.dumps(exported[0])


@pytest.mark.parametrize("after", [0, 1, 4, 11, 25, 40])
def test_an_interrupted_export_goes_on(
    after: int, exported: tuple[dict[str, Any], list[str], float], tmp_path: Path
) -> None:
    with account() as here:
        here.interrupt_after = after
        with pytest.raises(KeyboardInterrupt):
            here.export(tmp_path / "journal")
        here.interrupt_after = None
        document = here.export(tmp_path / "journal")
    assert {name: rows for name, rows in document.items() if name != "Snapshots"} == {
        name: rows for name, rows in exported[0].items() if name != "Snapshots"
    }
    assert document["Snapshots"].keys() == exported[0]["Snapshots"].keys()
    assert here.calls == exported[1]


def test_a_line_that_was_cut_off_is_read_again(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with account() as here:
        here.interrupt_after = 9
        with pytest.raises(KeyboardInterrupt):
            here.export(journal)
        here.interrupt_after = None
        journal.write_text(journal.read_text()[:-20])
        assert len(here.export(journal)["Workspaces"]) == SIZE


def test_a_token_that_is_not_taken_any_more_begins_the_listing_again(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with account() as here:
        here.interrupt_after = 3
        with pytest.raises(KeyboardInterrupt):
            here.export(journal)
        here.interrupt_after = None
        lines = [json.loads(line) for line in journal.read_text().splitlines()]
        assert lines[-1]["token"]
        lines[-1]["token"] = "from yesterday"
        journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
        found = here.export(journal)["Workspaces"]
    assert len({row["WorkspaceId"] for row in found}) == len(found) == SIZE


def test_a_name_that_breaks_lines_breaks_no_journal(tmp_path: Path) -> None:
    journal, document = tmp_path / "journal", fleet_document(30)
    document["Workspaces"][3]["UserName"] = "a\u2028b\u2029\x85\x0bc"
    with account(document) as here:
        here.interrupt_after = 6
        with pytest.raises(KeyboardInterrupt):
            here.export(journal)
        here.interrupt_after = None
        found = here.export(journal)["Workspaces"]
    assert [row["UserName"] for row in found] == [row["UserName"] for row in document["Workspaces"]]


@pytest.mark.parametrize("damage", ["no json", '{"step": "WorkSpaces"}', "[1]"])
def test_a_damaged_journal_is_told(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "journal"
    path.write_text(json.dumps({"of": OF}) + "\n" + damage + "\n")
    with pytest.raises(JournalFault, match="damaged"):
        Journal(path, OF)


def test_a_listing_without_end_is_told(tmp_path: Path) -> None:
    with account() as here:
        describe = here.clients.workspaces.describe_workspaces

        def for_ever(**parameters: Any) -> dict[str, Any]:
            return {**describe(DirectoryId=FLEET["Directories"][0]["DirectoryId"]), "NextToken": "again"}

        here.clients.workspaces.describe_workspaces = for_ever
        with pytest.raises(UnclearAnswer, match="does not end"):
            here.export(tmp_path / "journal")


def test_fleets_of_any_shape_are_exported(tmp_path: Path) -> None:
    nothing: dict[str, Any] = {"Workspaces": [], "Bundles": [], "Directories": []}
    with account(nothing) as here:
        found = here.export(tmp_path / "nothing")
    assert (found["Workspaces"], found["Directories"], found["Subnets"]) == ([], [], [])
    parse_fleet(found)
    document = fleet_document(6)
    document["Directories"] += [
        {"DirectoryId": "d-9067099999", "CustomerUserName": "svc-workspaces"},
        {"DirectoryId": "wsd-7h1k2m3n4", "WorkspaceType": "POOLS", "WorkspaceDirectoryName": "pool one"},
    ]
    for number, row in enumerate(document["Workspaces"]):
        row["UserName"] = f"ana{number % 3}"  # the same names in two directories
        if number >= 3:
            row["DirectoryId"] = "d-9067099999"
    with account(document) as here:
        found = here.export(tmp_path / "shapes", pseudonyms=Pseudonyms(b"k" * 32))
    assert len(parse_fleet(found).directories) == 3
    users = [row["UserName"] for row in found["Workspaces"]]
    assert users[:3] == users[3:]
    assert len(set(users)) == 3
    assert not any(name in json.dumps(found) for name in ("ana0", "svc-workspaces"))


def test_a_directory_the_service_does_not_know_is_told(command: Callable[..., Any], tmp_path: Path) -> None:
    done = command("--directory", "d-9067000000", "--no-snapshots")
    assert done.exit_code == 0
    assert "does not know: d-9067000000" in done.output


def test_an_answer_that_cannot_be_read_is_told(
    command: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Twin.answer

    def damaged(self: Twin, operation: str, body: str) -> Any:
        status, headers, text = answer(self, operation, body)
        return status, headers, text[:-9] if operation == "DescribeWorkspaces" else text

    with monkeypatch.context() as patch:
        patch.setattr(Twin, "answer", damaged)
        done = command("--no-snapshots")
    assert done.exit_code == 2
    assert "cannot be read" in done.output or "no JSON" in done.output
    assert not (tmp_path / "fleet.json").exists()
    again = command("--no-snapshots")
    assert (again.exit_code, "Going on" in again.output) == (0, True)


def test_a_journal_of_another_export_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with Journal(path, {"region": "us-east-1"}):
        pass
    before = path.read_text()
    with pytest.raises(JournalFault, match="other settings"):
        Journal(path, {"region": "eu-west-1"})
    assert path.read_text() == before


def test_one_directory_without_snapshots(tmp_path: Path) -> None:
    only = FLEET["Directories"][1]["DirectoryId"]
    with account() as here:
        document = here.export(tmp_path / "journal", Scope("us-east-1", (only,), snapshots=False))
    assert {row["DirectoryId"] for row in document["Workspaces"]} == {only}
    assert [row["DirectoryId"] for row in document["Directories"]] == [only]
    assert "Snapshots" not in document
    assert "workspaces:DescribeWorkspaceSnapshots" not in here.calls
    parse_fleet(json.loads(json.dumps(document)))


def installed(document: dict[str, Any], one: str) -> list[str] | None:
    rows = document["Associations"].get(one)
    return None if rows is None else [row["AssociatedResourceId"] for row in rows]


def test_what_is_on_workspaces_of_own_bundles_is_exported(
    exported: tuple[dict[str, Any], list[str], float],
) -> None:
    document, calls, _ = exported
    own = {row["BundleId"] for row in FLEET["Bundles"] if row["Owner"] != "AMAZON"}
    asked = [row["WorkspaceId"] for row in FLEET["Workspaces"] if row["BundleId"] in own]
    assert calls.count("workspaces:DescribeWorkspaceAssociations") == len(asked) > 1
    # Its bundle's were taken off this one: said, as else the bundle would speak for it.
    assert installed(document, OF_FINANCE[0]) == []
    assert installed(document, OF_FINANCE[1]) == ["wsa-office0021"]
    assert [row["ApplicationId"] for row in document["Applications"]] == ["wsa-office0021"]


def test_office_on_a_workspace_alone_is_exported(tmp_path: Path) -> None:
    with account(FLEET | {"Associations": {OF_FINANCE[1]: [OFFICE]}}) as here:
        document = here.export(tmp_path / "journal", Scope("us-east-1", snapshots=False))
    assert set(document["Associations"]) == {OF_FINANCE[1]}
    assert [row["Name"] for row in document["Applications"]] == ["Microsoft Office 2021"]
    parse_fleet(json.loads(json.dumps(document)))


def test_without_applications_bundles_speak_for_their_workspaces(tmp_path: Path) -> None:
    with account() as here:
        document = here.export(tmp_path / "journal", Scope("us-east-1", applications=False))
    assert set(document["Associations"]) == {FINANCE}
    assert "workspaces:DescribeWorkspaceAssociations" not in here.calls


# Pseudonyms


def names() -> set[str]:
    found = {row["UserName"] for row in FLEET["Workspaces"]} | {
        row["ComputerName"] for row in FLEET["Workspaces"]
    }
    found |= {row["PoolName"] for row in FLEET["WorkspacesPools"]}
    return found | {tag["Value"] for tags in FLEET["Tags"].values() for tag in tags if len(tag["Value"]) > 2}


def test_pseudonyms_hide_every_name_and_change_no_plan(tmp_path: Path) -> None:
    keys = [Pseudonyms(bytes([number]) * 32, kept_tags=("Wave",)) for number in (1, 1, 2)]
    exports = []
    for number, key in enumerate(keys):
        with account() as here:
            here.interrupt_after = 12
            with pytest.raises(KeyboardInterrupt):
                here.export(tmp_path / f"{number}", pseudonyms=key)
            here.interrupt_after = None
            exports.append(here.export(tmp_path / f"{number}", pseudonyms=key))
        text = (tmp_path / f"{number}").read_text() + json.dumps(exports[-1])
        assert not [name for name in names() if name in text]
    first, same, other = exports
    assert first == same
    users = [{row["UserName"] for row in one["Workspaces"]} for one in (first, other)]
    assert len(users[0]) == len({row["UserName"].casefold() for row in FLEET["Workspaces"]})
    assert not users[0] & users[1]
    waves = {tag["Value"] for tags in first["Tags"].values() for tag in tags if tag["Key"] == "Wave"}
    assert waves == {"1", "2", "3"}
    wanted = plan(FLEET, tmp_path / "fleet")
    assert plan(json.loads(json.dumps(first)), tmp_path / "export") == wanted


def test_a_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "key"
    key = read_key(path)
    assert (len(key), read_key(path), path.stat().st_mode & 0o777) == (32, key, 0o600)
    path.write_text("no key")
    with pytest.raises(KeyFault, match="holds no key"):
        read_key(path)
    path.write_text("00" * 8)
    with pytest.raises(KeyFault, match="8 bytes"):
        read_key(path)


# The command


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.chdir(tmp_path)
    with bench(FLEET):
        common = ("export", "--out", "fleet.json", "--region", "us-east-1", "--rate", "100000")
        yield lambda *more: CliRunner().invoke(main, [*common, *more])


def test_the_command_writes_a_fleet_that_can_be_rehearsed(
    command: Callable[..., Any], tmp_path: Path
) -> None:
    done = command("--pseudonyms", "key", "--no-snapshots")
    assert done.exit_code == 0, done.output
    assert f"{SIZE} WorkSpaces in 2 directories" in done.output
    assert len(parse_fleet(json.loads((tmp_path / "fleet.json").read_text())).workspaces) == SIZE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fleet.json", "key"]


def test_wrong_settings_are_told(command: Callable[..., Any], tmp_path: Path) -> None:
    assert command("--keep-tag", "Wave").exit_code == 2
    (tmp_path / "key").write_text("no key")
    done = command("--pseudonyms", "key")
    assert (done.exit_code, "holds no key" in done.output) == (2, True)
    assert not (tmp_path / "fleet.json").exists()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"Directories": [], "NextToken": "again"}, "The listing of directories does not end"),
        ({"Directories": [{"DirectoryName": "corp"}]}, "DescribeWorkspaceDirectories answered a row of"),
        ({"Directories": "all"}, "DescribeWorkspaceDirectories: the answer.Directories is str, not list"),
        ("<html>", "DescribeWorkspaceDirectories answered what is no JSON"),
    ],
    ids=["without end", "a row without its id", "text for a list", "no JSON"],
)
def test_an_answer_that_cannot_be_relied_on_is_told_and_exported_by_nobody(
    answer: Any, told: str, command: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = client_that_hears("workspaces", answer)
    honest = export_command._clients
    monkeypatch.setattr(
        export_command, "_clients", lambda session: replace(honest(session), workspaces=hostile)
    )
    done = command()
    assert (done.exit_code, told in " ".join(done.output.split())) == (2, True), done.output
    assert not (tmp_path / "fleet.json").exists()


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 400)), max_size=400), st.integers(2, 200))
def test_a_listing_of_which_each_page_leads_further_is_read_for_as_long_as_it_may_be(
    pages: list[tuple[int, int]], most: int
) -> None:
    listing = Listing("the listing of things", most=most)
    barren = 0
    for number, (rows, token) in enumerate(pages, start=1):
        barren = 0 if rows else barren + 1
        ends = token in [one for _, one in pages[: number - 1]] or number >= most or barren >= 100
        if ends:
            with pytest.raises(UnclearAnswer, match="The listing of things does not end"):
                listing.page(rows, str(token))
            return
        listing.page(rows, str(token))
    listing.page(0, None)
