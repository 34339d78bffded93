"""The request for approval: a plan's summary, and how to answer it."""

from __future__ import annotations

from migrator.domain.plan import Plan
from migrator.report.notice import chat_message
from migrator.report.wording import plural


def approval_request(run_id: str, plan: Plan) -> dict[str, str]:
    """Subject and message by SNS. The state machine puts the task token behind the message."""
    batches = plan.canary + plan.batches
    directories = sorted({batch.directory_id for batch in batches})
    targets = sorted({one.target_bundle_id for batch in batches for one in batch.candidates})
    canary = sum(len(batch.candidates) for batch in plan.canary)
    size = plural(plan.size, "WorkSpace", "WorkSpaces")
    message = (
        f"Run {run_id} wants to migrate {size} and waits for a person's answer.\n\n"
        f"Drive C of each is erased; drive D is as of its last snapshot.\n"
        f"Directories: {', '.join(directories)}\n"
        f"Target bundles: {', '.join(targets)}\n"
        f"Canary: {canary}; batches: {len(plan.batches)}\n\n"
        "To approve:\n"
        'aws stepfunctions send-task-success --task-output \'{"approvedBy": "YOUR NAME"}\' '
        "--task-token TOKEN\n\n"
        "To refuse:\n"
        "aws stepfunctions send-task-failure --error Refused --task-token TOKEN\n\n"
        "Without an answer within a day nothing starts.\n\nTOKEN:\n"
    )
    return {"subject": f"Approve? {size} to migrate [{run_id}]"[:100], "message": message}


def approval_chat(run_id: str, size: int) -> str:
    """The same for a chat channel, without the token: whoever has it can start the migration."""
    wants = f"It wants to migrate {plural(size, 'WorkSpace', 'WorkSpaces')} and waits for a person's answer."
    return chat_message(
        run_id,
        ":raised_hand:",
        f"Approval needed: {run_id}",
        [wants, "Drive C of each is erased; drive D is as of its last snapshot."],
        [
            "Answer as the email says that came from the notification topic; without an answer within a day "
            "nothing starts."
        ],
        f"Approval needed: run {run_id}",
    )
