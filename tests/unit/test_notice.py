"""The message of a run: its subject is the verdict, its text tells what to do, and names cannot forge it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable

import pytest

from migrator.domain.outcomes import Outcome
from migrator.domain.report import DirectoryLine, RunReport, Verdict
from migrator.report.brake import brake_chat, brake_subject, brake_text
from migrator.report.notice import SUBJECT_LENGTH, chat, subject, text
from migrator.report.request import approval_chat
from tests import report_samples as samples

LINKS = {
    "Report": "s3://runs-bucket/runs/weekend-wave-1/report.html",
    "Execution": "https://us-east-1.console.aws.amazon.com/states/home#/v2/executions/details/x",
}
SAMPLES: list[Callable[[], RunReport]] = [
    samples.ordinary,
    samples.planned,
    samples.all_migrated,
    samples.died,
    samples.hostile,
    samples.big,
]


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_subject_is_one_that_sns_takes(sample: Callable[[], RunReport]) -> None:
    line = subject(sample())
    assert len(line) <= SUBJECT_LENGTH
    assert re.fullmatch(r"[A-Za-z][ -~]*", line)


@pytest.mark.parametrize(
    ("sample", "start"),
    [
        (
            samples.ordinary,
            "Incomplete: 88 of 99 WorkSpaces migrated, 11 need a person [prod weekend-wave-1]",
        ),
        (samples.planned, "Planned: 93 of 120 WorkSpaces would migrate, 6 need a person"),
        (samples.all_migrated, "Migrated: 40 of 40 WorkSpaces migrated [prod weekend-wave-1]"),
        (samples.died, "Run failed: no WorkSpace was touched"),
    ],
)
def test_the_subject_is_the_verdict(sample: Callable[[], RunReport], start: str) -> None:
    assert subject(sample()).startswith(start)


def test_the_brake_is_in_the_subject() -> None:
    report = samples.report([samples.line(1, Outcome.ROLLED_BACK)], verdict=Verdict.BRAKE_PULLED)
    assert subject(report).startswith("Brake pulled: 0 of 1 WorkSpaces migrated, 1 needs a person")


def test_a_long_run_id_is_cut_and_says_so() -> None:
    line = subject(samples.report([samples.line(1)], run_id="r" * 80))
    assert len(line) == SUBJECT_LENGTH
    assert line.endswith("rrr...]")


def test_the_text_has_headline_counts_and_places() -> None:
    body = text(samples.ordinary(), LINKS)
    assert body.startswith("Incomplete: 88 of 99 WorkSpaces that were to migrate did.\n")
    assert re.search(r"^ +88 Migrated +on the target bundle", body, re.M)
    assert "Lost" not in body
    for label, address in LINKS.items():
        assert f"{label}:\n  {address}\n" in body


def test_the_text_puts_the_urgent_first_each_with_its_next_step() -> None:
    body = text(samples.ordinary(), LINKS)
    order = [body.index(f"{n}. {name}") for n, name in enumerate(("Stuck", "RolledBack", "NeverStarted"), 1)]
    assert order == sorted(order)
    block = body[order[0] : order[1]]
    assert "Next: Open a case with AWS Support now" in block
    assert "- ws-00000081a -> ws-00000081b (dee.l081)" in block


def test_only_the_first_few_are_named() -> None:
    body = text(samples.big(), LINKS)
    assert len(body) < 2500
    assert "- and 195 more" in body
    assert "And 1 other reason (2 WorkSpaces): see the report." in text(samples.ordinary(), LINKS)


def test_when_nobody_is_needed_it_says_so() -> None:
    assert "Nothing waits for a person." in text(samples.all_migrated(), LINKS)


def test_computer_objects_that_are_left_to_a_person_are_counted() -> None:
    made = samples.all_migrated()
    kept = DirectoryLine(
        computer_name="WSAMZN-1",
        directory_id="d-1",
        workspace_id="ws-1",
        action="report",
        result="reported",
        reason="the input says report",
    )
    gone = kept.model_copy(update={"result": "deleted"})
    body = text(made.model_copy(update={"directory": [kept, gone]}), LINKS)
    assert "1 computer object is left to a person: the report's table" in body
    assert "Nothing waits" not in body


def test_why_a_run_died_is_in_the_text() -> None:
    body = text(samples.died(), LINKS)
    assert "AccessDeniedException: The assess function may not call" in body
    assert "Nothing waits" not in body


def test_the_text_says_that_it_was_a_dry_run() -> None:
    assert "stage prod, a dry run\n" in text(samples.planned(), {})
    assert "dry run" not in text(samples.ordinary(), {})


def test_names_cannot_forge_lines_or_control_a_terminal() -> None:
    body = text(samples.hostile(), LINKS)
    body += "".join(
        text(samples.report([samples.line(1, Outcome.LOST, user_name=name)]), {}) for name in samples.HOSTILE
    )
    assert not [sign for sign in body if unicodedata.category(sign) in ("Cc", "Cf") and sign != "\n"]
    assert not re.search(r"^Subject:", body, re.M)
    assert len(text(samples.hostile(), LINKS)) < 20_000


def test_chat_follows_the_custom_notification_schema() -> None:
    message = json.loads(chat(samples.ordinary(), LINKS))
    assert set(message) == {"version", "source", "content", "metadata"}
    assert (message["version"], message["source"]) == ("1.0", "custom")
    content = message["content"]
    assert content["textType"] == "client-markdown"
    assert content["title"] == ":warning: Incomplete: weekend-wave-1"
    assert "*88* Migrated, *6* Deferred" in content["description"]
    assert all(address in content["description"] for address in LINKS.values())
    assert content["nextSteps"][0].startswith("Stuck, stuck (1 WorkSpace): Open a case with AWS Support now")
    assert message["metadata"] == {"threadId": "weekend-wave-1", "summary": subject(samples.ordinary())}


def test_chat_names_nobody_and_holds_no_markup_from_outside() -> None:
    message = chat(samples.hostile(), {"x": "javascript:alert(1)<!channel>"})
    assert "<!channel>" not in message
    assert "<@" not in message
    assert "](" not in message
    for line in samples.ordinary().workspaces:
        assert line.user_name
        assert line.user_name not in chat(samples.ordinary(), LINKS)


def test_ordinary_sentences_reach_the_chat_unchanged() -> None:
    sentence = "Set plus-edition to warn: AUTO_STOP stays (see the runbook)."
    report = samples.report([samples.line(1, Outcome.REFUSED, reason="x", next_step=sentence)])
    assert sentence in chat(report, {})


@pytest.mark.parametrize("sample", SAMPLES)
def test_messages_fit_where_they_go(sample: Callable[[], RunReport]) -> None:
    message = json.loads(chat(sample(), LINKS))
    assert len(message["content"]["title"]) <= 250
    assert len(text(sample(), LINKS).encode()) < 256 * 1024


def test_a_pulled_brake_says_so_to_people_and_to_the_chat() -> None:
    run_id, why = "wave-1", "3 of 20 planned migrations failed"
    assert brake_subject(run_id, "prod") == "Brake pulled: no more migrations start [prod wave-1]"
    assert len(brake_subject("r" * 80, "s" * 31)) <= SUBJECT_LENGTH
    assert why in brake_text(run_id, why)
    assert "Next: " in brake_text(run_id, why)
    message = json.loads(brake_chat(run_id, why))
    assert message["metadata"]["threadId"] == run_id
    assert message["content"]["title"] == ":octagonal_sign: Brake pulled: wave-1"
    assert why in message["content"]["description"]
    assert len(message["content"]["nextSteps"]) == 1


def test_the_chat_is_asked_for_approval_without_the_token() -> None:
    message = json.loads(approval_chat("wave-1", 20))
    assert message["metadata"]["threadId"] == "wave-1"
    assert "20 WorkSpaces" in message["content"]["description"]
    assert "oken" not in json.dumps(message)
