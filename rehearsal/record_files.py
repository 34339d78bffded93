"""Files that are written while a rehearsal goes on: JSON Lines for each run, and the functions' log."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from logging import StreamHandler
from pathlib import Path
from typing import TextIO

from functions.entry import logger
from rehearsal.invocation import Invocation


class Lines:
    """JSON Lines files, one for each run; what belongs to no run goes to all."""

    def __init__(self, places: dict[str, Path], name: str) -> None:
        self._name = name
        self._places = places
        self._files: dict[str, TextIO] = {}

    def __enter__(self) -> Lines:
        for run_id, place in self._places.items():
            place.mkdir(parents=True, exist_ok=True)
            self._files[run_id] = (place / self._name).open("w", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()

    def write(self, run_id: str | None, line: str) -> None:
        files = self._files.values() if run_id is None else [self._files[run_id]]
        for file in files:
            file.write(line + "\n")


@contextmanager
def logging_to(file: Path) -> Iterator[None]:
    """What CloudWatch Logs would get."""
    handler = logger.registered_handler
    if not isinstance(handler, StreamHandler):
        raise TypeError("the functions' logger writes to no stream")
    with file.open("w", encoding="utf-8") as lines:
        before = handler.setStream(lines)
        try:
            with redirect_stdout(lines):
                yield
        finally:
            handler.setStream(before or sys.stdout)


def log_error(invocation: Invocation, error: BaseException) -> None:
    """What Lambda writes of an exception that a function lets out, but for the places in the code."""
    handler = logger.registered_handler
    if isinstance(error, Exception) and isinstance(handler, StreamHandler):
        line = {
            "log_level": "ERROR",
            "function": invocation.function,
            "requestId": invocation.request_id,
            "errorType": type(error).__name__,
            "errorMessage": str(error),
        }
        handler.stream.write(json.dumps(line, ensure_ascii=False) + "\n")
