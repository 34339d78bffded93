"""The one message that a run's brake was pulled: somebody should look before the next run."""

from __future__ import annotations

from migrator.report.notice import SUBJECT_LENGTH, chat_message, one_line


def brake_subject(run_id: str, stage: str) -> str:
    """Within what SNS takes."""
    return one_line(f"Brake pulled: no more migrations start [{stage} {run_id}]", SUBJECT_LENGTH)


def brake_text(run_id: str, why: str) -> str:
    """What it means, and what to do."""
    return (
        f"Run {one_line(run_id)} starts no more migrations: {one_line(why)}.\n\n"
        "Those under way are seen to their end; then the report comes.\n"
        "Next: find out why they failed, then start a new run with the same input: it does what is left.\n"
    )


def brake_chat(run_id: str, why: str) -> str:
    """The same for a chat channel, in the run's thread."""
    return chat_message(
        run_id,
        ":octagonal_sign:",
        f"Brake pulled: {run_id}",
        [
            f"No more migrations start: {why}.",
            "Those under way are seen to their end; then the report comes.",
        ],
        ["Find out why they failed, then start a new run with the same input: it does what is left."],
        f"Brake pulled in run {run_id}",
    )
