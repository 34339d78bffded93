"""How a rehearsal goes on, while it goes on: virtual time, what is in flight, what has ended."""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

_ENDS = {
    "finished": "migrated",
    "rolled-back": "rolled back",
    "never-started": "never started",
    "stuck": "stuck",
    "lost": "lost",
    "refused": "refused",
}


class Display(AbstractContextManager["Display"]):
    """A live line on a terminal; elsewhere, a plain line each tenth of the way."""

    def __init__(self, console: Console, workspaces: int) -> None:
        self._console = console
        self._total = workspaces
        self._started = 0
        self._ended: dict[str, int] = {}
        self._told = 0
        self._progress = Progress(
            TextColumn("[bold]{task.fields[at]}"),
            BarColumn(),
            TextColumn("{task.completed} of {task.total} WorkSpaces  {task.fields[state]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("", total=workspaces, at="planning", state="")

    def __enter__(self) -> Display:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def happened(self, event: dict[str, Any]) -> None:
        """Something truly happened in the twin."""
        what = event["what"]
        if what == "started":
            self._started += 1
        elif what in _ENDS:
            self._ended[what] = self._ended.get(what, 0) + 1
        else:
            return
        ended = sum(self._ended.values())
        state = f"{self._started} started, " + ", ".join(
            f"{count} {_ENDS[name]}" for name, count in sorted(self._ended.items())
        )
        self._progress.update(self._task, completed=ended, at=event["at"][:16], state=state.rstrip(", "))
        tenth = ended * 10 // max(1, self._total)
        if not self._console.is_terminal and tenth > self._told:
            self._told = tenth
            self._console.print(f"{event['at'][:16]}  {state}", highlight=False)
