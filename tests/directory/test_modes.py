"""What the clean-up does in each mode, how much of it, and what is on record before anything is changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrator.adapters.runs import Runs
from rehearsal.samba import DomainController
from rehearsal.samba.template import MAY_DISABLE
from tests.directory.clean_up_bench import CleanUp, Context, clean_up_bench
from tests.directory.plants import ENDED, UNIT, Plant, SambaGarden

LIVING = "M-LIVING"


@pytest.fixture
def garden(shared_controller: DomainController) -> SambaGarden:
    return SambaGarden(shared_controller)


@pytest.fixture
def clean_up(shared_controller: DomainController, tmp_path: Path) -> Iterator[CleanUp]:
    with clean_up_bench(shared_controller, tmp_path, living=(LIVING,), maxChangesPerRun=3) as found:
        found.open_run("run-1")
        yield found


def test_by_default_failed_targets_go_and_former_computers_are_told(
    garden: SambaGarden, clean_up: CleanUp
) -> None:
    target, former = garden.plant(Plant("M-TARGET")), garden.plant(Plant("M-FORMER"))
    clean_up.failed("run-1", "M-TARGET")
    clean_up.migrated("run-1", "M-FORMER", "M-FORMER-GONE")

    lines = clean_up.run("run-1")

    assert {name: line["result"] for name, line in lines.items()} == {
        "M-TARGET": "deleted",
        "M-FORMER": "reported",
    }
    assert not garden.exists(target)
    assert garden.exists(former)


def test_a_line_tells_what_it_rests_on(garden: SambaGarden, clean_up: CleanUp) -> None:
    guid = garden.plant(Plant("M-EVIDENCE"))
    clean_up.failed("run-1", "M-EVIDENCE")

    line = clean_up.run("run-1")["M-EVIDENCE"]

    assert line["objectGuid"] == guid
    assert line["objectSid"].startswith("S-1-5-21-")
    assert line["distinguishedName"] == f"CN=M-EVIDENCE,{UNIT}"
    assert line["domainController"].lower() == "dc1.corp.example.com"
    assert line["readAt"] == "2026-11-23T02:50:00Z"
    assert line["record"] == f"runs/run-1/directory/{guid}.ldif"
    decision = clean_up.document("run-1", "directory/ws-000000001-failed-target-delete.json")
    [seen] = decision["evidence"]["objects"]
    assert seen["objectGuid"] == guid
    assert seen["userAccountControl"] == 0x1000
    assert seen["deniesDeletion"] is False
    assert decision["evidence"]["domainController"].lower() == "dc1.corp.example.com"
    assert decision["migrationEndedAt"] == "2026-11-23T02:40:00Z"


def test_report_changes_nothing(garden: SambaGarden, clean_up: CleanUp) -> None:
    guid = garden.plant(Plant("M-REPORT"))
    clean_up.open_run("run-2", {"failedTargets": "report"})
    clean_up.failed("run-2", "M-REPORT")
    before = garden.database.search(UNIT, f"(objectGUID={guid})", "uSNChanged")
    assert clean_up.run("run-2")["M-REPORT"]["result"] == "reported"
    assert garden.database.search(UNIT, f"(objectGUID={guid})", "uSNChanged") == before


def test_disable_disables(garden: SambaGarden, clean_up: CleanUp) -> None:
    garden.database.allow(UNIT, MAY_DISABLE.format(sid=garden.controller.template.service_sid))
    fresh, disabled = garden.plant(Plant("M-DISABLE")), garden.plant(Plant("M-DISABLED", control=0x1002))
    clean_up.open_run("run-2", {"failedTargets": "disable"})
    clean_up.failed("run-2", "M-DISABLE", "M-DISABLED")
    lines = clean_up.run("run-2")
    assert {line["result"] for line in lines.values()} == {"disabled"}
    assert garden.control(fresh) == 0x1002
    assert garden.control(disabled) == 0x1002
    assert f"directory/{fresh}.ldif" in clean_up.objects("run-2")


def test_former_computers_go_where_the_input_says_so(garden: SambaGarden, clean_up: CleanUp) -> None:
    old = Plant("M-OLD", created=ENDED.replace(year=2024), used=ENDED.replace(hour=1))
    guid = garden.plant(old)
    reused = garden.plant(Plant("M-REUSED", created=ENDED))
    clean_up.open_run("run-2", {"formerComputers": "delete"})
    clean_up.migrated("run-2", "M-OLD", "M-REUSED")
    lines = clean_up.run("run-2")
    assert lines["M-OLD"]["result"] == "deleted"
    assert not garden.exists(guid)
    assert lines["M-REUSED"]["reason"].startswith("newer:")
    assert garden.exists(reused)


def test_a_run_changes_no_more_than_it_may(garden: SambaGarden, clean_up: CleanUp) -> None:
    guids = [garden.plant(Plant(f"M-CAP-{number}")) for number in range(5)]
    clean_up.failed("run-1", *(f"M-CAP-{number}" for number in range(5)))
    lines = clean_up.run("run-1")
    assert [lines[f"M-CAP-{number}"]["result"] for number in range(5)] == ["deleted"] * 3 + ["reported"] * 2
    assert [garden.exists(guid) for guid in guids] == [False] * 3 + [True] * 2


def test_nothing_is_changed_without_a_record_that_reads_back(
    garden: SambaGarden, clean_up: CleanUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    guids = [garden.plant(Plant(name)) for name in ("M-NO-RECORD", "M-NO-RECORD2")]
    clean_up.failed("run-1", "M-NO-RECORD", "M-NO-RECORD2")
    truly = Runs.read

    def cut_off(self: Runs, run_id: str, name: str) -> str | None:
        text = truly(self, run_id, name)
        return text[:-20] if text and name.endswith(".ldif") else text

    monkeypatch.setattr(Runs, "read", cut_off)
    lines = clean_up.run("run-1")
    assert "does not read back as written" in lines["M-NO-RECORD"]["reason"]
    assert lines["M-NO-RECORD2"]["reason"].startswith("Not tried: the run stopped at M-NO-RECORD")
    assert {line["result"] for line in lines.values()} == {"failed"}
    assert all(map(garden.exists, guids))


def test_a_second_attempt_knows_what_the_first_did(garden: SambaGarden, clean_up: CleanUp) -> None:
    guid = garden.plant(Plant("M-REPEATED"))
    clean_up.failed("run-1", "M-REPEATED", "M-NEVER-WAS")
    assert clean_up.run("run-1")["M-REPEATED"]["result"] == "deleted"
    again = clean_up.run("run-1")
    assert again["M-REPEATED"]["result"] == "deleted"
    assert "earlier attempt" in again["M-REPEATED"]["reason"]
    assert again["M-NEVER-WAS"]["result"] == "already-gone"
    assert not garden.exists(guid)


def test_when_time_is_up_the_rest_is_told(garden: SambaGarden, clean_up: CleanUp) -> None:
    guid = garden.plant(Plant("M-LATE"))
    clean_up.failed("run-1", "M-LATE")
    line = clean_up.run("run-1", Context(milliseconds=20_000))["M-LATE"]
    assert line["reason"] == "Not tried: the function's time was up."
    assert garden.exists(guid)


@pytest.mark.parametrize("name", [LIVING, LIVING.lower()])
def test_a_living_name_is_left_whatever_its_case(garden: SambaGarden, clean_up: CleanUp, name: str) -> None:
    clean_up.failed("run-1", name)
    if not garden.database.search(UNIT, f"(sAMAccountName={LIVING}$)", "cn"):
        garden.plant(Plant(LIVING))
    assert clean_up.run("run-1")[name]["reason"].startswith("live-workspace:")


def test_a_name_that_lives_in_another_directory_of_the_domain_is_left(
    shared_controller: DomainController, garden: SambaGarden, tmp_path: Path
) -> None:
    guid = garden.plant(Plant("M-ELSEWHERE"))
    with clean_up_bench(shared_controller, tmp_path, elsewhere=["M-ELSEWHERE"]) as found:
        found.open_run("run-1")
        found.failed("run-1", "M-ELSEWHERE")
        assert found.run("run-1")["M-ELSEWHERE"]["reason"].startswith("live-workspace:")
    assert garden.exists(guid)


def test_without_a_list_of_the_living_nothing_is_touched(garden: SambaGarden, clean_up: CleanUp) -> None:
    guid = garden.plant(Plant("M-NO-LIST"))
    clean_up.failed("run-1", "M-NO-LIST")
    for desktop in clean_up.on.twin.account.desktops:
        clean_up.on.twin.account.desktops.drop(desktop)
    line = clean_up.run("run-1")["M-NO-LIST"]
    assert line["reason"].startswith("live-unknown: the service listed no WorkSpace")
    assert garden.exists(guid)


def test_a_service_that_does_not_answer_keeps_everything(
    garden: SambaGarden, clean_up: CleanUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    guid = garden.plant(Plant("M-AWS-FAULT"))
    clean_up.failed("run-1", "M-AWS-FAULT")
    denied = json.dumps({"__type": "AccessDeniedException", "message": "no"})
    headers = {"content-type": "application/x-amz-json-1.1", "x-amzn-errortype": "AccessDeniedException"}
    monkeypatch.setattr(clean_up.on.twin, "answer", lambda *_: (400, headers, denied))
    line = clean_up.run("run-1")["M-AWS-FAULT"]
    assert line["reason"] == "live-unknown: the WorkSpaces that exist could not be listed"
    assert garden.exists(guid)
