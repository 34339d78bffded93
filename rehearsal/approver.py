"""The person of a rehearsal: reads the requests for approval and answers each after ten minutes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from moto.stepfunctions.parser.api import InvalidToken

from rehearsal.clock import VirtualClock
from rehearsal.engine import Engine
from rehearsal.engine_parts import TaskTimedOut

ANSWERS_EVERY_SECONDS = 600


class Approver:
    """Approves as "rehearsal". `sent` gives subjects and messages of all notifications so far."""

    def __init__(
        self, clock: VirtualClock, engine: Engine, sent: Callable[[], list[tuple[str, str]]]
    ) -> None:
        self._clock = clock
        self._engine = engine
        self._sent = sent

    def answer_all(self) -> None:
        """Runs for as long as the rehearsal does."""
        answered: set[str] = set()
        while True:
            self._clock.sleep(ANSWERS_EVERY_SECONDS)
            for _, message in self._sent():
                _, asked, token = message.rpartition("\nTOKEN:\n")
                if asked and token not in answered:
                    answered.add(token)
                    # Too late where the execution was halted meanwhile: redriven, it asks anew, and moto does
                    # not know the former token any more.
                    with suppress(TaskTimedOut, InvalidToken):
                        self._engine.send_task_success(token.strip(), {"approvedBy": "rehearsal"})
