"""The person of a rehearsal: reads the requests for approval and answers each after ten minutes."""

from __future__ import annotations

from collections.abc import Callable

from rehearsal.clock import VirtualClock
from rehearsal.engine import Engine

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
                    self._engine.send_task_success(token.strip(), {"approvedBy": "rehearsal"})
