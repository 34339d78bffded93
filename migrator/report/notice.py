"""The one message of a run: an email whose subject is the verdict, and the same for a chat channel.

User names never reach the subject or the chat, and reach the email as one line of plain text.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping

from migrator.domain.outcomes import Outcome
from migrator.domain.refusals import not_allowed
from migrator.domain.report import LEFT_TO_A_PERSON, RunReport, Verdict
from migrator.report.attention import Group, needs_a_person
from migrator.report.wording import MEANINGS, ORDER, VERDICTS, duration, plural, when

SUBJECT_LENGTH = 100
"""Characters: what SNS allows, in ASCII and without line breaks."""

_MOST_GROUPS = 5
_MOST_WORKSPACES = 5
_MOST_TEXT = 300


def subject(report: RunReport) -> str:
    """The verdict and the figure that backs it, for example
    `Incomplete: 88 of 99 WorkSpaces migrated, 11 need a person [prod weekend-wave-1]`.
    """
    verdict = VERDICTS[report.verdict]
    waiting = sum(len(group.lines) for group in needs_a_person(report))
    eligible = len(report.workspaces) - _count(report, Outcome.INELIGIBLE)
    if report.dry_run:
        figure = f"{_count(report, Outcome.PLANNED)} of {len(report.workspaces)} WorkSpaces would migrate"
    elif report.verdict is Verdict.NOTHING and report.workspaces:
        figure = f"rules keep all {len(report.workspaces)} WorkSpaces out"
    elif report.workspaces:
        figure = f"{_count(report, Outcome.MIGRATED)} of {eligible} WorkSpaces migrated"
    else:
        figure = "no WorkSpace was touched"
    if not_allowed(report.workspaces):
        figure = f"permissions are missing, {figure}"
    if waiting:
        figure += f", {waiting} {'needs' if waiting == 1 else 'need'} a person"
    start = f"{verdict}: {figure}"
    tag = _ascii(f"[{report.stage} {report.run_id}]")
    room = SUBJECT_LENGTH - len(start) - 1
    return f"{start} {tag if len(tag) <= room else tag[: room - 4] + '...]'}"


def text(report: RunReport, links: Mapping[str, str]) -> str:
    """The email's body: headline, counts, what needs a person, and where everything is.

    `links` are places by their label, in the order to show them.
    """
    parts = [f"{VERDICTS[report.verdict]}: {_line(report.headline)}"]
    if report.failure:
        parts.append(
            f"The run itself failed.\n  {_line(report.failure.error)}: {_line(report.failure.cause)}"
        )
    parts.append(
        f"Run {_line(report.run_id)}, stage {_line(report.stage)}{', a dry run' if report.dry_run else ''}\n"
        f"{when(report.started_at)} to {when(report.ended_at)}, {duration(report.virtual_seconds)}"
    )
    counts = [(outcome, _count(report, outcome)) for outcome in ORDER]
    if report.workspaces:
        parts.append(
            "\n".join(
                f"{count:>7,} {outcome.value:<13}{MEANINGS[outcome]}" for outcome, count in counts if count
            )
        )
    groups = needs_a_person(report)
    if groups:
        parts.append(f"WHAT NEEDS A PERSON NEXT ({_workspaces(groups)})")
        parts += [_group_text(number, group) for number, group in enumerate(groups[:_MOST_GROUPS], 1)]
        if rest := groups[_MOST_GROUPS:]:
            others = plural(len(rest), "other reason", "other reasons")
            parts.append(f"And {others} ({_workspaces(rest)}): see the report.")
    if left := sum(1 for line in report.directory if line.result in LEFT_TO_A_PERSON):
        objects = plural(left, "computer object is left", "computer objects are left")
        parts.append(f"{objects} to a person: the report's table of the directory names them and says why.")
    if not (groups or left or report.failure):
        parts.append("Nothing waits for a person.")
    if links:
        parts.append(
            "WHERE TO FIND IT\n" + "\n".join(f"{_line(k)}:\n  {_line(v, 2000)}" for k, v in links.items())
        )
    return "\n\n".join(parts) + "\n"


def chat(report: RunReport, links: Mapping[str, str]) -> str:
    """The message for Slack or Teams, as JSON in AWS's schema for custom notifications of Amazon Q Developer
    in chat applications; the messages of one run share a thread.
    """
    groups = needs_a_person(report)
    counts = ", ".join(
        f"*{count:,}* {outcome.value}" for outcome in ORDER if (count := _count(report, outcome))
    )
    description = [_plain(report.headline)]
    if counts:
        description.append(counts)
    if report.failure:
        description.append(
            f"The run itself failed: {_plain(report.failure.error)}: {_plain(report.failure.cause)}"
        )
    description += [f"{_plain(label)}: {_address(address)}" for label, address in links.items()]
    next_steps = [
        f"{group.outcome.value}, {_plain(group.reason or 'no reason', 60)} "
        f"({plural(len(group.lines), 'WorkSpace', 'WorkSpaces')}): {_plain(group.next_steps[0])}"
        for group in groups[:_MOST_GROUPS]
    ]
    title = f"{_SIGNS[report.verdict]} {VERDICTS[report.verdict]}: {_plain(report.run_id, 80)}"
    return _chat_document(report.run_id, title, description, next_steps, subject(report))


def chat_message(
    run_id: str,
    sign: str,
    title: str,
    description: Iterable[str],
    next_steps: Iterable[str],
    summary: str,
) -> str:
    """Any other message for the chat, in the run's thread, with an emoji's name before its title."""
    return _chat_document(
        run_id,
        f"{sign} {_plain(title)}",
        [_plain(line) for line in description],
        [_plain(line) for line in next_steps],
        _line(summary),
    )


def _chat_document(
    run_id: str, title: str, description: Iterable[str], next_steps: Iterable[str], summary: str
) -> str:
    message = {
        "version": "1.0",
        "source": "custom",
        "content": {
            "textType": "client-markdown",
            "title": title,
            "description": "\n".join(description),
            "nextSteps": list(next_steps),
        },
        "metadata": {"threadId": _line(run_id), "summary": summary},
    }
    return json.dumps(message, ensure_ascii=False)


_SIGNS = {
    Verdict.MIGRATED: ":white_check_mark:",
    Verdict.NOTHING: ":information_source:",
    Verdict.PLANNED: ":clipboard:",
    Verdict.INCOMPLETE: ":warning:",
    Verdict.BRAKE_PULLED: ":octagonal_sign:",
    Verdict.FAILED: ":x:",
}


def _group_text(number: int, group: Group) -> str:
    head = f"{number}. {group.outcome.value}"
    if group.reason:
        head += f", {_line(group.reason)}"
    rows = [f"{head}: {plural(len(group.lines), 'WorkSpace', 'WorkSpaces')}"]
    if len(group.details) == 1:
        rows.append(f"   {_line(group.details[0])}")
    for line in group.lines[:_MOST_WORKSPACES]:
        target = f" -> {_line(line.target_workspace_id)}" if line.target_workspace_id else ""
        user = f" ({_line(line.user_name, 80)})" if line.user_name else ""
        rows.append(f"   - {_line(line.workspace_id)}{target}{user}")
    if (rest := len(group.lines) - _MOST_WORKSPACES) > 0:
        rows.append(f"   - and {rest:,} more")
    rows.append(f"   Next: {_line(group.next_steps[0])}")
    return "\n".join(rows)


def _count(report: RunReport, outcome: Outcome) -> int:
    return report.counts.get(outcome, 0)


def _workspaces(groups: Iterable[Group]) -> str:
    return plural(sum(len(group.lines) for group in groups), "WorkSpace", "WorkSpaces")


def one_line(words: str, most: int = _MOST_TEXT) -> str:
    """The words on one line, cut to a length in ASCII signs, as subjects must be."""
    return _ascii(_line(words, most))


def _line(words: str, most: int = _MOST_TEXT) -> str:
    """The words on one line, without signs that control a terminal or turn the writing round."""
    visible = "".join(
        " " if sign.isspace() else "\ufffd" if unicodedata.category(sign) in ("Cc", "Cf", "Cs") else sign
        for sign in words
    )
    one = " ".join(visible.split())
    return one if len(one) <= most else one[: most - 3] + "..."


def _plain(words: str, most: int = _MOST_TEXT) -> str:
    """One line in which a chat finds no markup, link, mention or emoji of its own."""
    unmarked = re.sub(r"[<>&*~`|\[\]@\\]|(?<!\w)_|_(?!\w)", " ", words)
    return _line(re.sub(r":([\w+-]+):", r" \1 ", unmarked), most)


def _address(address: str) -> str:
    """An https or s3 address as it is; what is neither, or could hold markup, as plain words."""
    whole = re.fullmatch(r"(https|s3)://[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+", address)
    return address if whole else _plain(address)


def _ascii(words: str) -> str:
    return re.sub(r"[^ -~]", "?", words)
