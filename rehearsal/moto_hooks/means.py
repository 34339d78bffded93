"""What all hooks share: the names of moto's modules, what they work with, and where they are declared."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from rehearsal.authorization.gate import Gate
from rehearsal.clock import VirtualClock
from rehearsal.history import Counts, History
from rehearsal.hooking import Hooks
from rehearsal.invocation import Functions

ENGINE = "moto.stepfunctions"
PARSER = "moto.stepfunctions.parser."
ASL = PARSER + "asl."
TASK = ASL + "component.state.exec.state_task."


@dataclass
class Means:
    """What the hooks work with: one rehearsal's clock and functions, and what they keep between calls."""

    clock: VirtualClock
    functions: Functions
    gate: Gate | None = None
    keep_child_histories: bool = False
    counts: dict[str, Counts] = field(default_factory=dict)
    child_histories: dict[str, list[History]] = field(default_factory=dict)

    def counts_of(self, execution_arn: str) -> Counts:
        return self.counts.setdefault(execution_arn, Counts())

    def child_history(self, execution_arn: str, index: int) -> History:
        """The history of a child of a Distributed Map; its counts are its parent's."""
        counts = self.counts_of(execution_arn)
        counts.children += 1
        label = f"{execution_arn.rsplit(':', 1)[-1]}, item {index}"
        history = History(counts, label=label, keep=self.keep_child_histories)
        if self.keep_child_histories:
            self.child_histories.setdefault(execution_arn, []).append(history)
        return history

    def new_id(self, stream: str) -> str:
        return str(UUID(int=self.clock.entropy.stream(stream).getrandbits(128), version=4))


hook = Hooks[Means]()
